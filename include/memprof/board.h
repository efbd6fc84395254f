/* What a board says of itself in its banner. No I/O. */
#ifndef MEMPROF_BOARD_H
#define MEMPROF_BOARD_H

#include <stdbool.h>

#include "memprof/event.h"

struct board_info {
	bool known;
	char firmware[32], version[48], machine[128]; /* a board's bytes, not clean; cut if too long */
};

/* Takes "MicroPython v1.25.0 on 2026-11-20; Raspberry Pi Pico with RP2040" apart (EVENT_BANNER;
 * py/mpconfig.h MICROPY_BANNER_NAME_AND_VERSION). *ret is untouched if it is not of that form. */
void board_from_banner(const struct event_text *text, struct board_info *ret);

#endif
