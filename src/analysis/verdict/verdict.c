#include "memprof/analysis/verdict.h"

#include <math.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"

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

static void set_pool(struct verdict *ret, const char *name, size_t n_bytes)
{
	char before[sizeof(ret->pool)];

	memcpy(before, ret->pool, sizeof(before));
	text_copy(ret->pool, sizeof(ret->pool), name, n_bytes);
	if (strcmp(before, ret->pool) != 0)
		ret->room = POOL_STATE_NOT_KNOWN;
}

/* The pools as they are. */
static void of_pools(const struct pool_standings *pools, struct verdict *ret)
{
	const struct pool_standing *worst = &pools->all[pools->i_worst];

	ret->state = by_health[worst->health].state;
	ret->severity = by_health[worst->health].severity;
	set_pool(ret, worst->pool->name, pool_group_name(worst->pool));
	ret->room = worst->summary;
	ret->n_pools = pools->n;
	if (worst->lacks) {
		ret->severity = SEVERITY_ACT;
		if (ret->state == VERDICT_OK || ret->state == VERDICT_UNKNOWN)
			ret->state = VERDICT_FULL;
	}
}

/* is_last: of the last collection, else of the first. */
static uint64_t floor_of(const struct trend_pool_result *pool, bool is_last)
{
	size_t n = pool->by_objects ? survival_n_floors(pool->tables) : pool->n_minima, i = is_last ? n - 1 : 0;

	if (n == 0)
		return NOT_KNOWN;
	return pool->by_objects ? survival_floor_bytes(pool->tables, i).used_bytes : pool->minima[i].value[TREND_USED];
}

/* The pool that matters most, over time. */
static void of_trend(const struct trend_pool_result *pool, const char *held_by, struct verdict *ret)
{
	bool is_calm = ret->state == VERDICT_OK || ret->state == VERDICT_UNKNOWN;

	ret->no_collector = pool->no_collector;
	ret->n_collections = pool->n_collections;
	ret->n_needed = SUSPICION_COLLECTIONS_LEAST;
	ret->first_floor_bytes = floor_of(pool, false);
	ret->last_floor_bytes = floor_of(pool, true);
	if (pool->is_suspected) {
		if (!is_calm)
			return;
		ret->state = VERDICT_SUSPECTED;
		ret->severity = SEVERITY_LOOK;
		set_pool(ret, pool->name, strlen(pool->name));
	} else if (pool->leaks) {
		ret->state = pool->verdict == LEAK_GROWING ? VERDICT_GROWING : VERDICT_LEAKING;
		ret->severity = SEVERITY_ACT;
		set_pool(ret, pool->name, strlen(pool->name));
		ret->holder = held_by;
		ret->bytes_per_collection = pool->no_collector ? pool->leak.per_sample : pool->bytes_per_collection;
		ret->bytes_per_hour = pool->leak.per_hour;
		ret->ends_least_us = pool->ends_least_us;
		ret->ends_most_us = pool->ends_most_us;
	} else if (pool->fragments && is_calm) {
		ret->state = VERDICT_FRAGMENTED;
		ret->severity = SEVERITY_LOOK;
		set_pool(ret, pool->name, strlen(pool->name));
	} else if (is_calm) {
		bool is_told = pool->verdict == LEAK_STEADY;
		if (ret->state == VERDICT_UNKNOWN)
			set_pool(ret, pool->name, strlen(pool->name));
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
		.room = POOL_STATE_NOT_KNOWN,
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
	if (worst) {
		ret->n_pools = MAX(ret->n_pools, trend->n_pools);
		of_trend(worst, trend->held_by, ret);
	}
	if (!has_failed)
		return;
	ret->severity = SEVERITY_ACT;
	if (!verdict_accuses(ret))
		ret->state = VERDICT_FAILED;
}

bool verdict_renew(const struct boots *boots, const struct pool_standings *pools, uint64_t now_us, uint64_t *judged_us,
		   struct verdict *ret)
{
	enum { EVERY_US = 1000000 };
	struct trend_result trend;
	struct boot_info boot;

	if (*judged_us && now_us < *judged_us + EVERY_US)
		return false;
	*judged_us = now_us;
	if (boots_n_samples(boots) == 0 || boots_work_out(boots, &trend, &boot) < 0)
		return false;
	verdict_of(pools, &trend, &boot, false, ret);
	trend_result_deinit(&trend);
	return true;
}

bool verdict_accuses(const struct verdict *v) { return v->state == VERDICT_LEAKING || v->state == VERDICT_GROWING; }
