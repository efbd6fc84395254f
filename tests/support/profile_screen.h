/* The screen of a profile in a test: what must be true whatever was done to it. */
#pragma once

#include "tui/profile/state.h"

/* What is wrong with a screen that was just drawn: NULL if nothing is. */
const char *profile_fault(const struct tui_profile *p, const struct grid *g);
