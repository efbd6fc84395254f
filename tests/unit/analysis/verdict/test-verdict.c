#include "memprof/analysis/verdict.h"

#include "unit.h"

UNIT_TEST(the_worst_is_said)
{
	static struct heap_pool pool = { .name = "gc" };
	static const struct {
		enum health health;
		bool lacks, leaks, has_failed;
		enum severity severity;
	} rows[] = {
		{ HEALTH_ROOM, false, false, false, SEVERITY_FINE },
		{ HEALTH_SPLIT, false, false, false, SEVERITY_FINE },
		{ HEALTH_ROOM, true, false, false, SEVERITY_ACT },
		{ HEALTH_FRAGMENTED, false, false, false, SEVERITY_LOOK },
		{ HEALTH_NEARLY_FULL, false, false, false, SEVERITY_LOOK },
		{ HEALTH_NEARLY_FULL, true, false, false, SEVERITY_ACT },
		{ HEALTH_FULL, false, false, false, SEVERITY_ACT },
		{ HEALTH_DAMAGED, false, false, false, SEVERITY_ACT },
		{ HEALTH_UNKNOWN, false, false, false, SEVERITY_LOOK },
		{ HEALTH_ROOM, false, true, false, SEVERITY_ACT },
		{ HEALTH_ROOM, false, false, true, SEVERITY_ACT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct trend_pool_result grows = { .name = "gc", .leaks = rows[i].leaks };
		const struct trend_result trend = { .pools = &grows, .n_pools = 1 };
		const struct pool_standings pools = {
			.n = 1, .all = { { .pool = &pool, .health = rows[i].health, .lacks = rows[i].lacks } }
		};
		assert_int_equal(verdict_severity(&pools, &trend, rows[i].has_failed), rows[i].severity);
	}
}

UNIT_TEST(of_nothing_nothing_is_known)
{
	const struct pool_standings none = { .n = 0 };

	assert_int_equal(verdict_severity(&none, NULL, false), SEVERITY_LOOK);
	assert_int_equal(verdict_severity(&none, NULL, true), SEVERITY_ACT);
}
