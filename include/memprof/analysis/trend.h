/* How a heap goes over time: slopes, whether they go beyond chance, whether it leaks, and when
 * nothing will be left. docs/analysis.md has the definitions, and how often the verdicts are right.
 *
 * Samples are added one by one. What is kept does not grow with their number: 500 buckets and 500
 * minima for each pool, about 200 KB, and of pools with block tables 5.2 bytes a block (survival.h). The same samples
 * give the same figures on every machine. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/analysis/report.h"
#include "memprof/analysis/suspicion.h"
#include "memprof/model/heap.h"

enum { TREND_BUCKETS_MAX = 500, TREND_MINIMA_MAX = 500 };

/* Collections before any judgement: known ones, and those that only show in the curve. */
enum { TREND_COLLECTIONS_LEAST = SURVIVAL_COLLECTIONS_LEAST, TREND_MINIMA_LEAST = 8 };

enum trend_field { TREND_USED, TREND_FREE, TREND_LARGEST_FREE, TREND_FRAGMENTATION, N_TREND_FIELDS };
const char *trend_field_name(enum trend_field field); /* as in the JSON */

/* Fragmentation is kept as an integer too: in parts of this. */
enum { TREND_FRAGMENTATION_ONE = 10000 };

enum trend_verdict { TREND_UNKNOWN, TREND_STEADY, TREND_RISING, TREND_FALLING };
const char *trend_verdict_name(enum trend_verdict verdict);

/* ---- what goes in ---- */

struct trend_sample {
	uint64_t at_us; /* since any moment, the same for all; NOT_KNOWN */
	struct pool_state state;
	bool collected;        /* taken right after a collection: it is a minimum by itself */
	uint64_t growth_bytes; /* what the heap may still grow by; NOT_KNOWN and 0: it cannot */
	bool no_collector;     /* the pool is not Python's heap: nothing in it waits for a collection */
};

struct trend_pool;
struct trend {           /* all-zero is ready */
	bool is_watched; /* set by the caller: what is said comes late, and stays (suspicion.h) */

	/* private */
	struct trend_pool *pools[HEAP_POOLS_MAX];
	size_t n_pools;
	uint64_t n_samples, n_without; /* that told used or free of some pool; that did not */
	uint64_t n_cut_without;        /* heaps with a block table that is cut, and no LFB known */
	uint64_t first_us, last_us;
	uint64_t n_typed; /* samples after a gc.collect() that somebody typed */
	bool untimed;     /* a sample had no time, or an earlier one than the one before */
	bool backwards;   /* the latter */
	int error;        /* -ENOMEM, remembered */
	struct trend_said {
		char name[16];
		struct suspicion suspicion;
	} said[HEAP_POOLS_MAX]; /* of the boot before */
	size_t n_said;
};
void trend_deinit(struct trend *t);

/* For the boot after this one: nothing is in it but what was said. */
struct trend trend_of_next_boot(const struct trend *t);

/* One moment of one pool. A moment that tells neither used nor free is not counted. */
void trend_add(struct trend *t, const char *pool, const struct trend_sample *sample);

/* One moment of all pools of a heap, by what the board itself says, which is there also if its
 * table is cut; where it says nothing, by what is counted in a whole table. first:
 * pool_state_reported of the first pool. */
void trend_add_summarized(struct trend *t, const struct heap *heap, const struct pool_state *first, uint64_t at_us,
			  bool collected);

/* ---- what comes out ---- */

/* One value out of several, drawn by lot, so that every one has the same chance: a median of medians
 * would not be one, and every n-th sample could beat with the collections. */
struct trend_drawn {
	uint64_t n_known; /* out of so many; 0: none */
	uint64_t i_sample, at_us;
	uint64_t value; /* NOT_KNOWN */
};

/* Some samples in a row. Lowest and highest are of all of them. */
struct trend_bucket {
	uint64_t n_samples;
	struct trend_drawn drawn[N_TREND_FIELDS];           /* each by a lot of its own */
	uint64_t low[N_TREND_FIELDS], high[N_TREND_FIELDS]; /* NOT_KNOWN */
	uint64_t high_total_bytes;                          /* NOT_KNOWN */
};

/* The heap after a collection. */
struct trend_minimum {
	uint64_t i_sample, at_us;
	uint64_t value[N_TREND_FIELDS]; /* NOT_KNOWN */
	uint64_t growth_bytes;          /* what the heap could still grow by then; 0 */
	double level;                   /* private: used or -free */
};

/* Slopes are NAN if they are not known. Of bytes; of fragmentation in parts of 1. */
struct trend_slope {
	double per_sample, per_hour;
	double low, high; /* per sample: the 95 % interval; NAN: too little is known */
};

struct trend_series {
	uint64_t n_known; /* samples that tell it */
	uint64_t first, last, min, max;
	struct trend_slope slope;   /* over all samples */
	struct trend_slope floor;   /* over the minima */
	double floor_at_zero;       /* its line at sample 0; NAN with floor */
	size_t n_minima;            /* that tell it */
	enum trend_verdict verdict; /* of the minima; steady: not more is certain */
};

/* Boots that ran dry: their first pool lost what was free, sample by sample, until next to nothing was left. One alone
 * may wait for a collection, but not each. */
struct boots_dry {
	uint64_t n_judged, n_dry;             /* long enough; that did */
	double per_sample;                    /* bytes, the sum of all that did */
	uint64_t least_samples, most_samples; /* of one that did */
	uint64_t span_us, n_steps;            /* the sums of those that have times */
};

struct trend_pool_result {
	char name[16];
	struct trend_series series[N_TREND_FIELDS]; /* of those with n_known > 0 */
	const struct trend_bucket *buckets;         /* borrowed from the trend, until it changes */
	size_t n_buckets;
	struct trend_minimum *minima; /* owned */
	size_t n_minima;
	uint64_t n_per_minimum;    /* each is the lowest of so many collections in a row */
	double usual_rise;         /* from sample to sample, in bytes; 0 if collected */
	bool no_collector;         /* a minimum is a low point, or if collected, a sample */
	bool collected;            /* the samples themselves said so */
	bool leaks;                /* verdict is LEAK_LEAKING or LEAK_GROWING */
	bool is_suspected;         /* growth, by too few collections to say that it leaks */
	enum leak_verdict verdict; /* by the objects if by_objects; else used after collections rises, or free falls */
	bool by_objects;           /* there are block tables of enough collections */
	double bytes_per_collection;                  /* of a leak; NAN */
	uint64_t n_collections;                       /* seen */
	struct survival_result survival;              /* n_tables 0: there are no block tables */
	const struct survival *tables;                /* borrowed, as buckets */
	struct trend_slope leak;                      /* its slope, positive */
	uint64_t left_bytes;                          /* free after the last collection; NOT_KNOWN */
	uint64_t growth_bytes;                        /* that the heap may still grow by */
	uint64_t exhausted_in_us;                     /* from the last collection on; NOT_KNOWN */
	double exhausted_in_samples;                  /* the same; NAN */
	double ends_least_samples, ends_most_samples; /* from now on, nothing is left then; NAN */
	uint64_t ends_least_us, ends_most_us;         /* the same; both or NOT_KNOWN */
	struct boots_dry dry;                         /* why it leaks; else n_dry is 0 */
	bool fragments;                               /* the largest free block falls, and free less or not */
};
struct trend_result {
	uint64_t n_samples, span_us;     /* NOT_KNOWN */
	bool no_mem_info;                /* boots.h */
	uint64_t n_typed;                /* of these, after a gc.collect() that somebody typed */
	const char *held_by;             /* the owner of most of what is kept, borrowed; NULL: not known */
	struct trend_pool_result *pools; /* owned; in the order in which they came */
	size_t n_pools;
};

/* Whether some pool has enough collections for a verdict, without the work of trend_work_out: cheap enough for each of
 * many short histories. 1, 0 or -ENOMEM. */
int trend_is_judgeable(const struct trend *t);

/* Works it out; more samples may be added afterwards. 0 or -ENOMEM, and then *ret is untouched.
 * Cost: about 10 ms a pool, less with fewer samples than buckets. */
int trend_work_out(const struct trend *t, struct trend_result *ret);
void trend_result_deinit(struct trend_result *result);

/* How many collections there must be before anything is judged. */
size_t trend_collections_needed(const struct trend_pool_result *pool);
/* What they are called: only in Python's heap a fall is a collection. */
const char *trend_minima_name(const struct trend_pool_result *pool);

/* Which series tells whether it leaks: used, or free if more samples tell that. */
enum trend_field trend_judged_field(const struct trend_pool_result *pool);

/* More is used with every sample, for certain, and it has not fallen yet: nothing tells whether it will. */
bool trend_only_rises(const struct trend_result *trend, const struct trend_pool_result *pool);

/* The pool that matters most: one that leaks, one that is suspected, one that fragments, the first. NULL without any.
 */
const struct trend_pool_result *trend_worst(const struct trend_result *result);
