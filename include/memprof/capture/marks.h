/* Which heap of a log a mark names: "memprof: loaded". Some programs print it behind the heap, as the sampler of
 * `memprof run` does, some before it, like a heading. The first mark tells: if no heap came before it, all of that
 * log's are headings. */
#ifndef MEMPROF_MARKS_H
#define MEMPROF_MARKS_H

#include <stdbool.h>

#include "memprof/event.h"

/* All-zero is the start of a log. */
struct marks {
	bool any_heap, headings;
	char heading[EVENT_LABEL_BYTES]; /* that waits; "" */
};

/* A heap has come: its label, "" if it has none yet, becomes that of the heading that waited. */
void marks_heap(struct marks *m, char label[EVENT_LABEL_BYTES]);
/* A mark has come. True if it names the last heap: then that is in ret, a board's bytes. */
bool marks_mark(struct marks *m, const struct event_text *mark, char ret[EVENT_LABEL_BYTES]);

#endif
