#include "memprof/analysis/growth.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"

enum {
	CELLS_MAX = 48,  /* of equal allocation; of each, the last floor: the least of many would be lower than that of
			    few */
	CELLS_SOME = 12, /* a third of them is warm-up; of fewer, a quarter */
	CELLS_MANY = 16,
	CELLS_PLENTY = 24,
	HUNDREDTH = 100,
	CLEARLY_FALLS = 2, /* rises above what floors fell back by */
};

/* One-sided; how sure it is to be depends on how many cells there are to tell it by. */
static const double NORMAL_1_PERCENT = 2.326, NORMAL_1_5_PERCENT = 2.170, NORMAL_5_PERCENT = 1.645;
static const double SCATTERS = 1.5; /* rises above what floors scatter by */
/* The second half of the rise, in parts of the first; MAY_SLOW: if each step tends to be less than those before it. */
static const double MAY_SLOW = 0.85, FALLS_OFF = 0.6, SLOWS = 0.5, GOES_ON = 0.2, HAS_STOPPED = 0.1;
static const double STILL_RISES = 0.03; /* of the whole rise; less is level */

/* Of more bytes than that, what a broken log says, twice a difference would not fit. */
static const uint64_t BYTES_MAX = INT64_MAX / 4;

struct cells {
	size_t n;
	size_t i[CELLS_MAX]; /* of the floor */
	int64_t used[CELLS_MAX];
	int64_t envelope[CELLS_MAX];
};

static void fill(const struct growth_floor *floors, size_t n, struct cells *c)
{
	double from = floors[0].at, span = floors[n - 1].at - from;
	size_t last = SIZE_MAX;

	c->n = 0;
	for (size_t i = 0; i < n; i++) {
		double part = (floors[i].at - from) / span * CELLS_MAX;
		size_t cell = n <= CELLS_MAX || !(span > 0) ? i : MIN((size_t)part, (size_t)CELLS_MAX - 1);
		int64_t used = (int64_t)MIN(floors[i].used, BYTES_MAX);
		if (cell != last && c->n == CELLS_MAX)
			break;
		c->n += cell != last;
		last = cell;
		c->used[c->n - 1] = used;
		c->i[c->n - 1] = i;
	}
	int64_t least = INT64_MAX;
	for (size_t k = c->n; k-- > 0;) {
		least = MIN(least, c->used[k]);
		c->envelope[k] = least;
	}
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* By how much floors lie above the envelope: the median. */
static int64_t scatter(const struct cells *c, size_t begin)
{
	int64_t above[CELLS_MAX];
	size_t n = c->n - begin;

	for (size_t k = 0; k < n; k++)
		above[k] = c->used[begin + k] - c->envelope[begin + k];
	qsort(above, n, sizeof(*above), compare);
	return above[n / 2];
}

/* By how much they fell back at most. */
static int64_t fallback(const struct cells *c, size_t begin)
{
	int64_t highest = 0, most = 0;

	for (size_t k = begin; k < c->n; k++) {
		highest = MAX(highest, c->used[k]);
		most = MAX(most, highest - c->used[k]);
	}
	return most;
}

/* By how much the last third lies above the first: medians. */
static int64_t climb(const struct cells *c, size_t begin)
{
	size_t n = (c->n - begin) / 3;
	int64_t first[CELLS_MAX], last[CELLS_MAX];

	memcpy(first, c->used + begin, n * sizeof(*first));
	memcpy(last, c->used + c->n - n, n * sizeof(*last));
	qsort(first, n, sizeof(*first), compare);
	qsort(last, n, sizeof(*last), compare);
	return n > 0 ? last[n / 2] - first[n / 2] : 0;
}

/* The statistic of Mann and Kendall, in standard deviations; equal values are counted as such. */
static double rank_trend(const int64_t *values, size_t n)
{
	int64_t sorted[CELLS_MAX], s = 0;
	double m = (double)n, variance = m * (m - 1) * (2 * m + 5);

	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			s += (values[k] > values[i]) - (values[k] < values[i]);
	memcpy(sorted, values, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare);
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && sorted[k] == sorted[i]; k++)
			;
		double t = (double)(k - i);
		variance -= t * (t - 1) * (2 * t + 5);
	}
	return s > 0 && variance > 0 ? (double)(s - 1) / sqrt(variance / 18) : 0;
}

/* Each step of the envelope between these cells tends to be less than those before it. */
static bool steps_lessen(const struct cells *c, size_t begin, size_t end)
{
	int64_t lessens[CELLS_MAX];

	for (size_t k = begin; k < end; k++)
		lessens[k - begin] = c->envelope[k] - c->envelope[k + 1];
	return rank_trend(lessens, end - begin) > NORMAL_5_PERCENT;
}

static bool slows(const struct cells *c, size_t begin, size_t end, double first, double second)
{
	return c->n >= CELLS_PLENTY &&
	       (second < SLOWS * first || (second < MAY_SLOW * first && steps_lessen(c, begin, end)));
}

/* A rank correlation that is hardly chance. */
static bool is_certain(const struct cells *c, double trend)
{
	return trend > (c->n >= CELLS_MANY ? NORMAL_1_PERCENT :
			c->n >= CELLS_SOME ? NORMAL_1_5_PERCENT :
					     NORMAL_5_PERCENT);
}

/* It is level at the end for twice as long as ever before, and an eighth of all, also by what floors are: one low floor
 * makes the envelope before it level. Few cells do not tell. */
static bool has_ended(const struct cells *c, size_t begin, int64_t rise)
{
	double little = STILL_RISES * (double)rise;
	size_t longest = 0, from = c->n - 1, last;

	while (from > begin && (double)(c->envelope[c->n - 1] - c->envelope[from - 1]) <= little)
		from--;
	for (size_t k = 0, since = 0; k <= from; k++) {
		while ((double)(c->envelope[k] - c->envelope[since]) > little)
			since++;
		longest = MAX(longest, k - since);
	}
	last = c->n - 1 - from;
	return c->n >= CELLS_PLENTY && last + 1 > MAX(2 * (longest + 1), c->n / 8) && (double)climb(c, from) <= little;
}

struct growth growth_judge(const struct growth_floor *floors, size_t n, uint64_t least)
{
	struct growth ret = { .pace = GROWTH_UNKNOWN };
	struct cells c;

	if (n < GROWTH_FLOORS_LEAST)
		return ret;
	fill(floors, n, &c);
	if (c.n < GROWTH_FLOORS_LEAST)
		return ret;
	size_t begin = c.n >= CELLS_SOME ? (c.n + 2) / 3 : c.n / 4;
	size_t end = c.n - 1 - MAX(c.n / 8, (size_t)1), middle = (begin + end) / 2;
	int64_t first = c.envelope[middle] - c.envelope[begin], second = c.envelope[end] - c.envelope[middle];
	int64_t rise = first + second, spread = scatter(&c, begin), one = (int64_t)MIN(least, BYTES_MAX);
	int64_t little = MAX(2 * one, c.envelope[begin] / HUNDREDTH), small = MAX(little, spread);
	double trend = rank_trend(c.used + begin, c.n - begin);
	ret.has_ended = rise > little && has_ended(&c, begin, rise);
	bool rises = (double)rise > SCATTERS * (double)spread && rise > little && rise > fallback(&c, begin) &&
		     second > 0 && (double)second >= GOES_ON * (double)first && !ret.has_ended;
	bool is_level = c.n >= CELLS_PLENTY && trend < NORMAL_5_PERCENT;
	bool has_stopped = second <= small && (double)second <= HAS_STOPPED * (double)first;

	ret.begin = c.i[begin];
	ret.end = c.i[end];
	ret.rise = (uint64_t)rise;
	double early = (double)first / (double)(c.i[middle] - c.i[begin]);
	double late = (double)second / (double)(c.i[end] - c.i[middle]);
	ret.least = MIN(early, late);
	ret.most = MAX(early, late);
	ret.is_clear = rise > CLEARLY_FALLS * fallback(&c, begin) &&
		       (c.n >= CELLS_PLENTY || (double)second >= FALLS_OFF * (double)first);
	if (is_certain(&c, trend) && rises)
		ret.pace = slows(&c, begin, end, (double)first, (double)second) ? GROWTH_SLOWS : GROWTH_GOES_ON;
	else if (is_certain(&c, trend) && climb(&c, begin) > little)
		ret.pace = GROWTH_UNKNOWN; /* it may hide in what they scatter by */
	else if (is_level || rise <= small || has_stopped)
		ret.pace = GROWTH_NONE;
	return ret;
}
