/* What the files of a report share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "memprof/analysis/report.h"
#include "memprof/model/blocks.h"
#include "memprof/model/heap.h"

/* ---- Walks an area object by object: every free run, object and hole of unknown blocks is one stretch. Tails without
 * a head (theirs is in a missing row) are a stretch of kind BLOCK_TAIL ---- */

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

/* ---- What stands in the way of a larger free block ---- */

/* Adds this area's culprits to the *n best so far, at most n_max, best first. */
void culprits_add(const struct heap_area *area, uint32_t block_bytes, uint64_t lfb_bytes, size_t n_max,
		  struct culprit *best, size_t *n);

/* Improves fit's window by what this area offers: the stretch of whole objects and free runs that
 * is long enough and has the fewest used bytes. Holes of unknown blocks are never in one. */
void window_find(const struct heap_area *area, uint32_t block_bytes, struct fit *fit);
