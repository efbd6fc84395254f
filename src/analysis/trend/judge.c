#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trend/private.h"

/* Minima lie above what stays in use by up to one usual rise from sample to sample; where cycles beat with
 * the samples, that comes and goes as slowly as one likes. So a drift of less is no drift. */
static const double DRIFT_LEAST_RISES = 1.5;

/* Standard deviation from a line, in parts of what it rises. */
static const double CLOSE = 0.05;

/* Of the whole pace, in the last third: else what rose has stopped. */
static const double LATER_LEAST = 0.3;

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

static int slope_of(const struct points *points, struct slope *ret_line, struct trend_slope *ret)
{
	double per_hour = NAN;
	int r = theil_sen(points->by_sample, points->n, ret_line);

	if (r == 0 && points->timed)
		r = theil_sen_median(points->by_hour, points->n, &per_hour);
	if (r == 0)
		*ret = (struct trend_slope){ ret_line->median, per_hour, ret_line->low, ret_line->high };
	return r;
}

/* How far the field goes from sample to sample if used goes by its usual rise. */
static double rise_of(enum trend_field field, const struct trend_pool_result *found)
{
	uint64_t least_free = NOT_KNOWN;

	if (field != TREND_FRAGMENTATION)
		return found->usual_rise;
	for (size_t i = 0; i < found->n_minima; i++)
		least_free = MIN(least_free, found->minima[i].value[TREND_FREE]);
	return found->usual_rise / (double)MAX(least_free, UINT64_C(1));
}

size_t trend_collections_needed(const struct trend_pool_result *pool)
{
	return curve_minima_needed(pool->collected || pool->survival.n_tables > 0);
}

const char *trend_minima_name(const struct trend_pool_result *pool)
{
	return !pool->no_collector ? "collections" : pool->collected ? "samples" : "low points";
}

/* +1 or -1: up or down for certain, as the interval is clear of 0; or, where it is wide because the pace changes
 * slowly, as all values lie close to the line. */
static int way_of(const struct trend_slope *floor, double hidden, double off)
{
	int way = floor->per_sample > 0 ? 1 : -1;
	double pace = way * floor->per_sample;

	if (floor->low > 0 || floor->high < 0 || (pace > hidden && off <= CLOSE * pace))
		return way;
	return 0;
}

/* Rising or falling only if that is certain, and the last third goes on. hidden, off: by how much a sample the samples
 * hide the minima, and those are off the line. */
static int verdict_of(const struct points *points, const struct trend_slope *floor, double hidden, double off,
		      enum trend_verdict *ret)
{
	int way = way_of(floor, hidden, off);
	size_t n_later = MAX(points->n / 3, 3u);
	double later;

	*ret = way == 0 && !isnan(floor->low) ? TREND_STEADY : TREND_UNKNOWN;
	if (way == 0)
		return 0;
	int r = theil_sen_median(points->by_sample + points->n - n_later, n_later, &later);
	if (r == 0 && later * way >= LATER_LEAST * floor->per_sample * way)
		*ret = way > 0 ? TREND_RISING : TREND_FALLING;
	return r;
}

static int judge_minima(const struct trend *t, enum trend_field field, const struct trend_pool_result *found,
			struct trend_series *ret)
{
	struct points points = { .timed = !t->untimed };
	struct trend_slope *floor = &ret->floor;
	struct slope line;

	for (size_t i = 0; i < found->n_minima; i++) {
		const struct trend_minimum *m = &found->minima[i];
		add_point(&points, t, field, m->i_sample, m->at_us, m->value[field]);
	}
	ret->n_minima = points.n;
	int r = slope_of(&points, &line, floor);
	ret->floor_at_zero = r == 0 ? line.at_zero : (double)NAN;
	if (r < 0 || points.n < curve_minima_needed(found->collected))
		return r;
	double span = points.by_sample[points.n - 1].x - points.by_sample[0].x;
	double hidden = DRIFT_LEAST_RISES * rise_of(field, found) / span;
	if (!isnan(floor->low)) {
		floor->low = MIN(floor->low, floor->per_sample - hidden);
		floor->high = MAX(floor->high, floor->per_sample + hidden);
	}
	return verdict_of(&points, floor, hidden, line.off / span, &ret->verdict);
}

static int series_of(const struct trend *t, const struct trend_pool *pool, enum trend_field field,
		     const struct trend_pool_result *found, struct trend_series *ret)
{
	struct points points = { .timed = !t->untimed };
	const struct trend_known *known = &pool->known[field];
	struct slope line;

	*ret = (struct trend_series){
		.n_known = known->n, .first = known->first, .last = known->last, .min = known->min, .max = known->max
	};
	for (size_t i = 0; i < pool->n_buckets; i++) {
		const struct trend_drawn *b = &pool->buckets[i].drawn[field];
		add_point(&points, t, field, b->i_sample, b->at_us, b->value);
	}
	int r = slope_of(&points, &line, &ret->slope);
	return r < 0 ? r : judge_minima(t, field, found, ret);
}

/* ---- pools ---- */

enum trend_field trend_judged_field(const struct trend_pool_result *pool)
{
	return curve_field(pool->series[TREND_USED].n_known, pool->series[TREND_FREE].n_known);
}

bool trend_only_rises(const struct trend_result *trend, const struct trend_pool_result *pool)
{
	const struct trend_series *s = &pool->series[trend_judged_field(pool)];
	double low = trend_judged_field(pool) == TREND_USED ? s->slope.low : -s->slope.high;

	return s->n_minima == 0 && trend->n_typed == 0 && s->n_known >= TREND_COLLECTIONS_LEAST && low > 0;
}

static bool falls(const struct trend_series *series)
{
	return series->verdict == TREND_FALLING && series->floor.per_sample < 0;
}

/* By the curve alone: for figures without block tables, and while too few collections are in the tables. 0 or -ENOMEM.
 */
static int judge_curve(const struct trend *t, struct trend_pool_result *ret)
{
	enum trend_field field = trend_judged_field(ret);
	const struct trend_slope *floor = &ret->series[field].floor;
	uint64_t n_collections = ret->n_minima * ret->n_per_minimum;
	struct growth growth;
	int r = curve_growth(ret, field, ret->series[field].max, &growth);

	ret->n_collections = MAX(n_collections, ret->survival.n_collections);
	if (r < 0)
		return r;
	ret->verdict = curve_verdict(&growth, ret->n_minima);
	/* Little, but for certain. */
	if (ret->verdict == LEAK_STEADY &&
	    ret->series[field].verdict == (field == TREND_USED ? TREND_RISING : TREND_FALLING))
		ret->verdict = LEAK_UNKNOWN;
	if (growth.pace < GROWTH_SLOWS)
		return 0;
	ret->leak = *floor;
	if (field == TREND_FREE)
		ret->leak = (struct trend_slope){ -floor->per_sample, -floor->per_hour, -floor->high, -floor->low };
	if (!(ret->leak.per_sample > 0)) {
		ret->verdict = LEAK_UNKNOWN;
		return 0;
	}
	ret->bytes_per_collection = ret->leak.per_sample * (double)t->n_samples / (double)n_collections;
	return 0;
}

/* Objects are known, so nothing has to be guessed from the curve. */
static void judge_objects(const struct trend *t, struct trend_pool_result *ret)
{
	const struct survival_result *s = &ret->survival;
	double samples = s->tables_per_collection * (double)t->n_samples / (double)s->n_tables; /* per collection */
	double per_sample = s->bytes_per_collection / samples;

	ret->by_objects = true;
	ret->verdict = s->verdict;
	ret->n_collections = s->n_collections;
	ret->bytes_per_collection = s->bytes_per_collection;
	if (s->verdict == LEAK_LEAKING || s->verdict == LEAK_GROWING)
		ret->leak = (struct trend_slope){
			.per_sample = per_sample,
			.per_hour = t->untimed ? (double)NAN :
						 s->bytes_per_collection / s->us_per_collection * US_PER_HOUR,
			.low = s->bytes_least / samples,
			.high = s->bytes_most / samples,
		};
}

static int judge_leak(const struct trend *t, struct trend_pool_result *ret)
{
	if (ret->survival.n_collections < TREND_COLLECTIONS_LEAST)
		return judge_curve(t, ret);
	judge_objects(t, ret);
	return 0;
}

/* Of one that is watched, what was said; else by all that there is. */
static void conclude(const struct trend *t, const struct suspicion *s, struct trend_pool_result *ret)
{
	bool is_growth = ret->verdict == LEAK_LEAKING || ret->verdict == LEAK_GROWING;

	ret->is_suspected = is_growth && ret->n_collections < SUSPICION_COLLECTIONS_LEAST;
	if (t->is_watched) {
		enum suspicion_state state = suspicion_state(s);
		ret->is_suspected = state == SUSPICION_SUSPECTS;
		ret->verdict = state == SUSPICION_SAYS    ? s->said :
			       state == SUSPICION_IS_CALM ? LEAK_STEADY :
							    LEAK_UNKNOWN;
		is_growth = state == SUSPICION_SAYS;
		if (is_growth && isnan(ret->bytes_per_collection))
			ret->bytes_per_collection = s->bytes_per_collection;
	}
	ret->leaks = is_growth;
	if (ret->leaks)
		forecast(t, ret);
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

static int pool_of(const struct trend *t, const struct trend_pool *pool, struct trend_pool_result *ret)
{
	*ret = (struct trend_pool_result){ .buckets = pool->buckets,
					   .tables = pool->survival,
					   .n_buckets = pool->n_buckets,
					   .no_collector = pool->no_collector,
					   .collected = pool->collected,
					   .left_bytes = NOT_KNOWN,
					   .bytes_per_collection = (double)NAN,
					   .exhausted_in_us = NOT_KNOWN,
					   .exhausted_in_samples = NAN,
					   .ends_least_samples = NAN,
					   .ends_most_samples = NAN,
					   .ends_least_us = NOT_KNOWN,
					   .ends_most_us = NOT_KNOWN,
					   .leak = { NAN, NAN, NAN, NAN } };
	memcpy(ret->name, pool->name, sizeof(ret->name));
	int r = curve_minima(pool, ret);
	for (size_t i = 0; r == 0 && i < N_TREND_FIELDS; i++)
		r = series_of(t, pool, (enum trend_field)i, ret, &ret->series[i]);
	if (r < 0)
		return r;
	if (pool->survival)
		r = survival_work_out(pool->survival, &ret->survival);
	if (r < 0)
		return r;
	r = judge_leak(t, ret);
	if (r < 0)
		return r;
	conclude(t, &pool->suspicion, ret);
	ret->fragments = judge_fragments(ret);
	return 0;
}

/* ---- all of it ---- */

int trend_is_judgeable(const struct trend *t)
{
	for (size_t i = 0; i < t->n_pools; i++) {
		const struct trend_pool *pool = t->pools[i];
		const struct minima *m = &pool->by_used, *f = &pool->by_free;
		size_t n = curve_minima_needed(pool->collected);
		struct trend_pool_result found;
		if (pool->survival && survival_n_collections(pool->survival) >= TREND_COLLECTIONS_LEAST)
			return 1;
		if (m->n_kept >= n || f->n_kept >= n || curve_has_lows(pool))
			return 1;
		if (m->n_turns < n && f->n_turns < n) /* each has turned up at a minimum */
			continue;
		int r = curve_minima(pool, &found);
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
	struct trend_result result = { .n_samples = t->n_samples, .span_us = NOT_KNOWN, .n_typed = t->n_typed };
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
		const struct trend_pool_result *pool = &result->pools[i];
		int rank = pool->is_suspected ? 2 : pool->leaks ? 3 : pool->fragments ? 1 : 0;
		if (rank > worst_rank)
			worst = &result->pools[i];
		worst_rank = MAX(worst_rank, rank);
	}
	return worst;
}
