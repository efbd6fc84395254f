/* One history, cut where the board was reset. */
#include "memprof/analysis/boots.h"

#include <math.h>

#include "figures.h"
#include "unit.h"

static struct boots l;
static struct trend_result result;

UNIT_BEFORE(set_up) { l = (struct boots){ .n_boots = 0 }; }

UNIT_AFTER(tear_down)
{
	boots_deinit(&l);
	trend_result_deinit(&result);
}

enum { TOTAL_BYTES = 200000, TOP_BYTES = 180000 };

static void add(uint64_t used_bytes)
{
	const struct pool_state state = sample_of(used_bytes, TOTAL_BYTES - used_bytes, NOT_KNOWN);

	boots_add_figures(&l, &state, NOT_KNOWN, false);
}

/* So many collections, each of which leaves leak_bytes more. */
static void live(int n_collections, uint64_t leak_bytes)
{
	for (int i = 0; i < n_collections; i++)
		for (uint64_t used = 60000 + (uint64_t)i * leak_bytes; used < TOP_BYTES; used += 16000)
			add(used);
}

static void add_failure(enum failure failure)
{
	struct sink sink = boots_sink(&l);

	sink.on_failure(sink.ctx,
			&(struct capture_failure){
				.failure = failure, .asked_bytes = 4096, .line = 77, .timeline_us = NOT_KNOWN });
}

static struct boot_info work_out(struct trend_result *ret)
{
	struct boot_info boot;

	assert_int_equal(boots_work_out(&l, ret, &boot), 0);
	return boot;
}

UNIT_TEST(the_last_with_enough_collections)
{
	live(60, 0);
	boots_reset(&l);
	live(60, 800);
	boots_reset(&l);
	boots_reset(&l); /* a boot without a sample is none */
	live(2, 0);
	struct boot_info boot = work_out(&result);
	assert_u64_equal(boot.n_boot, 2);
	assert_u64_equal(boot.n_boots, 3);
	assert_true(boot.enough);
	assert_true(result.pools[0].leaks);
	assert_true(result.pools[0].exhausted_in_samples > 0);
}

UNIT_TEST(none_with_enough)
{
	live(1, 0);
	boots_reset(&l);
	live(3, 0);
	boots_reset(&l);
	live(2, 0);
	struct boot_info boot = work_out(&result);
	assert_u64_equal(boot.n_boot, 2);
	assert_u64_equal(boot.n_boots, 3);
	assert_false(boot.enough);
	assert_u64_equal(result.n_samples, 24);
}

UNIT_TEST(nothing_at_all)
{
	struct boot_info boot = work_out(&result);
	assert_u64_equal(boot.n_boots, 1);
	assert_u64_equal(result.n_samples, 0);
}

/* What has failed is not told how long it will last; failures of other kinds, or long ago, are. */
UNIT_TEST(a_life_that_failed)
{
	static const struct {
		enum failure failure;
		int n_after;
		bool is_end;
	} cases[] = {
		{ FAILURE_ASKED, 0, true },   { FAILURE_ASKED, 1, true },       { FAILURE_ASKED, 2, false },
		{ FAILURE_LOCKED, 0, false }, { FAILURE_OTHER_POOL, 0, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		l = (struct boots){ .n_boots = 0 };
		live(60, 800);
		add_failure(cases[i].failure);
		for (int k = 0; k < cases[i].n_after; k++)
			add(110000);
		struct boot_info boot = work_out(&result);
		assert_int_equal(boot.failed.set, cases[i].is_end);
		assert_int_equal(result.pools[0].exhausted_in_samples > 0, !cases[i].is_end);
		if (boot.failed.set) {
			assert_u64_equal(boot.failed.line, 77);
			assert_u64_equal(boot.failed.asked_bytes, 4096);
		}
		trend_result_deinit(&result);
		boots_deinit(&l);
	}
}

/* gc.mem_free() counts what the heap may grow by; a dump does not. */
UNIT_TEST(free_without_growth)
{
	struct heap heap;
	struct heap_pool *pool;

	heap_init(&heap);
	assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &pool), 0);
	pool->reported.total_bytes = TOTAL_BYTES;
	pool->reported.used_bytes = 80000;
	pool->reported.free_bytes = TOTAL_BYTES - 80000;
	pool->reported.max_new_split_bytes = 50000;
	heap_seal(&heap);
	const struct pool_state first = pool_state_reported(pool);
	boots_add_heap(&l, &heap, &first, NOT_KNOWN, false);
	add(80000);
	work_out(&result);
	assert_u64_equal(result.pools[0].series[TREND_FREE].min, TOTAL_BYTES - 80000 - 50000);
	assert_u64_equal(result.pools[0].series[TREND_FREE].max, TOTAL_BYTES - 80000);
	heap_deinit(&heap);
}

/* What a program held is free then, so neither heap nor pool tells of it. */
UNIT_TEST(what_comes_after_the_program)
{
	struct moment m = { .kind = MOMENT_SAMPLE, .n_boot = 1, .state = sample_of(1000, 9000, NOT_KNOWN) };
	struct pool_moment pool = { .pool = idf_pool("idf.0", 1000, 400, NOT_KNOWN), .n_boot = 1 };
	struct sink sink = boots_sink(&l);

	pool.state = pool_state_of_figures(&pool.pool);
	m.timeline_us = pool.timeline_us = NOT_KNOWN;
	l.pool = "idf.0";
	for (int ended = 0; ended < 2; ended++) {
		m.program_ended = pool.program_ended = ended;
		sink.on_pool(sink.ctx, &pool);
	}
	assert_int_equal(boots_n_samples(&l), 1);
	assert_true(l.pool_seen);
	boots_deinit(&l);
	l = (struct boots){ .pool = NULL };
	for (int ended = 0; ended < 2; ended++) {
		m.program_ended = ended;
		sink.on_moment(sink.ctx, &m);
	}
	assert_int_equal(boots_n_samples(&l), 1);
}

UNIT_TEST(a_pool)
{
	const struct heap_pool pool = idf_pool("idf.0", 1000, 400, 300);
	const struct pool_state told = pool_state_of_figures(&pool);

	for (int i = 0; i < 3; i++)
		boots_add_pool(&l, "idf.0", &told, NOT_KNOWN);
	work_out(&result);
	assert_int_equal(result.n_pools, 1);
	assert_string_equal(result.pools[0].name, "idf.0");
	assert_u64_equal(result.pools[0].series[TREND_USED].last, 600);
	assert_true(result.pools[0].collected);
}

/* ---- boots that run dry ---- */

/* One that loses what is free evenly, until left_bytes are left. */
static void run_down(unsigned n_samples, uint64_t left_bytes)
{
	uint64_t lost_bytes = (TOTAL_BYTES - 60000 - left_bytes) / (n_samples - 1);

	for (unsigned i = 0; i < n_samples; i++)
		add(60000 + i * lost_bytes);
}

UNIT_TEST(boots_that_each_run_dry_are_a_leak)
{
	static const struct {
		uint64_t left_bytes[5];
		unsigned n;
		bool leaks;
	} rows[] = {
		{ { 2000, 2000 }, 2, false }, /* too few */
		{ { 2000, 9000, 5000 }, 3, true },
		{ { 2000, 2000, 2000, 2000, 90000 }, 5, true },
		{ { 2000, 90000, 90000, 2000, 2000 }, 5, false },
	};

	for (size_t k = 0; k < ARRAY_SIZE(rows); k++) {
		boots_deinit(&l);
		l = (struct boots){ .n_boots = 0 };
		for (unsigned i = 0; i < rows[k].n; i++) {
			run_down(20 + i, rows[k].left_bytes[i]);
			boots_reset(&l);
		}
		add(60000);
		work_out(&result);
		assert_int_equal(result.pools[0].leaks, rows[k].leaks);
		trend_result_deinit(&result);
	}
}

UNIT_TEST(the_current_boot_ends_as_those_before)
{
	for (unsigned i = 0; i < 3; i++) {
		run_down(20 + i, 2000);
		boots_reset(&l);
	}
	run_down(21, 60000); /* as long as one of them, and it goes on */
	work_out(&result);
	const struct trend_pool_result *pool = &result.pools[0];
	assert_true(pool->leaks && pool->dry.n_dry == 3 && pool->dry.n_judged == 3);
	assert_float_equal(pool->ends_least_samples, 0, 0);
	assert_float_equal(pool->ends_most_samples, 1, 0);
	assert_true(pool->leak.per_sample > 6500 && pool->leak.per_sample < 7300);
	trend_result_deinit(&result);
	boots_reset(&l);
	run_down(30, 2000);
	work_out(&result);
	assert_true(isnan(result.pools[0].ends_most_samples)); /* it is over */
}

/* Somebody has mended the program. */
UNIT_TEST(one_that_outlives_them_takes_it_back)
{
	for (unsigned i = 0; i < 3; i++) {
		run_down(20 + i, 2000);
		boots_reset(&l);
	}
	run_down(40, 60000);
	work_out(&result);
	assert_false(result.pools[0].leaks);
}
