#include "memprof/analysis/verdict.h"

#include <math.h>

const char *verdict_state_name(enum verdict_state state)
{
	static const char *const names[] = {
		[VERDICT_OK] = "ok",           [VERDICT_WATCHING] = "watching", [VERDICT_SUSPECTED] = "suspected",
		[VERDICT_LEAKING] = "leaking", [VERDICT_GROWING] = "growing",   [VERDICT_FRAGMENTED] = "fragmented",
		[VERDICT_FULL] = "full",       [VERDICT_DAMAGED] = "damaged",   [VERDICT_FAILED] = "failed",
		[VERDICT_UNKNOWN] = "unknown",
	};

	return names[state];
}

static const struct {
	enum verdict_state state;
	enum severity severity;
} by_health[] = {
	[HEALTH_UNKNOWN] = { VERDICT_UNKNOWN, SEVERITY_LOOK },
	[HEALTH_ROOM] = { VERDICT_OK, SEVERITY_FINE },
	[HEALTH_SPLIT] = { VERDICT_OK, SEVERITY_FINE },
	[HEALTH_FRAGMENTED] = { VERDICT_FRAGMENTED, SEVERITY_LOOK },
	[HEALTH_NEARLY_FULL] = { VERDICT_FULL, SEVERITY_LOOK },
	[HEALTH_FULL] = { VERDICT_FULL, SEVERITY_ACT },
	[HEALTH_DAMAGED] = { VERDICT_DAMAGED, SEVERITY_ACT },
};

/* The pools as they are. */
static void of_pools(const struct pool_standings *pools, struct verdict *ret)
{
	const struct pool_standing *worst = &pools->all[pools->i_worst];

	ret->state = by_health[worst->health].state;
	ret->severity = by_health[worst->health].severity;
	ret->pool = worst->pool->name;
	if (worst->lacks) {
		ret->severity = SEVERITY_ACT;
		if (ret->state == VERDICT_OK || ret->state == VERDICT_UNKNOWN)
			ret->state = VERDICT_FULL;
	}
}

static uint64_t floor_of(const struct trend_pool_result *pool, size_t i)
{
	return pool->n_minima > 0 ? pool->minima[i].value[TREND_USED] : NOT_KNOWN;
}

/* By the interval of its slope. */
static void set_ends(const struct trend_pool_result *pool, struct verdict *ret)
{
	const struct trend_slope *leak = &pool->leak;

	if (pool->exhausted_in_us == NOT_KNOWN || !(leak->low > 0) || !(leak->high >= leak->low))
		return;
	double least = (double)pool->exhausted_in_us * leak->per_sample / leak->high;
	double most = (double)pool->exhausted_in_us * leak->per_sample / leak->low;
	if (most > 1e18)
		return;
	ret->ends_least_us = (uint64_t)least;
	ret->ends_most_us = (uint64_t)most;
}

/* The pool that matters most, over time. */
static void of_trend(const struct trend_pool_result *pool, const char *held_by, struct verdict *ret)
{
	bool is_calm = ret->state == VERDICT_OK || ret->state == VERDICT_UNKNOWN;

	ret->n_collections = pool->n_collections;
	ret->n_needed = trend_collections_needed(pool);
	ret->first_floor_bytes = floor_of(pool, 0);
	ret->last_floor_bytes = floor_of(pool, pool->n_minima - 1);
	if (pool->leaks) {
		ret->state = pool->verdict == LEAK_GROWING ? VERDICT_GROWING : VERDICT_LEAKING;
		ret->severity = SEVERITY_ACT;
		ret->pool = pool->name;
		ret->holder = held_by;
		ret->bytes_per_collection = pool->bytes_per_collection;
		ret->bytes_per_hour = pool->leak.per_hour;
		set_ends(pool, ret);
	} else if (pool->fragments && is_calm) {
		ret->state = VERDICT_FRAGMENTED;
		ret->severity = SEVERITY_LOOK;
		ret->pool = pool->name;
	} else if (is_calm) {
		bool is_told = pool->verdict == LEAK_STEADY;
		if (ret->state == VERDICT_UNKNOWN)
			ret->pool = pool->name;
		ret->severity = is_told || ret->state == VERDICT_OK ? SEVERITY_FINE : SEVERITY_LOOK;
		ret->state = is_told ? VERDICT_OK : VERDICT_WATCHING;
	}
}

void verdict_of(const struct pool_standings *pools, const struct trend_result *trend, const struct boot_info *boot,
		bool has_failed, struct verdict *ret)
{
	const struct trend_pool_result *worst = trend ? trend_worst(trend) : NULL;

	*ret = (struct verdict){
		.state = VERDICT_UNKNOWN,
		.severity = SEVERITY_LOOK,
		.bytes_per_collection = NAN,
		.bytes_per_hour = NAN,
		.ends_least_us = NOT_KNOWN,
		.ends_most_us = NOT_KNOWN,
		.n_boots = boot ? boot->n_boots : 0,
		.first_floor_bytes = NOT_KNOWN,
		.last_floor_bytes = NOT_KNOWN,
	};
	if (pools && pools->n > 0)
		of_pools(pools, ret);
	if (worst)
		of_trend(worst, trend->held_by, ret);
	if (!has_failed)
		return;
	ret->severity = SEVERITY_ACT;
	if (ret->state != VERDICT_LEAKING && ret->state != VERDICT_GROWING)
		ret->state = VERDICT_FAILED;
}
