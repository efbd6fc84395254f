/* The interval: the slopes that are C/2 places from the middle on both sides, where C is what
 * Kendall's S reaches by chance in 2.5 % of cases (Sen 1968, J. Am. Stat. Assoc. 63), by the normal distribution. That
 * is for values independent of one another. Where they hang together, n of them are worth n / m, m being 1 and
 * twice the sum of their autocorrelations up to the first that is not positive; C grows by its root. */
#include "trend/private.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "memprof/base/number.h"

enum { MEMORY_POINTS_LEAST = 10 };
static const double NORMAL_975 = 1.959964, HALF_STEP = 1; /* S goes in steps of two */
static const double WORTH_LEAST = 3, NOT_BETTER_KNOWN = 1, ROUNDING = 1e-24;

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median_of_3(double a, double b, double c)
{
	return a < b ? (b < c ? b : MAX(a, c)) : (a < c ? a : MAX(b, c));
}

/* Hoare's selection; what is equal to the pivot goes to both sides, so ties cost nothing. Values
 * made to be bad for it are sorted in the end. */
static double select_kth(double *values, size_t n, size_t k)
{
	ptrdiff_t low = 0, high = (ptrdiff_t)n - 1, at = (ptrdiff_t)k;

	assert(k < n);
	for (int n_rounds = 0; low < high; n_rounds++) {
		if (n_rounds == 64) {
			qsort(values + low, (size_t)(high - low + 1), sizeof(*values), compare);
			break;
		}
		double pivot = median_of_3(values[low], values[low + (high - low) / 2], values[high]);
		ptrdiff_t i = low, j = high;
		while (i <= j) {
			while (values[i] < pivot)
				i++;
			while (values[j] > pivot)
				j--;
			if (i > j)
				break;
			double was = values[i];
			values[i++] = values[j];
			values[j--] = was;
		}
		if (at <= j)
			high = j;
		else if (at >= i)
			low = i;
		else
			break;
	}
	return values[at];
}

static double median(double *slopes, size_t n)
{
	double upper = select_kth(slopes, n, n / 2);

	if (n % 2)
		return upper;
	double lower = slopes[0]; /* the selection has left the lower half below */
	for (size_t i = 1; i < n / 2; i++)
		lower = MAX(lower, slopes[i]);
	return lower + (upper - lower) / 2;
}

/* All slopes; NULL if there is no memory. At least one double is allocated. */
static double *pairs(const struct point *p, size_t n, size_t *ret_n)
{
	double *slopes = malloc((n * n / 2 + 1) * sizeof(*slopes));
	size_t n_slopes = 0;

	assert(n <= THEIL_SEN_MAX);
	for (size_t i = 0; slopes && i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			if (p[k].x != p[i].x)
				slopes[n_slopes++] = (p[k].y - p[i].y) / (p[k].x - p[i].x);
	*ret_n = n_slopes;
	return slopes;
}

int theil_sen_median(const struct point *points, size_t n, double *ret)
{
	size_t n_slopes;
	double *slopes = pairs(points, n, &n_slopes);

	if (!slopes)
		return -ENOMEM;
	*ret = n_slopes ? median(slopes, n_slopes) : NAN;
	free(slopes);
	return 0;
}

/* What C grows by; INFINITY if the values are worth too few. *ret_off: their standard deviation from the line. */
static double widened_by(const struct point *p, size_t n, double slope, double *ret_off)
{
	double off[THEIL_SEN_MAX], count = (double)n, mean = 0, own = 0, size = 0, memory = 1;

	for (size_t i = 0; i < n; i++)
		mean += (p[i].y - slope * p[i].x) / count;
	for (size_t i = 0; i < n; i++) {
		off[i] = p[i].y - slope * p[i].x - mean;
		own += off[i] * off[i];
		size += p[i].y * p[i].y;
	}
	*ret_off = sqrt(own / count);
	if (n < MEMORY_POINTS_LEAST || !(own > ROUNDING * size))
		return 1;
	for (size_t lag = 1; lag < n / 4; lag++) {
		double common = 0;
		for (size_t i = lag; i < n; i++)
			common += off[i] * off[i - lag];
		/* the line has taken some of it: about two of what n is worth */
		common = common / own + 2 * memory / count;
		if (common <= 0)
			break;
		memory += 2 * common;
	}
	memory *= 1 + NOT_BETTER_KNOWN / sqrt(count);
	return count / memory > WORTH_LEAST ? sqrt(memory) : INFINITY;
}

/* What Kendall's S exceeds by chance in 2.5 % of cases. Ties make it smaller; that is left out. */
static double critical_s(size_t n)
{
	double count = (double)n;

	return NORMAL_975 * sqrt(count * (count - 1) * (2 * count + 5) / 18) + HALF_STEP;
}

static double at_zero(const struct point *p, size_t n, double slope)
{
	double y[THEIL_SEN_MAX];

	for (size_t i = 0; i < n; i++)
		y[i] = p[i].y - slope * p[i].x;
	return median(y, n);
}

int theil_sen(const struct point *points, size_t n, struct slope *ret)
{
	size_t n_slopes, n_zero = 0;
	double *slopes = pairs(points, n, &n_slopes);

	if (!slopes)
		return -ENOMEM;
	*ret = (struct slope){ NAN, NAN, NAN, NAN, NAN };
	if (n_slopes > 0) {
		ret->median = median(slopes, n_slopes);
		ret->at_zero = at_zero(points, n, ret->median);
		double wide = critical_s(n) * widened_by(points, n, ret->median, &ret->off);
		for (size_t k = 0; k < n_slopes; k++)
			n_zero += slopes[k] == 0;
		if (n > 3 && n_zero == n_slopes) { /* all the same: no chance in it */
			ret->low = ret->high = 0;
		} else if (wide <= (double)n_slopes) {
			/* S of n_slopes - 2 i has i slopes below the one that it excludes. */
			size_t i = (size_t)(((double)n_slopes - wide) / 2);
			ret->low = select_kth(slopes, n_slopes, i);
			ret->high = select_kth(slopes, n_slopes, n_slopes - 1 - i);
		}
	}
	free(slopes);
	return 0;
}
