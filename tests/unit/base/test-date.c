#include "memprof/base/date.h"

#include "memprof/base/number.h"
#include "unit.h"

static const uint64_t at = UINT64_C(1795158581) * 1000000; /* date -d 2026-11-20T07:09:41Z +%s */

static uint64_t date(const char *text)
{
	uint64_t us;
	bool zoned;

	return date_parse(text, &us, &zoned) ? us : NOT_KNOWN;
}

UNIT_TEST(dates)
{
	assert_u64_equal(date("1970-01-01T00:00:00Z"), 0);
	assert_u64_equal(date("2026-11-20T07:09:41Z"), at);
	assert_u64_equal(date("2026-11-20 07:09:41"), at);
	assert_u64_equal(date("2026-11-20T07:09:41.325Z"), at + 325000);
	assert_u64_equal(date("2026-11-20T08:09:41+01:00"), at);
	assert_u64_equal(date("2026-11-20T01:39:41.5-05:30"), at + 500000);
	assert_u64_equal(date("2026-11-21T00:09:41Z") - at, UINT64_C(17) * 3600 * 1000000);
	FOR_PARTS(part,
		  "|07:09:41.325|2026-11-20|2026-11-20T07:09|2026-11-20T07:09:|Nov 20 07:09:41|"
		  "1969-01-01T00:00:00Z|2026-11-20T07:09:99Z|2026-11-20T07:09:nanZ|x")
		assert_u64_equal(date(part), NOT_KNOWN);
}

UNIT_TEST(times_are_rfc_3339)
{
	char text[DATE_BYTES];

	assert_string_equal(date_rfc3339(at + 123000, text), "2026-11-20T07:09:41.123Z");
	assert_string_equal(date_rfc3339(0, text), "1970-01-01T00:00:00.000Z");
	assert_string_equal(date_rfc3339(UINT64_C(951825600999999), text), "2000-02-29T12:00:00.999Z");
	assert_ptr_equal(date_rfc3339(UINT64_MAX, text), text);
	assert_true(strlen(text) < sizeof(text));
}

UNIT_TEST(durations)
{
	static const struct {
		const char *text;
		uint64_t us;
	} rows[] = {
		{ "90", 90000000 },
		{ "90s", 90000000 },
		{ "1h30m", UINT64_C(5400) * 1000000 },
		{ "1.5h", UINT64_C(5400) * 1000000 },
		{ "250ms", 250000 },
		{ ".5", 500000 },
		{ "2d", UINT64_C(172800) * 1000000 },
		{ "1m250ms", 60250000 },
		{ "0", 0 },
	};
	static const char *const none[] = { "",    "h",   "1x", "-1s", "1h ", "1h30", "1e99d",
					    "inf", "nan", " 1", "1 s", ".",   ".s" };
	uint64_t us = 7;

	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_int_equal(duration_parse(none[i], &us), -EINVAL);
	assert_u64_equal(us, 7);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(duration_parse(rows[i].text, &us), 0);
		assert_u64_equal(us, rows[i].us);
	}
}
