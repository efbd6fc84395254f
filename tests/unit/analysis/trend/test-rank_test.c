#include "trend/rank_test.h"

#include <math.h>

#include "unit.h"

static void assert_near(double a, double b, double by)
{
	if (!(fabs(a - b) <= by))
		fail_msg("%.12g is not %.12g", a, b);
}

static double s_of(const double *y, size_t n)
{
	double s = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			s += (y[k] > y[i]) - (y[k] < y[i]);
	return s;
}

/* The same by going through all n! orders. */
struct orders {
	double s, n_all, n_at_least, n_at_most;
};

static void go_through(double *y, size_t n, size_t i, struct orders *o)
{
	if (i == n) {
		double s = s_of(y, n);
		o->n_all++;
		o->n_at_least += s >= o->s;
		o->n_at_most += s <= o->s;
		return;
	}
	for (size_t k = i; k < n; k++) {
		double was = y[i];
		y[i] = y[k];
		y[k] = was;
		go_through(y, n, i + 1, o);
		y[k] = y[i];
		y[i] = was;
	}
}

static void every_small_case_by_counting_orders(void **state)
{
	uint32_t random = 7;

	(void)state;
	for (int round = 0; round < 300; round++) {
		double y[7];
		size_t n = 1 + next_random(&random) % 7;
		uint32_t n_kinds = 1 + next_random(&random) % 7; /* few kinds: many ties */
		struct rank_test test;
		for (size_t i = 0; i < n; i++)
			y[i] = next_random(&random) % n_kinds;
		rank_test(y, n, &test);
		struct orders o = { .s = s_of(y, n) };
		assert_near(test.s, o.s, 0);
		go_through(y, n, 0, &o);
		assert_near(test.p_rising, o.n_at_least / o.n_all, 1e-12);
		assert_near(test.p_falling, o.n_at_most / o.n_all, 1e-12);
	}
}

/* Kendall, Rank Correlation Methods, table of the distribution of S. */
static void known_probabilities(void **state)
{
	static const struct {
		size_t n;
		double n_orders;
	} rows[] = {
		{ 4, 24 }, { 5, 120 }, { 6, 720 }, { 8, 40320 }, { 10, 3628800 },
	};
	struct rank_test test;
	double y[12];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (size_t k = 0; k < rows[i].n; k++)
			y[k] = (double)k;
		rank_test(y, rows[i].n, &test);
		assert_near(test.p_rising, 1 / rows[i].n_orders, 1e-15);
		assert_near(test.p_falling, 1, 1e-12);
	}
	static const double s_33[] = { 1, 0, 2, 3, 5, 4, 8, 9, 6, 7 };
	rank_test(s_33, 10, &test);
	assert_near(test.s, 33, 0);
	assert_near(test.p_rising, 0.0011, 0.00005);
	static const double s_25[] = { 3, 0, 2, 1, 5, 4, 9, 8, 6, 7 };
	rank_test(s_25, 10, &test);
	assert_near(test.s, 25, 0);
	assert_near(test.p_rising, 0.014, 0.0005);
}

static void all_the_same_tells_nothing(void **state)
{
	double y[RANK_VALUES_MAX] = { 0 };
	struct rank_test test;

	(void)state;
	for (size_t n = 1; n <= RANK_VALUES_MAX; n += 37) {
		rank_test(y, n, &test);
		assert_near(test.p_rising, 1, 1e-12);
		assert_near(test.p_falling, 1, 1e-12);
		assert_true(rank_critical(y, n, 0.01) < 0);
	}
}

/* Of values in no order, p <= 0.05 must come in 5 % of cases; the exact one may be rarer, as S has
 * steps. */
static void false_alarms_are_as_rare_as_stated(void **state)
{
	static const size_t sizes[] = { 5, 20, RANK_EXACT_MAX, RANK_EXACT_MAX + 1, 60, 200 };
	uint32_t random = 99;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes) * 2; i++) {
		size_t n = sizes[i / 2];
		uint32_t n_kinds = i % 2 ? 6 : UINT32_MAX;
		int n_rounds = 1500, n_rare = 0;
		for (int round = 0; round < n_rounds; round++) {
			double y[200];
			struct rank_test test;
			for (size_t k = 0; k < n; k++)
				y[k] = next_random(&random) / 16 % n_kinds;
			rank_test(y, n, &test);
			n_rare += test.p_rising <= 0.05;
		}
		if (n_rare > n_rounds * 65 / 1000 || (n >= 20 && n_rare < n_rounds * 35 / 1000))
			fail_msg("%zu values: %d of %d", n, n_rare, n_rounds);
	}
}

static void the_critical_s_is_the_first_that_is_rare_enough(void **state)
{
	static const double y[] = { 1, 2, 3, 4, 5, 6 };

	(void)state;
	assert_near(rank_critical(y, 3, 0.025), -1, 0); /* 1/6 at best */
	assert_near(rank_critical(y, 4, 0.025), -1, 0); /* 1/24 */
	assert_near(rank_critical(y, 5, 0.025), 10, 0); /* 1/120; S >= 8 is 5/120 */
	assert_near(rank_critical(y, 6, 0.025), 13, 0); /* 6/720; S >= 11 is 20/720 */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_small_case_by_counting_orders),
		cmocka_unit_test(known_probabilities),
		cmocka_unit_test(all_the_same_tells_nothing),
		cmocka_unit_test(false_alarms_are_as_rare_as_stated),
		cmocka_unit_test(the_critical_s_is_the_first_that_is_rare_enough),
	};

	return RUN(tests);
}
