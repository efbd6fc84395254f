#include <math.h>

#include "memprof/analysis/verdict.h"
#include "unit.h"

UNIT_TEST(the_worst_is_said)
{
	static struct heap_pool pool = { .name = "gc" };
	static const struct {
		enum health health;
		bool lacks, leaks, has_failed;
		enum severity severity;
		enum verdict_state state;
	} rows[] = {
		{ HEALTH_ROOM, false, false, false, SEVERITY_FINE, VERDICT_WATCHING },
		{ HEALTH_SPLIT, false, false, false, SEVERITY_FINE, VERDICT_WATCHING },
		{ HEALTH_ROOM, true, false, false, SEVERITY_ACT, VERDICT_FULL },
		{ HEALTH_FRAGMENTED, false, false, false, SEVERITY_LOOK, VERDICT_FRAGMENTED },
		{ HEALTH_NEARLY_FULL, false, false, false, SEVERITY_LOOK, VERDICT_FULL },
		{ HEALTH_NEARLY_FULL, true, false, false, SEVERITY_ACT, VERDICT_FULL },
		{ HEALTH_FULL, false, false, false, SEVERITY_ACT, VERDICT_FULL },
		{ HEALTH_DAMAGED, false, false, false, SEVERITY_ACT, VERDICT_DAMAGED },
		{ HEALTH_UNKNOWN, false, false, false, SEVERITY_LOOK, VERDICT_WATCHING },
		{ HEALTH_ROOM, false, true, false, SEVERITY_ACT, VERDICT_LEAKING },
		{ HEALTH_FULL, false, true, true, SEVERITY_ACT, VERDICT_LEAKING },
		{ HEALTH_ROOM, false, false, true, SEVERITY_ACT, VERDICT_FAILED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct trend_pool_result grows = { .name = "gc", .leaks = rows[i].leaks };
		const struct trend_result trend = { .pools = &grows, .n_pools = 1 };
		const struct pool_standings pools = {
			.n = 1, .all = { { .pool = &pool, .health = rows[i].health, .lacks = rows[i].lacks } }
		};
		struct verdict v;
		verdict_of(&pools, &trend, NULL, rows[i].has_failed, &v);
		assert_int_equal(v.severity, rows[i].severity);
		assert_int_equal(v.state, rows[i].state);
		assert_string_equal(v.pool, "gc");
	}
}

UNIT_TEST(of_nothing_nothing_is_known)
{
	const struct pool_standings none = { .n = 0 };
	struct verdict v;

	verdict_of(&none, NULL, NULL, false, &v);
	assert_int_equal(v.severity, SEVERITY_LOOK);
	assert_int_equal(v.state, VERDICT_UNKNOWN);
	verdict_of(NULL, NULL, NULL, true, &v);
	assert_int_equal(v.severity, SEVERITY_ACT);
	assert_int_equal(v.state, VERDICT_FAILED);
	assert_string_equal(v.pool, "");
}

UNIT_TEST(a_leak_has_its_evidence)
{
	struct trend_minimum minima[] = { { .value = { 1000 } }, { .value = { 3000 } } };
	struct trend_pool_result grows = {
		.name = "gc",
		.leaks = true,
		.verdict = LEAK_LEAKING,
		.bytes_per_collection = 20,
		.ends_least_us = 100,
		.ends_most_us = 400,
		.n_collections = 14,
		.minima = minima,
		.n_minima = ARRAY_SIZE(minima),
	};
	const struct trend_result trend = { .pools = &grows, .n_pools = 1, .held_by = "handlers" };
	const struct boot_info boot = { .n_boots = 3 };
	struct verdict v;

	verdict_of(NULL, &trend, &boot, false, &v);
	assert_true(v.state == VERDICT_LEAKING && v.severity == SEVERITY_ACT && verdict_accuses(&v));
	assert_string_equal(v.holder, "handlers");
	assert_true(v.ends_least_us == 100 && v.ends_most_us == 400);
	assert_true(v.n_collections == 14 && v.n_needed == 12 && v.n_boots == 3 && v.first_floor_bytes == 1000 &&
		    v.last_floor_bytes == 3000);
	grows.is_suspected = true;
	verdict_of(NULL, &trend, &boot, false, &v);
	assert_true(v.state == VERDICT_SUSPECTED && v.severity == SEVERITY_LOOK && !verdict_accuses(&v));
	assert_true(v.ends_least_us == NOT_KNOWN && !v.holder);
	grows.is_suspected = grows.leaks = false;
	grows.verdict = LEAK_STEADY;
	verdict_of(NULL, &trend, &boot, false, &v);
	assert_true(v.state == VERDICT_OK && v.severity == SEVERITY_FINE && isnan(v.bytes_per_hour));
}
