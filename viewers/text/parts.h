/* Parts of texts, each in a file of its own. */
#pragma once

#include "memprof/analysis/pools.h"
#include "memprof/viewers/view.h"

/* ---- What to do about what a report found ---- */

/* One paragraph, by what is worst: the last error, the state of the dump. Nothing if there is nothing to do. */
void text_advice(struct strbuf *out, const struct text_report *report, enum health health);

/* ---- What fits in which pool, and the one sentence on the pool in the worst state ---- */

/* A line for each need and pool; nothing without needs. */
void text_needs(struct strbuf *out, const struct pool_standings *s, const struct report_options *options,
		const struct text_style *style);

/* Of figures that are a part. */
#define TEXT_MORE_AREAS "There may be more areas, which are not in this memory.\n"
/* n_dump: of the dump, where something more important stands before it; 0: this is the headline. is_leaking: that is a
 * leak.
 */
void text_headline(struct strbuf *out, const struct pool_standings *s, uint64_t n_dump, bool is_leaking,
		   const struct text_style *style);

/* ---- The tables of sizes in a report ---- */

/* The sizes of a pool, counted and as the board says them. */
void text_heap(struct strbuf *out, const struct pool_report *r, const struct heap *heap,
	       const struct text_style *style);

/* Its areas, if there are several. */
void text_areas(struct strbuf *out, const struct heap_pool *pool, const struct text_style *style);
