#include "timeline.h"

#include "unit.h"

static uint64_t date(const char *text)
{
	uint64_t us;

	return timeline_date(text, &us) ? us : NOT_KNOWN;
}

static void dates(void **state)
{
	static const uint64_t at = UINT64_C(1795158581) * 1000000;      /* date -d 2026-11-20T07:09:41Z +%s */

	(void)state;
	assert_u64_equal(date("1970-01-01T00:00:00Z"), 0);
	assert_u64_equal(date("2026-11-20T07:09:41Z"), at);
	assert_u64_equal(date("2026-11-20 07:09:41"), at);
	assert_u64_equal(date("2026-11-20T07:09:41.325Z"), at + 325000);
	assert_u64_equal(date("2026-11-20T08:09:41+01:00"), at);
	assert_u64_equal(date("2026-11-20T01:39:41.5-05:30"), at + 500000);
	assert_u64_equal(date("2026-11-21T00:09:41Z") - at, UINT64_C(17) * 3600 * 1000000);
	static const char *const none[] = {
		"", "07:09:41.325", "2026-11-20", "2026-11-20T07:09", "2026-11-20T07:09:", "Nov 20 07:09:41",
		"1969-01-01T00:00:00Z", "2026-11-20T07:09:99Z", "2026-11-20T07:09:nanZ", "x",
	};
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_u64_equal(date(none[i]), NOT_KNOWN);
}

static uint64_t at(struct timeline *t, uint64_t at_us, const char *time)
{
	struct event event = { .at_us = at_us };

	memcpy(event.time, time, strlen(time));
	return timeline_at(t, &event);
}

static void one_input_counts_from_its_beginning(void **state)
{
	struct timeline t = { .several = false };

	(void)state;
	assert_u64_equal(at(&t, 5, "2026-11-20T07:09:41Z"), 5);
	assert_u64_equal(at(&t, 7, "07:09:41"), 7);
	assert_u64_equal(at(&t, NOT_KNOWN, ""), NOT_KNOWN);
}

static void several_inputs_have_dates_in_common(void **state)
{
	struct timeline t = { .several = true };

	(void)state;
	uint64_t first = at(&t, 5000000, "2026-11-20T07:09:41Z");
	assert_u64_equal(at(&t, 6000000, ""), first + 1000000);         /* it needs one date */
	timeline_next(&t);
	assert_u64_equal(at(&t, 0, "2026-11-20T08:09:41Z"), first + UINT64_C(3600000000));
	timeline_next(&t);
	assert_u64_equal(at(&t, 0, "07:09:41"), NOT_KNOWN);
	assert_u64_equal(at(&t, NOT_KNOWN, "2026-11-20T08:09:41Z"), NOT_KNOWN);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates),
		cmocka_unit_test(one_input_counts_from_its_beginning),
		cmocka_unit_test(several_inputs_have_dates_in_common),
	};

	return RUN(tests);
}
