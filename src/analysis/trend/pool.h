/* What is kept of one pool: trend.c fills it, trend/judge.c draws its conclusions. */
#ifndef MEMPROF_TREND_POOL_H
#define MEMPROF_TREND_POOL_H

#include "memprof/analysis/survival.h"
#include "memprof/analysis/trend.h"
#include "trend/minima.h"

struct trend_known {
	uint64_t n, first, last, min, max;
};

struct trend_pool {
	char name[16];
	struct trend_known known[N_TREND_FIELDS];
	struct trend_bucket buckets[TREND_BUCKETS_MAX];
	size_t n_buckets;
	uint64_t n_per_bucket;
	uint32_t lot; /* trend/lot.h */
	bool collected, no_collector;
	struct survival *survival;      /* NULL: it has no block tables */
	struct minima by_used, by_free; /* one of them would do, but a log may tell only one */
};

#endif
