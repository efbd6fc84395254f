#include "memprof/analysis/verdict.h"

enum severity verdict_severity(const struct pool_standings *pools, const struct trend_result *trend, bool has_failed)
{
	static const enum severity by_health[] = {
		[HEALTH_UNKNOWN] = SEVERITY_LOOK,     [HEALTH_ROOM] = SEVERITY_FINE,
		[HEALTH_SPLIT] = SEVERITY_FINE,       [HEALTH_FRAGMENTED] = SEVERITY_LOOK,
		[HEALTH_NEARLY_FULL] = SEVERITY_LOOK, [HEALTH_FULL] = SEVERITY_ACT,
		[HEALTH_DAMAGED] = SEVERITY_ACT,
	};
	const struct trend_pool_result *grows = trend ? trend_worst(trend) : NULL;
	const struct pool_standing *worst = &pools->all[pools->i_worst];

	if (has_failed || (grows && grows->leaks))
		return SEVERITY_ACT;
	if (pools->n == 0)
		return SEVERITY_LOOK;
	return worst->lacks ? SEVERITY_ACT : by_health[worst->health];
}
