/* Times of a trace: dates, times without a date, and no times. */
#include "shared/export_when.h"

#include "memprof/base/number.h"
#include "unit.h"

#define NOWHERE NOT_KNOWN

static uint64_t at(struct when *w, struct export *e, uint64_t n_input, uint64_t at_us, uint64_t date_us)
{
	const struct export_place place = { .n_input = n_input, .at_us = at_us, .date_us = date_us };

	return when_ns(w, e, &place, true);
}

UNIT_TEST(times_since_the_first)
{
	struct when w = { 0 };
	struct export e = { 0 };

	assert_int_equal(at(&w, &e, 1, 0, NOWHERE), 0);
	assert_int_equal(at(&w, &e, 1, 2500, NOWHERE), 2500000);
	assert_int_equal(at(&w, &e, 2, 100, NOWHERE), 100000); /* each log from its beginning */
	assert_int_equal(e.n_untimed + e.n_undated, 0);
}

UNIT_TEST(no_times)
{
	const struct export_place event = { .n_input = 1, .at_us = NOT_KNOWN, .date_us = NOT_KNOWN };
	struct when w = { 0 };
	struct export e = { 0 };

	assert_int_equal(at(&w, &e, 1, NOT_KNOWN, NOWHERE), 1000000);
	assert_int_equal(at(&w, &e, 1, NOT_KNOWN, NOWHERE), 2000000);
	assert_int_equal(when_ns(&w, &e, &event, false), 2000000); /* no moment, and at the one before it */
	assert_int_equal(at(&w, &e, 2, NOT_KNOWN, NOWHERE), 1000000);
	assert_int_equal(e.n_untimed, 3);
}

UNIT_TEST(some_without_a_time)
{
	struct when w = { 0 };
	struct export e = { 0 };

	assert_int_equal(at(&w, &e, 1, 5000, NOWHERE), 5000000);
	assert_int_equal(at(&w, &e, 1, NOT_KNOWN, NOWHERE), 5000000);
	assert_int_equal(e.n_untimed, 1);
}

UNIT_TEST(dates_and_no_dates)
{
	struct when w = { 0 };
	struct export e = { 0 };

	assert_int_equal(at(&w, &e, 1, 10, 1000010), 1000010000);
	assert_int_equal(at(&w, &e, 2, 7, 2000000), 2000000000);
	assert_int_equal(e.n_undated, 0);
	assert_int_equal(at(&w, &e, 3, 7, NOWHERE), 1000007000); /* with the first one's beginning */
	assert_int_equal(at(&w, &e, 3, 8, NOWHERE), 1000008000);
	assert_int_equal(at(&w, &e, 4, NOT_KNOWN, NOWHERE), 1001000000);
	assert_int_equal(e.n_undated, 1);

	struct when undated = { 0 };
	assert_int_equal(at(&undated, &e, 1, 10, NOWHERE), 10000);
	assert_int_equal(at(&undated, &e, 2, 10, 1000010), 10000);
	assert_int_equal(e.n_undated, 2);
}

UNIT_TEST(times_that_go_back)
{
	const struct export_place event = { .n_input = 1, .at_us = 4000, .date_us = NOT_KNOWN };
	struct when w = { 0 };
	struct export e = { 0 };

	assert_int_equal(at(&w, &e, 1, 5000, NOWHERE), 5000000);
	assert_int_equal(when_ns(&w, &e, &event, false), 4000000); /* an event may be delivered late */
	assert_int_equal(at(&w, &e, 1, 5000, NOWHERE), 5000000);
	assert_int_equal(e.n_backwards, 0);
	assert_int_equal(at(&w, &e, 1, 1000, NOWHERE), 1000000);
	assert_int_equal(e.n_backwards, 1);
	assert_int_equal(at(&w, &e, 2, 0, NOWHERE), 0);
	assert_int_equal(e.n_backwards, 1);
}

/* They stay within int64. */
UNIT_TEST(absurd_times)
{
	struct when w = { 0 };
	struct export e = { 0 };

	assert_true(at(&w, &e, 1, NOT_KNOWN - 1, NOWHERE) <= INT64_MAX);
}
