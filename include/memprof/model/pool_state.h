/* What of a pool is used and free: counted in its blocks, or as the board reports it. Pure: no I/O, no clock. Every
 * figure is defined in docs/analysis.md. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "memprof/model/heap.h"

/* ---- counting ---- */

enum { AREA_CLASSES = 32 }; /* free runs of 2^i to 2^(i+1) - 1 blocks */

/* What one pass over one area counts. Runs never join across areas, as the allocator cannot join
 * them either (py/gc.c, gc_alloc). */
struct area_counts {
	uint32_t n_free, n_used, n_unknown; /* blocks */
	uint32_t n_objects, n_one, n_two;   /* objects; of one block, of two */
	uint32_t max_object, max_free;      /* blocks; the largest object, the longest free run */
	uint32_t n_free_runs;
	uint32_t n_longest;    /* blocks in the longest free run of each area, added up */
	uint32_t n_free_areas; /* areas with free blocks */
	uint32_t class_runs[AREA_CLASSES];
	uint64_t class_blocks[AREA_CLASSES];
	uint32_t kind_objects[128], kind_blocks[128]; /* by letter; blocks include tails */
};
/* Adds to *ret, so that a pool is the sum of its areas (maxima are the largest of all). */
void area_count(const struct heap_area *area, struct area_counts *ret);
/* The same of n_used, n_free, max_free, n_longest, n_objects and n_unknown alone, at a fraction of the cost. */
void area_count_figures(const struct heap_area *area, struct area_counts *ret);
/* The sum of all areas of a pool, by area_count. */
void pool_count(const struct heap_pool *pool, struct area_counts *ret);

/* ---- the state ---- */

/* The figures of a pool at one moment; NOT_KNOWN where nothing tells. */
struct pool_state {
	uint64_t total_bytes, used_bytes, free_bytes;
	uint64_t lfb_bytes; /* largest free block */
	uint64_t n_objects; /* 0 unless counted */
	double fragmentation;
	bool at_least; /* there may be more areas, which were not read */
};
extern const struct pool_state POOL_STATE_NOT_KNOWN;

/* The fragmentation within areas, as no run spans two: 1 - lfb/free of each area, averaged by free bytes. That is
 * 1 - longest/free, with longest_bytes the largest free block of each area, added up; of one area its LFB. 0 if each
 * area's free bytes are one run, or if none are free; near 1 if they are scattered; < 0: not known. */
double pool_fragmentation(uint64_t free_bytes, uint64_t longest_bytes);

/* Whether the board works out used and free of this pool itself, and its blocks are only a picture of it. */
bool pool_is_reported(const struct heap_pool *pool);

/* By its blocks; without blocks, or where the board works it out itself, as it is reported. Cost: a pass over the
 * blocks; of pool_state_of_counts none: counts are those of pool_count. */
struct pool_state pool_state_counted(const struct heap_pool *pool);
struct pool_state pool_state_of_counts(const struct heap_pool *pool, const struct area_counts *counts);

/* As the board reports it; by counting where it reports nothing of used and free. Its figures do not give the
 * fragmentation of several areas. */
struct pool_state pool_state_reported(const struct heap_pool *pool);

/* Puts what the board reports in the place of what was counted, if rows are missing and it reports it. */
void pool_state_believe(const struct heap_pool *pool, struct pool_state *state);

/* Of a pool that is known by figures alone: these, and what follows from them: the total of Python's heap, what is used
 * of others. */
struct pool_state pool_state_of_figures(const struct heap_pool *pool);
