/* Cuts a byte stream into lines: LF, CR LF, CR CR LF or a lone CR ends one; each LF counts one for
 * the line number, as editors count. Lines that lie whole in what was fed are not copied. Of a line
 * longer than LINE_MAX_BYTES only its beginning is kept. */
#ifndef MEMPROF_LINES_H
#define MEMPROF_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINE_MAX_BYTES = 4096 };

struct lines {
	const char *p, *end; /* what is left of the last feed; borrowed */
	const char *lf;      /* the first LF from p on, end if there is none; NULL: not looked */
	uint64_t n_ends;     /* LFs seen */
	size_t n_held;
	bool after_cr; /* the last line ended in CR: an LF now belongs to it */
	bool finished;
	char held[LINE_MAX_BYTES];
};

struct line {
	const char *text; /* without its end; good until the next lines_next */
	size_t n_bytes;
	uint64_t number; /* 1.. */
	bool ended;      /* false: the input stopped before the line did */
};

void lines_feed(struct lines *l, const void *bytes, size_t n_bytes);
void lines_finish(struct lines *l); /* what is held is the last line */
bool lines_next(struct lines *l, struct line *ret);

#endif
