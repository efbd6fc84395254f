#include "trend/private.h"

#include <math.h>

#include "unit.h"

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Selection must find what sorting finds, ties or not. */
UNIT_TEST(the_median_is_that_of_all_pairs)
{
	struct point p[60];
	double slopes[60 * 59 / 2], median;
	uint32_t random = 5;

	for (int round = 0; round < 400; round++) {
		size_t n = 2 + next_random(&random) % 59, n_slopes = 0;
		uint32_t n_kinds = round % 4 ? 1 + next_random(&random) % 50 : UINT32_MAX;
		for (size_t i = 0; i < n; i++)
			p[i] = (struct point){ (double)i,
					       round % 5 ? next_random(&random) % n_kinds : (double)(i % 30) };
		for (size_t i = 0; i < n; i++)
			for (size_t k = i + 1; k < n; k++)
				slopes[n_slopes++] = (p[k].y - p[i].y) / (p[k].x - p[i].x);
		qsort(slopes, n_slopes, sizeof(*slopes), compare);
		assert_int_equal(theil_sen_median(p, n, &median), 0);
		double upper = slopes[n_slopes / 2], lower = slopes[(n_slopes - 1) / 2];
		assert_true(fabs(median - (lower + upper) / 2) <= 1e-12 * (fabs(lower) + fabs(upper)));
	}
}

UNIT_TEST(a_line_has_its_slope)
{
	struct point p[THEIL_SEN_MAX];
	struct slope slope;

	for (size_t i = 0; i < THEIL_SEN_MAX; i++)
		p[i] = (struct point){ (double)i, 100 - 2.5 * (double)i };
	for (size_t n = 5; n <= THEIL_SEN_MAX; n += 45) {
		assert_int_equal(theil_sen(p, n, &slope), 0);
		assert_true(slope.median == -2.5 && slope.low == -2.5 && slope.high == -2.5);
		assert_true(slope.at_zero == 100);
	}
}

UNIT_TEST(a_fifth_of_wild_values_does_not_move_it_far)
{
	struct point p[100];
	struct slope slope;

	for (size_t i = 0; i < 100; i++)
		p[i] = (struct point){ (double)i, 3 * (double)i + (i % 5 == 0 ? 1e6 : 0) };
	assert_int_equal(theil_sen(p, 100, &slope), 0);
	assert_true(fabs(slope.median - 3) < 0.01);
	assert_true(slope.low <= 3 && slope.high >= 3);
	assert_true(fabs(slope.at_zero) < 1);
}

/* The example of Sen 1968: the median is 4, the limits 26/7 and 35/8. */
UNIT_TEST(an_interval_by_hand)
{
	static const struct point p[] = {
		{ 1, 9 }, { 2, 15 }, { 3, 19 }, { 4, 20 }, { 10, 45 }, { 12, 55 }, { 18, 78 },
	};
	struct slope slope;

	assert_int_equal(theil_sen(p, ARRAY_SIZE(p), &slope), 0);
	assert_true(slope.median == 4 && slope.at_zero == 6); /* of 5, 7, 7, 4, 5, 7, 6 */
	assert_true(fabs(slope.low - 3.71) < 0.01);           /* 26/7 */
	assert_true(fabs(slope.high - 4.38) < 0.01);          /* 35/8 */
}

UNIT_TEST(few_points)
{
	static const struct point p[] = { { 1, 5 }, { 2, 7 }, { 3, 12 }, { 4, 13 } };
	static const struct point same_x[] = { { 1, 5 }, { 1, 7 }, { 1, 12 } };
	static const struct point flat[] = { { 1, 5 }, { 2, 5 }, { 3, 5 }, { 4, 5 } };
	struct slope slope;
	double median;

	assert_int_equal(theil_sen(p, 0, &slope), 0);
	assert_true(isnan(slope.median) && isnan(slope.low) && isnan(slope.high));
	assert_int_equal(theil_sen(p, 1, &slope), 0);
	assert_true(isnan(slope.median));
	assert_int_equal(theil_sen(p, 2, &slope), 0);
	assert_true(slope.median == 2 && isnan(slope.low) && isnan(slope.high));
	assert_int_equal(theil_sen(p, 4, &slope), 0);
	assert_true(slope.median > 2 && isnan(slope.low)); /* 1/24 is more than 2.5 % */
	assert_int_equal(theil_sen(same_x, 3, &slope), 0);
	assert_true(isnan(slope.median) && isnan(slope.low));
	assert_int_equal(theil_sen_median(same_x, 3, &median), 0);
	assert_true(isnan(median));
	assert_int_equal(theil_sen(flat, 4, &slope), 0);
	assert_true(slope.median == 0 && slope.low == 0 && slope.high == 0);
}

/* Of 95 % intervals at least about 95 % must hold the truth, and most series must have one. Every
 * other round, half of each value's noise is that of the one before. */
UNIT_TEST(intervals_hold_the_truth_as_often_as_they_say)
{
	static const size_t sizes[] = { 5, 8, 20, 39, 41, 100 };
	uint32_t random = 31;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		int n_held = 0, n_known = 0, n_rounds = 1000;
		for (int round = 0; round < n_rounds; round++) {
			struct point p[100];
			struct slope slope;
			double noise = 0, part = sizes[i] >= 20 && round % 2 ? 0.5 : 0;
			for (size_t k = 0; k < sizes[i]; k++) {
				noise = part * noise + next_random(&random) % 1000 / 50.0;
				p[k] = (struct point){ (double)k, 2 * (double)k + noise };
			}
			assert_int_equal(theil_sen(p, sizes[i], &slope), 0);
			n_known += !isnan(slope.low);
			n_held += slope.low <= 2 && slope.high >= 2;
		}
		if (n_held < n_known * 93 / 100 || n_known < n_rounds * 2 / 3)
			fail_msg("%zu points: %d of %d, %d known", sizes[i], n_held, n_rounds, n_known);
	}
}
