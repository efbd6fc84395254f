/* What is said of a heap as a whole, as data: views word and colour it, and work nothing out. Pure: no I/O, no clock.
 */
#ifndef MEMPROF_VERDICT_H
#define MEMPROF_VERDICT_H

#include "memprof/analysis/pools.h"
#include "memprof/analysis/trend.h"

enum verdict_state {
	VERDICT_UNKNOWN,
	VERDICT_OK,
	VERDICT_FRAGMENTED, /* or a size that is needed does not fit */
	VERDICT_FULL,       /* or nearly */
	VERDICT_DAMAGED,
	VERDICT_FAILED, /* an allocation did */
	VERDICT_GROWING,
	VERDICT_LEAKING,
};

enum verdict_severity { SEVERITY_FINE, SEVERITY_LOOK, SEVERITY_ACT };

struct verdict {
	enum verdict_state state;
	enum verdict_severity severity;
	const char *pool; /* that it is about, borrowed; NULL */
};

/* Of one moment's pools, what came before it, and whether an allocation failed. trend: NULL: not known. */
struct verdict verdict_of(const struct pool_standings *pools, const struct trend_result *trend, bool has_failed);

#endif
