/* What the files of the trend share. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "memprof/analysis/growth.h"
#include "memprof/analysis/survival.h"
#include "memprof/analysis/trend.h"

#define US_PER_HOUR 3.6e9

/* ---- Lots for samples that stand for others: xorshift32 (Marsaglia 2003), so the same ones in every run ---- */

#define LOT_FIRST UINT32_C(2463534242)

/* Evenly one of 0 to n - 1, but for a bias below n / 2^32. */
static inline uint64_t lot_draw(uint32_t *lot, uint64_t n)
{
	*lot ^= *lot << 13;
	*lot ^= *lot >> 17;
	*lot ^= *lot << 5;
	return *lot % n;
}

/* ---- The slope of a line through points by Theil and Sen ---- */

/* The median of the slopes of all pairs: up to 29 % of the points may be anything without moving it far. */

enum { THEIL_SEN_MAX = 500 }; /* points: 124750 pairs, 1 MB while it works */

struct point {
	double x, y;
};
struct slope {
	double median;    /* NAN: no two points with different x */
	double low, high; /* 95 %: Sen's, wider where values hang together; NAN: none */
	double off;       /* standard deviation of the values from the line */
	double at_zero;   /* y at x = 0 of the line that has as many points above it as below */
};

/* Points in the order of x; n at most THEIL_SEN_MAX. Pairs with the same x are left out. 0 or
 * -ENOMEM. Cost: n^2 / 2 divisions and three selections among them, about 4 ms for 500. */
int theil_sen(const struct point *points, size_t n, struct slope *ret);

/* The median alone. */
int theil_sen_median(const struct point *points, size_t n, double *ret);

/* ---- Finds the heap after its collections in a series of samples: the local minima of what is used. What is kept does
 * not grow with the series ---- */

enum { MINIMA_TURNS_MAX = 512, MINIMA_RISES_MAX = 512, MINIMA_FALLS_LEAST = 5 };

struct minima_turn {
	struct trend_minimum at;
	uint64_t i_seen; /* as n_seen: other pools may have samples in between */
};

/* All-zero is the starting state. */
struct minima {
	uint64_t n_seen; /* samples */
	bool rises;      /* up to the last */

	struct minima_turn last;                    /* the last sample, or the first of several equal ones */
	struct minima_turn turns[MINIMA_TURNS_MAX]; /* where it turned; in turn up and down */
	size_t n_turns;
	double threshold;               /* a fall of less is no collection; 0: not known yet */
	bool has_usual;                 /* it goes by a usual fall, too */
	double steps[MINIMA_RISES_MAX]; /* by which it rose from sample to sample: some, drawn by lot */
	uint64_t n_steps;               /* of all */
	uint32_t lot;                   /* lot_draw */
	double usual_step;              /* their median */

	enum { MINIMA_START, MINIMA_UP, MINIMA_DOWN } way;
	double start_low, start_high; /* while MINIMA_START */
	struct minima_turn candidate; /* the highest on the way up, the lowest on the way down */

	struct trend_minimum kept[TREND_MINIMA_MAX];
	size_t n_kept;
	uint64_t n_per_minimum;     /* 0: 1 */
	struct trend_minimum group; /* the lowest of n_group, which are fewer than that */
	uint64_t n_group;
};

void minima_add(struct minima *m, const struct trend_minimum *sample);

/* A sample that was taken right after a collection. The first of them forgets what was found
 * without; after it minima_add is not to be called. */
void minima_add_collected(struct minima *m, const struct trend_minimum *sample, bool first);

/* Decides on what still waits, in place: work on a copy if more samples may come. Afterwards usual_step is that of all
 * samples; 0 if all were collected, or none rose. */
void minima_finish(struct minima *m);

/* ---- What survival.c keeps, and survival_judge.c judges. Cycles count from 0: that before the first collection ----
 */

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
	double at;        /* blocks that were allocated until then, or the number of the collection */
	uint64_t at_us;   /* NOT_KNOWN */
};

struct survival {
	struct survival_area *areas;
	size_t n_areas;
	uint32_t n_blocks, block_bytes;
	bool guessed; /* kinds of the last table: an object is known by its address and size */
	uint64_t n_tables;
	uint64_t first_collected, last_collected; /* the tables after the first and after the last collection; from 0 */
	uint32_t cycle;                           /* the current one */
	double allocated;                         /* blocks, where the board tells; 0 */
	uint64_t used_blocks;                     /* in the last table */
	uint64_t young_blocks;                    /* of these, born in this cycle */
	struct survival_floor *floors;            /* of each collection, or of cycles_per_floor in a row */
	size_t n_floors;
	uint32_t cycles_per_floor;
};

/* ---- What is kept of one pool: trend.c fills it, trend/judge.c draws its conclusions ---- */

struct trend_known {
	uint64_t n, first, last, min, max;
};

struct trend_pool {
	char name[16];
	struct trend_known known[N_TREND_FIELDS];
	struct trend_bucket buckets[TREND_BUCKETS_MAX];
	size_t n_buckets;
	uint64_t n_per_bucket;
	uint32_t lot; /* lot_draw */
	bool collected, no_collector;
	struct suspicion suspicion;     /* of one that is watched */
	uint64_t n_judged;              /* samples, before its last judgement by the curve */
	struct survival *survival;      /* NULL: it has no block tables */
	struct minima by_used, by_free; /* one of them would do, but a log may tell only one */
};

/* Judges a pool that is watched if there is more to judge it by: watched.c. 0 or -ENOMEM. */
int trend_judge_watched(struct trend_pool *pool);

/* ---- Figures without block tables: curve.c ---- */

/* That is judged, as more samples tell it. */
static inline enum trend_field curve_field(uint64_t n_used, uint64_t n_free)
{
	return n_used >= n_free ? TREND_USED : TREND_FREE;
}
enum trend_field curve_field_of(const struct trend_pool *pool);
bool curve_has_lows(const struct trend_pool *pool);
size_t curve_minima_needed(bool collected); /* before anything is judged */

/* Fills minima, which are the caller's, and what is known of them. 0 or -ENOMEM. */
int curve_minima(const struct trend_pool *pool, struct trend_pool_result *ret);
/* most: of this field, of all samples. 0 or -ENOMEM. */
int curve_growth(const struct trend_pool_result *pool, enum trend_field field, uint64_t most, struct growth *ret);
enum leak_verdict curve_verdict(const struct growth *growth, size_t n_minima);

/* ---- When nothing is left of a pool that leaks: forecast.c ---- */

void forecast(const struct trend *t, struct trend_pool_result *ret);

/* ---- Boots that run dry: dry.c ---- */

void dry_add(struct boots_dry *dry, const struct trend *boot);
/* Of boots before and the current one; *ret is the first pool of the current one if is_now, else of one before. */
void dry_judge(const struct boots_dry *before, const struct trend *now, bool is_now, struct trend_pool_result *ret);
