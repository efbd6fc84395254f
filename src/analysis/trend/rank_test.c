/* With ties the exact distribution is that of inversions among the orders of a multiset: its
 * generating function is the q-multinomial coefficient (MacMahon), a product of q-binomial ones. Each
 * of these is built by additions of probabilities only, so that nothing cancels. */
#include "trend/rank_test.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"

enum {
	N = RANK_EXACT_MAX,
	INVERSIONS_MAX = N * (N - 1) / 2,
	PAIRS_MAX = N / 2 * (N - N / 2), /* inversions between two groups of N values together */
};

/* How often each number of inversions comes, by chance; S = n_max - 2 inversions. */
struct distribution {
	size_t n_max;
	double p[INVERSIONS_MAX + 1];
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sizes of the groups of equal values; how many groups. */
static size_t group_ties(const double *values, size_t n, size_t *ret_sizes)
{
	double sorted[RANK_VALUES_MAX];
	size_t n_groups = 0;

	assert(n <= RANK_VALUES_MAX);
	memcpy(sorted, values, n * sizeof(*values));
	qsort(sorted, n, sizeof(*sorted), compare);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && sorted[i] == sorted[i - 1])
			ret_sizes[n_groups - 1]++;
		else
			ret_sizes[n_groups++] = 1;
	}
	return n_groups;
}

/* The q-binomial coefficient of a values and b larger ones, as probabilities: after i of a + b
 * places, k of which hold a value of the a, row[k] has the inversions so far. */
static size_t between_groups(size_t a, size_t b, double *ret)
{
	double row[N / 2 + 1][PAIRS_MAX + 1] = { { 0 } };
	size_t few = MIN(a, b), n_max = a * b;

	row[0][0] = 1;
	for (size_t i = 1; i <= a + b; i++) {
		for (size_t k = MIN(i, few) + 1; k-- > 0;) {
			double taken = (double)k / (double)i;
			size_t n_others = i - k;
			/* place i holds one of the few: all others so far are inversions with it */
			for (size_t q = 0; q <= n_max; q++) {
				double with = k > 0 && q >= n_others ? row[k - 1][q - n_others] : 0;
				double without = n_others > 0 ? row[k][q] : 0;
				row[k][q] = taken * with + (1 - taken) * without;
			}
		}
	}
	memcpy(ret, row[few], (n_max + 1) * sizeof(*ret));
	return n_max;
}

static void work_out(const size_t *sizes, size_t n_groups, struct distribution *ret)
{
	double factor[PAIRS_MAX + 1], product[INVERSIONS_MAX + 1];
	size_t n_values = 0;

	*ret = (struct distribution){ .p = { 1 } };
	for (size_t g = 0; g < n_groups; g++) {
		size_t n_more = between_groups(n_values, sizes[g], factor);
		memset(product, 0, sizeof(product));
		for (size_t i = 0; i <= ret->n_max; i++)
			for (size_t k = 0; k <= n_more; k++)
				product[i + k] += ret->p[i] * factor[k];
		ret->n_max += n_more;
		memcpy(ret->p, product, (ret->n_max + 1) * sizeof(*product));
		n_values += sizes[g];
	}
}

/* P(S >= s). s has the parity of n_max. */
static double exact_tail(const struct distribution *d, double s)
{
	double sum = 0;

	for (size_t i = 0; i <= d->n_max && (double)d->n_max - 2 * (double)i >= s; i++)
		sum += d->p[i];
	return MIN(sum, 1);
}

static double variance(size_t n, const size_t *sizes, size_t n_groups)
{
	double count = (double)n, sum = count * (count - 1) * (2 * count + 5);

	for (size_t g = 0; g < n_groups; g++) {
		double t = (double)sizes[g];
		sum -= t * (t - 1) * (2 * t + 5);
	}
	return sum / 18;
}

/* P(S >= s), the step of S being 2 without ties: so half of it is 1. */
static double normal_tail(double s, double var)
{
	if (var <= 0)
		return s <= 0 ? 1 : 0;
	return 0.5 * erfc((s - 1) / sqrt(2 * var));
}

void rank_test(const double *values, size_t n, struct rank_test *ret)
{
	size_t sizes[RANK_VALUES_MAX], n_groups = group_ties(values, n, sizes);
	long s = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			s += (values[k] > values[i]) - (values[k] < values[i]);
	ret->s = (double)s;
	if (n <= RANK_EXACT_MAX) {
		struct distribution d;
		work_out(sizes, n_groups, &d);
		ret->p_rising = exact_tail(&d, ret->s);
		ret->p_falling = exact_tail(&d, -ret->s); /* it is symmetrical */
		return;
	}
	double var = variance(n, sizes, n_groups);
	ret->p_rising = MIN(normal_tail(ret->s, var), 1);
	ret->p_falling = MIN(normal_tail(-ret->s, var), 1);
}

double rank_critical(const double *values, size_t n, double p)
{
	size_t sizes[RANK_VALUES_MAX], n_groups = group_ties(values, n, sizes);

	if (n <= RANK_EXACT_MAX) {
		struct distribution d;
		double sum = 0;
		size_t i = 0;
		work_out(sizes, n_groups, &d);
		while (i <= d.n_max && sum + d.p[i] <= p)
			sum += d.p[i++];
		return i == 0 ? -1 : (double)d.n_max - 2 * (double)(i - 1);
	}
	double var = variance(n, sizes, n_groups), low = 0, high = (double)n * (double)n;
	if (var <= 0)
		return -1;
	for (int i = 0; i < 64; i++) { /* the tail falls with s */
		double middle = (low + high) / 2;
		if (normal_tail(middle, var) <= p)
			high = middle;
		else
			low = middle;
	}
	return ceil(high);
}
