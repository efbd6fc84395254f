/* All pools of a moment together: where sizes fit, and which pool is in the worst state. Pure: no I/O, no clock. */
#pragma once

#include "memprof/analysis/report.h"
#include "memprof/capture/capture.h"

enum { POOL_STANDINGS_MAX = 2 * HEAP_POOLS_MAX };

/* A pool among others. The regions of ESP-IDF's heap, caps.0, caps.1 ..., are one group, as an allocation takes any of
 * them that has room; so they are to it what areas are to a heap. */
struct pool_standing {
	const struct heap_pool *pool;      /* borrowed */
	size_t i_group;                    /* of the first pool of its group: its own index, without a group */
	struct pool_state summary;         /* as report_judged has it; of the first of a group all of it */
	uint32_t n_free_areas;             /* with free memory: areas, or regions */
	enum health health;                /* of the group */
	struct fit fits[REPORT_NEEDS_MAX]; /* as options->needs; size_bytes 0: not asked of this pool */
	bool is_named[REPORT_NEEDS_MAX];   /* asked of this pool by name */
	bool believed;                     /* rows of its table are missing, and the summary is the board's own */
	bool lacks;                        /* a size that is needed does not fit, in no pool of the group */
	bool falls_short;                  /* nor is the group too small for it by design, unless it was named */
};

struct pool_standings {
	struct pool_standing all[POOL_STANDINGS_MAX];
	size_t n;
	size_t i_worst; /* the headline is about it: one that falls short, then by health, then the fullest; < n unless
			 * n is 0 */
};

/* Adds a pool. Regions that are full or not by design do not become the worst: those of one owner (POOL_FIXED), and
 * what is part of Python's heap (POOL_TRACKED). Needs without n_needs: none. Beyond POOL_STANDINGS_MAX nothing is
 * added. Cost: two passes over the blocks. */
void standings_add(struct pool_standings *s, const struct heap_pool *pool, const struct report_options *options);
/* After the last one. */
void standings_end(struct pool_standings *s);

/* Of the pools of a heap, and of those that were reported beside it; heap may be NULL. Both are borrowed. */
void standings_of_moment(const struct heap *heap, const struct pool_moment *beside, size_t n_beside,
			 const struct report_options *options, struct pool_standings *ret);

/* "caps" of "caps.3", else the whole name. */
size_t pool_group_name(const struct heap_pool *pool); /* its length */
