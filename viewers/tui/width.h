/* How wide a character is, whatever the locale: what is drawn must not depend on who looks. */
#ifndef MEMPROF_TUI_WIDTH_H
#define MEMPROF_TUI_WIDTH_H

#include <stdint.h>

/* Columns of a point: 1, 2, 0 (it joins the one before), or -1: it is none that may be drawn. */
int width_of(uint32_t point);

#endif
