/* The grammars of time stamps, each as its program writes it, and the moments they mean. */
#include "console/timestamp.h"

#include "unit.h"

#define SECOND_US UINT64_C(1000000)
#define DATE_US   (UINT64_C(1795158581) * SECOND_US) /* date -ud "2026-11-20 07:09:41" +%s */
#define CLOCK_US  (UINT64_C(25781) * SECOND_US)      /* 07:09:41 */

/* Scans memory that ends where the text does (ASan finds reads beyond it); it stays until the next. */
static size_t scanned(const char *text, size_t n_bytes, struct timestamp *ret)
{
	static char *copy;

	free(copy);
	copy = exact_copy(text, n_bytes);
	*ret = (struct timestamp){ 0 };
	return timestamp_scan(copy, n_bytes, ret);
}

static const struct {
	const char *text, *rest;
	enum timestamp_kind kind;
	uint64_t at_us;
	const char *time;
} stamps[] = {
	/* tio -t: 24hour, 24hour-start, 24hour-delta look the same */
	{ "[07:09:41.325] x", "x", TIMESTAMP_CLOCK, CLOCK_US + 325000, "07:09:41.325" },
	{ "[07:09:41] x", "x", TIMESTAMP_CLOCK, CLOCK_US, "07:09:41" },
	{ "[07:09:41]x", "x", TIMESTAMP_CLOCK, CLOCK_US, "07:09:41" },
	{ "[00:00:00.000001]", "", TIMESTAMP_CLOCK, 1, "00:00:00.000001" },
	{ "[00:00:00.0000019]", "", TIMESTAMP_CLOCK, 1, "00:00:00.0000019" },
	{ "[23:59:60]", "", TIMESTAMP_CLOCK, 86400 * SECOND_US, "23:59:60" },
	{ "[2026-11-20T07:09:41.325] x", "x", TIMESTAMP_DATE, DATE_US + 325000, "2026-11-20T07:09:41.325" },
	{ "[2026-11-20T07:09:41.325Z] x", "x", TIMESTAMP_DATE, DATE_US + 325000, "2026-11-20T07:09:41.325Z" },
	{ "[2026-11-20T09:09:41+02:00] x", "x", TIMESTAMP_DATE, DATE_US, "2026-11-20T09:09:41+02:00" },
	{ "[2026-11-20T04:39:41-0230] x", "x", TIMESTAMP_DATE, DATE_US, "2026-11-20T04:39:41-0230" },
	{ "[1970-01-01T00:00:00Z] x", "x", TIMESTAMP_DATE, 0, "1970-01-01T00:00:00Z" },
	{ "[2000-02-29T12:00:00] x", "x", TIMESTAMP_DATE, UINT64_C(951825600) * SECOND_US, "2000-02-29T12:00:00" },
	{ "[1795158581.325] x", "x", TIMESTAMP_EPOCH, DATE_US + 325000, "2026-11-20T07:09:41.325Z" },
	{ "[1795158581] x", "x", TIMESTAMP_EPOCH, DATE_US, "2026-11-20T07:09:41.000Z" },
	{ "[1795158581.325004] x", "x", TIMESTAMP_EPOCH, DATE_US + 325004, "2026-11-20T07:09:41.325Z" },
	/* minicom: simple, extended, delta, persecond */
	{ "[2026-11-20 07:09:41] x", "x", TIMESTAMP_DATE, DATE_US, "2026-11-20T07:09:41" },
	{ "[2026-11-20 07:09:41.325] x", "x", TIMESTAMP_DATE, DATE_US + 325000, "2026-11-20T07:09:41.325" },
	{ "[0.012] x", "x", TIMESTAMP_DELTA, 12000, "" },
	{ "[2026-11-20 07:09:41", "", TIMESTAMP_DATE, DATE_US, "2026-11-20T07:09:41" },
	/* ts, ts -i, ts -s, with %.S, %.s and %.T */
	{ "Nov 20 07:09:41 x", "x", TIMESTAMP_YEARDAY, (UINT64_C(324) * 86400 + 25781) * SECOND_US, "Nov 20 07:09:41" },
	{ "Feb 29 00:00:00.000002  x", " x", TIMESTAMP_YEARDAY, 59 * 86400 * SECOND_US + 2, "Feb 29 00:00:00.000002" },
	{ "Nov  5 07:09:41 x", "x", TIMESTAMP_YEARDAY, (UINT64_C(309) * 86400 + 25781) * SECOND_US, "Nov  5 07:09:41" },
	{ "00:00:02 x", "x", TIMESTAMP_CLOCK, 2 * SECOND_US, "00:00:02" },
	{ "07:09:41.000123 x", "x", TIMESTAMP_CLOCK, CLOCK_US + 123, "07:09:41.000123" },
	{ "1795158581.325004 x", "x", TIMESTAMP_EPOCH, DATE_US + 325004, "2026-11-20T07:09:41.325Z" },
	{ "2026-11-20T07:09:41 x", "x", TIMESTAMP_DATE, DATE_US, "2026-11-20T07:09:41" },
	/* idf.py monitor --timestamps */
	{ "2026-11-20 07:09:41 x", "x", TIMESTAMP_DATE, DATE_US, "2026-11-20T07:09:41" },
	/* grabserial -t, -T, -T --delta */
	{ "[3.000123 0.000001] x", "x", TIMESTAMP_START, 3000123, "" },
	{ "[12.500000 10.250000] x", "x", TIMESTAMP_START, 12500000, "" },
	{ "[07:09:41.325004] x", "x", TIMESTAMP_CLOCK, CLOCK_US + 325004, "07:09:41.325004" },
	{ "[07:09:41.325004 0.000017] x", "x", TIMESTAMP_CLOCK, CLOCK_US + 325004, "07:09:41.325004" },
	/* CoolTerm, Tera Term, Mongoose OS, a table's cells */
	{ "[11/20/2026 07:09:41] x", "x", TIMESTAMP_DATE, DATE_US, "2026-11-20T07:09:41.000" },
	{ "[Fri Nov 20 07:09:41.325 2026] x", "x", TIMESTAMP_DATE, DATE_US + 325000, "2026-11-20T07:09:41.325" },
	{ "[Nov 20 07:09:41.325] x", "x", TIMESTAMP_YEARDAY, (UINT64_C(324) * 86400 + 25781) * SECOND_US + 325000,
	  "Nov 20 07:09:41.325" },
	{ "2026-11-20,07:09:41,\"x\"", "\"x\"", TIMESTAMP_DATE, DATE_US, "2026-11-20T07:09:41" },
	{ "07:09:41\tx", "x", TIMESTAMP_CLOCK, CLOCK_US, "07:09:41" },
	/* Linux */
	{ "[    2.345678] x", "x", TIMESTAMP_START, 2345678, "" },
};

UNIT_TEST(every_form)
{
	for (size_t i = 0; i < ARRAY_SIZE(stamps); i++) {
		const char *text = stamps[i].text;
		struct timestamp stamp;
		size_t n = scanned(text, strlen(text), &stamp);
		char time[EVENT_TIME_BYTES];
		if (!n || !stamp.set || strcmp(text + n, stamps[i].rest) != 0)
			fail_msg("'%s' leaves '%s', not '%s'", text, text + n, stamps[i].rest);
		timestamp_text(&stamp, time);
		assert_string_equal(time, stamps[i].time);
		assert_int_equal(stamp.kind, stamps[i].kind);
		if (stamp.at_us != stamps[i].at_us)
			fail_msg("'%s' is not right", text);
	}
}

UNIT_TEST(what_looks_like_a_stamp)
{
	FOR_PARTS(part,
		  "|[|[]|[07:09:41|[24:00:00] x|[07:60:00] x|[07:09:61] x|[7:09:41] xx|[07.09.41] x|"
		  "[07:09:41x] x|[07:09:4a] x|[1969-12-31T23:59:59] x|[2026-13-01T07:09:41] x|"
		  "[2026-00-01T07:09:41] x|[2026-11-32T07:09:41] x|[2026-11-20T07:09] xxxxxxx|"
		  "[20x6-11-20T07:09:41] x|(07:09:41) x|[2026-11-20T07:09:41+2] x|[2026-11-20 07:09:41 x|"
		  "[0.1] x|[0.12345] x|[.123] x|[12] x|[0.012 x|[3.000123 x|[3.000123 0.1|[17951585810.325] x|"
		  "07:09:41x|07:09:41,|1795158581 x|1795158581. x|795158581.325 x|2026-11-20 x|"
		  "2026-11-2007:09:41 x|Now 20 07:09:41 x|Nov 32 07:09:41 x|Nov 20 7:09:41 x|Nov5 07:09:41 x|"
		  "nov 20 07:09:41 x|00000000: h=.|00400: h==|f5700: hh|stack: 5|GC: total: 5|Sat 20 07:09:41 x") {
		struct timestamp stamp;
		if (scanned(part, strlen(part), &stamp) || stamp.set)
			fail_msg("'%s' is taken for a stamp", part);
	}
}

/* No read past the end, and never more than there is. */
UNIT_TEST(cut_anywhere)
{
	for (size_t i = 0; i < ARRAY_SIZE(stamps); i++) {
		for (size_t n = 0; n <= strlen(stamps[i].text); n++) {
			struct timestamp stamp;
			assert_true(scanned(stamps[i].text, n, &stamp) <= n);
		}
	}
}

/* ---- the time since the first ---- */

/* Stamps one after another, and milliseconds since the first of them. */
static void assert_times(const char *const *texts, const uint64_t *ms, size_t n)
{
	struct timestamp_clocks so_far = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct timestamp stamp;
		assert_true(timestamp_scan(texts[i], strlen(texts[i]), &stamp) > 0);
		assert_int_equal(timestamp_clocks_at(&so_far, &stamp) / 1000, ms[i]);
	}
}

#define TIMES(...) \
	(const char *const[]) { __VA_ARGS__ }
#define MS(...) \
	(const uint64_t[]) { __VA_ARGS__ }

UNIT_TEST(a_clock)
{
	assert_times(TIMES("[07:09:41.100] ", "[07:09:41.350] ", "[08:09:41.100] "), MS(0, 250, 3600000), 3);
	assert_times(TIMES("[23:59:59] ", "[00:00:01] ", "[13:00:01] ", "[00:00:01] "), MS(0, 2000, 46802000, 86402000),
		     4);
	/* set back a little, by hand or from the net */
	assert_times(TIMES("[12:00:00] ", "[12:00:02] ", "[12:00:01] ", "[12:00:03] "), MS(0, 2000, 1000, 3000), 4);
}

UNIT_TEST(since_the_start)
{
	assert_times(TIMES("00:00:00 ", "00:00:00 ", "00:00:07 ", "00:01:00 "), MS(0, 0, 7000, 60000), 4);
	assert_times(TIMES("[0.500000 0.500000] ", "[1.250000 0.750000] "), MS(0, 750), 2);
}

/* A clock that falls back to the first hour is none: ts -i, tio 24hour-delta. */
UNIT_TEST(since_the_line_before)
{
	assert_times(TIMES("00:00:05 ", "00:00:01 ", "00:00:00 ", "00:00:02 "), MS(0, 1000, 1000, 3000), 4);
	assert_times(TIMES("00:00:00 ", "00:00:01 ", "00:00:00 ", "00:00:02 "), MS(0, 1000, 1000, 3000), 4);
	/* tio's first delta is the time since 1970, so a time of the day */
	assert_times(TIMES("[07:09:41.500] ", "[00:00:00.012] ", "[00:00:01.000] ", "[01:00:00.000] "),
		     MS(0, 12, 1012, 3601012), 4);
	assert_times(TIMES("[5.500] ", "[0.012] ", "[0.003] ", "[10.000] "), MS(0, 12, 15, 10015), 4);
}

#define NEVER (NOT_KNOWN / 1000)

/* One that went up before had been a clock: it began again, at an unknown time. */
UNIT_TEST(a_clock_that_begins_again)
{
	assert_times(TIMES("00:00:00 ", "00:01:00 ", "00:02:00 ", "00:03:00 ", "00:04:00 ", "00:00:00 ", "00:01:00 "),
		     MS(0, 60000, 120000, 180000, 240000, NEVER, NEVER), 7);
	assert_times(TIMES("11:00:00 ", "11:00:00 ", "00:30:00 ", "01:00:00 "), MS(0, 0, NEVER, NEVER), 4);
}

/* Lines of programs may begin like another program's stamps. */
UNIT_TEST(several_kinds)
{
	assert_times(TIMES("12:00:00 ", "[1.250] ", "12:00:10 ", "[1.250] ", "12:00:20 "),
		     MS(0, NEVER, 10000, NEVER, 20000), 5);
	assert_times(TIMES("00:00:05 ", "[2026-11-20T07:09:41] ", "[2026-11-20T07:10:41] "), MS(0, 0, 60000), 3);
	assert_times(TIMES("[2026-11-20T07:09:41] ", "[2026-11-20T07:10:41] ", "[    2.500000] ", "[    3.500000] ",
			   "[2026-11-20T07:11:41] "),
		     MS(0, 60000, 60000, 61000, 120000), 5);
}

UNIT_TEST(the_end_of_february)
{
	assert_times(TIMES("Feb 28 23:59:50 ", "Mar  1 00:00:10 ", "Mar  1 00:00:11 "), MS(0, 20000, 21000), 3);
	assert_times(TIMES("Feb 28 23:59:50 ", "Feb 29 00:00:10 ", "Mar  1 00:00:10 "), MS(0, 20000, 86420000), 3);
	assert_times(TIMES("Dec 31 23:59:59 ", "Mar  1 00:00:00 "), MS(0, UINT64_C(59) * 86400000 + 1000), 2);
	/* a dated line tells which year it is */
	assert_times(TIMES("2028-02-28 12:00:00 ", "Feb 28 23:59:50 ", "Mar  1 00:00:10 "), MS(0, 0, 86420000), 3);
	assert_times(TIMES("2027-02-28 12:00:00 ", "Feb 28 23:59:50 ", "Mar  1 00:00:10 "), MS(0, 0, 20000), 3);
}

UNIT_TEST(dates)
{
	assert_times(TIMES("[2026-11-20 23:59:59] ", "[2026-11-22 00:00:00.250] "), MS(0, 86401250), 2);
	assert_times(TIMES("Dec 31 23:59:59 ", "Jan  1 00:00:01 "), MS(0, 2000), 2);
	assert_times(TIMES("1795158581.000000 ", "1795158582.500000 "), MS(0, 1500), 2);
}
