/* Frames around dumps that tell which one it is and when, through the decoder that reads them. */
#include "console/dump_frames.h"

#include "cuts.h"
#include "unit.h"

#define GC         "GC: total: 64, used: 16, free: 48\n"
#define DUMP(line) "snapshot line " #line " +1 lines, whole 0"
#define REST       ", stack -/-, said 64/16/48 - - - - -\n    gc 16 B, 0 blocks, missing 0 at "

static void assert_events(const char *log, const char *expected)
{
	cuts_assert_events(&decoder_mpm_log, log, expected);
}

UNIT_TEST(ticks)
{
	assert_events(
		"@@@ 45828774 (2024, 9, 10, 12, 5, 42, 1, 254)\n"
		"@@@ 45828774\n" GC
		"@@@\n"
		"INFO: other words\n"
		"@@@ 45829127\n" GC "INFO: between\n@@@\n" GC,
		DUMP(3) REST "0 [2024-09-10T12:05:42.000]\n" DUMP(7) REST "353000 [2024-09-10T12:05:42.353]\n" DUMP(10)
			REST "-\n");
}

/* ticks_ms() begins again at 2^30; and after a reset anywhere, which is no going back in time. */
UNIT_TEST(ticks_that_begin_again)
{
	assert_events("@@@ 1073741823\n" GC
		      "@@@\n"
		      "@@@ 1\n" GC
		      "@@@\n"
		      "@@@ 500\n" GC
		      "@@@\n"
		      "@@@ 100\n" GC
		      "@@@\n"
		      "@@@ 150\n" GC "@@@\n",
		      DUMP(2) REST "0\n" DUMP(5) REST "2000\n" DUMP(8) REST
		      "501000\n"
		      "reset line 10 at 501000\n" DUMP(11) REST "501000\n" DUMP(14) REST "551000\n");
}

/* Also where the ticks of the first frame were few, and its date was that of another life. */
UNIT_TEST(a_reset_after_a_small_first_tick)
{
	assert_events("@@@ 1000 (2024, 9, 10, 12, 5, 42, 1, 254)\n@@@ 1000\n" GC
		      "@@@\n"
		      "@@@ 120000\n" GC
		      "@@@\n"
		      "@@@ 900\n" GC
		      "@@@\n"
		      "@@@ 60900\n" GC "@@@\n",
		      DUMP(3) REST "0 [2024-09-10T12:05:42.000]\n" DUMP(6) REST
		      "119000000 [2024-09-10T12:07:41.000]\n"
		      "reset line 8 at 119000000\n" DUMP(9) REST "119000000\n" DUMP(12) REST "179000000\n");
}

UNIT_TEST(names)
{
	assert_events(
		"*** Memory info before ***\n"
		"time:1609463914756126000\n" GC
		"***********************\n"
		"*** Memory info step 1 ***\n"
		"time:1609463914783072000\n" GC "***********************\n" GC,
		DUMP(3) ", 'before'" REST
			"0 [2021-01-01T01:18:34.756]\n" DUMP(7) ", 'step 1'" REST
								"26946 [2021-01-01T01:18:34.783]\n" DUMP(9) REST "-\n");
	assert_events("*** Memory info a ***\ntime:(2023, 5, 1, 12, 0, 0, 0, 121)\n" GC
		      "*** Memory info b ***\ntime: (2023, 5, 1, 12, 0, 3, 0, 121)\n" GC "*** Memory info c ***\n" GC,
		      DUMP(3) ", 'a'" REST "0 [2023-05-01T12:00:00.000]\n" DUMP(
			      6) ", 'b'" REST "3000000 [2023-05-01T12:00:03.000]\n" DUMP(8) ", 'c'" REST "-\n");
}

/* time_ns() of a clock that was not set gives durations, not times. */
UNIT_TEST(times_since_the_start)
{
	assert_events("*** Memory info a ***\ntime:5000000000\n" GC "*** Memory info b ***\ntime:7000000000\n" GC,
		      DUMP(3) ", 'a'" REST "0\n" DUMP(6) ", 'b'" REST "2000000\n");
}

UNIT_TEST(what_looks_like_a_frame)
{
	assert_events("@@@@\n@@@x 1\n*** Memory info\n*** Memory info ***\n****\ntime:5\n" GC, DUMP(7) REST "-\n");
	assert_events("*** Memory info a ***\ntime:(2023, 13, 1, 12, 0, 0)\ntime:x\ntime:\n" GC,
		      DUMP(5) ", 'a'" REST "-\n");
	assert_events("@@@ 99999999999999999999\n" GC "@@@ 18446744073709551614\n" GC,
		      DUMP(2) REST "-\n" DUMP(4) REST "-\n");
}

UNIT_TEST(a_terminal_program_s_stamp_comes_first)
{
	assert_events("[07:09:41] @@@ 5\n[07:09:42] " GC "[07:09:43] @@@\n", DUMP(2) REST "1000000 [07:09:42]\n");
}

UNIT_TEST(the_probe)
{
	static const char *const texts[] = { "", "@@@", "@@@ ", "x@@@ 1\n", "@@@ x\n", "@@ 1\n" };

	assert_int_equal(dump_frames_probe((const uint8_t *)"@@@ 1\n", 6), 95);
	assert_int_equal(dump_frames_probe((const uint8_t *)"INFO: x\n@@@ 1\n", 14), 95);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(dump_frames_probe((const uint8_t *)texts[i], strlen(texts[i])), 0);
}
