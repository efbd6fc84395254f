/* What fits in which pool, and the one sentence on the pool in the worst state. */
#ifndef MEMPROF_TEXT_HEADLINE_H
#define MEMPROF_TEXT_HEADLINE_H

#include "memprof/analysis/pools.h"
#include "memprof/viewers/view.h"

/* A line for each need and pool; nothing without needs. */
void text_needs(struct strbuf *out, const struct pool_standings *s, const struct report_options *options,
		const struct text_style *style);

/* The verdict that the headline follows. Where it is about the same pool, that has room to spare only for a while. */
struct headline_leak {
	const char *pool;
	const char *lasts; /* from this dump on, at the pace of the leak: "40 min 3 s"; "": not known */
};
/* n_dump: of the dump, where something more important stands before it; 0: this is the headline. leak: NULL: none. */
void text_headline(struct strbuf *out, const struct pool_standings *s, uint64_t n_dump,
		   const struct headline_leak *leak, const struct text_style *style);

#endif
