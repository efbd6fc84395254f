/* What a board printed, as lines, in bounded memory: the last CONSOLE_BYTES of them, at most CONSOLE_LINES_MAX,
 * each cut at CONSOLE_LINE_BYTES. A CR alone begins the line again, a backspace takes a character back, a tab is blanks
 * up to the next eighth character, escape sequences of terminals (ECMA-48) are left out; all else is a
 * board's bytes, not clean. No I/O, no clock. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { CONSOLE_BYTES = 4 << 20, CONSOLE_LINES_MAX = 1 << 16, CONSOLE_LINE_BYTES = 1024 };

struct console;

struct console *console_new(void);    /* NULL: out of memory */
void console_free(struct console *c); /* NULL is fine */
void console_add(struct console *c, const char *bytes, size_t n_bytes);

/* The last one has no end yet, and may be empty; there is always one. */
size_t console_n_lines(const struct console *c);
/* i: 0 is the oldest that is kept. Not NUL-terminated; good until the next console_add. */
const char *console_line(const struct console *c, size_t i, size_t *ret_n);
uint64_t console_n_all(const struct console *c); /* lines that ever were, without the last one while it is empty */
