/* What is said of a heap as a whole, as data: views word and colour it. Pure: no I/O, no clock. */
#ifndef MEMPROF_VERDICT_H
#define MEMPROF_VERDICT_H

#include "memprof/analysis/pools.h"
#include "memprof/analysis/trend.h"

enum severity {
	SEVERITY_FINE,
	SEVERITY_LOOK,
	SEVERITY_ACT, /* it has failed, or will */
};

/* Of one moment's pools, what came before it, and whether an allocation failed. trend: NULL: not known. */
enum severity verdict_severity(const struct pool_standings *pools, const struct trend_result *trend, bool has_failed);

#endif
