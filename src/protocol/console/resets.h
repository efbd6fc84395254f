/* How a log says that a board began again:
 *
 *     MPY: soft reboot                            MicroPython (shared/runtime/pyexec.c, ports' main.c)
 *     soft reboot                                 CircuitPython (main.c)
 *     rst:0x1 (POWERON_RESET),boot:0x13 (…)       the ROM of an ESP32
 *     MicroPython v1.25.0 on 2025-04-15; …        the banner, but that of Ctrl-B: it comes right after
 *                                                 a prompt with nothing behind it. Behind a prompt,
 *                                                 in its line, it is that of a reset                 */
#ifndef MEMPROF_RESETS_H
#define MEMPROF_RESETS_H

#include "console/plain_line.h"

struct resets {
	bool idle, was_idle; /* this line, the one before: it ends with a prompt */
	bool lived;          /* figures came since the last one: only then it ends something */
};

/* Takes note of the next line, before resets_is. */
void resets_line(struct resets *r, const struct line *raw);

/* Whether a line is one of a reset, with or without figures before it. */
bool resets_is(const struct resets *r, const struct console_line *line);

/* "MicroPython v1.25.0 on 2026-11-20; Raspberry Pi Pico with RP2040" */
bool resets_is_banner(const struct console_line *line);

#endif
