/* What a log reports about memory outside a dump: interned strings, figures without a table,
 * MemoryError, the banner, marks. Mostly single lines; their meaning may depend on earlier lines. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "console/plain_line.h"
#include "memprof/event.h"

enum number_meaning { NUMBER_NONE, NUMBER_FREE, NUMBER_USED };

struct console_facts {
	bool in_qstr, qstr_open;
	uint32_t n_qstr_lines; /* read of "qstr:" with each figure on its own line; 0: none */
	uint64_t qstr[4];
	enum number_meaning next_number; /* the answer to what was typed at the prompt */
};

/* Reads a line that is not part of a dump. True if it is an event; *ret is set except line and time. */
bool console_facts_read(struct console_facts *s, const struct raw_line *raw, const struct plain_line *line,
			struct event *ret);
