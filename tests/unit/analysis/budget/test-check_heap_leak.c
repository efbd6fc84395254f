/* Leaks against limits: what trend says of the same log. */
#include <math.h>

#include "check-fixture.h"
#include "memprof/analysis/boots.h"

enum { TOTAL_BYTES = 200000, TOP_BYTES = 180000, STEP_BYTES = 16000, STEP_US = 2000000 };

/* So many collections, each of which leaves so much more. step_us 0: without times. */
static uint64_t live(enum check_side side, int n_collections, uint64_t leak_bytes, uint64_t at_us, uint64_t step_us)
{
	for (int i = 0; i < n_collections; i++) {
		for (uint64_t used = 60000 + (uint64_t)i * leak_bytes; used < TOP_BYTES; used += STEP_BYTES) {
			struct moment moment = {
				.kind = MOMENT_SAMPLE,
				.n_boot = n_boot,
				.state = sample_of(used, TOTAL_BYTES - used, NOT_KNOWN),
				.timeline_us = step_us ? at_us : NOT_KNOWN,
			};
			assert_int_equal(check_moment(&check, side, &moment), 0);
			at_us += step_us;
		}
	}
	return at_us;
}

/* What trend says of the same. */
static double slope_of(int n_collections, uint64_t leak_bytes)
{
	struct boots l = { .n_boots = 0 };
	struct trend_result result;
	struct boot_info boot;
	uint64_t at_us = 0;

	for (int i = 0; i < n_collections; i++) {
		for (uint64_t used = 60000 + (uint64_t)i * leak_bytes; used < TOP_BYTES; used += STEP_BYTES) {
			const struct pool_state state = sample_of(used, TOTAL_BYTES - used, NOT_KNOWN);
			boots_add_figures(&l, &state, at_us, false);
			at_us += STEP_US;
		}
	}
	assert_int_equal(boots_work_out(&l, &result, &boot), 0);
	double per_hour = result.pools[0].leaks ? result.pools[0].leak.per_hour : 0;
	trend_result_deinit(&result);
	boots_deinit(&l);
	return per_hour;
}

UNIT_TEST(a_leak)
{
	double per_hour = slope_of(60, 800);

	assert_true(per_hour > 100000);
	limit_heap("gc", WHEN_LAST, "max_leak_per_hour", WHOLE((uint64_t)per_hour - 10));
	limit_heap("*", WHEN_EVERY, "max_leak_per_hour", WHOLE((uint64_t)per_hour + 10));
	begin();
	live(CHECK_NOW, 60, 800, 0, STEP_US);
	offer_heaps();
	for (size_t i = 0; i < 2; i++)
		assert_value(i, (int64_t)ceil(per_hour));
	assert_int_equal(check.rows[0].status, CHECK_FAIL);
	assert_int_equal(check.rows[1].status, CHECK_PASS);
	assert_int_equal(check.rows[0].n_causes, 0); /* figures alone */
}

static void assert_severity(int n_moments, int64_t severity)
{
	limit_heap("gc", WHEN_LAST, "max_severity", WHOLE((uint64_t)severity - 1));
	limit_heap("gc", WHEN_LAST, "max_severity", WHOLE((uint64_t)severity));
	begin();
	live(CHECK_NOW, n_moments, 800, 0, STEP_US);
	offer_heaps();
	assert_value(0, severity);
	assert_int_equal(check.rows[0].status, CHECK_FAIL);
	assert_int_equal(check.rows[1].status, CHECK_PASS);
}

UNIT_TEST(a_severity) { assert_severity(60, 2); }

UNIT_TEST(a_severity_of_few) { assert_severity(4, 1); }

UNIT_TEST(none)
{
	limit_heap("gc", WHEN_LAST, "max_leak_per_hour", WHOLE(0));
	begin();
	for (unsigned i = 0; i < 30; i++) { /* that needs no times */
		struct moment moment = { .kind = MOMENT_SAMPLE,
					 .n_boot = n_boot,
					 .state = sample_of(60000, TOTAL_BYTES - 60000, NOT_KNOWN),
					 .timeline_us = NOT_KNOWN,
					 .collected = true };
		assert_int_equal(check_moment(&check, CHECK_NOW, &moment), 0);
	}
	offer_heaps();
	assert_value(0, 0);
	assert_int_equal(check.rows[0].status, CHECK_PASS);
}

/* Figures alone do not show that there is none, but that there is no large one. */
UNIT_TEST(at_most)
{
	limit_heap("gc", WHEN_LAST, "max_leak_per_hour", WHOLE(1000));
	limit_heap("gc", WHEN_LAST, "max_leak_per_hour", WHOLE(1000000));
	begin();
	live(CHECK_NOW, 60, 0, 0, STEP_US);
	offer_heaps();
	assert_fault(0, "not certain: no leak shows in 59 collections, but one of up to ");
	assert_int_equal(check.rows[1].status, CHECK_PASS);
	assert_true(check.rows[1].value.amount > 1000 && check.rows[1].value.amount < 1000000);
}

/* As one that has it alone: the other one is no later moment of it. */
UNIT_TEST(two_pools_of_one_name)
{
	int64_t alone = 0;

	limit_heap("gc", WHEN_LAST, "max_leak_per_hour", WHOLE(0));
	for (int n_pools = 1; n_pools <= 2; n_pools++) {
		begin();
		for (unsigned i = 0; i < 40; i++) {
			struct moment moment = { .timeline_us = i * UINT64_C(60000000),
						 .n_boot = n_boot,
						 .collected = true };
			struct heap heap;
			char blocks[65] = "";
			heap_init(&heap);
			for (unsigned k = 0; k < 64; k++)
				blocks[k] = k < 10 + i ? 'h' : '.';
			add_pool(&heap, "gc", 0x1000, blocks);
			if (n_pools == 2)
				add_pool(&heap, "gc", 0x9000, "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh.");
			heap_seal(&heap);
			moment.heap = &heap;
			assert_int_equal(check_moment(&check, CHECK_NOW, &moment), 0);
			heap_deinit(&heap);
		}
		offer_heaps();
		if (n_pools == 1)
			alone = check.rows[0].value.amount;
		assert_value(0, alone);
		tear_down();
	}
	assert_true(alone > 900);
}

/* Less than a byte an hour is one: at most 0 is none at all. */
UNIT_TEST(a_small_leak)
{
	limit_heap("gc", WHEN_LAST, "max_leak_per_hour", WHOLE(0));
	begin();
	live(CHECK_NOW, 60, 800, 0, UINT64_C(100000000000000));
	offer_heaps();
	assert_value(0, 1);
	assert_int_equal(check.rows[0].status, CHECK_FAIL);
}

UNIT_TEST(without_times)
{
	limit_heap("gc", WHEN_LAST, "max_leak_per_hour", WHOLE(1000000));
	begin();
	live(CHECK_NOW, 60, 800, 0, 0);
	offer_heaps();
	assert_fault(0, "it leaks about ");
	assert_fault(0, " B a sample, but the log has no times");
	assert_int_equal(check_worst(&check), CHECK_ERROR);
	tear_down();

	begin();
	live(CHECK_NOW, 1, 800, 5000000000, STEP_US);
	live(CHECK_NOW, 60, 800, 0, STEP_US);
	offer_heaps();
	assert_fault(0, "times go backwards");
}

UNIT_TEST(too_early)
{
	limit_heap("gc", WHEN_LAST, "max_leak_per_hour", WHOLE(1000000));
	begin();
	live(CHECK_NOW, 1, 0, 0, STEP_US);
	offer_heaps();
	assert_fault(0, "too early to judge: 8 collections are needed, and the log has 0");
	tear_down();

	begin();
	live(CHECK_NOW, 4, 0, 0, STEP_US);
	offer_heaps();
	assert_fault(0, "too early to judge: 8 collections are needed");
}

UNIT_TEST(steps)
{
	limit_heap("gc", WHEN_LAST, "max_leak_per_hour", WHOLE(1000000));
	begin();
	uint64_t at_us = 0;
	for (int i = 0; i < 60; i++) {
		uint64_t used = (i < 30 ? 60000 : 90000) + (uint64_t)(i % 3) * 16;
		struct moment moment = {
			.kind = MOMENT_SAMPLE,
			.n_boot = n_boot,
			.state = sample_of(used, TOTAL_BYTES - used, NOT_KNOWN),
			.timeline_us = at_us += STEP_US,
			.collected = true,
		};
		assert_int_equal(check_moment(&check, CHECK_NOW, &moment), 0);
	}
	offer_heaps();
	assert_fault(0, "not certain: over 60 collections, memory in use neither rises steadily nor stays level");
}

UNIT_TEST(growth)
{
	int64_t now = (int64_t)ceil(slope_of(60, 800)), base = (int64_t)ceil(slope_of(60, 500));

	limit_heap("gc", WHEN_LAST, "max_leak_growth", WHOLE(1000));
	begin();
	live(CHECK_NOW, 60, 800, 0, STEP_US);
	live(CHECK_BASE, 60, 500, 0, STEP_US);
	offer_heaps();
	assert_value(0, now - base);
	assert_int_equal(check.rows[0].base.amount, base);
	assert_int_equal(check.rows[0].status, CHECK_FAIL);
	tear_down();

	begin();
	live(CHECK_NOW, 60, 800, 0, STEP_US);
	live(CHECK_BASE, 1, 500, 0, STEP_US);
	offer_heaps();
	assert_fault(0, "in the baseline: too early to judge");
	tear_down();

	begin();
	live(CHECK_NOW, 60, 800, 0, STEP_US);
	give_told(CHECK_BASE, "idf.0", 1000, 500, 500);
	offer_heaps();
	assert_fault(0, "in the baseline: no heap named 'gc'; there is idf.0");
}

/* ---- dumps, and lives ---- */

/* A dump right after a collection: so many blocks of dicts, and a tuple. */
static void give_dump(uint64_t at_us, size_t n_dict, size_t n_float)
{
	char blocks[201];
	struct heap heap;

	memset(blocks, '.', sizeof(blocks));
	memset(blocks, '=', n_dict);
	blocks[0] = 'D';
	blocks[n_dict] = 'T';
	memset(blocks + n_dict + 1, 'F', n_float);
	blocks[200] = '\0';
	heap_init(&heap);
	add_pool(&heap, "gc", 0x20000000, blocks);
	heap_seal(&heap);
	struct moment moment = { .heap = &heap, .timeline_us = at_us, .collected = true, .n_boot = n_boot };
	assert_int_equal(check_moment(&check, CHECK_NOW, &moment), 0);
	heap_deinit(&heap);
}

UNIT_TEST(kinds_that_grew_in_a_life)
{
	static const struct figure_part want[] = { { "dict", 39 * 2 * BLOCK_BYTES, 88 * BLOCK_BYTES },
						   { "float", 39 * BLOCK_BYTES, 40 * BLOCK_BYTES } };

	limit_heap("gc", WHEN_LAST, "max_leak_per_hour", WHOLE(0));
	begin();
	for (size_t i = 0; i < 40; i++) /* a life that is judged */
		give_dump(i * STEP_US, 10 + 2 * i, 1 + i);
	n_boot++;
	for (size_t i = 40; i < 43; i++) /* and one that is too short for that */
		give_dump(i * STEP_US, 100, 0);
	offer_heaps();
	double per_hour = 3.0 * BLOCK_BYTES * 3600 / (STEP_US / 1e6);
	assert_true(check.rows[0].value.known);
	assert_true(fabs((double)check.rows[0].value.amount - per_hour) <= 1);
	assert_int_equal(check.rows[0].n_causes, ARRAY_SIZE(want));
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		assert_string_equal(check.rows[0].causes[i].name, want[i].name);
		assert_int_equal(check.rows[0].causes[i].delta_bytes, want[i].delta_bytes);
		assert_u64_equal(check.rows[0].causes[i].size_bytes, want[i].size_bytes);
	}
}

/* The last life that is long enough, whatever came before. */
UNIT_TEST(the_life_that_is_told)
{
	limit_heap("gc", WHEN_LAST, "max_leak_per_hour", WHOLE(0));
	begin();
	for (size_t i = 0; i < 40; i++)
		give_dump(i * STEP_US, 10 + 2 * i, 1);
	n_boot++;
	n_boot++;
	for (size_t i = 40; i < 80; i++)
		give_dump(i * STEP_US, 10, 1 + i % 2);
	offer_heaps();
	assert_value(0, 0);
	assert_int_equal(check.rows[0].status, CHECK_PASS);
}

/* Dumps and samples are one history: neither alone has enough collections. */
UNIT_TEST(samples_count_where_there_are_dumps)
{
	limit_heap("gc", WHEN_LAST, "max_leak_per_hour", WHOLE(0));
	limit_heap("gc", WHEN_EVERY, "max_used", WHOLE(1));
	begin();
	for (size_t i = 0; i < 8; i++) {
		give_dump(2 * i * STEP_US, 10, 1);
		struct moment moment = {
			.kind = MOMENT_SAMPLE,
			.n_boot = n_boot,
			.state = sample_of(12 * BLOCK_BYTES, 188 * BLOCK_BYTES, NOT_KNOWN),
			.timeline_us = (2 * i + 1) * STEP_US,
			.collected = true,
		};
		assert_int_equal(check_moment(&check, CHECK_NOW, &moment), 0);
	}
	offer_heaps();
	assert_value(0, 0);
	assert_value(1, 12 * BLOCK_BYTES);
}

UNIT_TEST(of_another_heap)
{
	struct pool_moment moment = {
		.pool = idf_pool("idf.0", 100000, 0, NOT_KNOWN),
		.n_boot = n_boot,
	};

	limit_heap("idf.0", WHEN_LAST, "max_leak_per_hour", WHOLE(1));
	limit_heap("*", WHEN_LAST, "max_leak_per_hour", WHOLE(1));
	begin();
	live(CHECK_NOW, 60, 0, 0, STEP_US);
	for (uint64_t i = 0; i < 40; i++) {
		moment.pool.reported.free_bytes = 90000 - 100 * i;
		moment.state = pool_state_of_figures(&moment.pool);
		moment.timeline_us = i * 3600000000;
		assert_int_equal(check_pool(&check, CHECK_NOW, &moment), 0);
	}
	offer_heaps();
	assert_value(0, 100);
	assert_value(1, 100);
	assert_string_equal(check.rows[1].found, "idf.0");
}

UNIT_TEST(more_than_can_be_followed)
{
	char name[EVENT_NAME_BYTES];

	limit_heap("idf.*", WHEN_LAST, "max_leak_per_hour", WHOLE(1));
	limit_heap("idf.*", WHEN_LAST, "min_free", WHOLE(100));
	begin();
	for (int i = 0; i <= HEAP_POOLS_MAX; i++) {
		snprintf(name, sizeof(name), "idf.%d", i);
		give_told(CHECK_NOW, name, 1000, 400 + (uint64_t)i, 300);
	}
	offer_heaps();
	assert_fault(0, "more heaps match than can be followed");
	assert_value(1, 400);
}
