/* One time for the events of one input or several. */
#ifndef MEMPROF_TIMELINE_H
#define MEMPROF_TIMELINE_H

#include <stdbool.h>

#include "memprof/event.h"

/* All-zero is the starting state, of one input alone. */
struct timeline {
	bool     several;       /* set by the caller: only dates tell how they lie to one another */
	bool     dated;         /* private, of the input that is being read */
	uint64_t epoch_us;
};

/* When it was: since the first moment of a single input, since 1970 of one of several. NOT_KNOWN
 * where nothing tells. */
uint64_t timeline_at(struct timeline *t, const struct event *event);

/* Between two inputs. */
void timeline_next(struct timeline *t);

/* "2026-11-20T07:09:41.325Z", "2026-11-20 07:09:41+01:00": since 1970. False for anything else. */
bool timeline_date(const char *text, uint64_t *ret_us);

#endif
