/* Recognizes a reset of the board in its output:
 *
 *     MPY: soft reboot, rst:0x1 (…), …            a table of forms (resets.c)
 *     MicroPython v1.25.0 on 2025-04-15; …        the banner, except that of Ctrl-B, which follows a
 *                                                 line that is a bare prompt. A banner on the same
 *                                                 line as a prompt is that of a reset               */
#pragma once

#include "console/plain_line.h"

struct resets {
	bool idle, was_idle; /* this line, the previous one: it ends with a prompt */
	bool has_figures;    /* since the last reset; without figures a reset is not an event */
};

/* Records the next line; call before resets_is_reset. */
void resets_note_line(struct resets *r, const struct raw_line *raw);

/* Whether a line reports a reset, with or without figures before it. */
bool resets_is_reset(const struct resets *r, const struct plain_line *line);

/* "MicroPython v1.25.0 on 2026-11-20; Raspberry Pi Pico with RP2040" */
bool resets_is_banner(const struct plain_line *line);
