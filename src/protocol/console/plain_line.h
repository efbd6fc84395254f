/* Strips what surrounds a board's output in a log: escape sequences, time stamps, quotes, prompts. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "console/line_words.h"
#include "console/lines.h"
#include "console/timestamp.h"

struct plain_line {
	const char *text; /* the board's own output */
	size_t n_bytes;
	unsigned words; /* enum line_word: what it may speak of */
	bool prompt;    /* text was typed after ">>> ", "... " or "=== " */
	bool primary;   /* after ">>> "; programs also print the other two */
	struct timestamp stamp;
	uint64_t uptime_us; /* of the board's own clock, before the text; NOT_KNOWN */
};

/* Removes trailing blanks, ANSI escape sequences and backspaces, HTML's entities and tags, the quotes of a
 * notebook or a list, what surrounds the text of a line in JSON Lines or in a system's log, mail quotes ("> "), comment
 * marks, the channel of a debugger ("0> "), indents, one time stamp, a board's own stamp, and prompts.
 * scratch holds LINE_MAX_BYTES; it is used only if bytes inside the line must be removed. */
void plain_line_strip(const struct raw_line *line, char *scratch, struct plain_line *ret);

bool plain_line_is(const struct plain_line *line, const char *text); /* all of it */
/* Whether the line may end inside a number: it ends in a digit, and the log ends with it. */
bool plain_line_may_be_cut(const struct raw_line *raw, const struct plain_line *line);
