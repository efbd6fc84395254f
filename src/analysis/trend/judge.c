#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trend/drift.h"
#include "trend/pool.h"
#include "trend/theil_sen.h"

static const double US_PER_HOUR = 3.6e9;

/* Minima lie above what stays in use by up to one rise from sample to sample; where cycles beat with
 * the samples, that comes and goes as slowly as one likes. So a drift of less is no drift. */
static const double DRIFT_LEAST_RISES = 1.5;

/* Chance, and part of the heap, from where a rise that is no leak is not steady either. */
static const double UNDECIDED_P = 0.01, UNDECIDED_PART = 0.05;

const char *trend_verdict_name(enum trend_verdict verdict)
{
	static const char *const names[] = {
		[TREND_UNKNOWN] = "unknown",
		[TREND_STEADY] = "steady",
		[TREND_RISING] = "rising",
		[TREND_FALLING] = "falling",
	};
	return names[verdict];
}

/* Minima from which on a curve that does not rise is a verdict, and not only a lack of evidence. */
enum { CURVE_STEADY_LEAST = 20 };

/* What a value of this field stands for. */
static double natural(enum trend_field field, uint64_t value)
{
	return field == TREND_FRAGMENTATION ? (double)value / TREND_FRAGMENTATION_ONE : (double)value;
}

/* ---- series ---- */

/* The same values over the number of the sample, and over the time. */
struct points {
	struct point by_sample[THEIL_SEN_MAX], by_hour[THEIL_SEN_MAX];
	size_t n;
	bool timed;
};

static void add_point(struct points *points, const struct trend *t, enum trend_field field, uint64_t i_sample,
		      uint64_t at_us, uint64_t value)
{
	double hours = t->untimed ? 0 : (double)(at_us - t->first_us) / US_PER_HOUR;

	if (value == NOT_KNOWN)
		return;
	points->by_sample[points->n] = (struct point){ (double)i_sample, natural(field, value) };
	points->by_hour[points->n++] = (struct point){ hours, natural(field, value) };
}

static int slope_of(const struct points *points, size_t from, struct trend_slope *ret)
{
	struct slope slope;
	double per_hour = NAN;
	int r = theil_sen(points->by_sample + from, points->n - from, &slope);

	if (r == 0 && points->timed)
		r = theil_sen_median(points->by_hour + from, points->n - from, &per_hour);
	if (r == 0)
		*ret = (struct trend_slope){ slope.median, per_hour, slope.low, slope.high };
	return r;
}

/* How far the field goes from sample to sample if used goes by its usual rise. */
static double rise_of(enum trend_field field, const struct trend_pool_result *found)
{
	uint64_t least_free = NOT_KNOWN;

	if (field != TREND_FRAGMENTATION)
		return found->rise_per_sample;
	for (size_t i = 0; i < found->n_minima; i++)
		least_free = MIN(least_free, found->minima[i].value[TREND_FREE]);
	return found->rise_per_sample / (double)MAX(least_free, UINT64_C(1));
}

static void widen(struct trend_slope *slope, double least)
{
	if (isnan(slope->low))
		return;
	slope->low = MIN(slope->low, slope->per_sample - least);
	slope->high = MAX(slope->high, slope->per_sample + least);
}

static int judge_minima(const struct trend *t, enum trend_field field, const struct trend_pool_result *found,
			struct trend_series *ret)
{
	struct points points = { .timed = !t->untimed };
	double rise = rise_of(field, found);
	struct drift drift;

	for (size_t i = 0; i < found->n_minima; i++) {
		const struct trend_minimum *m = &found->minima[i];
		add_point(&points, t, field, m->i_sample, m->at_us, m->value[field]);
	}
	drift_judge(points.by_sample, points.n, field == TREND_USED || field == TREND_FRAGMENTATION,
		    DRIFT_LEAST_RISES * rise, &drift);
	ret->n_minima = points.n;
	ret->n_warm = drift.n_skipped;
	ret->p = drift.p;
	ret->verdict = drift.verdict;
	ret->stopped = drift.stopped;
	int r = slope_of(&points, ret->n_warm, &ret->floor);
	if (r == 0 && points.n > ret->n_warm + 1)
		widen(&ret->floor, rise / (points.by_sample[points.n - 1].x - points.by_sample[ret->n_warm].x));
	return r;
}

static int series_of(const struct trend *t, const struct trend_pool *pool, enum trend_field field,
		     const struct trend_pool_result *found, struct trend_series *ret)
{
	struct points points = { .timed = !t->untimed };
	const struct trend_known *known = &pool->known[field];

	*ret = (struct trend_series){
		.n_known = known->n, .first = known->first, .last = known->last, .min = known->min, .max = known->max
	};
	for (size_t i = 0; i < pool->n_buckets; i++) {
		const struct trend_drawn *b = &pool->buckets[i].drawn[field];
		add_point(&points, t, field, b->i_sample, b->at_us, b->value);
	}
	int r = slope_of(&points, 0, &ret->slope);
	return r < 0 ? r : judge_minima(t, field, found, ret);
}

/* ---- pools ---- */

enum trend_field trend_judged_field(const struct trend_pool_result *pool)
{
	return pool->series[TREND_USED].n_known >= pool->series[TREND_FREE].n_known ? TREND_USED : TREND_FREE;
}

bool trend_is_unknown(const struct trend_pool_result *pool)
{
	if (pool->by_objects)
		return pool->verdict == LEAK_UNKNOWN;
	return !pool->leaks && pool->series[trend_judged_field(pool)].verdict == TREND_UNKNOWN;
}

static bool falls(const struct trend_series *series)
{
	return series->verdict == TREND_FALLING && series->floor.per_sample < 0;
}

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

static void forecast(struct trend_pool_result *ret)
{
	set_left(ret);
	if (ret->left_bytes == NOT_KNOWN)
		return;
	double left = (double)ret->left_bytes + (double)ret->growth_bytes;
	double us = left / ret->leak.per_hour * US_PER_HOUR;
	ret->exhausted_in_samples = left / ret->leak.per_sample;
	if (us >= 0 && us < 1e18) /* 31700 years; false for NAN too */
		ret->exhausted_in_us = (uint64_t)us;
}

/* By the curve alone: for figures without block tables, and while too few collections are in the tables. */
static void judge_curve(const struct trend *t, struct trend_pool_result *ret)
{
	enum trend_field field = trend_judged_field(ret);
	const struct trend_series *s = &ret->series[field];
	const struct trend_slope *floor = &s->floor;

	uint64_t n_collections = ret->n_minima * ret->n_per_minimum;

	ret->n_collections = MAX(n_collections, ret->survival.n_collections);
	if (field == TREND_USED && s->verdict == TREND_RISING && floor->per_sample > 0)
		ret->leak = *floor;
	else if (field == TREND_FREE && falls(s))
		ret->leak = (struct trend_slope){ -floor->per_sample, -floor->per_hour, -floor->high, -floor->low };
	else
		return;
	ret->verdict = LEAK_LEAKING;
	ret->bytes_per_collection = ret->leak.per_sample * (double)t->n_samples / (double)n_collections;
}

/* Objects are known, so nothing has to be guessed from the curve. */
static void judge_objects(const struct trend *t, struct trend_pool_result *ret)
{
	const struct survival_result *s = &ret->survival;
	double samples = s->tables_per_collection * (double)t->n_samples / (double)s->n_tables; /* per collection */
	double per_sample = s->bytes_per_collection / samples;
	bool timed = !t->untimed && t->last_us > t->first_us;
	double hours = timed ? (double)(t->last_us - t->first_us) / US_PER_HOUR : (double)NAN;

	ret->by_objects = true;
	ret->verdict = s->verdict;
	if (s->verdict == LEAK_UNKNOWN)
		ret->undecided_bytes = (double)s->rise_bytes;
	ret->n_collections = s->n_collections;
	ret->bytes_per_collection = s->bytes_per_collection;
	if (s->verdict == LEAK_LEAKING || s->verdict == LEAK_GROWING)
		ret->leak = (struct trend_slope){ per_sample, per_sample * (double)(t->n_samples - 1) / hours, NAN,
						  NAN };
}

static void judge_leak(const struct trend *t, struct trend_pool_result *ret)
{
	if (ret->survival.n_collections >= SURVIVAL_COLLECTIONS_LEAST)
		judge_objects(t, ret);
	else
		judge_curve(t, ret);
	ret->leaks = ret->verdict == LEAK_LEAKING || ret->verdict == LEAK_GROWING;
	if (ret->leaks)
		forecast(ret);
}

/* What stays has risen by a good part of the heap, beyond chance, but not so that a line is the best
 * explanation of it: steps, a wave, or too few samples for each collection. That is no leak, and to
 * call it steady would be false. */
static void judge_undecided(struct trend_pool_result *ret)
{
	enum trend_field field = trend_judged_field(ret);
	struct trend_series *s = &ret->series[field];
	double way = field == TREND_USED ? 1 : -1;
	double heap = natural(field, MAX(ret->series[TREND_USED].n_known ? ret->series[TREND_USED].max : 0,
					 ret->series[TREND_FREE].n_known ? ret->series[TREND_FREE].max : 0));

	if (ret->n_minima == 0 || s->verdict != TREND_STEADY || s->stopped || !(s->p <= UNDECIDED_P))
		return;
	double n = (double)(ret->minima[ret->n_minima - 1].i_sample - ret->minima[s->n_warm].i_sample);
	if (!(way * s->floor.per_sample * n >= UNDECIDED_PART * heap))
		return;
	s->verdict = TREND_UNKNOWN;
	ret->undecided_bytes = way * s->floor.per_sample * n;
}

/* Garbage and leaks make the largest free block smaller, too. So free must be known well enough to
 * say that it does not go down as fast. */
static bool judge_fragments(const struct trend_pool_result *pool)
{
	const struct trend_series *free = &pool->series[TREND_FREE];
	const struct trend_series *largest = &pool->series[TREND_LARGEST_FREE];

	return !pool->leaks && falls(largest) && free->verdict != TREND_FALLING &&
	       free->floor.low > largest->floor.per_sample;
}

static int minima_of(const struct trend_pool *pool, struct trend_pool_result *ret)
{
	bool by_used = pool->known[TREND_USED].n >= pool->known[TREND_FREE].n;
	struct minima *m = malloc(sizeof(*m));

	if (!m)
		return -ENOMEM;
	*m = by_used ? pool->by_used : pool->by_free;
	minima_finish(m);
	ret->minima = malloc((m->n_kept + 1) * sizeof(*ret->minima));
	if (ret->minima) {
		memcpy(ret->minima, m->kept, m->n_kept * sizeof(*ret->minima));
		ret->n_minima = m->n_kept;
		ret->n_per_minimum = MAX(m->n_per_minimum, UINT64_C(1));
		ret->rise_per_sample = minima_usual_rise(m);
	}
	free(m);
	return ret->minima ? 0 : -ENOMEM;
}

static int pool_of(const struct trend *t, const struct trend_pool *pool, struct trend_pool_result *ret)
{
	*ret = (struct trend_pool_result){ .buckets = pool->buckets,
					   .n_buckets = pool->n_buckets,
					   .no_collector = pool->no_collector,
					   .collected = pool->collected,
					   .left_bytes = NOT_KNOWN,
					   .bytes_per_collection = (double)NAN,
					   .exhausted_in_us = NOT_KNOWN,
					   .exhausted_in_samples = NAN,
					   .leak = { NAN, NAN, NAN, NAN } };
	memcpy(ret->name, pool->name, sizeof(ret->name));
	int r = minima_of(pool, ret);
	for (size_t i = 0; r == 0 && i < N_TREND_FIELDS; i++)
		r = series_of(t, pool, (enum trend_field)i, ret, &ret->series[i]);
	if (r < 0)
		return r;
	if (pool->survival)
		r = survival_work_out(pool->survival, &ret->survival);
	if (r < 0)
		return r;
	judge_leak(t, ret);
	if (!ret->by_objects)
		judge_undecided(ret);
	if (!ret->by_objects && !trend_is_unknown(ret) && !ret->leaks && ret->n_minima >= CURVE_STEADY_LEAST)
		ret->verdict = LEAK_STEADY;
	ret->fragments = judge_fragments(ret);
	return 0;
}

/* ---- all of it ---- */

int trend_is_judgeable(const struct trend *t)
{
	enum { n = TREND_MINIMA_LEAST };

	for (size_t i = 0; i < t->n_pools; i++) {
		struct trend_pool_result found;
		const struct survival *survival = t->pools[i]->survival;
		if (survival && survival_n_collections(survival) >= SURVIVAL_COLLECTIONS_LEAST)
			return 1;
		const struct minima *m = &t->pools[i]->by_used, *f = &t->pools[i]->by_free;
		if (m->n_kept >= n || f->n_kept >= n)
			return 1;
		if (m->n_turns < n && f->n_turns < n) /* each has turned up at a minimum */
			continue;
		int r = minima_of(t->pools[i], &found);
		if (r < 0)
			return r;
		free(found.minima);
		if (found.n_minima >= n)
			return 1;
	}
	return 0;
}

int trend_work_out(const struct trend *t, struct trend_result *ret)
{
	struct trend_result result = { .n_samples = t->n_samples, .span_us = NOT_KNOWN };
	int r = t->error;

	if (t->n_samples > 0 && !t->untimed)
		result.span_us = t->last_us - t->first_us;
	if (r == 0 && t->n_pools > 0) {
		result.pools = calloc(t->n_pools, sizeof(*result.pools));
		r = result.pools ? 0 : -ENOMEM;
	}
	for (size_t i = 0; r == 0 && i < t->n_pools; i++) {
		r = pool_of(t, t->pools[i], &result.pools[i]);
		result.n_pools++;
	}
	if (r < 0) {
		trend_result_deinit(&result);
		return r;
	}
	*ret = result;
	return 0;
}

void trend_result_deinit(struct trend_result *result)
{
	for (size_t i = 0; i < result->n_pools; i++)
		free(result->pools[i].minima);
	free(result->pools);
	*result = (struct trend_result){ 0 };
}

const struct trend_pool_result *trend_worst(const struct trend_result *result)
{
	const struct trend_pool_result *worst = NULL;
	int worst_rank = -1;

	for (size_t i = 0; i < result->n_pools; i++) {
		int rank = result->pools[i].leaks ? 2 : result->pools[i].fragments ? 1 : 0;
		if (rank > worst_rank)
			worst = &result->pools[i];
		worst_rank = MAX(worst_rank, rank);
	}
	return worst;
}
