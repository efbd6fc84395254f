/* The tables of sizes in a report. */
#ifndef MEMPROF_VIEWERS_HEAP_H
#define MEMPROF_VIEWERS_HEAP_H

#include "memprof/viewers/view.h"

/* The sizes of a pool, counted and as the board says them. */
void text_heap(struct strbuf *out, const struct pool_report *r, const struct heap *heap,
	       const struct text_style *style);

/* Its areas, if there are several. */
void text_areas(struct strbuf *out, const struct heap_pool *pool, const struct text_style *style);

#endif
