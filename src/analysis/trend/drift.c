/* Values in a row are not independent: what is alive now is alive at the next collection too. And
 * steps (imports, a cache that fills) and waves are no leaks. So all this must hold:
 *
 * 1. The rank test, which believes values to be independent, has a p of 0.01 or less.
 * 2. Groups of neighbours go along a line, by the least that the caller asks for or more. Its t is
 *    at least what comes in 1 % of cases by chance, times what it may be too large by where each
 *    value has MEMORY of the one before in it: near 1 for groups of many values.
 * 3. The line explains the values better than up to three steps do.
 * 4. It goes on: the last third goes the same way beyond chance, and a cubic through all groups
 *    neither slows down much at the end, nor goes the other way at the start.
 *
 * If they do not hold for all values, they may without the first quarter: a program warms up. As
 * for the rank test, only the order of the values counts, not when they came: a leak goes with the
 * work that is done, and so do collections. tests/unit/analysis/trend/test-study.c shows how often all that
 * is right. */
#include "trend/drift.h"

#include <math.h>
#include <stdlib.h>

#include "memprof/base/number.h"
#include "trend/rank_test.h"

enum { GROUPS_LEAST = 12, GROUPS_MAX = 24, GROUP_VALUES = 4, GROUPS_OF_CUBIC = 8 };
enum { STEPS_MAX = 3, VALUES_PER_STEP = 4, LEVELS_MAX = 20 };

static const double P_MAX = 0.01, MEMORY = 0.9;
static const double STEP_WORSE_BY = 3, MORE_STEPS_BETTER_BY = 2; /* variances; times log n */
static const double LATER_LEAST = 0.3, LATER_T_PART = 0.6, END_LEAST = 0.7, T_BENDS = 2.6;

/* Student's t that is exceeded in 1 % of cases, by degrees of freedom from 3. */
static const double t_of_1_percent[] = {
	4.541, 3.747, 3.365, 3.143, 2.998, 2.896, 2.821, 2.764, 2.718, 2.681,
	2.650, 2.624, 2.602, 2.583, 2.567, 2.552, 2.539, 2.528, 2.518, 2.508,
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The mean of the lower three quarters: a minimum can be too high, if no collection was near. */
static double group(const struct point *points, size_t n, double sign)
{
	double y[THEIL_SEN_MAX], sum = 0;
	size_t n_lower = (3 * n + 3) / 4;

	for (size_t i = 0; i < n; i++)
		y[i] = sign * points[i].y;
	qsort(y, n, sizeof(*y), compare);
	for (size_t i = 0; i < n_lower; i++)
		sum += y[i] / (double)n_lower;
	return sign * sum;
}

struct fitted_line {
	double slope, xx, scatter; /* squares of x, and of what is left of y, summed */
};

static double mean_y(const struct point *p, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += p[i].y / (double)n;
	return sum;
}

static struct fitted_line fit(const struct point *p, size_t n)
{
	struct fitted_line line = { 0, 0, 0 };
	double x = 0, y = mean_y(p, n), xy = 0;

	for (size_t i = 0; i < n; i++)
		x += p[i].x / (double)n;
	for (size_t i = 0; i < n; i++) {
		line.xx += (p[i].x - x) * (p[i].x - x);
		xy += (p[i].x - x) * (p[i].y - y);
	}
	if (line.xx > 0)
		line.slope = xy / line.xx;
	for (size_t i = 0; i < n; i++) {
		double off = p[i].y - y - line.slope * (p[i].x - x);
		line.scatter += off * off;
	}
	return line;
}

/* Sums of the first so many values, from which the scatter of any in a row follows at once. */
struct sums {
	double y[THEIL_SEN_MAX + 1], yy[THEIL_SEN_MAX + 1];
};

static double scatter_around_mean(const struct sums *sums, size_t from, size_t to)
{
	double y = sums->y[to] - sums->y[from], yy = sums->yy[to] - sums->yy[from];

	return MAX(yy - y * y / (double)(to - from), 0);
}

/* Whether up to three steps explain the values nearly as well as a line does. Each step more has
 * two figures more to fit, and must be so much better for that (Schwarz's criterion). */
static bool is_steps(const struct point *points, size_t n)
{
	struct point places[THEIL_SEN_MAX];
	double least[THEIL_SEN_MAX + 1]; /* what is left of the first so many values */
	size_t n_steps = MIN(n / VALUES_PER_STEP, (size_t)STEPS_MAX);
	size_t n_level = MAX(n / LEVELS_MAX, 2u);
	struct sums sums = { { 0 }, { 0 } };

	for (size_t i = 0; i < n; i++) {
		double y = points[i].y - points[0].y;
		places[i] = (struct point){ (double)i, y };
		sums.y[i + 1] = sums.y[i] + y;
		sums.yy[i + 1] = sums.yy[i] + y * y;
	}
	double left = fit(places, n).scatter, variance = left / (double)(n - 2);
	double worse_by = STEP_WORSE_BY * variance;
	for (size_t i = 0; i <= n; i++)
		least[i] = i < n_level ? INFINITY : scatter_around_mean(&sums, 0, i);
	for (size_t k = 0; k < n_steps; k++) {
		for (size_t to = n; to >= 2 * n_level; to--) /* those before still have a step less */
			for (size_t from = n_level; from + n_level <= to; from++)
				least[to] = MIN(least[to], least[from] + scatter_around_mean(&sums, from, to));
		if (!(least[n] - left >= worse_by))
			return true;
		worse_by -= MORE_STEPS_BETTER_BY * log((double)n) * variance;
	}
	return false;
}

/* Whether a cubic through the groups is, beyond chance, much slower than the line at the end, or
 * goes the other way at the start. */
static bool bends(const struct point *p, size_t n)
{
	double base[4][GROUPS_MAX], left[GROUPS_MAX], scatter = 0;
	double line = 0, start = 0, end = 0, start_error = 0, end_error = 0;

	if (n < GROUPS_OF_CUBIC)
		return false;
	for (size_t i = 0; i < n; i++)
		left[i] = p[i].y;
	for (size_t k = 0; k < 4; k++) { /* each power without what the ones before have of it */
		double size = 0, part = 0;
		for (size_t i = 0; i < n; i++)
			base[k][i] = pow((p[i].x - p[0].x) / (p[n - 1].x - p[0].x) * 2 - 1, (double)k);
		for (size_t j = 0; j < k; j++) {
			double common = 0;
			for (size_t i = 0; i < n; i++)
				common += base[k][i] * base[j][i];
			for (size_t i = 0; i < n; i++)
				base[k][i] -= common * base[j][i];
		}
		for (size_t i = 0; i < n; i++)
			size += base[k][i] * base[k][i];
		for (size_t i = 0; i < n; i++)
			part += left[i] * (base[k][i] /= sqrt(size));
		for (size_t i = 0; i < n; i++)
			left[i] -= part * base[k][i];
		double at_start = base[k][1] - base[k][0], at_end = base[k][n - 1] - base[k][n - 2];
		if (k < 2) {
			line += part * at_end;
			continue;
		}
		start += part * at_start;
		end += part * at_end;
		start_error += at_start * at_start;
		end_error += at_end * at_end;
	}
	for (size_t i = 0; i < n; i++)
		scatter += left[i] * left[i] / (double)(n - 4);
	double way = line > 0 ? 1 : -1, slower = -end * way, other_way = -start * way;
	return (slower > (1 - END_LEAST) * fabs(line) && slower > T_BENDS * sqrt(scatter * end_error)) ||
	       (other_way > fabs(line) && other_way > T_BENDS * sqrt(scatter * start_error));
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

struct course {
	int way; /* +1 or -1: up or down along a line, and it goes on; else 0 */
	bool stopped;
};

static struct course course_of(const struct point *points, size_t n, double sign, double least)
{
	struct point groups[GROUPS_MAX];
	size_t n_groups = groups_of(n), n_later = MAX(n_groups / 3, 2u);

	for (size_t i = 0; i < n_groups; i++) {
		size_t from = i * n / n_groups, to = (i + 1) * n / n_groups;
		groups[i].x = (double)(from + to - 1) / 2;
		groups[i].y = group(points + from, to - from, sign);
	}
	struct fitted_line all = fit(groups, n_groups), later = fit(groups + n_groups - n_later, n_later);
	double variance = all.scatter / (double)(n_groups - 2);
	double error = sqrt(variance / all.xx), later_error = sqrt(variance / later.xx);
	double t = t_of_1_percent[n_groups - TREND_MINIMA_LEAST];
	double t_least = t * too_large_by((double)n / (double)n_groups);
	int way = all.slope > 0 ? 1 : -1;
	double pace = all.slope * way, later_pace = later.slope * way;
	struct course none = { 0, false };

	if (!(pace > t_least * error) || pace * (double)(n - 1) < least)
		return none;
	none.stopped = later_pace + 2 * later_error < pace / 2;
	if (is_steps(points, n))
		return none;
	if (!(later_pace >= LATER_LEAST * pace && later_pace > LATER_T_PART * t * later_error))
		return none;
	return bends(groups, n_groups) ? none : (struct course){ way, false };
}

static void judge(const struct point *points, size_t n, double sign, double least, struct drift *ret)
{
	double y[THEIL_SEN_MAX];
	struct rank_test test;

	for (size_t i = 0; i < n; i++)
		y[i] = points[i].y;
	rank_test(y, n, &test);
	*ret = (struct drift){ .verdict = TREND_STEADY, .p = MIN(test.p_rising, test.p_falling) };
	if (ret->p > P_MAX)
		return;
	struct course course = course_of(points, n, sign, least);
	ret->stopped = course.stopped;
	if (course.way > 0 && test.p_rising <= P_MAX)
		ret->verdict = TREND_RISING;
	else if (course.way < 0 && test.p_falling <= P_MAX)
		ret->verdict = TREND_FALLING;
}

void drift_judge(const struct point *points, size_t n, bool floor_below, double least, struct drift *ret)
{
	double sign = floor_below ? 1 : -1;
	size_t n_warm = n / 4;
	struct drift later;

	*ret = (struct drift){ .verdict = TREND_UNKNOWN, .p = NAN };
	if (n < TREND_MINIMA_LEAST)
		return;
	judge(points, n, sign, least, ret);
	if (ret->verdict != TREND_STEADY || n - n_warm < TREND_MINIMA_LEAST)
		return;
	judge(points + n_warm, n - n_warm, sign, least, &later);
	double warms = fit(points, MAX(n_warm, 2u)).slope;
	if (later.verdict != (warms > 0 ? TREND_RISING : TREND_FALLING))
		return;
	*ret = later;
	ret->n_skipped = n_warm;
}
