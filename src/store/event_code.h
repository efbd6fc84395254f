/* Events other than heaps and figures as rows of the table events, and back. Pure. */
#ifndef MEMPROF_STORE_EVENT_CODE_H
#define MEMPROF_STORE_EVENT_CODE_H

#include "memprof/event.h"

/* Columns of a row; NOT_KNOWN and NULL are SQL's NULL. */
struct event_row {
	const char *kind;
	uint64_t bytes, duration_us, board_us;
	const char *pool;
	struct event_text text; /* bytes: NULL */
	const char *details;    /* a JSON object of members that have no column */
};

/* Whether events of this kind are such rows. */
bool event_code_has(enum event_kind kind);

/* The row of an event, which has its texts; details are appended to *details, which must be empty. */
void event_code_put(const struct event *event, struct event_row *ret, struct strbuf *details);

/* The event of a row, but for line and times; it borrows the text. False: no event is like that. */
bool event_code_get(const struct event_row *row, struct event *ret);

#endif
