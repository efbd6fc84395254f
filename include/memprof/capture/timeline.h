/* One time for the events of one input or several. */
#ifndef MEMPROF_TIMELINE_H
#define MEMPROF_TIMELINE_H

#include <stdbool.h>

#include "memprof/event.h"

/* Why events have no time. */
enum untimed {
	UNTIMED_CLOCK_FELL, /* a clock began again */
	UNTIMED_ZONES,      /* some inputs tell local time, others UTC */
	UNTIMED_UNDATED,    /* one of several inputs has times without a date */
	UNTIMED_SOME,       /* some have none, others have */
	N_UNTIMED
};

/* All-zero is the starting state, of one input alone. */
struct timeline {
	bool several; /* set by the caller: only dates tell how they lie to one another */
	/* private */
	bool dated;      /* of the input that is being read */
	bool local, utc; /* there was such an input */
	uint64_t epoch_us;
	uint64_t last_us, last_line;
	bool none, some; /* an event had no time, had one */
	bool reasons[N_UNTIMED];
};

/* When it was: since the first moment of a single input, since 1970 of one of several. NOT_KNOWN
 * where nothing tells. A line that comes behind a later one was said before it, so to speak at once. */
uint64_t timeline_at(struct timeline *t, const struct event *event);

/* The same for an event that is no sample: it leaves no trace. */
uint64_t timeline_peek(const struct timeline *t, const struct event *event);

/* Between two inputs. */
void timeline_next(struct timeline *t);

/* In words, NULL if that is not why. */
const char *timeline_reason(const struct timeline *t, enum untimed reason);

/* "2026-11-20T07:09:41.325Z", "2026-11-20 07:09:41+01:00": since 1970; *ret_zoned: it has a zone. False
 * for anything else. */
bool timeline_date(const char *text, uint64_t *ret_us, bool *ret_zoned);

#endif
