/* What stands around the text of a board in a log: escape sequences, time stamps, quotes, prompts. */
#ifndef MEMPROF_CONSOLE_H
#define MEMPROF_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lines.h"

struct stamp {
	bool        set;
	bool        dated;
	uint64_t    at_us;    /* since midnight, or since 1970 when dated */
	const char *text;     /* between the brackets; borrowed from the line */
	size_t      n_bytes;
};

struct console_line {
	const char  *text;    /* the board's own words */
	size_t       n_bytes;
	bool         prompt;  /* text is what was typed after ">>> ", "... " or "=== " */
	bool         primary; /* after ">>> ": the others are also what programs print */
	struct stamp stamp;
};

/* Takes off what is not the board's: trailing blanks, ANSI escape sequences and backspaces, HTML
 * entities, quotes ("> "), indents, "[07:09:41.325] ", and prompts. scratch holds
 * LINE_MAX_BYTES and is used only where bytes inside the line must go. */
void console_line(const struct line *line, char *scratch, struct console_line *ret);

/* "[07:09:41.325] " and "[2026-11-20T07:09:41.325Z] " as tio writes them. Returns the length with
 * the blank after it, 0 if there is none. */
size_t console_stamp(const char *text, size_t n_bytes, struct stamp *ret);

#endif
