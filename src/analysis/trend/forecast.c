/* When nothing is left of a heap that leaks. */
#include <math.h>

#include "memprof/base/number.h"
#include "trend/private.h"

/* What was free after the last collection. */
static void set_left(struct trend_pool_result *ret)
{
	const struct trend_series *used = &ret->series[TREND_USED], *free = &ret->series[TREND_FREE];
	size_t i = ret->n_minima;

	while (i > 0 && ret->minima[i - 1].value[TREND_FREE] == NOT_KNOWN)
		i--;
	if (i > 0) {
		ret->left_bytes = ret->minima[i - 1].value[TREND_FREE];
		ret->growth_bytes = ret->minima[i - 1].growth_bytes;
	}
	/* A minimum has garbage in it. */
	if (ret->by_objects && used->n_known > 0 && free->n_known > 0 &&
	    used->last + free->last >= ret->survival.floor_bytes)
		ret->left_bytes = used->last + free->last - ret->survival.floor_bytes;
}

/* The largest free block of late: when it was least, and when it was most. false: not known. */
static bool room_of_late(const struct trend_pool_result *pool, uint64_t *ret_least, uint64_t *ret_most)
{
	enum { LATE_PART = 16 };

	*ret_least = NOT_KNOWN;
	*ret_most = 0;
	for (size_t i = pool->n_buckets - MAX(pool->n_buckets / LATE_PART, (size_t)1); i < pool->n_buckets; i++) {
		const struct trend_bucket *b = &pool->buckets[i];
		if (b->low[TREND_LARGEST_FREE] == NOT_KNOWN)
			continue;
		*ret_least = MIN(*ret_least, b->low[TREND_LARGEST_FREE]);
		*ret_most = MAX(*ret_most, b->high[TREND_LARGEST_FREE]);
	}
	return *ret_least != NOT_KNOWN;
}

/* When all is used up, by the faster and by the slower of its rates. But a program ends where what it needs in one
 * piece is missing: the largest free block is least right before a collection, and most after it. */
static void set_ends(const struct trend *t, struct trend_pool_result *ret, double left, double us_per_sample)
{
	static const double SLOWER = 2; /* than the largest free block fell so far, at most */
	double room_falls = -ret->series[TREND_LARGEST_FREE].slope.per_sample;
	bool is_old = !ret->by_objects && ret->n_minima > 0; /* what is left is that of the last minimum */
	double since = is_old ? (double)(t->n_samples - 1 - ret->minima[ret->n_minima - 1].i_sample) : 0;
	double least = left / ret->leak.high - since, most = left / ret->leak.low - since;
	uint64_t room_least, room_most;

	if (!(ret->leak.low > 0) || !(ret->leak.high >= ret->leak.low))
		return;
	if (room_falls > 0 && room_of_late(ret, &room_least, &room_most)) {
		least = MIN(least, (double)room_least / room_falls);
		most = MIN(most, SLOWER * (double)room_most / room_falls);
	}
	least = MAX(least, 0.0);
	most = MAX(most, least);
	ret->ends_least_samples = least;
	ret->ends_most_samples = most;
	if (!(most * us_per_sample < 1e18))
		return;
	ret->ends_least_us = (uint64_t)(least * us_per_sample);
	ret->ends_most_us = (uint64_t)(most * us_per_sample);
}

void forecast(const struct trend *t, struct trend_pool_result *ret)
{
	set_left(ret);
	if (ret->left_bytes == NOT_KNOWN)
		return;
	double left = (double)ret->left_bytes + (double)ret->growth_bytes;
	double us = left / ret->leak.per_hour * US_PER_HOUR;
	ret->exhausted_in_samples = left / ret->leak.per_sample;
	if (us >= 0 && us < 1e18) /* 31700 years; false for NAN too */
		ret->exhausted_in_us = (uint64_t)us;
	set_ends(t, ret, left, ret->leak.per_sample / ret->leak.per_hour * US_PER_HOUR);
}
