#include "memprof/analysis/trend.h"

#include <math.h>

#include "figures.h"
#include "pools.h"
#include "unit.h"

enum { TOTAL = 200000 };

static struct trend trend;
static struct trend_result result;

UNIT_BEFORE(set_up)
{
	trend = (struct trend){ 0 };
	result = (struct trend_result){ .n_samples = 0 };
}

UNIT_AFTER(tear_down)
{
	trend_result_deinit(&result);
	trend_deinit(&trend);
}

static void add(uint64_t at_us, uint64_t used_bytes, uint64_t free_bytes, uint64_t lfb_bytes)
{
	struct trend_sample sample = { .at_us = at_us, .state = state_of(TOTAL, used_bytes, free_bytes, lfb_bytes) };

	trend_add(&trend, "gc", &sample);
}

static const struct trend_pool_result *work_out(void)
{
	trend_result_deinit(&result);
	assert_int_equal(trend_work_out(&trend, &result), 0);
	return result.n_pools ? &result.pools[0] : NULL;
}

/* Ten samples from collection to collection; each keeps leak_bytes more, and has lfb_bytes less in
 * one piece. */
static void add_saw(size_t n_cycles, uint64_t leak_bytes, uint64_t lfb_bytes, uint64_t step_us)
{
	uint32_t random = 3;

	for (size_t i = 0; i < n_cycles * 10; i++) {
		uint64_t used = 50000 + leak_bytes * (i / 10) + 3000 * (i % 10) + next_random(&random) % 100;
		uint64_t lfb = 100000 - lfb_bytes * (i / 10) - 3000 * (i % 10);
		add(step_us ? i * step_us : NOT_KNOWN, used, TOTAL - used, lfb);
	}
}

static void assert_near(double value, double wanted, double part)
{
	if (!(fabs(value - wanted) <= fabs(wanted) * part))
		fail_msg("%g is not %g", value, wanted);
}

UNIT_TEST(nothing_at_all)
{
	assert_null(work_out());
	assert_u64_equal(result.n_samples, 0);
	assert_u64_equal(result.span_us, NOT_KNOWN);
	assert_null(trend_worst(&result));
}

UNIT_TEST(one_sample_and_two)
{
	add(0, 1000, 199000, 100000);
	const struct trend_pool_result *pool = work_out();
	assert_u64_equal(result.n_samples, 1);
	assert_u64_equal(result.span_us, 0);
	assert_string_equal(pool->name, "gc");
	assert_u64_equal(pool->series[TREND_USED].first, 1000);
	assert_true(isnan(pool->series[TREND_USED].slope.per_sample));
	assert_int_equal(pool->series[TREND_USED].verdict, TREND_UNKNOWN);
	add(3600000000, 3000, 197000, 98500);
	pool = work_out();
	assert_true(pool->series[TREND_USED].slope.per_sample == 2000);
	assert_true(pool->series[TREND_USED].slope.per_hour == 2000);
	assert_true(isnan(pool->series[TREND_USED].slope.low));
	assert_u64_equal(pool->series[TREND_FRAGMENTATION].last, 5000);
	assert_false(pool->leaks);
}

UNIT_TEST(a_leak_and_its_end)
{
	add_saw(30, 500, 500, 60000000); /* a sample a minute, a collection in ten */
	const struct trend_pool_result *pool = work_out();
	assert_true(pool->leaks && !pool->fragments);
	assert_int_equal(pool->series[TREND_USED].verdict, TREND_RISING);
	assert_int_equal(pool->series[TREND_FREE].verdict, TREND_FALLING);
	assert_near(pool->leak.per_sample, 50, 0.02);
	assert_near(pool->leak.per_hour, 3000, 0.02);
	assert_true(pool->leak.low <= 50 && pool->leak.high >= 50);
	assert_near(pool->series[TREND_USED].slope.per_sample, 50, 0.25);
	assert_int_equal(pool->n_minima, 29);
	uint64_t left = pool->minima[28].value[TREND_FREE];
	assert_near((double)pool->exhausted_in_us, (double)left / 3000 * 3.6e9, 0.02);
	assert_near(pool->exhausted_in_samples, (double)left / 50, 0.02);
	assert_u64_equal(result.span_us, UINT64_C(299) * 60000000);
	assert_ptr_equal(trend_worst(&result), pool);
}

UNIT_TEST(a_saw_without_a_leak)
{
	add_saw(100, 0, 0, 0);
	const struct trend_pool_result *pool = work_out();
	assert_false(pool->leaks || pool->fragments);
	for (int f = 0; f < N_TREND_FIELDS; f++)
		assert_int_equal(pool->series[f].verdict, TREND_STEADY);
	assert_u64_equal(pool->exhausted_in_us, NOT_KNOWN);
	assert_true(isnan(pool->series[TREND_USED].slope.per_hour));
	assert_u64_equal(result.span_us, NOT_KNOWN);
}

UNIT_TEST(free_is_steady_and_its_largest_block_falls)
{
	add_saw(40, 0, 300, 1000000);
	const struct trend_pool_result *pool = work_out();
	assert_true(pool->fragments && !pool->leaks);
	assert_int_equal(pool->series[TREND_LARGEST_FREE].verdict, TREND_FALLING);
	assert_int_equal(pool->series[TREND_FRAGMENTATION].verdict, TREND_RISING);
	assert_near(pool->series[TREND_LARGEST_FREE].floor.per_sample, -30, 0.02);
}

/* Garbage and a leak make the largest block smaller, too. Where free may go down as fast, as far as is
 * known, nothing is said to fragment. */
UNIT_TEST(it_fragments_only_if_free_goes_down_less)
{
	uint32_t random = 3;

	for (uint64_t i = 0; i < 4000; i++) {
		uint64_t noise = next_random(&random) % 12000, used = 50000 + i + 600 * (i % 100) + noise;
		add(NOT_KNOWN, used, TOTAL - used, 100000 - i - 600 * (i % 100));
	}
	const struct trend_pool_result *pool = work_out();
	assert_false(pool->fragments);
	const struct trend_slope *free = &pool->series[TREND_FREE].floor;
	assert_true(pool->leaks || free->low <= pool->series[TREND_LARGEST_FREE].floor.per_sample);
}

/* A heap that still may grow lasts longer. */
UNIT_TEST(what_it_may_grow_by_is_left_too)
{
	double lasts[2];

	for (uint64_t growth = 0; growth < 2; growth++) {
		trend_deinit(&trend);
		for (uint64_t i = 0; i < 20; i++) {
			struct trend_sample sample = {
				.at_us = NOT_KNOWN,
				.state = state_of(TOTAL, 5000 + 100 * i, TOTAL - 5000 - 100 * i, NOT_KNOWN),
				.collected = true,
				.growth_bytes = growth ? 50000 : NOT_KNOWN,
			};
			trend_add(&trend, "gc", &sample);
		}
		lasts[growth] = work_out()->exhausted_in_samples;
	}
	assert_near(lasts[1] - lasts[0], 500, 1e-9);
}

/* gc.mem_alloc() or gc.mem_free() alone, or one after the other: both lines tell the same. */
UNIT_TEST(a_log_that_tells_only_one_of_the_two)
{
	for (int what = 0; what < 3; what++) {
		trend_deinit(&trend);
		for (uint64_t i = 0; i < 300; i++) {
			uint64_t used = 50000 + 500 * (i / 10) + 3000 * (i % 10);
			if (what != 1)
				add(NOT_KNOWN, used, NOT_KNOWN, NOT_KNOWN);
			if (what != 0)
				add(NOT_KNOWN, NOT_KNOWN, TOTAL - used, NOT_KNOWN);
		}
		const struct trend_pool_result *pool = work_out();
		assert_true(pool->leaks);
		assert_near(pool->leak.per_sample, what == 2 ? 25 : 50, 0.02);
		assert_true(pool->leak.low <= pool->leak.high);
		assert_true(what == 0 ? isnan(pool->exhausted_in_samples) :
					what == 2 || pool->exhausted_in_samples > 0);
		assert_u64_equal(result.n_samples, what == 2 ? 600 : 300);
		assert_u64_equal(pool->series[TREND_LARGEST_FREE].n_known, 0);
	}
}

UNIT_TEST(samples_right_after_collections_all_count)
{
	for (uint64_t i = 0; i < 6; i++) { /* they never fall */
		struct trend_sample sample = {
			.at_us = i * 1000000,
			.state = state_of(TOTAL, 5000 + 100 * i, TOTAL - 5000 - 100 * i, 90000),
			.collected = true,
		};
		trend_add(&trend, "gc", &sample);
	}
	const struct trend_pool_result *pool = work_out();
	assert_true(pool->collected && pool->leaks);
	assert_int_equal(pool->n_minima, 6);
	assert_true(pool->leak.per_sample == 100 && pool->leak.per_hour == 360000);
	assert_int_equal(pool->series[TREND_LARGEST_FREE].verdict, TREND_STEADY);
}

UNIT_TEST(growth_that_never_falls_is_not_called_a_leak)
{
	for (uint64_t i = 0; i < 1000; i++)
		add(i * 1000000, 5000 + 100 * i, TOTAL - 5000 - 100 * i, 90000);
	const struct trend_pool_result *pool = work_out();
	assert_false(pool->leaks);
	assert_int_equal(pool->series[TREND_USED].verdict, TREND_UNKNOWN);
	assert_true(pool->series[TREND_USED].slope.per_sample == 100);
}

UNIT_TEST(a_program_that_warms_up_does_not_leak)
{
	for (uint64_t step = 100; step <= 60000; step *= 5) {
		trend_deinit(&trend);
		uint32_t random = 9;
		for (uint64_t i = 0; i < 1000; i++) {
			uint64_t used = 20000 + (i >= 100 ? step : 0) + 3000 * (i % 10) + next_random(&random) % 400;
			add(NOT_KNOWN, used, TOTAL - used, NOT_KNOWN);
		}
		assert_false(work_out()->leaks);
	}
}

/* Noise has no collections. The lowest of many samples each are low points then; of few samples nothing is said. */
UNIT_TEST(a_pool_without_a_collector)
{
	static const struct {
		size_t n;
		uint64_t leak_bytes, noise_bytes, warm_bytes; /* a sample; all at once, after a tenth */
		bool leaks;
	} rows[] = {
		{ 63, 100, 9000, 0, false }, { 64, 300, 3000, 0, true },     { 600, 100, 9000, 0, true },
		{ 600, 0, 9000, 0, false },  { 600, 0, 3000, 20000, false }, { 6000, 10, 9000, 0, true },
		{ 6000, 0, 9000, 0, false },
	};

	for (size_t k = 0; k < ARRAY_SIZE(rows); k++)
		for (int only_free = 0; only_free < 2; only_free++) {
			uint32_t random = 11;
			trend_deinit(&trend);
			for (size_t i = 0; i < rows[k].n; i++) {
				uint64_t used = 50000 + rows[k].leak_bytes * i +
						next_random(&random) % rows[k].noise_bytes +
						(i > rows[k].n / 10 ? rows[k].warm_bytes : 0);
				struct trend_sample sample = {
					.at_us = i * 1000000,
					.state = state_of(TOTAL, only_free ? NOT_KNOWN : used, TOTAL - used, NOT_KNOWN),
					.no_collector = true,
				};
				trend_add(&trend, "heap", &sample);
			}
			const struct trend_pool_result *pool = work_out();
			if (pool->leaks != rows[k].leaks)
				fail_msg("row %zu, %s: leaks is %d", k, only_free ? "free" : "used", pool->leaks);
			if (pool->leaks)
				assert_near(pool->leak.per_sample, (double)rows[k].leak_bytes, 0.15);
		}
}

/* Cycles of nearly a whole number of samples: minima rise for a quarter of the log, again and again. */
UNIT_TEST(cycles_that_beat_with_the_samples_are_no_leak)
{
	for (int n = 100; n <= 1000; n += 100) {
		trend_deinit(&trend);
		for (int i = 0; i < n; i++) {
			uint64_t used = 60000 + (uint64_t)(50000 * fmod(i / 14.98, 1)) / 16 * 16;
			add(NOT_KNOWN, used, TOTAL - used, NOT_KNOWN);
		}
		assert_false(work_out()->leaks);
	}
}

UNIT_TEST(and_then_it_may_leak_all_the_same)
{
	uint32_t random = 9;

	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t used = 20000 + (i >= 100 ? 40000u : 0u) + i * 10 + 3000 * (i % 10) +
				next_random(&random) % 400;
		add(NOT_KNOWN, used, TOTAL - used, NOT_KNOWN);
	}
	const struct trend_pool_result *pool = work_out();
	assert_true(pool->leaks);
	assert_near(pool->leak.per_sample, 10, 0.2);
}

/* ---- times ---- */

UNIT_TEST(times_are_used_only_if_all_are_known_and_in_order)
{
	static const uint64_t times[][4] = {
		{ 0, 10, 20, NOT_KNOWN },
		{ NOT_KNOWN, 10, 20, 30 },
		{ 0, 10, 5, 30 },
		{ 0, 10, NOT_KNOWN, 5 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		trend_deinit(&trend);
		for (size_t k = 0; k < 4; k++)
			add(times[i][k], 1000 * k, TOTAL - 1000 * k, NOT_KNOWN);
		const struct trend_pool_result *pool = work_out();
		assert_u64_equal(result.span_us, NOT_KNOWN);
		assert_true(isnan(pool->series[TREND_USED].slope.per_hour));
		assert_true(pool->series[TREND_USED].slope.per_sample == 1000);
		assert_int_equal(trend.backwards, i == 2);
	}
	trend_deinit(&trend);
	for (uint64_t k = 0; k < 4; k++)
		add(UINT64_C(1) << 62, 1000 * k, TOTAL, NOT_KNOWN); /* all at the same time */
	assert_u64_equal(work_out()->series[TREND_USED].n_known, 4);
	assert_u64_equal(result.span_us, 0);
	assert_true(isnan(result.pools[0].series[TREND_USED].slope.per_hour));
}

/* ---- heaps ---- */

static struct heap heap;

static void add_heap(void)
{
	const struct pool_state first = pool_state_reported(&heap.pools[0]);

	trend_add_summarized(&trend, &heap, &first, NOT_KNOWN, false);
}

UNIT_TEST(a_cut_heap_has_the_boards_own_figures)
{
	heap_init(&heap);
	struct heap_pool *pool = pool_of(&heap, 16, "2h 6.", NULL);
	pool->reported.total_bytes = 1024;
	pool->reported.used_bytes = 640;
	pool->reported.free_bytes = 384;
	pool->reported.max_free_blocks = 10;
	heap_note(&heap, HEAP_CUT, 7);
	add_heap();
	assert_u64_equal(work_out()->series[TREND_USED].last, 640);
	assert_u64_equal(result.pools[0].series[TREND_LARGEST_FREE].last, 160);
	assert_u64_equal(trend.n_cut_without, 0);

	pool->reported.max_free_blocks = NOT_KNOWN; /* firmware before 1.8.2 */
	add_heap();
	assert_u64_equal(work_out()->series[TREND_USED].n_known, 2);
	assert_u64_equal(result.pools[0].series[TREND_LARGEST_FREE].n_known, 1);
	assert_u64_equal(trend.n_cut_without, 1);

	pool->reported.used_bytes = pool->reported.free_bytes = NOT_KNOWN;
	add_heap();
	assert_u64_equal(work_out()->series[TREND_USED].n_known, 2);
	assert_u64_equal(result.n_samples, 2);
	assert_u64_equal(trend.n_without, 1);
	heap_deinit(&heap);
}

UNIT_TEST(a_whole_heap_is_counted_where_the_board_says_nothing)
{
	heap_init(&heap);
	struct heap_pool *pool = pool_of(&heap, 16, "2h 6. 1h 1.", NULL);
	add_heap();
	pool->reported.used_bytes = 48;
	pool->reported.free_bytes = 112;
	add_heap();
	const struct trend_pool_result *r = work_out();
	assert_u64_equal(r->series[TREND_USED].first, 48);
	assert_u64_equal(r->series[TREND_LARGEST_FREE].first, 96);
	assert_u64_equal(r->series[TREND_LARGEST_FREE].last, 96);
	assert_u64_equal(r->series[TREND_LARGEST_FREE].n_known, 2);
	heap_deinit(&heap);
}

/* The board's figures are of all areas; which part lies in one piece in each only the table gives. */
UNIT_TEST(fragmentation_is_within_areas)
{
	heap_init(&heap);
	struct heap_pool *pool = pool_of(&heap, 16, "2h 6.", "8.", "1h 2. 1h 2.", NULL);
	pool->reported.total_bytes = 22 * 16;
	pool->reported.used_bytes = 4 * 16;
	pool->reported.free_bytes = 18 * 16;
	pool->reported.max_free_blocks = 8;
	add_heap();
	const struct trend_series *series = work_out()->series;
	assert_u64_equal(series[TREND_LARGEST_FREE].last, 8 * 16);
	assert_u64_equal(series[TREND_FRAGMENTATION].last, TREND_FRAGMENTATION_ONE * 2 / 18);
	heap_note(&heap, HEAP_CUT, 7);
	add_heap();
	assert_u64_equal(work_out()->series[TREND_FRAGMENTATION].n_known, 1);
	heap_deinit(&heap);
}

UNIT_TEST(pools_have_trends_of_their_own)
{
	for (uint64_t i = 0; i < 300; i++) {
		struct trend_sample steady = { NOT_KNOWN,
					       state_of(TOTAL, 50000 + 3000 * (i % 10), NOT_KNOWN, NOT_KNOWN), false };
		struct trend_sample leaks = steady;
		leaks.state.used_bytes += 500 * (i / 10);
		trend_add(&trend, "gc", &steady);
		trend_add(&trend, "psram-of-a-long-name", &leaks);
	}
	work_out();
	assert_int_equal(result.n_pools, 2);
	assert_false(result.pools[0].leaks);
	assert_true(result.pools[1].leaks);
	assert_string_equal(result.pools[1].name, "psram-of-a-long");
	assert_ptr_equal(trend_worst(&result), &result.pools[1]);
}

/* ---- what is kept ---- */

UNIT_TEST(buckets_hold_every_sample_and_draw_fairly)
{
	static const uint64_t sizes[] = { 1, 499, 500, 501, 1000, 1001, 54321, 400000 };

	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
		trend_deinit(&trend);
		for (uint64_t i = 0; i < sizes[s]; i++)
			add(i * 10, i, TOTAL, NOT_KNOWN);
		const struct trend_pool_result *pool = work_out();
		uint64_t n_all = 0;
		double place = 0;
		assert_true(pool->n_buckets <= TREND_BUCKETS_MAX);
		assert_true(sizes[s] < 500 || pool->n_buckets >= TREND_BUCKETS_MAX / 2);
		for (size_t i = 0; i < pool->n_buckets; i++) {
			const struct trend_bucket *b = &pool->buckets[i];
			assert_u64_equal(b->low[TREND_USED], n_all);
			n_all += b->n_samples;
			assert_u64_equal(b->high[TREND_USED], n_all - 1);
			const struct trend_drawn *used = &b->drawn[TREND_USED];
			assert_u64_equal(used->n_known, b->n_samples);
			assert_u64_equal(used->value, used->i_sample);
			assert_u64_equal(used->at_us, used->i_sample * 10);
			assert_true(used->i_sample >= b->low[TREND_USED] && used->i_sample < n_all);
			place += ((double)(used->i_sample - b->low[TREND_USED]) + 0.5) / (double)b->n_samples;
		}
		assert_u64_equal(n_all, sizes[s]);
		assert_true(fabs(place / (double)pool->n_buckets - 0.5) < 0.06);
		if (sizes[s] > 1)
			assert_true(pool->series[TREND_USED].slope.per_sample == 1);
	}
}

/* One dump tells the largest free block, and forty lines after it what is free: none of the few may be
 * lost, as long as there is a bucket for each. */
UNIT_TEST(rare_figures_are_not_lost)
{
	for (uint64_t i = 0; i < 41 * 200; i++)
		add(NOT_KNOWN, 5000, TOTAL - 5000, i % 41 == 0 ? 90000 - i : NOT_KNOWN);
	const struct trend_pool_result *pool = work_out();
	size_t n = 0;
	for (size_t i = 0; i < pool->n_buckets; i++)
		n += pool->buckets[i].drawn[TREND_LARGEST_FREE].n_known > 0;
	assert_true(n >= 150);
	assert_true(pool->series[TREND_LARGEST_FREE].slope.per_sample == -1);
}

/* Whether it is worked out on the way does not change what comes of it. */
UNIT_TEST(asking_on_the_way_changes_nothing)
{
	struct trend other;
	struct trend_result of_other;

	other = (struct trend){ 0 };
	for (uint64_t i = 0; i < 30000; i++) {
		struct trend_sample sample = { i,
					       state_of(TOTAL, 50000 + i / 4 + 3000 * (i % 10), NOT_KNOWN, NOT_KNOWN),
					       false };
		trend_add(&trend, "gc", &sample);
		trend_add(&other, "gc", &sample);
		if (i % 3001 == 0)
			work_out();
	}
	const struct trend_pool_result *a = work_out();
	assert_int_equal(trend_work_out(&other, &of_other), 0);
	const struct trend_pool_result *b = &of_other.pools[0];
	assert_int_equal(a->n_minima, b->n_minima);
	for (int f = 0; f < N_TREND_FIELDS; f++) {
		assert_memory_equal(&a->series[f].slope, &b->series[f].slope, sizeof(a->series[f].slope));
		assert_memory_equal(&a->series[f].floor, &b->series[f].floor, sizeof(a->series[f].floor));
	}
	assert_true(a->leaks);
	trend_result_deinit(&of_other);
	trend_deinit(&other);
}

/* ---- anything ---- */

static bool is_sane(const struct trend_slope *s)
{
	return !isinf(s->per_sample) && !isinf(s->per_hour) && !isinf(s->low) && !isinf(s->high) &&
	       !(s->low > s->per_sample) && !(s->high < s->per_sample);
}

UNIT_TEST(whatever_comes_the_figures_are_figures)
{
	static const uint64_t odd[] = {
		0,
		1,
		2,
		15,
		16,
		1000,
		200000,
		UINT32_MAX,
		UINT64_C(1) << 53,
		(UINT64_C(1) << 53) + 1,
		UINT64_C(1) << 63,
		UINT64_MAX - 2,
		UINT64_MAX - 1,
		NOT_KNOWN,
	};
	uint32_t random = 77;

	for (int round = 0; round < 400; round++) {
		size_t n = next_random(&random) % (round % 10 ? 60 : 1500);
		uint32_t n_odd = 1 + next_random(&random) % ARRAY_SIZE(odd);
		bool timed = next_random(&random) % 2;
		uint64_t at_us = 0;
		trend_deinit(&trend);
		for (size_t i = 0; i < n; i++) {
			uint64_t v[5];
			for (size_t k = 0; k < ARRAY_SIZE(v); k++)
				v[k] = odd[(next_random(&random) / 7) % n_odd];
			at_us = timed ? at_us + MIN(v[0], UINT64_C(1) << 40) : v[0];
			struct trend_sample sample = { at_us, state_of(v[1], v[2], v[3], v[4]), round % 7 == 3 };
			trend_add(&trend, next_random(&random) % 9 ? "gc" : "other", &sample);
		}
		work_out();
		for (size_t i = 0; i < result.n_pools; i++) {
			const struct trend_pool_result *pool = &result.pools[i];
			for (int f = 0; f < N_TREND_FIELDS; f++) {
				const struct trend_series *s = &pool->series[f];
				assert_true(is_sane(&s->slope) && is_sane(&s->floor));
				assert_true(s->n_known == 0 || (s->min <= s->first && s->first <= s->max));
				assert_true(s->verdict == TREND_UNKNOWN ||
					    s->n_minima >= trend_collections_needed(pool));
			}
			assert_true(!pool->leaks || pool->leak.per_sample > 0);
			assert_true(!isinf(pool->exhausted_in_samples));
		}
	}
}
