/* Values in a row are not independent: what is alive now is alive at the next collection too. And a
 * step (imports, a cache that fills) is not a leak. So three conditions must hold:
 *
 * 1. The rank test, which believes values to be independent, has a p of 0.01 or less.
 * 2. Groups of neighbours go along a line: its t is at least what comes in 1 % of cases by chance,
 *    times what it may be too large by where each value has MEMORY of the one before in it. Groups
 *    of many values have little to do with one another, and then that is near 1.
 * 3. The line explains the groups better than any single step does, and its later half goes on.
 *
 * If they do not hold for all values, they may without the first quarter: a program warms up. As for
 * the rank test, only the order of the values counts, not when they came: a leak goes with the work
 * that is done, and so do collections. tests/unit/test-trend-study.c shows how often all that is
 * right. */
#include "drift.h"

#include <math.h>
#include <stdlib.h>

#include "memprof/number.h"
#include "rank_test.h"

enum { GROUPS_LEAST = 12, GROUPS_MAX = 24, GROUP_VALUES = 4 };

static const double P_MAX = 0.01, MEMORY = 0.9, STEP_WORSE_BY = 5, LATER_LEAST = 0.3;

/* Student's t that is exceeded in 1 % of cases, by degrees of freedom from 3. */
static const double t_of_1_percent[] = {
	4.541, 3.747, 3.365, 3.143, 2.998, 2.896, 2.821, 2.764, 2.718, 2.681, 2.650,
	2.624, 2.602, 2.583, 2.567, 2.552, 2.539, 2.528, 2.518, 2.508,
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The mean of the lower half: a local minimum can be too high, if no collection was near. */
static double group(const struct point *points, size_t n, double sign)
{
	double y[THEIL_SEN_MAX], sum = 0;
	size_t n_lower = (n + 1) / 2;

	for (size_t i = 0; i < n; i++)
		y[i] = sign * points[i].y;
	qsort(y, n, sizeof(*y), compare);
	for (size_t i = 0; i < n_lower; i++)
		sum += y[i] / (double)n_lower;
	return sign * sum;
}

struct line {
	double slope, error, scatter;   /* scatter: squares around it, summed */
};

static double mean_y(const struct point *p, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += p[i].y / (double)n;
	return sum;
}

static struct line fit(const struct point *p, size_t n)
{
	struct line line = { 0, 0, 0 };
	double x = 0, y = mean_y(p, n), xx = 0, xy = 0;

	for (size_t i = 0; i < n; i++)
		x += p[i].x / (double)n;
	for (size_t i = 0; i < n; i++) {
		xx += (p[i].x - x) * (p[i].x - x);
		xy += (p[i].x - x) * (p[i].y - y);
	}
	if (xx > 0)
		line.slope = xy / xx;
	for (size_t i = 0; i < n; i++) {
		double off = p[i].y - y - line.slope * (p[i].x - x);
		line.scatter += off * off;
	}
	if (xx > 0)
		line.error = sqrt(line.scatter / (double)(n - 2) / xx);
	return line;
}

static double scatter_around_mean(const struct point *p, size_t n)
{
	double mean = mean_y(p, n), sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (p[i].y - mean) * (p[i].y - mean);
	return sum;
}

/* What the best single step leaves unexplained. */
static double scatter_around_step(const struct point *p, size_t n)
{
	double least = INFINITY;

	for (size_t i = 1; i < n; i++)
		least = MIN(least, scatter_around_mean(p, i) + scatter_around_mean(p + i, n - i));
	return least;
}

/* By how much t is too large: sqrt((1 + r) / (1 - r)), where r is what the means of two neighbouring
 * groups of g values have in common. Of values with autocorrelation MEMORY^k, sums of g have the
 * variance and the covariance below. */
static double too_large_by(double g)
{
	double a = MEMORY, faded = (1 - pow(a, g)) / (1 - a);
	double variance = (g * (1 + a) - 2 * a * faded) / (1 - a), covariance = a * faded * faded;
	double r = covariance / variance;

	return sqrt((1 + r) / (1 - r));
}

/* Few values stand for themselves; many are grouped, so that groups have four at least. */
static size_t groups_of(size_t n)
{
	return MIN(n, MIN(MAX(n / GROUP_VALUES, (size_t)GROUPS_LEAST), (size_t)GROUPS_MAX));
}

/* +1 or -1 if the groups go up or down along a line and go on doing so, else 0. */
static int direction(const struct point *points, size_t n, double sign)
{
	struct point groups[GROUPS_MAX];
	size_t n_groups = groups_of(n), i_later = n_groups / 2;

	for (size_t i = 0; i < n_groups; i++) {
		size_t from = i * n / n_groups, to = (i + 1) * n / n_groups;
		groups[i].x = (double)(from + to - 1) / 2;
		groups[i].y = group(points + from, to - from, sign);
	}
	struct line all = fit(groups, n_groups), later = fit(groups + i_later, n_groups - i_later);
	double t_least = t_of_1_percent[n_groups - TREND_MINIMA_LEAST] *
			 too_large_by((double)n / (double)n_groups);
	double variance = all.scatter / (double)(n_groups - 2);

	if (!(fabs(all.slope) > t_least * all.error))
		return 0;
	if (!(scatter_around_step(groups, n_groups) - all.scatter >= STEP_WORSE_BY * variance))
		return 0;
	if (!(later.slope / all.slope >= LATER_LEAST))
		return 0;
	return all.slope > 0 ? 1 : -1;
}

static enum trend_verdict judge(const struct point *points, size_t n, double sign, double *ret_p)
{
	double y[THEIL_SEN_MAX];
	struct rank_test test;

	for (size_t i = 0; i < n; i++)
		y[i] = points[i].y;
	rank_test(y, n, &test);
	*ret_p = MIN(test.p_rising, test.p_falling);
	if (*ret_p > P_MAX)
		return TREND_STEADY;
	int way = direction(points, n, sign);
	if (way > 0 && test.p_rising <= P_MAX)
		return TREND_RISING;
	return way < 0 && test.p_falling <= P_MAX ? TREND_FALLING : TREND_STEADY;
}

enum trend_verdict drift_verdict(const struct point *points, size_t n, bool floor_below,
				 double *ret_p, size_t *ret_n_skipped)
{
	double sign = floor_below ? 1 : -1, p;
	size_t n_warm = n / 4;

	*ret_p = NAN;
	*ret_n_skipped = 0;
	if (n < TREND_MINIMA_LEAST)
		return TREND_UNKNOWN;
	enum trend_verdict verdict = judge(points, n, sign, ret_p);
	if (verdict != TREND_STEADY || n - n_warm < TREND_MINIMA_LEAST)
		return verdict;
	verdict = judge(points + n_warm, n - n_warm, sign, &p);
	if (verdict != TREND_STEADY) {
		*ret_p = p;
		*ret_n_skipped = n_warm;
	}
	return verdict;
}
