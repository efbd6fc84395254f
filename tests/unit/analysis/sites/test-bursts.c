#include "memprof/analysis/bursts.h"

#include <math.h>

#include "unit.h"

static void assert_weight(const struct burst *burst, double expected)
{
	assert_true(fabs(burst->weight - expected) < 1e-9);
}

static void equal_bursts_stand_for_the_step_and_themselves(void **state)
{
	struct burst bursts[20];

	(void)state;
	for (size_t i = 0; i < 20; i++)
		bursts[i] = (struct burst){ .n_bytes = 500 };
	bursts_weigh(bursts, 20, 4500);
	for (size_t i = 0; i < 20; i++)
		assert_weight(&bursts[i], 10);
}

/* Compared with those around it, not with itself: its allocations count for more than those of a small one. */
static void a_large_one_among_small_ones(void **state)
{
	struct burst bursts[9];

	(void)state;
	for (size_t i = 0; i < 9; i++)
		bursts[i] = (struct burst){ .n_bytes = i == 4 ? 900 : 100 };
	bursts_weigh(bursts, 9, 1600);
	double mean = 1700.0 / 9;
	assert_weight(&bursts[4], 2500 / mean);
	assert_weight(&bursts[3], 1700 / (1600.0 / 8)); /* the last one is too far away */
}

/* Each phase of a program is weighed by its own bursts. */
static void only_those_nearby(void **state)
{
	struct burst bursts[30];

	(void)state;
	for (size_t i = 0; i < 30; i++)
		bursts[i] = (struct burst){ .n_bytes = i < 15 ? 100 : 10000 };
	bursts_weigh(bursts, 30, 1000);
	assert_weight(&bursts[0], 11);
	assert_weight(&bursts[29], 1.1);
}

/* What was allocated before them counts all the same: 800 bytes each, and 1000 with the one that is not empty. */
static void empty_ones_have_no_weight(void **state)
{
	struct burst bursts[] = { { .n_bytes = 0 }, { .n_bytes = 200 }, { .n_bytes = 0 } };

	(void)state;
	bursts_weigh(bursts, 3, 800);
	assert_weight(&bursts[0], 0);
	assert_weight(&bursts[1], 13);
	assert_weight(&bursts[2], 0);
	bursts_weigh(bursts, 0, 800);
}

/* Two of ten were observed: the burst has five times their bytes. */
static void what_was_not_observed_in_it(void **state)
{
	struct burst bursts[3];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		bursts[i] = (struct burst){ .n_bytes = 200, .n_observed = 2, .n_in_it = 10 };
	bursts[2].n_in_it = 0; /* not known */
	bursts_weigh(bursts, 3, 1000);
	assert_weight(&bursts[0], 10);
	assert_weight(&bursts[1], 10);
	assert_weight(&bursts[2], 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_bursts_stand_for_the_step_and_themselves),
		cmocka_unit_test(a_large_one_among_small_ones),
		cmocka_unit_test(only_those_nearby),
		cmocka_unit_test(empty_ones_have_no_weight),
		cmocka_unit_test(what_was_not_observed_in_it),
	};

	return RUN(tests);
}
