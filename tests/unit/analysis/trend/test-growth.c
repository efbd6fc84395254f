/* Curves of floors, and how each goes on. */
#include "memprof/analysis/growth.h"

#include <math.h>

#include "memprof/base/number.h"
#include "unit.h"

enum { N_MAX = 400, BASE = 1000 };

static struct growth_floor floors[N_MAX];

/* value: of the number of the floor, and of all of them. */
static struct growth judge(size_t n, double (*value)(size_t i, size_t n))
{
	for (size_t i = 0; i < n; i++)
		floors[i] = (struct growth_floor){ (double)i, BASE + (uint64_t)value(i, n) };
	return growth_judge(floors, n, 1);
}

static double level(size_t i, size_t n)
{
	(void)n;
	return (double)(i * 7 % 5);
}
static double line(size_t i, size_t n)
{
	(void)n;
	return 13 * (double)i;
}
static double noisy_line(size_t i, size_t n) { return line(i, n) + 25 * level(i, n); }
/* A cache that fills in the first quarter. */
static double filled(size_t i, size_t n) { return i < n / 4 ? 10 * (double)i : 10 * (double)(n / 4) + level(i, n); }
/* The last floor is a low one. */
static double low_at_last(size_t i, size_t n) { return i + 1 < n ? line(i, n) : 0.87 * line(i, n); }
/* One that has filled before the end. */
static double filled_late(size_t i, size_t n) { return 50 * (double)MIN(i, n * 78 / 100) + level(i, n); }
/* A list that doubles what it holds: each pause is twice the one before. */
static double doubles(size_t i, size_t n)
{
	size_t holds = 4;

	(void)n;
	while (holds < i)
		holds *= 2;
	return 8 * (double)holds;
}
/* One that misses less and less. */
static double filling(size_t i, size_t n) { return 500 * (1 - exp(-2.5 * (double)i / (double)n)); }
static double late(size_t i, size_t n) { return i < n * 7 / 10 ? level(i, n) : 5 * (double)(i - n * 7 / 10); }
/* Batches: each is freed as a whole. */
static double saw(size_t i, size_t n) { return 20 * (double)(i * 12 % n) / (double)n * 10; }
/* Levels of a state machine, the last one the highest. */
static double phases(size_t i, size_t n)
{
	static const double levels[] = { 0, 220, 390, 0, 270, 0, 390 };

	return levels[i * 7 / n] + level(i, n);
}
/* A leak as large as what comes and goes beside it: not seen, but not called steady. */
static double hidden(size_t i, size_t n) { return 60 * (double)i / (double)n + (double)(i / 8 * 37 % 60); }

static const struct {
	double (*value)(size_t i, size_t n);
	size_t n;
	enum growth_pace pace;
} rows[] = {
	{ line, 4, GROWTH_UNKNOWN },
	{ line, 5, GROWTH_GOES_ON },
	{ line, 12, GROWTH_GOES_ON },
	{ line, 47, GROWTH_GOES_ON },
	{ line, 400, GROWTH_GOES_ON },
	{ noisy_line, 200, GROWTH_GOES_ON },
	{ late, 200, GROWTH_GOES_ON },
	{ filling, 200, GROWTH_SLOWS },
	{ level, 12, GROWTH_NONE },
	{ level, 200, GROWTH_NONE },
	{ filled, 40, GROWTH_NONE },
	{ filled, 400, GROWTH_NONE },
	{ saw, 240, GROWTH_NONE },
	{ hidden, 200, GROWTH_UNKNOWN },
	{ filled_late, 41, GROWTH_UNKNOWN },
	{ filled_late, 400, GROWTH_UNKNOWN },
	{ low_at_last, 400, GROWTH_GOES_ON },
	{ doubles, 195, GROWTH_GOES_ON },
};

UNIT_TEST(paces)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		enum growth_pace pace = judge(rows[i].n, rows[i].value).pace;
		if (pace != rows[i].pace)
			fail_msg("row %zu: pace %d, not %d", i, (int)pace, (int)rows[i].pace);
	}
}

UNIT_TEST(it_has_ended)
{
	assert_true(judge(41, filled_late).has_ended && judge(400, filled_late).has_ended);
	assert_false(judge(400, noisy_line).has_ended);
	for (size_t n = 100; n <= 260; n++)
		assert_false(judge(n, doubles).has_ended);
}

UNIT_TEST(what_fell_back_does_not_grow) { assert_true(judge(210, phases).pace < GROWTH_SLOWS); }

/* Many collections in little allocation weigh little. */
UNIT_TEST(cells_are_of_equal_allocation)
{
	size_t n = 0;

	for (; n < 300; n++)
		floors[n] = (struct growth_floor){ (double)n / 300, BASE + n };
	for (; n < 340; n++)
		floors[n] = (struct growth_floor){ (double)(n - 299), BASE + 300 };
	assert_int_equal(growth_judge(floors, n, 1).pace, GROWTH_NONE);
	assert_int_equal(judge(340, line).pace, GROWTH_GOES_ON);
}

UNIT_TEST(the_rise_is_of_what_is_judged)
{
	struct growth g = judge(40, line);

	assert_int_equal(g.begin, 14);
	assert_int_equal(g.end, 34);
	assert_int_equal(g.rise, 13 * 20);
}

UNIT_TEST(so_much_may_hide)
{
	for (size_t i = 0; i < 100; i++)
		floors[i] = (struct growth_floor){ (double)i, BASE + i };
	assert_int_equal(growth_judge(floors, 100, 1).pace, GROWTH_GOES_ON);
	assert_int_equal(growth_judge(floors, 100, 100).pace, GROWTH_NONE);
}
