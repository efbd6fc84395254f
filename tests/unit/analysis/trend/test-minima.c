#include "trend/private.h"

#include "unit.h"

/* The test's own minima, large ones. */
static struct minima m;

static void feed(double level)
{
	struct trend_minimum sample = { .i_sample = m.n_seen, .level = level };

	minima_add(&m, &sample);
}

static void feed_all(const double *levels, size_t n)
{
	m = (struct minima){ 0 };
	for (size_t i = 0; i < n; i++)
		feed(levels[i]);
	minima_finish(&m);
}

static void assert_minima(const double *levels, size_t n, const uint64_t *i_samples, size_t n_minima)
{
	feed_all(levels, n);
	assert_int_equal(m.n_kept, n_minima);
	for (size_t i = 0; i < n_minima; i++) {
		assert_u64_equal(m.kept[i].i_sample, i_samples[i]);
		assert_true(m.kept[i].level == levels[i_samples[i]]);
	}
}
#define ASSERT_MINIMA(levels, ...)                                                   \
	assert_minima(levels, ARRAY_SIZE(levels), (const uint64_t[]){ __VA_ARGS__ }, \
		      ARRAY_SIZE(((const uint64_t[]){ __VA_ARGS__ })))

UNIT_TEST(a_minimum_lies_between_a_fall_and_a_rise)
{
	static const double saw[] = { 10, 15, 20, 25, 30, 12, 17, 22, 27, 32, 14, 19, 24, 29, 34, 11, 16, 21, 26 };
	static const double ends_low[] = { 5, 10, 15, 20, 25, 30, 12, 17, 22, 27, 32, 10 };
	static const double begins_low[] = { 5, 10, 15, 20, 25, 30, 12, 17, 22, 27 };
	static const double same[] = { 7, 7, 7, 7, 7 }, up[] = { 1, 2, 3, 4, 5, 6, 7 };
	static const double down[] = { 7, 6, 5, 4, 3 };

	ASSERT_MINIMA(saw, 5, 10, 15);
	ASSERT_MINIMA(ends_low, 6);   /* the last may go on falling */
	ASSERT_MINIMA(begins_low, 6); /* nothing has fallen before the first */
	assert_minima(same, ARRAY_SIZE(same), NULL, 0);
	assert_minima(up, ARRAY_SIZE(up), NULL, 0);
	assert_minima(down, ARRAY_SIZE(down), NULL, 0);
	assert_minima(down, 1, NULL, 0);
	assert_minima(down, 0, NULL, 0);
}

UNIT_TEST(a_plateau_is_one_minimum_the_first_of_it)
{
	static const double flat[] = { 30, 30, 10, 10, 10, 15, 20, 25, 30, 30, 12, 12, 17, 22, 27, 30, 9, 9 };

	ASSERT_MINIMA(flat, 2, 10);
}

/* What is freed at once makes small dips on the way up; they are no collections. */
UNIT_TEST(dips_are_no_collections)
{
	static const double dips[] = {
		10, 16, 14, 22, 20, 28, 34, 40, 11, 17, 15, 23, 21, 29, 35, 41, 12, 18, 16, 24, 30, 36, 33, 40,
	};

	ASSERT_MINIMA(dips, 8, 16);
}

/* A fall in two steps is one. */
UNIT_TEST(the_lowest_of_a_way_down)
{
	static const double steps[] = { 10, 16, 22, 28, 34, 40, 20, 22, 11, 17, 23, 29, 35,
					41, 18, 19, 12, 18, 24, 30, 36, 42, 15, 21, 27, 33 };

	ASSERT_MINIMA(steps, 8, 16, 22);
}

static void feed_ramp(double from, double step, int n)
{
	for (int i = 0; i < n; i++)
		feed(from + step * i);
}

/* When the program ends all is freed: one fall that is much longer than the others. */
UNIT_TEST(one_long_fall_hides_no_others)
{
	m = (struct minima){ 0 };
	for (int i = 0; i < 6; i++)
		feed_ramp(1000 + i % 4, 62, 6);
	feed_ramp(20, 62, 6);
	minima_finish(&m);
	assert_int_equal(m.n_kept, 6);
	for (size_t i = 0; i < 6; i++)
		assert_u64_equal(m.kept[i].i_sample, 6 * i + 6);
}

/* What is freed at once is no collection, also if there is no other fall in the log. */
UNIT_TEST(falls_of_less_than_three_rises_are_no_collections)
{
	for (int fall = 200; fall <= 400; fall += 200) {
		m = (struct minima){ 0 };
		for (int i = 0; i < 1000; i++)
			feed(60000 + i * 100 - i / 10 * (100 + fall));
		minima_finish(&m);
		assert_int_equal(m.n_kept, fall < 300 ? 0 : 99);
		assert_true(m.usual_step == 100);
	}
}

/* Dips count as rises, too, but they are the few. */
UNIT_TEST(the_usual_rise_is_that_between_collections)
{
	m = (struct minima){ 0 };
	for (int i = 0; i < 1000; i++)
		feed(60000 + i % 20 * 3000 + (i % 3 == 0 ? 1024 : 0));
	minima_finish(&m);
	assert_int_equal(m.n_kept, 49);
	assert_true(m.usual_step > 2900 && m.usual_step < 3100);
}

/* Of many rises some are drawn; they are those of the whole series. */
UNIT_TEST(the_usual_rise_is_that_of_all_samples)
{
	m = (struct minima){ 0 };
	for (int i = 0; i < 200000; i++)
		feed(i % 10 * (i < 150000 ? 100 : 1));
	minima_finish(&m);
	assert_true(m.usual_step == 100);
	m = (struct minima){ 0 };
	for (int i = 0; i < 200000; i++)
		feed(i % 10 * (i < 50000 ? 100 : 1));
	minima_finish(&m);
	assert_true(m.usual_step == 1);
}

UNIT_TEST(no_more_are_kept_than_there_is_room_for)
{
	static const uint64_t n_cycles[] = { 499, 500, 501, 1000, 4321, 100000 };
	enum { STEPS = 7 };
	uint32_t random = 17;

	for (size_t i = 0; i < ARRAY_SIZE(n_cycles); i++) {
		m = (struct minima){ 0 };
		for (uint64_t c = 0; c < n_cycles[i]; c++)
			feed_ramp(next_random(&random) % 100, 150, STEPS);
		minima_finish(&m);
		uint64_t n = MAX(m.n_per_minimum, UINT64_C(1));
		assert_true(m.n_kept < TREND_MINIMA_MAX);
		assert_true((n & (n - 1)) == 0);
		/* all but the first cycle, the last, and what makes no whole group */
		assert_true(m.n_kept * n <= n_cycles[i] - 1);
		assert_true((m.n_kept + 1) * n + 1 >= n_cycles[i] - 1);
		for (size_t k = 0; k < m.n_kept; k++) {
			assert_true(m.kept[k].level < 100);
			assert_u64_equal(m.kept[k].i_sample % STEPS, 0);
			assert_true(k == 0 || m.kept[k].i_sample > m.kept[k - 1].i_sample);
		}
	}
}

/* Early ones and late ones are the lowest of as many: so what is steady stays level. */
UNIT_TEST(early_and_late_minima_are_chosen_alike)
{
	double early = 0, late = 0;
	uint32_t random = 23;

	m = (struct minima){ 0 };
	for (uint64_t c = 0; c < 50000; c++)
		feed_ramp(next_random(&random) % 1000, 3000, 6);
	minima_finish(&m);
	for (size_t i = 0; i < m.n_kept; i++)
		*(i < m.n_kept / 2 ? &early : &late) += m.kept[i].level / (double)m.n_kept * 2;
	assert_true(early < 15 && late < 15 && early > 3 && late > 3); /* of 128: 1000 / 129 */
}

UNIT_TEST(what_is_said_to_be_collected_counts_as_it_is)
{
	static const double rises[] = { 10, 11, 12, 12, 13 };

	m = (struct minima){ 0 };
	feed(50);
	feed(5);
	feed(50);
	for (size_t i = 0; i < ARRAY_SIZE(rises); i++) {
		struct trend_minimum sample = { .i_sample = 3 + i, .level = rises[i] };
		minima_add_collected(&m, &sample, i == 0);
	}
	minima_finish(&m);
	assert_int_equal(m.n_kept, 5);
	assert_true(m.kept[0].level == 10 && m.kept[4].level == 13);
}
