/* What stands in the way of a larger free block. */
#ifndef MEMPROF_CULPRITS_H
#define MEMPROF_CULPRITS_H

#include "memprof/analysis/report.h"

/* Adds this area's culprits to the *n best so far, at most n_max, best first. */
void culprits_add(const struct heap_area *area, uint32_t block_bytes, uint64_t lfb_bytes, size_t n_max,
		  struct culprit *best, size_t *n);

/* Improves fit's window by what this area offers: the stretch of whole objects and free runs that
 * is long enough and has the fewest used bytes. Holes of unknown blocks are never in one. */
void window_find(const struct heap_area *area, uint32_t block_bytes, struct fit *fit);

#endif
