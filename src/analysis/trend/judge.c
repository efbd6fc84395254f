#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/analysis/growth.h"
#include "trend/private.h"

static const double US_PER_HOUR = 3.6e9;

/* Minima lie above what stays in use by up to one usual rise from sample to sample; where cycles beat with
 * the samples, that comes and goes as slowly as one likes. So a drift of less is no drift. */
static const double DRIFT_LEAST_RISES = 1.5;

/* The least of all later minima drifts by less than that. */
static const double BEAT_RISES = 0.5;

/* Collections without a rise that are a verdict, and not only a lack of evidence. */
enum { CURVE_STEADY_LEAST = 20 };

/* Standard deviation from a line, in parts of what it rises. */
static const double CLOSE = 0.05;

/* Low points of a pool without a collector: each the lowest of a thirty-second part of at least so many buckets. */
enum { N_LOWS = 32, LOWS_LEAST_BUCKETS = 2 * N_LOWS };

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

static size_t minima_needed(bool collected) { return collected ? TREND_COLLECTIONS_LEAST : TREND_MINIMA_LEAST; }

size_t trend_collections_needed(const struct trend_pool_result *pool)
{
	return minima_needed(pool->collected || pool->survival.n_tables > 0);
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
	if (r < 0 || points.n < minima_needed(found->collected))
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

/* ---- minima, and whether they grow ---- */

static enum trend_field judged_field(const struct trend_pool *pool)
{
	return pool->known[TREND_USED].n >= pool->known[TREND_FREE].n ? TREND_USED : TREND_FREE;
}

/* Noise has no falls like those of collections. Where nothing collects, the low points are the lowest of many samples
 * each then. */
static bool has_lows(const struct trend_pool *pool)
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

static int minima_of(const struct trend_pool *pool, struct trend_pool_result *ret)
{
	bool by_used = judged_field(pool) == TREND_USED;
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
		if (m->n_kept < TREND_MINIMA_LEAST && has_lows(pool))
			lows_of(pool, by_used, ret);
	}
	free(m);
	return ret->minima ? 0 : -ENOMEM;
}

/* Of the curve alone. most: of this field, of all samples. 0 or -ENOMEM. */
static int growth_of_curve(const struct trend_pool_result *pool, enum trend_field field, uint64_t most,
			   struct growth *ret)
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
	if (n >= minima_needed(pool->collected))
		*ret = growth_judge(floors, n, 1);
	if (ret->pace >= GROWTH_SLOWS && (double)ret->rise <= BEAT_RISES * pool->usual_rise)
		ret->pace = GROWTH_UNKNOWN;
	free(floors);
	return 0;
}

/* ---- pools ---- */

enum trend_field trend_judged_field(const struct trend_pool_result *pool)
{
	return pool->series[TREND_USED].n_known >= pool->series[TREND_FREE].n_known ? TREND_USED : TREND_FREE;
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

static void forecast(const struct trend *t, struct trend_pool_result *ret)
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

static enum leak_verdict verdict_of_growth(const struct growth *growth, size_t n_minima)
{
	if (growth->pace == GROWTH_NONE)
		return n_minima >= CURVE_STEADY_LEAST ? LEAK_STEADY : LEAK_UNKNOWN;
	return growth->pace == GROWTH_SLOWS   ? LEAK_GROWING :
	       growth->pace == GROWTH_GOES_ON ? LEAK_LEAKING :
						LEAK_UNKNOWN;
}

/* By the curve alone: for figures without block tables, and while too few collections are in the tables. 0 or -ENOMEM.
 */
static int judge_curve(const struct trend *t, struct trend_pool_result *ret)
{
	enum trend_field field = trend_judged_field(ret);
	const struct trend_slope *floor = &ret->series[field].floor;
	uint64_t n_collections = ret->n_minima * ret->n_per_minimum;
	struct growth growth;
	int r = growth_of_curve(ret, field, ret->series[field].max, &growth);

	ret->n_collections = MAX(n_collections, ret->survival.n_collections);
	if (r < 0)
		return r;
	ret->verdict = verdict_of_growth(&growth, ret->n_minima);
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
	bool timed = !t->untimed && t->last_us > t->first_us;
	double hours = timed ? (double)(t->last_us - t->first_us) / US_PER_HOUR : (double)NAN;

	ret->by_objects = true;
	ret->verdict = s->verdict;
	ret->n_collections = s->n_collections;
	ret->bytes_per_collection = s->bytes_per_collection;
	if (s->verdict == LEAK_LEAKING || s->verdict == LEAK_GROWING)
		ret->leak = (struct trend_slope){
			.per_sample = per_sample,
			.per_hour = per_sample * (double)(t->n_samples - 1) / hours,
			.low = s->bytes_least / samples,
			.high = s->bytes_most / samples,
		};
}

static int judge_leak(const struct trend *t, struct trend_pool_result *ret)
{
	if (ret->survival.n_collections >= TREND_COLLECTIONS_LEAST) {
		judge_objects(t, ret);
	} else {
		int r = judge_curve(t, ret);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Of one that is watched, what was said; else by all that there is. */
static void conclude(const struct trend *t, struct trend_pool_result *ret)
{
	const struct suspicion *s = &ret->suspicion;
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
	int r = minima_of(pool, ret);
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
	ret->suspicion = pool->suspicion;
	conclude(t, ret);
	ret->fragments = judge_fragments(ret);
	return 0;
}

/* ---- what is watched ---- */

static int evidence_by_curve(struct trend_pool *pool, struct suspicion_evidence *ret)
{
	enum trend_field field = judged_field(pool);
	struct trend_pool_result found = { .collected = pool->collected };
	struct growth growth;
	int r = minima_of(pool, &found);

	if (r == 0)
		r = growth_of_curve(&found, field, pool->known[field].max, &growth);
	if (r == 0)
		*ret = (struct suspicion_evidence){
			.verdict = verdict_of_growth(&growth, found.n_minima),
			.is_clear = growth.is_clear,
			.bytes_per_collection = (double)growth.rise / (double)(growth.end - growth.begin) /
						(double)found.n_per_minimum,
			.n_collections = found.n_minima * found.n_per_minimum,
		};
	free(found.minima);
	return r;
}

static int evidence_by_objects(const struct trend_pool *pool, struct suspicion_evidence *ret)
{
	struct survival_result s;
	int r = survival_work_out(pool->survival, &s);

	if (r == 0)
		*ret = (struct suspicion_evidence){ s.verdict, s.is_clear, s.bytes_per_collection, s.n_collections };
	return r;
}

int trend_judge_watched(struct trend_pool *pool)
{
	uint64_t n_samples = pool->known[judged_field(pool)].n;
	struct suspicion_evidence evidence;
	int r;

	if (pool->survival && survival_n_collections(pool->survival) >= TREND_COLLECTIONS_LEAST) {
		if (!suspicion_is_due(pool->suspicion.n_judged, survival_n_collections(pool->survival)))
			return 0;
		r = evidence_by_objects(pool, &evidence);
	} else {
		if (!suspicion_is_due(pool->n_judged, n_samples))
			return 0;
		pool->n_judged = n_samples;
		r = evidence_by_curve(pool, &evidence);
	}
	if (r == 0)
		suspicion_add(&pool->suspicion, &evidence);
	return r;
}

/* ---- all of it ---- */

int trend_is_judgeable(const struct trend *t)
{
	for (size_t i = 0; i < t->n_pools; i++) {
		const struct trend_pool *pool = t->pools[i];
		const struct minima *m = &pool->by_used, *f = &pool->by_free;
		size_t n = minima_needed(pool->collected);
		struct trend_pool_result found;
		if (pool->survival && survival_n_collections(pool->survival) >= TREND_COLLECTIONS_LEAST)
			return 1;
		if (m->n_kept >= n || f->n_kept >= n || has_lows(pool))
			return 1;
		if (m->n_turns < n && f->n_turns < n) /* each has turned up at a minimum */
			continue;
		int r = minima_of(pool, &found);
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
