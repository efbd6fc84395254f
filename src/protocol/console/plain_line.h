/* What stands around the text of a board in a log: escape sequences, time stamps, quotes, prompts. */
#ifndef MEMPROF_PROTOCOL_CONSOLE_H
#define MEMPROF_PROTOCOL_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "console/lines.h"
#include "console/timestamp.h"

struct console_line {
	const char *text; /* the board's own words */
	size_t n_bytes;
	bool prompt;  /* text is what was typed after ">>> ", "... " or "=== " */
	bool primary; /* after ">>> ": the others are also what programs print */
	struct stamp stamp;
};

/* Takes off what is not the board's: trailing blanks, ANSI escape sequences and backspaces, HTML
 * entities, the quotes of a notebook or a list, quotes of mails ("> "), comment marks, the channel
 * of a debugger ("0> "), indents, one time stamp, and prompts. scratch holds LINE_MAX_BYTES and is
 * used only where bytes inside the line must go. */
void console_line_take(const struct line *line, char *scratch, struct console_line *ret);

/* A log may stop inside a number: what its last line says is not believed unless it ended. */
bool console_may_be_cut(const struct line *line, const struct console_line *taken);

#endif
