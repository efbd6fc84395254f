#include "memprof/trend.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drift.h"
#include "memprof/report.h"
#include "minima.h"
#include "theil_sen.h"

static const double US_PER_HOUR = 3.6e9;

struct known {
	uint64_t n, first, last, min, max;
};

struct trend_pool {
	char     name[16];
	struct known known[N_TREND_FIELDS];
	struct trend_bucket buckets[TREND_BUCKETS_MAX];
	size_t   n_buckets;
	uint64_t n_per_bucket;
	uint32_t lot;                   /* xorshift32: the same lots every time */
	bool     collected;
	struct minima by_used, by_free; /* one of them would do, but a log may tell only one */
};

const char *trend_field_name(enum trend_field field)
{
	static const char *const names[] = {
		[TREND_USED] = "used", [TREND_FREE] = "free",
		[TREND_LARGEST_FREE] = "largest_free", [TREND_FRAGMENTATION] = "fragmentation",
	};
	return names[field];
}

const char *trend_verdict_name(enum trend_verdict verdict)
{
	static const char *const names[] = {
		[TREND_UNKNOWN] = "unknown", [TREND_STEADY] = "steady",
		[TREND_RISING] = "rising", [TREND_FALLING] = "falling",
	};
	return names[verdict];
}

void trend_init(struct trend *t)
{
	*t = (struct trend){ 0 };
}

void trend_deinit(struct trend *t)
{
	for (size_t i = 0; i < t->n_pools; i++)
		free(t->pools[i]);
	*t = (struct trend){ 0 };
}

/* ---- buckets ---- */

/* Evenly one of 0 to n - 1, but for a bias below n / 2^32. */
static uint64_t draw(struct trend_pool *pool, uint64_t n)
{
	pool->lot ^= pool->lot << 13;
	pool->lot ^= pool->lot >> 17;
	pool->lot ^= pool->lot << 5;
	return pool->lot % n;
}

static uint64_t higher(uint64_t a, uint64_t b)
{
	return a == NOT_KNOWN ? b : b == NOT_KNOWN ? a : MAX(a, b);
}

static void stretch(struct trend_bucket *to, const struct trend_bucket *by)
{
	for (size_t i = 0; i < N_TREND_FIELDS; i++) {
		to->low[i] = MIN(to->low[i], by->low[i]);       /* NOT_KNOWN is the largest */
		to->high[i] = higher(to->high[i], by->high[i]);
	}
	to->high_total_bytes = higher(to->high_total_bytes, by->high_total_bytes);
	to->n_samples += by->n_samples;
}

static void redraw(struct trend_bucket *to, const struct trend_bucket *from)
{
	to->i_sample = from->i_sample;
	to->at_us = from->at_us;
	memcpy(to->value, from->value, sizeof(to->value));
}

/* Two full buckets become one, whose sample is that of either with the same chance. */
static void halve(struct trend_pool *pool)
{
	for (size_t i = 0; i < pool->n_buckets / 2; i++) {
		struct trend_bucket both = pool->buckets[2 * i];
		const struct trend_bucket *second = &pool->buckets[2 * i + 1];
		stretch(&both, second);
		if (draw(pool, 2))
			redraw(&both, second);
		pool->buckets[i] = both;
	}
	pool->n_buckets /= 2;
	pool->n_per_bucket *= 2;
}

static void add_to_bucket(struct trend_pool *pool, const struct trend_bucket *one)
{
	struct trend_bucket *last = pool->n_buckets ? &pool->buckets[pool->n_buckets - 1] : NULL;

	if (last && last->n_samples < pool->n_per_bucket) {
		stretch(last, one);
		if (draw(pool, last->n_samples) == 0)
			redraw(last, one);
		return;
	}
	if (pool->n_buckets == TREND_BUCKETS_MAX)
		halve(pool);
	pool->buckets[pool->n_buckets++] = *one;
}

/* ---- samples ---- */

static struct trend_pool *find_pool(struct trend *t, const char *name)
{
	struct trend_pool *pool;

	for (size_t i = 0; i < t->n_pools; i++)
		if (strncmp(t->pools[i]->name, name, sizeof(t->pools[i]->name) - 1) == 0)
			return t->pools[i];
	if (t->n_pools == HEAP_POOLS_MAX)
		return NULL;
	pool = calloc(1, sizeof(*pool));
	if (!pool) {
		t->error = -ENOMEM;
		return NULL;
	}
	memcpy(pool->name, name, MIN(strlen(name), sizeof(pool->name) - 1));
	pool->n_per_bucket = 1;
	pool->lot = 2463534242;
	t->pools[t->n_pools++] = pool;
	return pool;
}

static void note(struct known *known, uint64_t value)
{
	if (value == NOT_KNOWN)
		return;
	if (known->n++ == 0)
		*known = (struct known){ 1, value, value, value, value };
	known->last = value;
	known->min = MIN(known->min, value);
	known->max = MAX(known->max, value);
}

/* 1 - largest / free, in parts of TREND_FRAGMENTATION_ONE. */
static uint64_t fragmentation(uint64_t free_bytes, uint64_t largest_free_bytes)
{
	if (free_bytes == NOT_KNOWN || largest_free_bytes == NOT_KNOWN)
		return NOT_KNOWN;
	if (free_bytes == 0 || largest_free_bytes >= free_bytes)
		return 0;
	double part = 1 - (double)largest_free_bytes / (double)free_bytes;
	return (uint64_t)(part * TREND_FRAGMENTATION_ONE + 0.5);
}

static void add_minimum(struct trend_pool *pool, struct minima *m, uint64_t value, double sign,
			struct trend_minimum *sample, bool collected)
{
	if (value == NOT_KNOWN)
		return;
	sample->level = sign * (double)value;
	if (collected)
		minima_add_collected(m, sample, !pool->collected);
	else if (!pool->collected)
		minima_add(m, sample);
}

static void add_sample(struct trend *t, const char *name, const struct trend_sample *s)
{
	struct trend_pool *pool = find_pool(t, name);
	struct trend_bucket one = { 1, t->n_samples, s->at_us, { 0 }, { 0 }, { 0 }, s->total_bytes };
	struct trend_minimum minimum = { .i_sample = t->n_samples, .at_us = s->at_us,
		.growth_bytes = s->growth_bytes == NOT_KNOWN ? 0 : s->growth_bytes };

	if (!pool)
		return;
	one.value[TREND_USED] = s->used_bytes;
	one.value[TREND_FREE] = s->free_bytes;
	one.value[TREND_LARGEST_FREE] = s->largest_free_bytes;
	one.value[TREND_FRAGMENTATION] = fragmentation(s->free_bytes, s->largest_free_bytes);
	memcpy(one.low, one.value, sizeof(one.value));
	memcpy(one.high, one.value, sizeof(one.value));
	memcpy(minimum.value, one.value, sizeof(one.value));
	for (size_t i = 0; i < N_TREND_FIELDS; i++)
		note(&pool->known[i], one.value[i]);
	add_to_bucket(pool, &one);
	add_minimum(pool, &pool->by_used, s->used_bytes, 1, &minimum, s->collected);
	add_minimum(pool, &pool->by_free, s->free_bytes, -1, &minimum, s->collected);
	pool->collected |= s->collected;
}

static bool tells(const struct trend_sample *s)
{
	return s->used_bytes != NOT_KNOWN || s->free_bytes != NOT_KNOWN;
}

/* What is true of a moment, whatever the pools: how many there were, and when. */
static void count_moment(struct trend *t, uint64_t at_us)
{
	if (t->n_samples == 0)
		t->first_us = at_us;
	else if (at_us != NOT_KNOWN && t->last_us != NOT_KNOWN && at_us < t->last_us)
		t->backwards = t->untimed = true;
	t->untimed |= at_us == NOT_KNOWN;
	t->last_us = at_us;
	t->n_samples++;
}

void trend_add(struct trend *t, const char *pool, const struct trend_sample *sample)
{
	if (!tells(sample)) {
		t->n_without++;
		return;
	}
	add_sample(t, pool, sample);
	count_moment(t, sample->at_us);
}

static struct trend_sample sample_of(const struct heap_pool *pool, bool complete)
{
	struct pool_summary said, counted;
	bool says = pool->reported.used_bytes != NOT_KNOWN && pool->reported.free_bytes != NOT_KNOWN;

	if (!says && !complete)
		return (struct trend_sample){ NOT_KNOWN, pool->reported.total_bytes, NOT_KNOWN,
					      NOT_KNOWN, NOT_KNOWN, false, NOT_KNOWN };
	report_said(pool, &said);
	/* Before 1.8.2 firmware says what is free, but not how much of it lies in one piece. */
	if (says && said.lfb_bytes == NOT_KNOWN && complete && pool->n_blocks > 0) {
		report_summary(pool, &counted);
		said.lfb_bytes = counted.lfb_bytes;
	}
	return (struct trend_sample){ NOT_KNOWN, said.total_bytes, said.used_bytes, said.free_bytes,
				      said.lfb_bytes, false, pool->reported.max_new_split_bytes };
}

void trend_add_heap(struct trend *t, const struct heap *heap, uint64_t at_us, bool collected)
{
	bool complete = heap->problem == HEAP_WHOLE, told = false, without = false;

	for (uint32_t i = 0; i < heap->n_pools; i++) {
		struct trend_sample s = sample_of(&heap->pools[i], complete);
		s.at_us = at_us;
		s.collected = collected;
		if (!tells(&s))
			continue;
		told = true;
		without |= !complete && s.largest_free_bytes == NOT_KNOWN;
		add_sample(t, heap->pools[i].name, &s);
	}
	t->n_cut_without += without;
	if (told)
		count_moment(t, at_us);
	else
		t->n_without++;
}

/* ---- what comes of it ---- */

/* What a value of this field stands for. */
static double natural(enum trend_field field, uint64_t value)
{
	return field == TREND_FRAGMENTATION ? (double)value / TREND_FRAGMENTATION_ONE : (double)value;
}

static int slope_of(const struct point *by_sample, const struct point *by_hour, size_t n, bool timed,
		    struct trend_slope *ret)
{
	struct slope slope;
	double per_hour = NAN;
	int r = theil_sen(by_sample, n, &slope);

	if (r == 0 && timed)
		r = theil_sen_median(by_hour, n, &per_hour);
	if (r == 0)
		*ret = (struct trend_slope){ slope.median, per_hour, slope.low, slope.high };
	return r;
}

static double hours(const struct trend *t, uint64_t at_us)
{
	return t->untimed ? 0 : (double)(at_us - t->first_us) / US_PER_HOUR;
}

static int series_of(const struct trend *t, const struct trend_pool *pool, enum trend_field field,
		     const struct trend_pool_result *found, struct trend_series *ret)
{
	struct point by_sample[TREND_BUCKETS_MAX], by_hour[TREND_BUCKETS_MAX];
	const struct known *known = &pool->known[field];
	size_t n = 0;

	*ret = (struct trend_series){ known->n, known->first, known->last, known->min, known->max,
				      { NAN, NAN, NAN, NAN }, { NAN, NAN, NAN, NAN }, 0, 0, NAN,
				      TREND_UNKNOWN };
	for (size_t i = 0; i < pool->n_buckets; i++) {
		const struct trend_bucket *b = &pool->buckets[i];
		if (b->value[field] == NOT_KNOWN)
			continue;
		double y = natural(field, b->value[field]);
		by_sample[n] = (struct point){ (double)b->i_sample, y };
		by_hour[n++] = (struct point){ hours(t, b->at_us), y };
	}
	int r = slope_of(by_sample, by_hour, n, !t->untimed, &ret->slope);
	n = 0;
	for (size_t i = 0; i < found->n_minima; i++) {
		const struct trend_minimum *m = &found->minima[i];
		if (m->value[field] == NOT_KNOWN)
			continue;
		double y = natural(field, m->value[field]);
		by_sample[n] = (struct point){ (double)m->i_sample, y };
		by_hour[n++] = (struct point){ hours(t, m->at_us), y };
	}
	bool floor_below = field == TREND_USED || field == TREND_FRAGMENTATION;
	ret->n_minima = n;
	ret->verdict = drift_verdict(by_sample, n, floor_below, &ret->p, &ret->n_warm);
	if (r == 0)
		r = slope_of(by_sample + ret->n_warm, by_hour + ret->n_warm, n - ret->n_warm,
			     !t->untimed, &ret->floor);
	return r;
}

static bool falls(const struct trend_series *series, const struct trend_slope *slope)
{
	return series->verdict == TREND_FALLING && slope->per_sample < 0;
}

static void judge_leak(struct trend_pool_result *ret)
{
	const struct trend_series *used = &ret->series[TREND_USED], *free = &ret->series[TREND_FREE];
	const struct trend_slope *s = &free->floor;

	if (used->verdict == TREND_RISING && used->floor.per_sample > 0) {
		ret->leaks = true;
		ret->leak = used->floor;
	} else if (used->n_known < free->n_known && falls(free, s)) {
		ret->leaks = true;
		ret->leak = (struct trend_slope){ -s->per_sample, -s->per_hour, -s->high, -s->low };
	}
	if (!ret->leaks)
		return;
	for (size_t i = ret->n_minima; i-- > 0;) {
		uint64_t free_bytes = ret->minima[i].value[TREND_FREE];
		if (free_bytes == NOT_KNOWN)
			continue;
		double left = (double)free_bytes + (double)ret->minima[i].growth_bytes;
		ret->exhausted_in_samples = left / ret->leak.per_sample;
		double us = left / ret->leak.per_hour * US_PER_HOUR;
		if (us >= 0 && us < 1e18)       /* 31700 years; false for NAN too */
			ret->exhausted_in_us = (uint64_t)us;
		break;
	}
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
	}
	free(m);
	return ret->minima ? 0 : -ENOMEM;
}

static int pool_of(const struct trend *t, const struct trend_pool *pool,
		   struct trend_pool_result *ret)
{
	*ret = (struct trend_pool_result){ .buckets = pool->buckets, .n_buckets = pool->n_buckets,
					   .collected = pool->collected, .exhausted_in_us = NOT_KNOWN,
					   .exhausted_in_samples = NAN,
					   .leak = { NAN, NAN, NAN, NAN } };
	memcpy(ret->name, pool->name, sizeof(ret->name));
	int r = minima_of(pool, ret);
	for (size_t i = 0; r == 0 && i < N_TREND_FIELDS; i++)
		r = series_of(t, pool, (enum trend_field)i, ret, &ret->series[i]);
	if (r < 0)
		return r;
	judge_leak(ret);
	const struct trend_series *largest = &ret->series[TREND_LARGEST_FREE];
	ret->fragments = falls(largest, &largest->floor) && !ret->leaks &&
			 ret->series[TREND_FREE].verdict != TREND_FALLING;
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
