/* Splits a byte stream into lines, ended by LF, CR LF, CR CR LF or a lone CR. Line numbers count LFs,
 * as editors do. Lines that are complete within one feed are not copied. Lines are truncated to
 * LINE_MAX_BYTES. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINE_MAX_BYTES = 4096 };

struct lines {
	const char *p, *end; /* rest of the last feed; borrowed */
	const char *lf;      /* the first LF at or after p, end if there is none; NULL: not searched yet */
	uint64_t n_ends;     /* LFs so far */
	size_t n_held;
	bool after_cr; /* the last line ended in CR; an LF here belongs to it */
	bool finished;
	char held[LINE_MAX_BYTES];
};

struct raw_line {
	const char *text; /* without line end; valid until the next lines_next */
	size_t n_bytes;
	uint64_t number; /* 1.. */
	bool ended;      /* false: the input ended first */
};

void lines_feed(struct lines *l, const void *bytes, size_t n_bytes);
void lines_finish(struct lines *l); /* the held bytes are the last line */
bool lines_next(struct lines *l, struct raw_line *ret);
