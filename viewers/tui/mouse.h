/* The mouse on the screen. Pure. */
#ifndef MEMPROF_TUI_MOUSE_H
#define MEMPROF_TUI_MOUSE_H

#include "memprof/viewers/tui.h"

void tui_mouse(struct tui *t, const struct tui_input *input);

#endif
