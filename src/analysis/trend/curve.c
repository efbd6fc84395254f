/* Figures without block tables: what is left after collections shows in the curve of used, or of free. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "trend/private.h"

/* The least of all later minima drifts by less than that. */
static const double BEAT_RISES = 0.5;

/* Collections without a rise that are a verdict, and not only a lack of evidence. */
enum { CURVE_STEADY_LEAST = 20 };

/* Low points of a pool without a collector: each the lowest of a thirty-second part of at least so many buckets. */
enum { N_LOWS = 32, LOWS_LEAST_BUCKETS = 2 * N_LOWS };

size_t curve_minima_needed(bool collected) { return collected ? TREND_COLLECTIONS_LEAST : TREND_MINIMA_LEAST; }

enum trend_field curve_field_of(const struct trend_pool *pool)
{
	return curve_field(pool->known[TREND_USED].n, pool->known[TREND_FREE].n);
}

/* Noise has no falls like those of collections. Where nothing collects, the low points are the lowest of many samples
 * each then. */
bool curve_has_lows(const struct trend_pool *pool)
{
	return pool->no_collector && !pool->collected && pool->n_buckets >= LOWS_LEAST_BUCKETS;
}

/* Of buckets from i to end: where most was free. */
static struct trend_minimum low_of(const struct trend_bucket *buckets, size_t i, size_t end, bool by_used)
{
	struct trend_minimum ret = { .level = INFINITY };

	for (; i < end; i++) {
		const struct trend_bucket *b = &buckets[i];
		enum trend_field field = by_used ? TREND_USED : TREND_FREE;
		const uint64_t value[] = {
			[TREND_USED] = b->low[TREND_USED],
			[TREND_FREE] = b->high[TREND_FREE],
			[TREND_LARGEST_FREE] = b->high[TREND_LARGEST_FREE],
			[TREND_FRAGMENTATION] = b->low[TREND_FRAGMENTATION],
		};
		double level = by_used ? (double)value[field] : -(double)value[field];
		if (b->drawn[field].n_known == 0 || level >= ret.level)
			continue;
		ret.level = level;
		ret.i_sample = b->drawn[field].i_sample;
		ret.at_us = b->drawn[field].at_us;
		memcpy(ret.value, value, sizeof(value));
	}
	return ret;
}

static void lows_of(const struct trend_pool *pool, bool by_used, struct trend_pool_result *ret)
{
	ret->n_minima = 0;
	for (size_t i = 0; i < N_LOWS; i++) {
		size_t from = i * pool->n_buckets / N_LOWS, end = (i + 1) * pool->n_buckets / N_LOWS;
		struct trend_minimum low = low_of(pool->buckets, from, end, by_used);
		if (isfinite(low.level))
			ret->minima[ret->n_minima++] = low;
	}
	ret->n_per_minimum = pool->known[by_used ? TREND_USED : TREND_FREE].n / N_LOWS;
}

int curve_minima(const struct trend_pool *pool, struct trend_pool_result *ret)
{
	bool by_used = curve_field_of(pool) == TREND_USED;
	struct minima *m = malloc(sizeof(*m));

	if (!m)
		return -ENOMEM;
	*m = by_used ? pool->by_used : pool->by_free;
	minima_finish(m);
	ret->minima = malloc((MAX(m->n_kept, (size_t)N_LOWS) + 1) * sizeof(*ret->minima));
	if (ret->minima) {
		memcpy(ret->minima, m->kept, m->n_kept * sizeof(*ret->minima));
		ret->n_minima = m->n_kept;
		ret->n_per_minimum = MAX(m->n_per_minimum, UINT64_C(1));
		ret->usual_rise = m->usual_step;
		if (m->n_kept < TREND_MINIMA_LEAST && curve_has_lows(pool))
			lows_of(pool, by_used, ret);
	}
	free(m);
	return ret->minima ? 0 : -ENOMEM;
}

/* Of the curve alone. most: of this field, of all samples. 0 or -ENOMEM. */
int curve_growth(const struct trend_pool_result *pool, enum trend_field field, uint64_t most, struct growth *ret)
{
	struct growth_floor *floors = malloc((pool->n_minima + 1) * sizeof(*floors));
	size_t n = 0;

	if (!floors)
		return -ENOMEM;
	for (size_t i = 0; i < pool->n_minima; i++) {
		const struct trend_minimum *m = &pool->minima[i];
		uint64_t value = m->value[field];
		if (value == NOT_KNOWN)
			continue;
		floors[n++] = (struct growth_floor){ (double)m->i_sample, field == TREND_USED ? value : most - value };
	}
	*ret = (struct growth){ .pace = GROWTH_UNKNOWN };
	if (n >= curve_minima_needed(pool->collected))
		*ret = growth_judge(floors, n, 1);
	if (ret->pace >= GROWTH_SLOWS && (double)ret->rise <= BEAT_RISES * pool->usual_rise)
		ret->pace = GROWTH_UNKNOWN;
	free(floors);
	return 0;
}

enum leak_verdict curve_verdict(const struct growth *growth, size_t n_minima)
{
	if (growth->pace == GROWTH_NONE)
		return n_minima >= CURVE_STEADY_LEAST ? LEAK_STEADY : LEAK_UNKNOWN;
	return growth->pace == GROWTH_SLOWS   ? LEAK_GROWING :
	       growth->pace == GROWTH_GOES_ON ? LEAK_LEAKING :
						LEAK_UNKNOWN;
}
