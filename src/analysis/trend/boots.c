#include "memprof/analysis/boots.h"

#include <errno.h>
#include <math.h>

#include "memprof/analysis/report.h"
#include "memprof/base/number.h"

void boots_deinit(struct boots *l)
{
	trend_deinit(&l->now.trend);
	trend_deinit(&l->best.trend);
}

int boots_error(const struct boots *l) { return l->error ? l->error : l->now.trend.error; }

uint64_t boots_n_samples(const struct boots *l) { return l->n_samples + l->now.trend.n_samples; }

/* ---- what goes in ---- */

static void note_room(struct boot *boot, uint64_t largest_free_bytes, uint64_t free_bytes)
{
	boot->largest_free_bytes = largest_free_bytes;
	boot->free_bytes = free_bytes;
}

void boots_add_heap(struct boots *l, const struct heap *heap, uint64_t at_us, bool collected)
{
	struct pool_summary said;

	if (heap->n_pools == 0)
		return;
	trend_add_heap(&l->now.trend, heap, at_us, collected);
	report_said(&heap->pools[0], &said);
	note_room(&l->now, said.lfb_bytes, said.free_bytes);
	l->split_bytes = heap->pools[0].reported.max_new_split_bytes;
	l->split_known = l->split_bytes != NOT_KNOWN;
}

/* gc.mem_free() of a heap that can grow counts what it may grow by as free, and mem_info() does not
 * (py/gc.c, gc_info and MICROPY_GC_SPLIT_HEAP_AUTO, since 1.21): one series has one meaning. */
static uint64_t take_split(const struct boots *l, uint64_t free_bytes)
{
	if (free_bytes == NOT_KNOWN || !l->split_known)
		return free_bytes;
	return free_bytes >= l->split_bytes ? free_bytes - l->split_bytes : NOT_KNOWN;
}

void boots_add_sample(struct boots *l, const struct event *event, uint64_t at_us, bool collected)
{
	struct trend_sample sample = {
		.at_us = at_us,
		.total_bytes = NOT_KNOWN,
		.used_bytes = event->sample.used_bytes,
		.free_bytes = take_split(l, event->sample.free_bytes),
		.largest_free_bytes = event->sample.largest_free_bytes,
		.collected = collected,
		.growth_bytes = l->split_known ? l->split_bytes : 0,
	};

	if (sample.used_bytes != NOT_KNOWN && sample.free_bytes != NOT_KNOWN &&
	    sample.used_bytes <= NOT_KNOWN - 1 - sample.free_bytes)
		sample.total_bytes = sample.used_bytes + sample.free_bytes;
	trend_add(&l->now.trend, "gc", &sample);
	note_room(&l->now, sample.largest_free_bytes, sample.free_bytes);
}

void boots_add_pool(struct boots *l, const struct event_pool *pool, uint64_t at_us)
{
	struct trend_sample sample = {
		.at_us = at_us,
		.total_bytes = pool->total_bytes,
		.used_bytes = pool->used_bytes,
		.free_bytes = pool->free_bytes,
		.largest_free_bytes = pool->largest_free_bytes,
		.collected = true,
	};

	if (sample.used_bytes == NOT_KNOWN && pool->total_bytes != NOT_KNOWN && pool->free_bytes <= pool->total_bytes)
		sample.used_bytes = pool->total_bytes - pool->free_bytes;
	trend_add(&l->now.trend, pool->name, &sample);
	note_room(&l->now, sample.largest_free_bytes, sample.free_bytes);
}

void boots_add_failure(struct boots *l, const struct event *event, uint64_t at_us)
{
	struct boot *boot = &l->now;

	if (boot->trend.n_samples == 0 || event->failed.failure == FAILURE_OTHER_POOL ||
	    event->failed.failure == FAILURE_LOCKED)
		return;
	if (boot->failed.set && boot->n_samples_then == boot->trend.n_samples)
		return; /* of a row of errors the first one */
	boot->n_samples_then = boot->trend.n_samples;
	boot->failed = (struct boot_failure){
		.set = true,
		.line = event->line,
		.asked_bytes = event->failed.asked_bytes,
		.after_us = at_us != NOT_KNOWN && !boot->trend.untimed && at_us >= boot->trend.first_us ?
				    at_us - boot->trend.first_us :
				    NOT_KNOWN,
		.largest_free_bytes = boot->largest_free_bytes,
		.free_bytes = boot->free_bytes,
	};
}

/* ---- one life of many ---- */

void boots_reset(struct boots *l)
{
	struct boot *now = &l->now;

	l->split_known = false;
	l->n_without += now->trend.n_without;
	l->n_cut_without += now->trend.n_cut_without;
	l->backwards |= now->trend.backwards;
	l->error = l->error ? l->error : now->trend.error;
	if (now->trend.n_samples > 0) {
		int enough = trend_has_minima(&now->trend, TREND_MINIMA_LEAST);
		l->error = enough < 0 ? enough : l->error;
		now->n_boot = ++l->n_boots;
		l->n_samples += now->trend.n_samples;
		if (enough > 0 ||
		    (!l->best_enough && (l->best.n_boot == 0 || now->trend.n_samples > l->best.trend.n_samples))) {
			struct boot was = l->best;
			l->best = *now;
			*now = was;
			l->best_enough = enough > 0;
		}
	}
	trend_deinit(&now->trend);
	*now = (struct boot){ .n_boot = 0 };
	trend_init(&now->trend);
}

/* What has failed already will not last. */
static void forget_forecast(struct trend_result *result)
{
	for (size_t i = 0; i < result->n_pools; i++) {
		result->pools[i].exhausted_in_us = NOT_KNOWN;
		result->pools[i].exhausted_in_samples = (double)NAN;
	}
}

int boots_work_out(struct boots *l, struct trend_result *ret, struct boot_info *ret_boot)
{
	/* A dump made by hand right after the failure does not hide it. */
	enum { SAMPLES_AFTER_FAILURE = 1 };

	boots_reset(l);
	const struct boot *boot = &l->best;
	int r = l->error ? l->error : trend_work_out(&boot->trend, ret);
	if (r < 0)
		return r;
	*ret_boot = (struct boot_info){ .n_boot = MAX(boot->n_boot, UINT64_C(1)),
					.n_boots = MAX(l->n_boots, UINT64_C(1)),
					.enough = l->best_enough,
					.failed = boot->failed };
	if (boot->failed.set && boot->trend.n_samples > boot->n_samples_then + SAMPLES_AFTER_FAILURE)
		ret_boot->failed.set = false;
	if (ret_boot->failed.set)
		forget_forecast(ret);
	return 0;
}
