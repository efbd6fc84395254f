/* What survival.c keeps, and survival_judge.c judges. Cycles count from 0: that before the first collection. */
#ifndef MEMPROF_TREND_SURVIVAL_STATE_H
#define MEMPROF_TREND_SURVIVAL_STATE_H

#include "memprof/analysis/survival.h"

enum {
	SURVIVAL_FLOORS_MAX = 4096,
};

struct survival_area {
	uint64_t base;
	uint32_t n_blocks;
	uint8_t *kinds;   /* of the last table; free up to a multiple of BLOCKS_MASK */
	uint32_t *births; /* the cycle of the object that begins there */
	uint64_t *fresh;  /* bits: where an object begins that was not there before, or was another one */
};

/* What a collection left, in blocks. */
struct survival_floor {
	uint32_t certain; /* was there before it; of several collections the least */
	uint32_t all;     /* the same with objects that may be others (renew_uncertain_births); the least */
	uint32_t largest; /* the largest object that is not from cycle 0 */
};

struct survival {
	struct survival_area *areas;
	size_t n_areas;
	uint32_t n_blocks, block_bytes;
	bool guessed; /* kinds of the last table: an object is known by its address and size */
	uint64_t n_tables;
	uint64_t first_collected, last_collected; /* the tables after the first and after the last collection; from 0 */
	uint32_t cycle;                           /* the current one */
	uint64_t used_blocks;                     /* in the last table */
	uint64_t young_blocks;                    /* of these, born in this cycle */
	struct survival_floor *floors;            /* of each collection, or of cycles_per_floor in a row */
	size_t n_floors;
	uint32_t cycles_per_floor;
};

#endif
