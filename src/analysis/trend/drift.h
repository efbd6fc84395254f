/* Whether values in a row go somewhere: a rank test, and what guards it where values are not
 * independent, or where there was one step and no more. */
#ifndef MEMPROF_DRIFT_H
#define MEMPROF_DRIFT_H

#include <stdbool.h>
#include <stddef.h>

#include "memprof/analysis/trend.h"
#include "trend/theil_sen.h"

struct drift {
	enum trend_verdict verdict; /* TREND_UNKNOWN below TREND_MINIMA_LEAST points */
	bool stopped;               /* it is steady, but it went somewhere, and goes on no more */
	double p;                   /* of the rank test in the direction of the values; NAN */
	size_t n_skipped;           /* how many of the first the verdict leaves out */
};

/* floor_below: a value that is wrong is too high rather than too low. least: what it must go by from
 * the first to the last. n is at most THEIL_SEN_MAX. */
void drift_judge(const struct point *points, size_t n, bool floor_below, double least, struct drift *ret);

#endif
