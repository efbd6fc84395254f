#include "memprof/capture/timeline.h"

#include "unit.h"

UNIT_TEST(epochs)
{
	static const uint64_t date_us = UINT64_C(1795158581) * 1000000; /* date -d 2026-11-20T07:09:41Z +%s */
	struct event event = { .at_us = 2000000, .time = "2026-11-20T08:09:43+01:00" };
	uint64_t at_us = 0;
	bool zoned = false;

	assert_true(timeline_epoch(&event, &at_us, &zoned));
	assert_u64_equal(at_us, date_us);
	assert_true(zoned);
	event.at_us = NOT_KNOWN;
	assert_false(timeline_epoch(&event, &at_us, &zoned));
	event = (struct event){ .at_us = 2000000, .time = "1970-01-01T00:00:01" }; /* it would begin before 1970 */
	assert_false(timeline_epoch(&event, &at_us, &zoned));
	event = (struct event){ .at_us = 2000000, .time = "07:09:41" };
	assert_false(timeline_epoch(&event, &at_us, &zoned));
}

static uint64_t at(struct timeline *t, uint64_t at_us, const char *time)
{
	struct event event = { .at_us = at_us };

	memcpy(event.time, time, strlen(time));
	return timeline_at(t, &event);
}

UNIT_TEST(one_input_counts_from_its_beginning)
{
	struct timeline t = { .several = false };

	assert_u64_equal(at(&t, 5, "2026-11-20T07:09:41Z"), 5);
	assert_u64_equal(at(&t, 7, "07:09:41"), 7);
	assert_u64_equal(at(&t, NOT_KNOWN, ""), NOT_KNOWN);
}

UNIT_TEST(several_inputs_have_dates_in_common)
{
	struct timeline t = { .several = true };

	uint64_t first = at(&t, 5000000, "2026-11-20T07:09:41Z");
	assert_u64_equal(at(&t, 6000000, ""), first + 1000000); /* it needs one date */
	timeline_next(&t);
	assert_u64_equal(at(&t, 0, "2026-11-20T08:09:41Z"), first + UINT64_C(3600000000));
	timeline_next(&t);
	assert_u64_equal(at(&t, 0, "07:09:41"), NOT_KNOWN);
	assert_u64_equal(at(&t, NOT_KNOWN, "2026-11-20T08:09:41Z"), NOT_KNOWN);
}

/* Clocks that differ by little, and parts of a log in the wrong order, are of one board. */
UNIT_TEST(inputs_of_the_same_time)
{
	static const struct {
		const char *first[2], *second[2];
		bool overlaps;
	} rows[] = {
		{ { "T07:00:00Z", "T08:00:00Z" }, { "T08:00:00Z", "T09:00:00Z" }, false },
		{ { "T07:00:00Z", "T08:00:00Z" }, { "T07:55:00Z", "T09:00:00Z" }, false },
		{ { "T07:00:00Z", "T08:00:00Z" }, { "T06:00:00Z", "T07:00:00Z" }, false },
		{ { "T07:00:00Z", "T08:00:00Z" }, { "T07:30:00Z", "T09:00:00Z" }, true },
		{ { "T07:00:00Z", "T08:00:00Z" }, { "T07:20:00Z", "T07:30:00Z" }, true },
	};
	char time[EVENT_TIME_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct timeline t = { .several = true };
		for (size_t k = 0; k < 4; k++) {
			if (k % 2 == 0)
				timeline_next(&t);
			snprintf(time, sizeof(time), "2026-11-20%s", k < 2 ? rows[i].first[k] : rows[i].second[k - 2]);
			t.dated = false;
			at(&t, 0, time);
		}
		assert_int_equal(timeline_overlaps(&t), rows[i].overlaps);
		timeline_next(&t);
		assert_int_equal(timeline_overlaps(&t), rows[i].overlaps);
	}
}

/* Each reason is told by itself. */
UNIT_TEST(why_there_is_no_time)
{
	struct timeline zones = { .several = true }, undated = { .several = true };
	struct timeline fell = { .several = false }, some = { .several = false };
	struct event after = { .at_us = NOT_KNOWN, .clock_fell = true };

	at(&zones, 0, "2026-11-20T07:09:41");
	timeline_next(&zones);
	assert_u64_equal(at(&zones, 0, "2026-11-20T07:09:41Z"), NOT_KNOWN);
	at(&undated, 0, "07:09:41");
	at(&fell, 0, "00:00:01");
	timeline_at(&fell, &after);
	at(&fell, 2000000, "00:00:03"); /* later ones are right again */
	at(&some, 0, "00:00:01");
	assert_null(timeline_reason(&some, UNTIMED_SOME));
	at(&some, NOT_KNOWN, "");
	const struct timeline *all[] = {
		[UNTIMED_CLOCK_FELL] = &fell,
		[UNTIMED_ZONES] = &zones,
		[UNTIMED_UNDATED] = &undated,
		[UNTIMED_SOME] = &some,
	};
	for (int i = 0; i < N_UNTIMED; i++)
		for (int k = 0; k < N_UNTIMED; k++)
			assert_int_equal(timeline_reason(all[i], (enum untimed)k) != NULL, i == k);
}

/* A dump of figures is told when it is over, a line behind it perhaps before. */
UNIT_TEST(a_line_that_comes_late)
{
	struct timeline t = { .several = false };
	struct event later = { .line = 9, .at_us = 5000 }, earlier = { .line = 3, .at_us = 2000 };

	assert_u64_equal(timeline_at(&t, &later), 5000);
	assert_u64_equal(timeline_at(&t, &earlier), 5000);
	earlier.line = 10;
	assert_u64_equal(timeline_peek(&t, &earlier), 2000);
	assert_u64_equal(timeline_at(&t, &earlier), 2000);
}
