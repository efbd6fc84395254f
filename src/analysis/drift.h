/* Whether values in a row go somewhere: a rank test, and what guards it where values are not
 * independent, or where there was one step and no more. */
#ifndef MEMPROF_DRIFT_H
#define MEMPROF_DRIFT_H

#include <stdbool.h>
#include <stddef.h>

#include "memprof/trend.h"
#include "theil_sen.h"

/* floor_below: a value that is wrong is too high rather than too low. n is at most THEIL_SEN_MAX;
 * below TREND_MINIMA_LEAST it is TREND_UNKNOWN. ret_p is the p of the rank test in the direction
 * of the values, NAN if unknown. ret_n_skipped: how many of the first the verdict leaves out. */
enum trend_verdict drift_verdict(const struct point *points, size_t n, bool floor_below,
				 double *ret_p, size_t *ret_n_skipped);

#endif
