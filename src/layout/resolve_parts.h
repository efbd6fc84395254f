/* What the files of this room share. */
#pragma once

#include <errno.h>

#include "memprof/layout/layout.h"

#define SPAN_BIT(kind) (1u << (kind))

/* Appends a value to a list of the layout; without memory the layout has an error. */
#define LAYOUT_ADD(l, list, value)                               \
	do {                                                     \
		__typeof__((l)->list) added_ = vec_add(l, list); \
		if (added_)                                      \
			*added_ = (value);                       \
		else                                             \
			(l)->error = -ENOMEM;                    \
	} while (0)

static inline bool layout_overlap(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
	return a < b ? b - a < a_bytes : a - b < b_bytes;
}

/* Adds the spans that mappings show at other addresses. The spans must be sorted, and again afterwards. */
void layout_add_mirrors(struct layout *l);

/* Whether a conflict at the original address of a mirrored span covers this part of it. */
bool layout_is_reported_at_origin(const struct layout *l, const struct layout_span *mirror, uint64_t first,
				  uint64_t last);

/* Whether one is a mirror and the other a region: their overlap is no conflict. */
bool layout_is_mirror_in_region(const struct layout_span *a, const struct layout_span *b);

/* The free bytes of regions. The spans are a tree. */
void layout_region_figures(struct layout *l);

/* Conflicts of inputs with the board: addresses that it does not have, and other chips. */
void layout_find_board_mismatches(struct layout *l);
