#include "memprof/analysis/verdict.h"

/* By health; a need that is not met is worse than what the pool is by itself. */
static struct verdict of_pool(const struct pool_standing *worst)
{
	static const struct verdict by_health[] = {
		[HEALTH_UNKNOWN] = { VERDICT_UNKNOWN, SEVERITY_LOOK, NULL },
		[HEALTH_ROOM] = { VERDICT_OK, SEVERITY_FINE, NULL },
		[HEALTH_SPLIT] = { VERDICT_OK, SEVERITY_FINE, NULL },
		[HEALTH_FRAGMENTED] = { VERDICT_FRAGMENTED, SEVERITY_LOOK, NULL },
		[HEALTH_NEARLY_FULL] = { VERDICT_FULL, SEVERITY_LOOK, NULL },
		[HEALTH_FULL] = { VERDICT_FULL, SEVERITY_ACT, NULL },
		[HEALTH_DAMAGED] = { VERDICT_DAMAGED, SEVERITY_ACT, NULL },
	};
	struct verdict ret = by_health[worst->health];

	if (worst->lacks && ret.severity < SEVERITY_ACT)
		ret = (struct verdict){ ret.state == VERDICT_FULL ? VERDICT_FULL : VERDICT_FRAGMENTED, SEVERITY_ACT,
					NULL };
	ret.pool = worst->pool->name;
	return ret;
}

struct verdict verdict_of(const struct pool_standings *pools, const struct trend_result *trend, bool has_failed)
{
	const struct trend_pool_result *grows = trend ? trend_worst(trend) : NULL;
	struct verdict ret = { VERDICT_UNKNOWN, SEVERITY_LOOK, NULL };

	if (pools->n > 0)
		ret = of_pool(&pools->all[pools->i_worst]);
	if (has_failed)
		ret = (struct verdict){ VERDICT_FAILED, SEVERITY_ACT, ret.pool };
	if (grows && grows->leaks)
		ret = (struct verdict){ grows->verdict == LEAK_GROWING ? VERDICT_GROWING : VERDICT_LEAKING,
					SEVERITY_ACT, grows->name };
	return ret;
}
