#include "memprof/analysis/boots.h"

#include <math.h>
#include <string.h>

#include "memprof/analysis/report.h"
#include "memprof/base/number.h"
#include "trend/private.h"

void boots_deinit(struct boots *b)
{
	trend_deinit(&b->now.trend);
	trend_deinit(&b->best.trend);
}

static int error_of(const struct boots *b) { return b->error ? b->error : b->now.trend.error; }

uint64_t boots_n_samples(const struct boots *b) { return b->n_samples + b->now.trend.n_samples; }

/* ---- samples ---- */

static struct trend *trend_of_now(struct boots *b)
{
	b->now.trend.is_watched = b->live;
	return &b->now.trend;
}

void boots_add_heap(struct boots *b, const struct heap *heap, const struct pool_state *first, uint64_t at_us,
		    bool collected)
{
	if (heap->n_pools == 0)
		return;
	trend_add_summarized(trend_of_now(b), heap, first, at_us, collected);
	b->now.last = *first;
	b->split_bytes = heap->pools[0].reported.max_new_split_bytes;
	b->split_known = b->split_bytes != NOT_KNOWN;
}

/* gc.mem_free() of a heap that can grow includes what it may grow by, free of mem_info() does not (py/gc.c, gc_info and
 * MICROPY_GC_SPLIT_HEAP_AUTO, since 1.21). One series has one meaning. */
static void subtract_split(const struct boots *b, struct pool_state *state)
{
	bool is_more = state->free_bytes >= b->split_bytes;

	if (state->free_bytes == NOT_KNOWN || !b->split_known)
		return;
	state->free_bytes = is_more ? state->free_bytes - b->split_bytes : NOT_KNOWN;
	if (state->total_bytes != NOT_KNOWN)
		state->total_bytes = is_more ? state->total_bytes - b->split_bytes : NOT_KNOWN;
	state->fragmentation = pool_fragmentation(state->free_bytes, state->lfb_bytes);
}

static void add(struct boots *b, const char *pool, const struct trend_sample *sample)
{
	trend_add(trend_of_now(b), pool, sample);
	b->now.last = sample->state;
}

void boots_add_figures(struct boots *b, const struct pool_state *state, uint64_t at_us, bool collected)
{
	struct trend_sample sample = {
		.at_us = at_us,
		.state = *state,
		.collected = collected,
		.growth_bytes = b->split_known ? b->split_bytes : 0,
	};

	subtract_split(b, &sample.state);
	add(b, "gc", &sample);
}

void boots_add_pool(struct boots *b, const char *pool, const struct pool_state *state, uint64_t at_us)
{
	add(b, pool,
	    &(struct trend_sample){ .at_us = at_us, .state = *state, .collected = true, .no_collector = true });
}

/* The number of a boot is that of its moments. */
static void enter_boot(struct boots *b, uint64_t n_boot)
{
	if (b->now.trend.n_samples > 0 && b->now.n_boot != n_boot)
		boots_reset(b);
	b->now.n_boot = n_boot;
}

/* ---- what a sink takes ---- */

/* One pool of a heap. */
static void add_one(struct boots *b, const struct moment *m)
{
	for (uint32_t i = 0; i < m->heap->n_pools; i++) {
		if (strcmp(m->heap->pools[i].name, b->pool) != 0)
			continue;
		struct heap one = *m->heap; /* the same heap, reduced to one pool */
		one.pools = &m->heap->pools[i];
		one.n_pools = 1;
		const struct pool_state state = i == 0 ? m->state : pool_state_reported(one.pools);
		boots_add_heap(b, &one, &state, m->timeline_us, m->collected);
		b->pool_seen = true;
	}
}

static void on_moment(void *ctx, struct moment *m)
{
	struct boots *b = ctx;
	bool is_sample = m->kind == MOMENT_SAMPLE;

	if (m->kind == MOMENT_POOLS || (is_sample && b->pool && strcmp(b->pool, "gc") != 0) ||
	    (b->live && !is_sample && m->heap->problem != HEAP_WHOLE))
		return;
	b->pool_seen |= is_sample;
	if (m->program_ended)
		return;
	enter_boot(b, m->n_boot);
	b->now.trend.n_typed += m->is_typed;
	if (is_sample)
		boots_add_figures(b, &m->state, m->timeline_us, m->collected);
	else if (b->pool)
		add_one(b, m);
	else
		boots_add_heap(b, m->heap, &m->state, m->timeline_us, m->collected);
}

static void on_pool(void *ctx, const struct pool_moment *m)
{
	struct boots *b = ctx;

	if (!b->pool || strcmp(b->pool, m->pool.name) != 0) {
		if (!b->other_pool[0])
			memcpy(b->other_pool, m->pool.name, sizeof(b->other_pool));
		return;
	}
	b->pool_seen = true;
	if (m->program_ended)
		return;
	enter_boot(b, m->n_boot);
	boots_add_pool(b, m->pool.name, &m->state, m->timeline_us);
}

static void on_failure(void *ctx, const struct capture_failure *failure)
{
	struct boots *b = ctx;
	struct boot *boot = &b->now;
	uint64_t at_us = failure->timeline_us;

	if (boot->trend.n_samples == 0 || failure->failure == FAILURE_OTHER_POOL || failure->failure == FAILURE_LOCKED)
		return;
	if (boot->failed.set && boot->n_samples_then == boot->trend.n_samples)
		return; /* the first one of a row */
	boot->n_samples_then = boot->trend.n_samples;
	boot->failed = (struct boot_failure){
		.set = true,
		.line = failure->line,
		.asked_bytes = failure->asked_bytes,
		.after_us = at_us != NOT_KNOWN && !boot->trend.untimed && at_us >= boot->trend.first_us ?
				    at_us - boot->trend.first_us :
				    NOT_KNOWN,
		.before = boot->last,
	};
}

static int status(void *ctx) { return error_of(ctx); }

struct sink boots_sink(struct boots *b)
{
	return (struct sink){
		.on_moment = on_moment,
		.on_pool = on_pool,
		.on_failure = on_failure,
		.status = status,
		.ctx = b,
	};
}

/* ---- one boot of many ---- */

void boots_pin(struct boots *b) { b->now.pinned = true; }

/* Whether the current boot is reported rather than the best one so far. *ret_enough: it has enough collections. */
static bool is_better(const struct boots *b, bool *ret_enough, int *ret_error)
{
	const struct boot *now = &b->now, *best = &b->best;
	int enough = now->trend.n_samples > 0 ? trend_is_judgeable(&now->trend) : 0;

	*ret_enough = enough > 0;
	*ret_error = enough < 0 ? enough : 0;
	if (now->trend.n_samples == 0)
		return false;
	if (now->pinned || best->pinned)
		return now->pinned;
	return enough > 0 || (!b->best_enough && (best->n_boot == 0 || now->trend.n_samples > best->trend.n_samples));
}

/* The number of the current boot, of which moments may not tell. */
static uint64_t number_of_now(const struct boots *b) { return MAX(b->now.n_boot, b->n_boots + 1); }

void boots_reset(struct boots *b)
{
	struct boot *now = &b->now;
	struct trend next = trend_of_next_boot(&now->trend);
	bool enough;
	int error;

	dry_add(&b->dry, &now->trend);
	b->split_known = false;
	b->n_without += now->trend.n_without;
	b->n_cut_without += now->trend.n_cut_without;
	b->backwards |= now->trend.backwards;
	b->error = error_of(b);
	bool better = is_better(b, &enough, &error);
	b->error = b->error ? b->error : error;
	if (now->trend.n_samples > 0) {
		b->n_boots = now->n_boot = number_of_now(b);
		b->n_samples += now->trend.n_samples;
	}
	if (better) {
		struct boot was = b->best;
		b->best = *now;
		*now = was;
		b->best_enough = enough;
	}
	trend_deinit(&now->trend);
	*now = (struct boot){ .n_boot = 0, .trend = next };
}

struct boots_losses boots_losses(const struct boots *b)
{
	return (struct boots_losses){
		.n_without = b->n_without + b->now.trend.n_without,
		.n_cut_without = b->n_cut_without + b->now.trend.n_cut_without,
		.backwards = b->backwards || b->now.trend.backwards,
	};
}

/* A forecast of what has already failed is void. */
static void forget_forecast(struct trend_result *result)
{
	for (size_t i = 0; i < result->n_pools; i++) {
		struct trend_pool_result *pool = &result->pools[i];
		pool->exhausted_in_us = pool->ends_least_us = pool->ends_most_us = NOT_KNOWN;
		pool->exhausted_in_samples = pool->ends_least_samples = pool->ends_most_samples = (double)NAN;
	}
}

int boots_work_out(const struct boots *b, struct trend_result *ret, struct boot_info *ret_boot)
{
	/* A dump taken by hand right after the failure does not hide it. */
	enum { SAMPLES_AFTER_FAILURE = 1 };
	bool enough;
	int error = 0, r = error_of(b);

	bool is_now = is_better(b, &enough, &error);
	const struct boot *boot = is_now ? &b->now : &b->best;
	r = r < 0 ? r : error;
	if (r == 0)
		r = trend_work_out(&boot->trend, ret);
	if (r < 0)
		return r;
	ret->no_mem_info = b->no_mem_info;
	if (ret->n_pools > 0 && !boot->pinned)
		dry_judge(&b->dry, &b->now.trend, is_now, &ret->pools[0]);
	uint64_t n_boots = b->now.trend.n_samples > 0 ? number_of_now(b) : b->n_boots;
	*ret_boot = (struct boot_info){
		.n_boot = MAX(is_now ? n_boots : boot->n_boot, UINT64_C(1)),
		.n_boots = MAX(n_boots, UINT64_C(1)),
		.enough = is_now ? enough : b->best_enough,
		.pinned = boot->pinned,
		.failed = boot->failed,
	};
	if (boot->failed.set && boot->trend.n_samples > boot->n_samples_then + SAMPLES_AFTER_FAILURE)
		ret_boot->failed.set = false;
	if (ret_boot->failed.set)
		forget_forecast(ret);
	return 0;
}
