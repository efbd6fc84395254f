#include "memprof/analysis/boots.h"

#include <errno.h>
#include <math.h>

#include "memprof/analysis/report.h"
#include "memprof/base/number.h"

void lives_deinit(struct lives *l)
{
	trend_deinit(&l->now.trend);
	trend_deinit(&l->best.trend);
}

int lives_error(const struct lives *l) { return l->error ? l->error : l->now.trend.error; }

uint64_t lives_n_samples(const struct lives *l) { return l->n_samples + l->now.trend.n_samples; }

/* ---- what goes in ---- */

static void note_room(struct life *life, uint64_t largest_free_bytes, uint64_t free_bytes)
{
	life->largest_free_bytes = largest_free_bytes;
	life->free_bytes = free_bytes;
}

void lives_add_heap(struct lives *l, const struct heap *heap, uint64_t at_us, bool collected)
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
static uint64_t take_split(const struct lives *l, uint64_t free_bytes)
{
	if (free_bytes == NOT_KNOWN || !l->split_known)
		return free_bytes;
	return free_bytes >= l->split_bytes ? free_bytes - l->split_bytes : NOT_KNOWN;
}

void lives_add_sample(struct lives *l, const struct event *event, uint64_t at_us, bool collected)
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

void lives_add_pool(struct lives *l, const struct event_pool *pool, uint64_t at_us)
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

void lives_add_failure(struct lives *l, const struct event *event, uint64_t at_us)
{
	struct life *life = &l->now;

	if (life->trend.n_samples == 0 || event->failed.failure == FAILURE_OTHER_POOL ||
	    event->failed.failure == FAILURE_LOCKED)
		return;
	if (life->failed.set && life->n_samples_then == life->trend.n_samples)
		return; /* of a row of errors the first one */
	life->n_samples_then = life->trend.n_samples;
	life->failed = (struct life_failure){
		.set = true,
		.line = event->line,
		.asked_bytes = event->failed.asked_bytes,
		.after_us = at_us != NOT_KNOWN && !life->trend.untimed && at_us >= life->trend.first_us ?
				    at_us - life->trend.first_us :
				    NOT_KNOWN,
		.largest_free_bytes = life->largest_free_bytes,
		.free_bytes = life->free_bytes,
	};
}

/* ---- one life of many ---- */

void lives_reset(struct lives *l)
{
	struct life *now = &l->now;

	l->split_known = false;
	l->n_without += now->trend.n_without;
	l->n_cut_without += now->trend.n_cut_without;
	l->backwards |= now->trend.backwards;
	l->error = l->error ? l->error : now->trend.error;
	if (now->trend.n_samples > 0) {
		int enough = trend_has_minima(&now->trend, TREND_MINIMA_LEAST);
		l->error = enough < 0 ? enough : l->error;
		now->n_life = ++l->n_lives;
		l->n_samples += now->trend.n_samples;
		if (enough > 0 ||
		    (!l->best_enough && (l->best.n_life == 0 || now->trend.n_samples > l->best.trend.n_samples))) {
			struct life was = l->best;
			l->best = *now;
			*now = was;
			l->best_enough = enough > 0;
		}
	}
	trend_deinit(&now->trend);
	*now = (struct life){ .n_life = 0 };
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

int lives_work_out(struct lives *l, struct trend_result *ret, struct life_info *ret_life)
{
	/* A dump made by hand right after the failure does not hide it. */
	enum { SAMPLES_AFTER_FAILURE = 1 };

	lives_reset(l);
	const struct life *life = &l->best;
	int r = l->error ? l->error : trend_work_out(&life->trend, ret);
	if (r < 0)
		return r;
	*ret_life = (struct life_info){ .n_life = MAX(life->n_life, UINT64_C(1)),
					.n_lives = MAX(l->n_lives, UINT64_C(1)),
					.enough = l->best_enough,
					.failed = life->failed };
	if (life->failed.set && life->trend.n_samples > life->n_samples_then + SAMPLES_AFTER_FAILURE)
		ret_life->failed.set = false;
	if (ret_life->failed.set)
		forget_forecast(ret);
	return 0;
}
