#include "memprof/analysis/trend.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/analysis/report.h"
#include "trend/private.h"

const char *trend_field_name(enum trend_field field)
{
	static const char *const names[] = {
		[TREND_USED] = "used",
		[TREND_FREE] = "free",
		[TREND_LARGEST_FREE] = "largest_free",
		[TREND_FRAGMENTATION] = "fragmentation",
	};
	return names[field];
}

struct trend trend_of_next_boot(const struct trend *t)
{
	struct trend next = { .is_watched = t->is_watched, .n_said = t->n_said };

	memcpy(next.said, t->said, sizeof(next.said));
	for (size_t i = 0, k; i < t->n_pools; i++) {
		for (k = 0; k < next.n_said && strcmp(next.said[k].name, t->pools[i]->name) != 0; k++)
			;
		if (k == HEAP_POOLS_MAX)
			continue;
		memcpy(next.said[k].name, t->pools[i]->name, sizeof(next.said[k].name));
		next.said[k].suspicion = suspicion_of_next_boot(&t->pools[i]->suspicion);
		next.n_said = MAX(next.n_said, k + 1);
	}
	return next;
}

void trend_deinit(struct trend *t)
{
	for (size_t i = 0; i < t->n_pools; i++) {
		survival_free(t->pools[i]->survival);
		free(t->pools[i]);
	}
	*t = (struct trend){ 0 };
}

/* ---- buckets ---- */

static uint64_t higher(uint64_t a, uint64_t b) { return a == NOT_KNOWN ? b : b == NOT_KNOWN ? a : MAX(a, b); }

static void stretch(struct trend_bucket *to, const struct trend_bucket *by)
{
	for (size_t i = 0; i < N_TREND_FIELDS; i++) {
		to->low[i] = MIN(to->low[i], by->low[i]); /* NOT_KNOWN is the largest */
		to->high[i] = higher(to->high[i], by->high[i]);
	}
	to->high_total_bytes = higher(to->high_total_bytes, by->high_total_bytes);
	to->n_samples += by->n_samples;
}

/* The fields of FROM take the place of those of TO, each by a lot of its own: so a figure that few
 * samples tell is not lost among many that do not. */
static void redraw(struct trend_pool *pool, struct trend_bucket *to, const struct trend_bucket *from)
{
	for (size_t i = 0; i < N_TREND_FIELDS; i++) {
		struct trend_drawn *kept = &to->drawn[i];
		const struct trend_drawn *other = &from->drawn[i];
		if (other->n_known == 0)
			continue;
		uint64_t n_known = kept->n_known + other->n_known;
		if (lot_draw(&pool->lot, n_known) < other->n_known)
			*kept = *other;
		kept->n_known = n_known;
	}
}

static void halve(struct trend_pool *pool)
{
	for (size_t i = 0; i < pool->n_buckets / 2; i++) {
		struct trend_bucket both = pool->buckets[2 * i];
		const struct trend_bucket *second = &pool->buckets[2 * i + 1];
		stretch(&both, second);
		redraw(pool, &both, second);
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
		redraw(pool, last, one);
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
	pool->lot = LOT_FIRST;
	for (size_t i = 0; i < t->n_said; i++)
		if (strcmp(t->said[i].name, pool->name) == 0)
			pool->suspicion = t->said[i].suspicion;
	t->pools[t->n_pools++] = pool;
	return pool;
}

static void note(struct trend_known *known, uint64_t value)
{
	if (value == NOT_KNOWN)
		return;
	if (known->n++ == 0)
		*known = (struct trend_known){ 1, value, value, value, value };
	known->last = value;
	known->min = MIN(known->min, value);
	known->max = MAX(known->max, value);
}

static uint64_t in_parts(double fragmentation)
{
	return fragmentation < 0 ? NOT_KNOWN : (uint64_t)(fragmentation * TREND_FRAGMENTATION_ONE + 0.5);
}

static void add_minimum(struct trend_pool *pool, struct minima *m, uint64_t value, double sign,
			const struct trend_sample *s, struct trend_minimum *minimum)
{
	if (value == NOT_KNOWN)
		return;
	minimum->level = sign * (double)value;
	if (s->collected)
		minima_add_collected(m, minimum, !pool->collected);
	else if (!pool->collected)
		minima_add(m, minimum);
}

static void add_table(struct trend *t, const char *name, const struct heap_pool *pool, bool collected, uint64_t at_us)
{
	struct trend_pool *known = find_pool(t, name);

	if (!known)
		return;
	if (!known->survival)
		known->survival = survival_new();
	if (!known->survival || survival_add(known->survival, pool, collected, at_us) < 0)
		t->error = -ENOMEM;
}

static void add_sample(struct trend *t, const char *name, const struct trend_sample *s)
{
	struct trend_pool *pool = find_pool(t, name);
	const uint64_t values[N_TREND_FIELDS] = {
		[TREND_USED] = s->state.used_bytes,
		[TREND_FREE] = s->state.free_bytes,
		[TREND_LARGEST_FREE] = s->state.lfb_bytes,
		[TREND_FRAGMENTATION] = in_parts(s->state.fragmentation),
	};
	struct trend_bucket one = { .n_samples = 1, .high_total_bytes = s->state.total_bytes };
	struct trend_minimum minimum = { .i_sample = t->n_samples,
					 .at_us = s->at_us,
					 .growth_bytes = s->growth_bytes == NOT_KNOWN ? 0 : s->growth_bytes };

	if (!pool)
		return;
	for (size_t i = 0; i < N_TREND_FIELDS; i++) {
		one.drawn[i] = (struct trend_drawn){ values[i] != NOT_KNOWN, t->n_samples, s->at_us, values[i] };
		note(&pool->known[i], values[i]);
	}
	memcpy(one.low, values, sizeof(one.low));
	memcpy(one.high, values, sizeof(one.high));
	memcpy(minimum.value, values, sizeof(minimum.value));
	add_to_bucket(pool, &one);
	add_minimum(pool, &pool->by_used, s->state.used_bytes, 1, s, &minimum);
	add_minimum(pool, &pool->by_free, s->state.free_bytes, -1, s, &minimum);
	pool->collected |= s->collected;
	pool->no_collector |= s->no_collector;
	if (t->is_watched && trend_judge_watched(pool) < 0)
		t->error = -ENOMEM;
}

static bool tells(const struct trend_sample *s)
{
	return s->state.used_bytes != NOT_KNOWN || s->state.free_bytes != NOT_KNOWN;
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

/* What is known of a pool, where its table is whole or cut. reported: of pool_state_reported. */
static struct pool_state state_of(const struct heap_pool *pool, bool complete, const struct pool_state *reported)
{
	struct pool_state state = POOL_STATE_NOT_KNOWN;
	bool table = complete && pool->n_blocks > 0;
	bool summary = pool->reported.used_bytes != NOT_KNOWN && pool->reported.free_bytes != NOT_KNOWN;

	if (!summary && !complete)
		return state;
	state = *reported;
	/* Before 1.8.2 firmware reports what is free, but not how much of it lies in one piece; none reports that of
	 * each area. */
	if (summary && table && (state.lfb_bytes == NOT_KNOWN || pool->n_areas > 1)) {
		const struct pool_state counted = pool_state_counted(pool);
		state.fragmentation = counted.fragmentation;
		if (state.lfb_bytes == NOT_KNOWN)
			state.lfb_bytes = counted.lfb_bytes;
	}
	return state;
}

void trend_add_summarized(struct trend *t, const struct heap *heap, const struct pool_state *first, uint64_t at_us,
			  bool collected)
{
	bool complete = heap->problem == HEAP_WHOLE, has_figures = false, without = false;

	for (uint32_t i = 0; i < heap->n_pools; i++) {
		const struct heap_pool *pool = &heap->pools[i];
		const struct pool_state reported = i == 0 ? *first : pool_state_reported(pool);
		const struct trend_sample s = {
			.at_us = at_us,
			.state = state_of(pool, complete, &reported),
			.collected = collected,
			.growth_bytes = pool->reported.max_new_split_bytes,
			.no_collector = pool->kind != POOL_GC,
		};
		if (!tells(&s))
			continue;
		has_figures = true;
		without |= !complete && s.state.lfb_bytes == NOT_KNOWN;
		add_sample(t, pool->name, &s);
		if (complete && pool->kind == POOL_GC && pool->n_blocks > 0)
			add_table(t, pool->name, pool, collected, at_us);
	}
	t->n_cut_without += without;
	if (has_figures)
		count_moment(t, at_us);
	else
		t->n_without++;
}
