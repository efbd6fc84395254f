/* The terminal as it was, also if the process crashes. There is one, so this is one for the process. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "memprof/base/diag.h"

/* Looks TERM up, and keeps the modes of fd and what undoes a full screen. *ret_mouse: it has a mouse. 0;
 * -ENODEV if there is no such terminal or it cannot place its cursor, with diag. */
int restore_prepare(int fd, bool *ret_mouse, struct diag *diag);
/* From now on until restore_disarm a signal that ends the process by itself (SIGSEGV, SIGABRT, SIGQUIT) gives
 * the terminal back; what was done on such a signal before is done after that. */
void restore_arm(void);
void restore_disarm(void);
/* Wipes the screen, right before it is left for the one that was there before; not where it is the only one. */
void restore_clear(void);

/* Switches the mouse's reports on and off: presses, drags, releases, wherever they are. */
#define TERMINAL_MOUSE_ON  "\033[?1002h\033[?1006h"
#define TERMINAL_MOUSE_OFF "\033[?1006l\033[?1002l"
void restore_write(const char *bytes, size_t n_bytes);
