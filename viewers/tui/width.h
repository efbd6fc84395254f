/* How wide a character is, whatever the locale: what is drawn must not depend on who looks. */
#pragma once

#include <stdint.h>

/* Columns of a point: 1, 2, 0 (it joins the one before), or -1: it is none that may be drawn. */
int width_of(uint32_t point);
