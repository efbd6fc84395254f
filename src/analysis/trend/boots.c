#include "memprof/analysis/boots.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "memprof/analysis/report.h"
#include "memprof/base/number.h"

void boots_deinit(struct boots *b)
{
	trend_deinit(&b->now.trend);
	trend_deinit(&b->best.trend);
}

int boots_error(const struct boots *b) { return b->error ? b->error : b->now.trend.error; }

uint64_t boots_n_samples(const struct boots *b) { return b->n_samples + b->now.trend.n_samples; }

/* ---- samples ---- */

static void note_room(struct boot *boot, uint64_t largest_free_bytes, uint64_t free_bytes)
{
	boot->largest_free_bytes = largest_free_bytes;
	boot->free_bytes = free_bytes;
}

void boots_add_heap(struct boots *b, const struct heap *heap, uint64_t at_us, bool collected)
{
	struct pool_summary reported;

	if (heap->n_pools == 0)
		return;
	summarize_reported(&heap->pools[0], &reported);
	trend_add_summarized(&b->now.trend, heap, &reported, at_us, collected);
	note_room(&b->now, reported.lfb_bytes, reported.free_bytes);
	b->split_bytes = heap->pools[0].reported.max_new_split_bytes;
	b->split_known = b->split_bytes != NOT_KNOWN;
}

/* gc.mem_free() of a heap that can grow includes what it may grow by, free of mem_info() does not (py/gc.c, gc_info and
 * MICROPY_GC_SPLIT_HEAP_AUTO, since 1.21). One series has one meaning. */
static uint64_t subtract_split(const struct boots *b, uint64_t free_bytes)
{
	if (free_bytes == NOT_KNOWN || !b->split_known)
		return free_bytes;
	return free_bytes >= b->split_bytes ? free_bytes - b->split_bytes : NOT_KNOWN;
}

void boots_add_figures(struct boots *b, uint64_t used_bytes, uint64_t free_bytes, uint64_t largest_free_bytes,
		       uint64_t at_us, bool collected)
{
	struct trend_sample sample = {
		.at_us = at_us,
		.total_bytes = NOT_KNOWN,
		.used_bytes = used_bytes,
		.free_bytes = subtract_split(b, free_bytes),
		.largest_free_bytes = largest_free_bytes,
		.collected = collected,
		.growth_bytes = b->split_known ? b->split_bytes : 0,
	};

	if (sample.used_bytes != NOT_KNOWN && sample.free_bytes != NOT_KNOWN &&
	    sample.used_bytes <= NOT_KNOWN - 1 - sample.free_bytes)
		sample.total_bytes = sample.used_bytes + sample.free_bytes;
	trend_add(&b->now.trend, "gc", &sample);
	note_room(&b->now, sample.largest_free_bytes, sample.free_bytes);
}

void boots_add_pool(struct boots *b, const struct heap_pool *pool, uint64_t at_us)
{
	const struct heap_reported *reported = &pool->reported;
	struct trend_sample sample = {
		.at_us = at_us,
		.total_bytes = reported->total_bytes,
		.used_bytes = reported->used_bytes,
		.free_bytes = reported->free_bytes,
		.largest_free_bytes = reported->largest_free_bytes,
		.collected = true,
		.no_collector = true,
	};

	if (sample.used_bytes == NOT_KNOWN && sample.total_bytes != NOT_KNOWN &&
	    sample.free_bytes <= sample.total_bytes)
		sample.used_bytes = sample.total_bytes - sample.free_bytes;
	trend_add(&b->now.trend, pool->name, &sample);
	note_room(&b->now, sample.largest_free_bytes, sample.free_bytes);
}

/* The number of a boot is that of its moments. */
static void begin(struct boots *b, uint64_t n_boot)
{
	if (b->now.trend.n_samples > 0 && b->now.n_boot != n_boot)
		boots_reset(b);
	b->now.n_boot = n_boot;
}

bool boots_add_moment(struct boots *b, const struct moment *m, const char *pool)
{
	bool any = false;

	if (m->kind == MOMENT_POOLS || (m->kind == MOMENT_SAMPLE && pool && strcmp(pool, "gc") != 0))
		return false;
	if (m->program_ended)
		return m->kind == MOMENT_SAMPLE || !pool;
	begin(b, m->n_boot);
	if (m->kind == MOMENT_SAMPLE)
		boots_add_figures(b, m->used_bytes, m->free_bytes, m->largest_free_bytes, m->timeline_us, m->collected);
	else if (!pool)
		boots_add_heap(b, m->heap, m->timeline_us, m->collected);
	for (uint32_t i = 0; pool && m->heap && i < m->heap->n_pools; i++) {
		if (strcmp(m->heap->pools[i].name, pool) != 0)
			continue;
		struct heap one = *m->heap; /* the same heap, reduced to one pool */
		one.pools = &m->heap->pools[i];
		one.n_pools = 1;
		boots_add_heap(b, &one, m->timeline_us, m->collected);
		any = true;
	}
	return !pool || any || m->kind == MOMENT_SAMPLE;
}

void boots_add_pool_moment(struct boots *b, const struct pool_moment *pool)
{
	if (pool->program_ended)
		return;
	begin(b, pool->n_boot);
	boots_add_pool(b, &pool->pool, pool->timeline_us);
}

void boots_add_failure(struct boots *b, const struct capture_failure *failure)
{
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
		.largest_free_bytes = boot->largest_free_bytes,
		.free_bytes = boot->free_bytes,
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
	bool enough;
	int error;

	b->split_known = false;
	b->n_without += now->trend.n_without;
	b->n_cut_without += now->trend.n_cut_without;
	b->backwards |= now->trend.backwards;
	b->error = boots_error(b);
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
	*now = (struct boot){ .n_boot = 0 };
	trend_init(&now->trend);
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
		result->pools[i].exhausted_in_us = NOT_KNOWN;
		result->pools[i].exhausted_in_samples = (double)NAN;
	}
}

int boots_work_out(const struct boots *b, struct trend_result *ret, struct boot_info *ret_boot)
{
	/* A dump taken by hand right after the failure does not hide it. */
	enum { SAMPLES_AFTER_FAILURE = 1 };
	bool enough;
	int error = 0, r = boots_error(b);

	bool is_now = is_better(b, &enough, &error);
	const struct boot *boot = is_now ? &b->now : &b->best;
	r = r < 0 ? r : error;
	if (r == 0)
		r = trend_work_out(&boot->trend, ret);
	if (r < 0)
		return r;
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
