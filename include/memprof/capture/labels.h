/* Which snapshot a mark ("memprof: loaded") names. Some programs print it behind the snapshot, as the sampler of
 * `memprof run` does, some before it, like a heading. The first mark of an input decides: without a snapshot before it,
 * all marks of that input are headings. */
#pragma once

#include <stdbool.h>

#include "memprof/event.h"

/* All-zero is the start of an input. */
struct labels {
	bool any_snapshot, headings;
	char heading[EVENT_LABEL_BYTES]; /* not used yet; "" */
};

/* A snapshot: a pending heading becomes its label, unless it has one. */
void labels_snapshot(struct labels *l, char label[EVENT_LABEL_BYTES]);
/* A mark. True if it names the last snapshot: ret is that label then, a board's bytes. */
bool labels_mark(struct labels *l, const struct event_text *mark, char ret[EVENT_LABEL_BYTES]);
