/* What a log says of memory outside of a dump: interned strings, figures without a table, MemoryError,
 * the banner, marks. Most of it is one line; what a line means may depend on those before it. */
#ifndef MEMPROF_SAID_H
#define MEMPROF_SAID_H

#include <stdbool.h>
#include <stdint.h>

#include "console/plain_line.h"
#include "memprof/event.h"

enum sample_answer { ANSWER_NONE, ANSWER_FREE, ANSWER_USED };

struct said {
	bool in_qstr, qstr_open;
	uint32_t n_qstr_lines; /* of "qstr:" with its figures in lines of their own; 0: none */
	uint64_t qstr[4];
	enum sample_answer answer; /* what the next number means */
};

/* Takes a line that is no part of a dump. True if it is an event, all of *ret but line and time. */
bool said_read(struct said *s, const struct line *raw, const struct console_line *line, struct event *ret);

#endif
