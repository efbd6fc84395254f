/* Parts of layout_settle. */
#ifndef LAYOUT_SETTLE_PARTS_H
#define LAYOUT_SETTLE_PARTS_H

#include "memprof/layout/layout.h"

#define SPAN_BIT(kind) (1u << (kind))

static inline bool layout_overlap(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
	return a < b ? b - a < a_bytes : a - b < b_bytes;
}

/* Adds the spans that mappings show at other addresses. Before and after it the spans are to be sorted. */
void layout_show_mapped(struct layout *l);

/* Whether what a span that is shown has in common with another was said where it lies itself. */
bool layout_is_said_there(const struct layout *l, const struct layout_span *shown, uint64_t first, uint64_t last);

/* Whether that they lie across each other means nothing. */
bool layout_is_only_shown(const struct layout_span *a, const struct layout_span *b);

/* What regions have free. The spans are a tree. */
void layout_region_figures(struct layout *l);

/* What other inputs say that cannot be of this board. */
void layout_find_strangers(struct layout *l);

#endif
