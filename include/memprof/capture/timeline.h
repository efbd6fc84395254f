/* One timeline for the events of one input or several. Pure. */
#pragma once

#include <stdbool.h>

#include "memprof/event.h"

/* Why events have no time. */
enum untimed {
	UNTIMED_CLOCK_FELL, /* a clock was set back */
	UNTIMED_ZONES,      /* some inputs have local times, others UTC */
	UNTIMED_UNDATED,    /* one of several inputs has times without a date */
	UNTIMED_SOME,       /* some have no time, others do */
	N_UNTIMED
};

/* All-zero is the starting state, for one input. */
struct timeline {
	bool several; /* set by the caller: only dates relate the inputs to one another */
	/* private */
	bool dated;      /* the current input */
	bool local, utc; /* an input of this kind was seen */
	uint64_t epoch_us;
	uint64_t last_us, last_line;
	struct {
		uint64_t first_us, last_us; /* 0: no event yet */
	} now, before;                      /* this input, the one before */
	bool none, some;                    /* an event had no time, had one */
	bool reasons[N_UNTIMED];
	bool overlap; /* some inputs before this one did */
	/* result: a later event had an earlier time */
	bool went_back;
};

/* The time of an event: since the first stamp of a single input, since 1970 of one of several; NOT_KNOWN. A line that
 * is delivered after a later one was printed before it, at about the same time. */
uint64_t timeline_at(struct timeline *t, const struct event *event);

/* The same without a trace, for an event that is no sample. */
uint64_t timeline_peek(const struct timeline *t, const struct event *event);

/* Between two inputs. */
void timeline_next(struct timeline *t);

/* Whether an input is of the same time as the one before it, by more than a tenth: they are of several boards. */
bool timeline_overlaps(const struct timeline *t);

/* The reason in words; NULL if it does not apply. */
const char *timeline_reason(const struct timeline *t, enum untimed reason);

/* The date of the first stamp of an input, by an event that has both a date and a time since then. False: it has not.
 */
bool timeline_epoch(const struct event *event, uint64_t *ret_us, bool *ret_zoned);
