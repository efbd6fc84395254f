/* Walks an area object by object: every free run, object and hole of unknown blocks is one stretch.
 * Tails without a head (theirs is in a missing row) are a stretch of kind BLOCK_TAIL. */
#ifndef MEMPROF_STRETCH_H
#define MEMPROF_STRETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "memprof/model/blocks.h"
#include "memprof/model/heap.h"

struct stretch {
	uint8_t kind; /* of its first block */
	uint32_t i_first, n_blocks;
};

/* The stretch after *at; start with an all-zero one. False at the end of the area, and then *at is
 * untouched. */
static inline bool stretch_next(const struct heap_area *area, struct stretch *at)
{
	uint32_t i = at->i_first + at->n_blocks;

	if (i >= area->n_blocks)
		return false;
	uint8_t kind = area->kinds[i], more = block_is_head(kind) ? BLOCK_TAIL : kind;
	uint32_t end = blocks_run_end(area->kinds, i + 1, area->n_blocks, more);
	*at = (struct stretch){ kind, i, end - i };
	return true;
}

static inline bool stretch_is_used(const struct stretch *s)
{
	return s->kind != BLOCK_FREE && s->kind != BLOCK_UNKNOWN;
}

#endif
