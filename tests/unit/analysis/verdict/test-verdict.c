#include "memprof/analysis/verdict.h"

#include "unit.h"

static struct verdict verdict_on(enum health health, bool lacks, enum leak_verdict leak, bool has_failed)
{
	static struct heap_pool pool = { .name = "gc" };
	static struct trend_pool_result grows = { .name = "grows" };
	const struct trend_result trend = { .pools = &grows, .n_pools = 1 };
	struct pool_standings pools = { .n = 1, .all = { { .pool = &pool, .health = health, .lacks = lacks } } };

	grows.verdict = leak;
	grows.leaks = leak == LEAK_LEAKING || leak == LEAK_GROWING;
	return verdict_of(&pools, &trend, has_failed);
}

UNIT_TEST(the_worst_is_said)
{
	static const struct {
		enum health health;
		bool lacks;
		enum leak_verdict leak;
		bool has_failed;
		enum verdict_state state;
		enum verdict_severity severity;
		const char *pool;
	} rows[] = {
		{ HEALTH_ROOM, false, LEAK_STEADY, false, VERDICT_OK, SEVERITY_FINE, "gc" },
		{ HEALTH_SPLIT, false, LEAK_UNKNOWN, false, VERDICT_OK, SEVERITY_FINE, "gc" },
		{ HEALTH_ROOM, true, LEAK_STEADY, false, VERDICT_FRAGMENTED, SEVERITY_ACT, "gc" },
		{ HEALTH_FRAGMENTED, false, LEAK_STEADY, false, VERDICT_FRAGMENTED, SEVERITY_LOOK, "gc" },
		{ HEALTH_NEARLY_FULL, false, LEAK_STEADY, false, VERDICT_FULL, SEVERITY_LOOK, "gc" },
		{ HEALTH_NEARLY_FULL, true, LEAK_STEADY, false, VERDICT_FULL, SEVERITY_ACT, "gc" },
		{ HEALTH_FULL, false, LEAK_STEADY, false, VERDICT_FULL, SEVERITY_ACT, "gc" },
		{ HEALTH_DAMAGED, true, LEAK_STEADY, false, VERDICT_DAMAGED, SEVERITY_ACT, "gc" },
		{ HEALTH_UNKNOWN, false, LEAK_UNKNOWN, false, VERDICT_UNKNOWN, SEVERITY_LOOK, "gc" },
		{ HEALTH_ROOM, false, LEAK_STEADY, true, VERDICT_FAILED, SEVERITY_ACT, "gc" },
		{ HEALTH_ROOM, false, LEAK_LEAKING, true, VERDICT_LEAKING, SEVERITY_ACT, "grows" },
		{ HEALTH_FULL, false, LEAK_GROWING, false, VERDICT_GROWING, SEVERITY_ACT, "grows" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct verdict v = verdict_on(rows[i].health, rows[i].lacks, rows[i].leak, rows[i].has_failed);
		assert_int_equal(v.state, rows[i].state);
		assert_int_equal(v.severity, rows[i].severity);
		assert_string_equal(v.pool, rows[i].pool);
	}
}

UNIT_TEST(of_nothing_nothing_is_known)
{
	const struct pool_standings none = { .n = 0 };
	struct verdict v = verdict_of(&none, NULL, false);

	assert_int_equal(v.state, VERDICT_UNKNOWN);
	assert_null(v.pool);
	assert_int_equal(verdict_of(&none, NULL, true).severity, SEVERITY_ACT);
}
