#define _DEFAULT_SOURCE /* strtok_r */
#include "console/mem_info.h"

#include "cuts.h"
#include "events.h"
#include "memprof/base/text.h"
#include "sample.h"
#include "unit.h"

#define H64 "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh"
#define T64 "================================================================"
#define F64 "................................................................"

/* A dump of 140 blocks of 16 bytes. */
#define STATISTICS                                  \
	"stack: 520 out of 7936\n"                  \
	"GC: total: 2240, used: 1040, free: 1200\n" \
	" No. of 1-blocks: 64, 2-blocks: 1, max blk sz: 1, max free sz: 75\n"
#define TABLE                                                             \
	"GC memory layout; from 20003e80:\n00000000: " H64                \
	"\n"                                                              \
	"00000400: L"                                                     \
	"===============================================================" \
	"\n"                                                              \
	"00000800: ............\n"
#define DUMP STATISTICS TABLE

#define SAID         "said 2240/1040/1200 64 1 1 75 -"
#define SAID_NOTHING "said -/-/- - - - - -"
#define BLOCKS       "gc 16 B, 140 blocks, missing 0, 20003e80: 64h 1L 63= 12."

static void assert_events(const char *log, const char *expected)
{
	cuts_assert_events(&decoder_mem_info, log, expected);
}

/* ---- what is printed ---- */

static void assert_printed(const struct decoder *decoder, const char *log, const char *expected)
{
	CLEANUP(strbuf_deinit) struct strbuf events = STRBUF_INIT;

	assert_int_equal(events_read(decoder, log, strlen(log), (struct cuts){ .with_printed = true }, &events), 0);
	assert_string_equal(strbuf_text(&events), expected);
	cuts_split(decoder, "this log", (const uint8_t *)log, strlen(log));
}

/* Before what comes of the lines after it, and without the dump. */
UNIT_TEST(what_is_printed_around_a_dump)
{
	assert_printed(&decoder_mem_info, "one\r\n\n\x1b[1mtwo\n" DUMP "GC: collected\n 5 %\r10 %\r\nend",
		       "[one][\n][\n][\x1b[1mtwo]snapshot line 4 +7 lines, whole 0, stack 520/7936, " SAID
		       "\n    " BLOCKS " at -\n[\n][ 5 %][\r][10 %][\n][end]");
	assert_printed(&decoder_mem_info, "MemoryError: \n",
		       "[MemoryError: ]failed line 1 unsized - 'MemoryError:' at -\n");
	assert_printed(&decoder_mem_info, "", "");
}

/* Signs of the raw REPL and of memprof's hooks are none of the board's. */
UNIT_TEST(what_is_printed_among_signs)
{
	assert_printed(&decoder_mem_info,
		       "a\x1e\x1f\x04memprof end 123>>> \n\x04\x04>\n\x04>b\x04\n\x04memprof end 7\nc\x04",
		       "[a][>>> ][\n][b][\n][c]");
}

/* ---- dumps ---- */

UNIT_TEST(a_dump)
{
	assert_events(DUMP, "snapshot line 1 +7 lines, whole 0, stack 520/7936, " SAID "\n    " BLOCKS " at -\n");
}

UNIT_TEST(statistics_alone)
{
	assert_events(">>> micropython.mem_info()\n" STATISTICS ">>> \n",
		      "snapshot line 2 +3 lines, whole 0, stack 520/7936, " SAID
		      "\n    gc 16 B, 0 blocks, missing 0 at -\n");
}

UNIT_TEST(a_table_alone)
{
	assert_events(TABLE, "snapshot line 1 +4 lines, whole 0, stack -/-, " SAID_NOTHING "\n    " BLOCKS " at -\n");
}

UNIT_TEST(without_a_stack_line)
{
	assert_events(strstr(DUMP, "GC: "),
		      "snapshot line 1 +6 lines, whole 0, stack -/-, " SAID "\n    " BLOCKS " at -\n");
}

/* Without its first lines a dump has no total that would show that rows are missing: its counts do. */
UNIT_TEST(without_a_gc_line)
{
	static const char right[] = " No. of 1-blocks: 64, 2-blocks: 0, max blk sz: 64, max free sz: 12\n";
	char log[1024];

	snprintf(log, sizeof(log), "%s%s", right, TABLE);
	assert_events(log,
		      "snapshot line 1 +5 lines, whole 0, stack -/-, said -/-/- 64 0 64 12 -\n    " BLOCKS " at -\n");
	snprintf(log, sizeof(log), "%s%.*s\n", right, (int)(strlen(TABLE) - strlen("00000800: ............\n") - 1),
		 TABLE);
	assert_events(log,
		      "snapshot line 1 +4 lines, "
		      "its rows are not those that it counts (No. of 1-blocks) 1, stack -/-, said -/-/- 64 0 64 12 -\n"
		      "    gc 16 B, 128 blocks, missing 0, 20003e80: 64h 1L 63= at -\n");
	/* Each of the four counts. */
	static const char *const wrong[] = {
		" No. of 1-blocks: 63, 2-blocks: 0, max blk sz: 64, max free sz: 12\n",
		" No. of 1-blocks: 64, 2-blocks: 1, max blk sz: 64, max free sz: 12\n",
		" No. of 1-blocks: 64, 2-blocks: 0, max blk sz: 65, max free sz: 12\n",
		" No. of 1-blocks: 64, 2-blocks: 0, max blk sz: 64, max free sz: 13\n",
	};
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		CLEANUP(strbuf_deinit) struct strbuf events = STRBUF_INIT;
		snprintf(log, sizeof(log), "%s%s", wrong[i], TABLE);
		events_of_text(&decoder_mem_info, log, &events);
		assert_non_null(strstr(strbuf_text(&events), "its rows are not those"));
	}
	/* Alone it is prose, and before another dump the rest of one that was cut. */
	assert_events(right, "");
	snprintf(log, sizeof(log), "%s%s", right, DUMP);
	assert_events(log, "snapshot line 2 +7 lines, whole 0, stack 520/7936, " SAID "\n    " BLOCKS " at -\n");
	/* With a stack line the line between them is damaged. */
	snprintf(log, sizeof(log), "stack: 520 out of 7936\n%s%s", right, TABLE);
	assert_events(log,
		      "snapshot line 1 +6 lines, the numbers of its GC: line are not readable 2, stack 520/7936, "
		      "said -/-/- 64 0 64 12 -\n    " BLOCKS " at -\n");
}

/* Every wording there was (facts/gc-heap.md section 4). */
UNIT_TEST(all_forms_of_the_statistics)
{
	static const struct {
		const char *log, *expected;
	} rows[] = {
		{ "mem: total=32523, current=21634, peak=23278\nstack: 832 out of 80000\n",
		  "" }, /* MEM_STATS, and cut */
		{ "mem: total=32523, current=21634, peak=23278\nGC: total: 64, used: 16, free: 48\n",
		  "snapshot line 1 +2 lines, whole 0, stack -/-, said 64/16/48 - - - - -\n" },
		{ "stack: 4294923312\nGC: total: 64, used: 16, free: 48\n", /* no stack check */
		  "snapshot line 1 +2 lines, whole 0, stack -/-, said 64/16/48 - - - - -\n" },
		{ "GC: total: 64, used: 16, free: 48, max new split: 134217728\n",
		  "snapshot line 1 +1 lines, whole 0, stack -/-, said 64/16/48 - - - - 134217728\n" },
		{ "GC: total: 64, used: 16, free: 48\nNo. of 1-blocks: 3, 2-blocks: 2, max blk sz: 1\n",
		  "snapshot line 1 +2 lines, whole 0, stack -/-, said 64/16/48 3 2 1 - -\n" },
		{ "1234 stack: 5 out of 6\nx GC: total: 64, used: 16, free: 48\n", /* noise before */
		  "snapshot line 1 +2 lines, whole 0, stack 5/6, said 64/16/48 - - - - -\n" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_deinit) struct strbuf events = STRBUF_INIT;
		events_of_text(&decoder_mem_info, rows[i].log, &events);
		assert_int_equal(strncmp(strbuf_text(&events), rows[i].expected, strlen(rows[i].expected)), 0);
		assert_true(events.n_bytes > 0 || !*rows[i].expected);
	}
}

/* 71 is never read for "71 456". */
UNIT_TEST(numbers_that_are_not_whole)
{
	static const char *const lines[] = {
		"GC: total: 71 456, used: 16, free: 48\n",
		"GC: total: 64, used: 16, free: 4 8\n",
		"GC: total: 64, used: , free: 48\n",
		"GC: total: 64, used: 16\n",
		"GC: total: -5, used: 1, free: 1\n",
		"GC: total: 64, used: 16, free: 48 and more\n",
		"GC: total: 64, used: 16, free: 48x\n",
		"GC: total: 99999999999999999999999, used: 16, free: 48\n",
		"GC: total: 64, used: 16, free: 48, max new split: \n",
	};
	static const char expected[] =
		"snapshot line 1 +1 lines, the numbers of its GC: line are not"
		" readable 1, stack -/-, " SAID_NOTHING "\n    gc 0 B, 0 blocks, missing 0 at -\n";

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_events(lines[i], expected);
}

UNIT_TEST(two_areas)
{
	assert_events(
		"GC: total: 4224, used: 1, free: 2\n"
		"GC memory layout; from 7f5c72d34c00:\n"
		"00000000: " H64
		"\n00000800: h=..\n"
		"GC memory layout; from 0x7f5c72cf3c80:\n"
		"00000000: " F64 "\n",
		"snapshot line 1 +6 lines, whole 0, stack -/-, said 4224/1/2 - - - - -\n"
		"    gc 32 B, 132 blocks, missing 0, 7f5c72d34c00: 65h 1= 2., 7f5c72cf3c80: 64. at -\n");
}

/* ---- what ends a dump ---- */

UNIT_TEST(its_last_row)
{
	assert_events(DUMP "00000c00: h=\nmore\n" DUMP,
		      "snapshot line 1 +7 lines, whole 0, stack 520/7936, " SAID "\n    " BLOCKS
		      " at -\n"
		      "snapshot line 10 +7 lines, whole 0, stack 520/7936, " SAID "\n    " BLOCKS " at -\n");
}

#define CUT_TABLE                                          \
	"GC memory layout; from 20003e80:\n00000000: " H64 \
	"\n00000400: L"                                    \
	"==="                                              \
	"============================================================\n"
#define CUT_BLOCKS "gc 16 B, 128 blocks, missing 192, 20003e80: 64h 1L 63="
#define CUT_SNAPSHOT \
	"+6 lines, it stops before the end of the table 6, stack 520/7936, " SAID "\n    " CUT_BLOCKS " at -\n"

UNIT_TEST(a_prompt)
{
	assert_events(STATISTICS CUT_TABLE ">>> \n00000800: ............\n", "snapshot line 1 " CUT_SNAPSHOT);
}

UNIT_TEST(the_end_of_the_log) { assert_events(STATISTICS CUT_TABLE, "snapshot line 1 " CUT_SNAPSHOT); }

UNIT_TEST(another_dump)
{
	assert_events(STATISTICS CUT_TABLE DUMP,
		      "snapshot line 1 " CUT_SNAPSHOT "snapshot line 7 +7 lines, whole 0, stack 520/7936, " SAID
		      "\n    " BLOCKS " at -\n");
	assert_events(STATISTICS STATISTICS ">>> ", "snapshot line 1 +3 lines, whole 0, stack 520/7936, " SAID
						    "\n    gc 16 B, 0 blocks, missing 0 at -\n"
						    "snapshot line 4 +3 lines, whole 0, stack 520/7936, " SAID
						    "\n    gc 16 B, 0 blocks, missing 0 at -\n");
}

/* With another start it is a further area; with the same it is a new dump. */
UNIT_TEST(the_same_area_again)
{
	assert_events("GC memory layout; from 1000:\n00000000: " H64
		      "\n00000400: h=..\n"
		      "GC memory layout; from 9000:\n00000000: " F64
		      "\n"
		      "GC memory layout; from 1000:\n00000000: " T64 "\n00000400: ....\n",
		      "snapshot line 1 +5 lines, whole 0, stack -/-, " SAID_NOTHING
		      "\n    gc 16 B, 132 blocks, missing 0, 1000: 65h 1= 2., 9000: 64. at -\n"
		      "snapshot line 6 +3 lines, whole 0, stack -/-, " SAID_NOTHING
		      "\n    gc 16 B, 68 blocks, missing 0, 1000: 64= 4. at -\n");
}

UNIT_TEST(much_else_between_its_rows)
{
	CLEANUP(strbuf_deinit) struct strbuf log = STRBUF_INIT;
	CLEANUP(strbuf_deinit) struct strbuf events = STRBUF_INIT;

	strbuf_puts(&log, STATISTICS CUT_TABLE);
	strbuf_repeat(&log, "temperature 21.5\n", 1000);
	strbuf_puts(&log, "00000800: ............\n");
	events_of_text(&decoder_mem_info, strbuf_text(&log), &events);
	assert_string_equal(strbuf_text(&events), "snapshot line 1 " CUT_SNAPSHOT);
}

/* ---- noise ---- */

UNIT_TEST(other_threads_print_between_the_rows)
{
	assert_events(STATISTICS "hello\nGC memory layout; from 20003e80:\nT: 21.5\n00000000: " H64
				 "\n\n"
				 "00000400: L===============================================================\n"
				 "[sensor] 12:30 ok\nMemoryError: memory allocation failed, allocating 600 bytes\n"
				 "x = 5 00000800: ............\n",
		      "failed line 11 asked 600 'MemoryError: memory allocation failed, allocating 600 bytes'"
		      " at -\n"
		      "snapshot line 1 +12 lines, whole 0, stack 520/7936, " SAID "\n    " BLOCKS " at -\n");
}

UNIT_TEST(colours_quotes_and_carriage_returns)
{
	static const char expected[] = "snapshot line 1 +7 lines, whole 0, stack 520/7936, " SAID "\n    " BLOCKS
				       " at -\n";
	static const char *const befores[] = { "> ", "&gt; ", "\x1b[33m", "\t", "    ", "> > " };
	static const char *const afters[] = { "\r", "\r\r", " ", "\x1b[0m" };

	for (size_t i = 0; i < ARRAY_SIZE(befores); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(afters); k++) {
			CLEANUP(strbuf_deinit) struct strbuf log = STRBUF_INIT;
			CLEANUP(strbuf_deinit) struct strbuf events = STRBUF_INIT;
			for (const char *p = DUMP; *p;) {
				size_t n = strcspn(p, "\n");
				strbuf_puts(&log, befores[i]);
				strbuf_add(&log, p, n);
				strbuf_puts(&log, afters[k]);
				strbuf_putc(&log, '\n');
				p += n + 1;
			}
			events_of_text(&decoder_mem_info, strbuf_text(&log), &events);
			assert_string_equal(strbuf_text(&events), expected);
		}
	}
}

UNIT_TEST(rows_that_are_missing)
{
	assert_events(
		"GC: total: 4096, used: 1, free: 2\nGC memory layout; from 1000:\n"
		"00000000: " H64 "\n00000400: " H64 "\n00000c00: " T64 "\n",
		"snapshot line 1 +5 lines, rows of the table are missing or not readable 5, stack -/-,"
		" said 4096/1/2 - - - - -\n    gc 16 B, 256 blocks, missing 0, 1000: 128h 64? 64= at -\n");
}

/* ---- what else a log says ---- */

UNIT_TEST(a_session)
{
	assert_events(
		"MicroPython v1.25.0 on 2026-11-20; Raspberry Pi Pico with RP2040\r\n"
		"Type \"help()\" for more information.\r\n"
		">>> import gc, micropython\r\n"
		">>> gc.mem_free()\r\n"
		"62336\r\n"
		">>> gc.collect(); gc.mem_alloc()\r\n"
		"\r\n"
		"2688\r\n"
		">>> 2 + 2\r\n"
		"4\r\n"
		">>> x = bytearray(100000000)\r\n"
		"Traceback (most recent call last):\r\n"
		"  File \"<stdin>\", line 1, in <module>\r\n"
		"MemoryError: memory allocation failed, allocating 100000000 bytes\r\n"
		">>> micropython.qstr_info()\r\n"
		"qstr pool: n_pool=1, n_qstr=3, n_str_data_bytes=42, n_total_bytes=202\r\n"
		">>> ",
		"banner line 1 'MicroPython v1.25.0 on 2026-11-20; Raspberry Pi Pico with RP2040' at -\n"
		"sample line 5 used - free 62336 at -\n"
		"sample line 8 used 2688 free - at -\n"
		"failed line 14 asked 100000000 'MemoryError: memory allocation failed, allocating"
		" 100000000 bytes' at -\n"
		"qstr line 16 1 3 42 202 at -\n");
}

UNIT_TEST(an_answer_is_a_number_and_nothing_else)
{
	assert_events(
		">>> gc.mem_free()\n62336 bytes\n>>> gc.mem_free()\nTraceback\n5\n"
		">>> gc.mem_free() + 1\n6\n",
		"");
	assert_events(">>> print(gc.mem_free())\n5\n", "sample line 2 used - free 5 at -\n");
}

/* The words of MicroPython's own documentation on reducing fragmentation. */
UNIT_TEST(free_and_allocated_in_one_line)
{
	assert_events(
		"Initial free: 108592 allocated: 2000\nFunc definition Free: 5, allocated: 6 bytes\n"
		"cheese free: 5\n",
		"sample line 1 used 2000 free 108592 at -\nsample line 2 used 6 free 5 at -\n");
}

UNIT_TEST(interned_strings)
{
	assert_events(
		"Q(early)\n>>> micropython.qstr_info(1)\n"
		"qstr pool: n_pool=1, n_qstr=3, n_str_data_bytes=42, n_total_bytes=202\n"
		"Q(~/.micropython/lib)\nQ()\nQ(a(b)c)\nQ(two\nlines)\nQ(T)\n>>> \nQ(late)\n",
		"qstr line 3 1 3 42 202 at -\n"
		"string line 4 '~/.micropython/lib' at -\n"
		"string line 5 '' at -\n"
		"string line 6 'a(b)c' at -\n"
		"string line 7 broken 'two' at -\n"
		"string line 9 'T' at -\n");
}

/* What a firmware holds as text is not what it says. */
UNIT_TEST(strings_that_look_like_something_else)
{
	assert_events(
		"qstr pool: n_pool=1, n_qstr=2, n_str_data_bytes=42, n_total_bytes=202\n"
		"Q(memory allocation failed, allocating %u bytes)\nQ(MemoryError)\nQ(last)\n",
		"qstr line 1 1 2 42 202 at -\n"
		"string line 2 'memory allocation failed, allocating %u bytes' at -\n"
		"string line 3 'MemoryError' at -\nstring line 4 'last' at -\n");
}

UNIT_TEST(banners)
{
	assert_events(
		"Adafruit CircuitPython 9.2.1 on 2024-11-20; Adafruit Feather M4 with samd51j19\n"
		"MicroPython v1.10-1-gabc on 2019-01-25; esp32 with ESP32\n"
		"MicroPython is great\nMicroPython v1 on the road\n",
		"banner line 1 'Adafruit CircuitPython 9.2.1 on 2024-11-20; Adafruit Feather M4 with"
		" samd51j19' at -\n"
		"banner line 2 'MicroPython v1.10-1-gabc on 2019-01-25; esp32 with ESP32' at -\n");
}

/* ---- times ---- */

UNIT_TEST(stamps_count_from_the_first_stamped_line)
{
	assert_events(
		"[07:09:41.000] >>> \n"
		"[07:09:41.500] Initial free: 5 allocated: 6\n"
		"Initial free: 7 allocated: 8\n"
		"[07:09:43] GC: total: 64, used: 16, free: 48\n"
		"[07:09:44] >>> \n",
		"sample line 2 used 6 free 5 at 500000 [07:09:41.500]\n"
		"sample line 3 used 8 free 7 at -\n"
		"snapshot line 4 +1 lines, whole 0, stack -/-, said 64/16/48 - - - - -\n"
		"    gc 16 B, 0 blocks, missing 0 at 2000000 [07:09:43]\n");
}

UNIT_TEST(stamps_go_on_after_midnight)
{
	assert_events(
		"[23:59:59] Initial free: 1 allocated: 0\n"
		"[00:00:01] Initial free: 2 allocated: 0\n"
		"[12:00:00] Initial free: 3 allocated: 0\n"
		"[23:59:59] >>> \n"
		"[00:00:00] Initial free: 4 allocated: 0\n"
		"[23:59:58] Initial free: 5 allocated: 0\n", /* lines out of order */
		"sample line 1 used 0 free 1 at 0 [23:59:59]\n"
		"sample line 2 used 0 free 2 at 2000000 [00:00:01]\n"
		"sample line 3 used 0 free 3 at 43201000000 [12:00:00]\n"
		"sample line 5 used 0 free 4 at 86401000000 [00:00:00]\n"
		"sample line 6 used 0 free 5 at 172799000000 [23:59:58]\n");
}

UNIT_TEST(stamps_that_go_back_a_little_are_no_new_day)
{
	assert_events(
		"[12:00:00] Initial free: 1 allocated: 0\n"
		"[12:00:02] Initial free: 2 allocated: 0\n"
		"[12:00:01] Initial free: 3 allocated: 0\n"
		"[11:59:59] Initial free: 4 allocated: 0\n",
		"sample line 1 used 0 free 1 at 0 [12:00:00]\n"
		"sample line 2 used 0 free 2 at 2000000 [12:00:02]\n"
		"sample line 3 used 0 free 3 at 1000000 [12:00:01]\n"
		"sample line 4 used 0 free 4 at - [11:59:59]\n");
}

UNIT_TEST(stamps_with_a_date)
{
	assert_events(
		"[2026-11-20T23:59:59.000Z] Initial free: 1 allocated: 0\n"
		"[2026-11-22T00:00:00.250Z] Initial free: 2 allocated: 0\n",
		"sample line 1 used 0 free 1 at 0 [2026-11-20T23:59:59.000Z]\n"
		"sample line 2 used 0 free 2 at 86401250000 [2026-11-22T00:00:00.250Z]\n");
}

/* ---- excerpts, and what is none ---- */

UNIT_TEST(rows_without_their_beginning)
{
	assert_events("Look:\n00c00: " H64 "\n01000: " T64 "\n01400: ==..\nthat is all\n",
		      "snapshot line 2 +3 lines, the beginning of its table is missing 2, stack -/-, " SAID_NOTHING
		      "\n    gc 16 B, 132 blocks, missing 0, c00?: 64h 66= 2. at -\n");
	/* an elision between the two, and another map behind a short row */
	assert_events("00c00: " H64 "\n       (1 lines all free)\n01c00: " H64
		      "\n02400: ..\n"
		      "f0000: " H64 "\nf0400: " H64 "\n",
		      "snapshot line 1 +4 lines, the beginning of its table is missing 1, stack -/-, " SAID_NOTHING
		      "\n    gc 32 B, 194 blocks, missing 0, c00?: 64h 64. 64h 2. at -\n"
		      "snapshot line 5 +2 lines, the beginning of its table is missing 5, stack -/-, " SAID_NOTHING
		      "\n    gc 16 B, 128 blocks, missing 0, f0000?: 128h at -\n");
}

UNIT_TEST(rows_without_their_beginning_behind_statistics)
{
	assert_events(STATISTICS "00000: " H64
				 "\n00400: L"
				 "==============================================================="
				 "\n00800: ............\n>>> ",
		      "snapshot line 1 +6 lines, the beginning of its table is missing 4, stack 520/7936, " SAID
		      "\n    gc 16 B, 140 blocks, missing 0, 0?: 64h 1L 63= 12. at -\n");
}

UNIT_TEST(one_row_is_no_table)
{
	assert_events("00000: " H64 "\nwords\n00400: " H64
		      "\n" /* not one right after the other */
		      "10000: " H64
		      "\n"                                       /* not one row further */
		      "before: hh..\n00000: hh..\n00400: hh..\n" /* too short to be believed */
		      "00000: " F64 "\n00400: xx" F64
		      "\n"
		      "00000: abc\n",
		      "");
}

UNIT_TEST(a_bare_address_begins_an_area)
{
	assert_events("0bc00: " H64 "\n0c000: " T64 "\n3ffe4db0:\n00000: " H64 "\n00400: ==\n",
		      "snapshot line 1 +5 lines, the beginning of its table is missing 1, stack -/-, " SAID_NOTHING
		      "\n    gc 16 B, 194 blocks, missing 0, bc00?: 64h 64=, 3ffe4db0: 64h 2= at -\n");
	/* a row that was cut behind its address */
	assert_events("00000000: " H64 "\n00000400: " T64 "\n00000800:\n",
		      "snapshot line 1 +2 lines, the beginning of its table is missing 1, stack -/-, " SAID_NOTHING
		      "\n    gc 16 B, 128 blocks, missing 0, 0?: 64h 64= at -\n");
}

UNIT_TEST(areas_with_their_sizes)
{
	assert_events("GC area #0 (size 1040), from 3ffb30a0:\n00000: " H64
		      "\n00400: .\n"
		      "GC area #1 (size 64), from 0x3ffe4de0:\n00000: h...\n",
		      "snapshot line 1 +5 lines, whole 0, stack -/-, " SAID_NOTHING
		      "\n    gc 16 B, 69 blocks, missing 0, 3ffb30a0: 64h 1., 3ffe4de0: 1h 3. at -\n");
}

UNIT_TEST(rows_beyond_the_total_are_not_lost)
{
	assert_events(
		"GC: total: 2048, used: 2048, free: 0\nGC memory layout; from 1000:\n"
		"00000000: " H64 "\n00000400: " H64 "\n00000800: " T64 "\n00000c00: " T64 "\n",
		"snapshot line 1 +4 lines, whole 0, stack -/-, said 2048/2048/0 - - - - -\n"
		"    gc 16 B, 128 blocks, missing 0, 1000: 128h at -\n"
		"snapshot line 5 +2 lines, it has more rows than its total, or than memprof keeps 5, "
		"stack -/-, " SAID_NOTHING "\n    gc 16 B, 128 blocks, missing 0, 800?: 128= at -\n");
}

UNIT_TEST(prose_that_quotes_the_statistics)
{
	assert_events("37 KiB, as it says: GC: total: 64, used: 16, free: 48\n", "");
	assert_events("stack: 5\nthread: GC: total: 64, used: 16, free: 48\n",
		      "snapshot line 1 +2 lines, whole 0, stack 5/-, said 64/16/48 - - - - -\n"
		      "    gc 16 B, 0 blocks, missing 0 at -\n");
}

UNIT_TEST(a_log_cut_in_the_next_dump)
{
	static const char whole[] = "snapshot line 1 +3 lines, whole 0, stack 520/7936, " SAID
				    "\n    gc 16 B, 0 blocks, missing 0 at -\n";
	static const char cut[] =
		"snapshot line 1 +3 lines, it stops before the end of the table 3,"
		" stack 520/7936, " SAID "\n    gc 16 B, 0 blocks, missing 0 at -\n";

	assert_events(STATISTICS "stack: 38", whole);
	assert_events(STATISTICS "stack: 38\n", whole);
	assert_events(STATISTICS "GC memory lay", cut);
}

UNIT_TEST(numbers_grouped_in_threes)
{
	assert_events(
		"GC: total: 111168, used: 71 456, free: 39\xe2\x80\xaf"
		"712\n",
		"snapshot line 1 +1 lines, whole 0, stack -/-, said 111168/71456/39712 - - - - -\n"
		"    gc 16 B, 0 blocks, missing 0 at -\n");
	/* they do not add up: 71 is not 71456, and neither may be right */
	assert_events(
		"GC: total: 111168, used: 71 457, free: 39 712\n",
		"snapshot line 1 +1 lines, the numbers of its GC: line are not readable 1, stack -/-, " SAID_NOTHING
		"\n    gc 0 B, 0 blocks, missing 0 at -\n");
}

UNIT_TEST(what_machine_info_prints)
{
	assert_events("GC:\n  2240 total\n  1040 : 1200\n  1=64 2=1 m=1\n" TABLE,
		      "snapshot line 1 +8 lines, whole 0, stack -/-, said 2240/1040/1200 64 1 1 - -\n    " BLOCKS
		      " at -\n");
	assert_events("GC:\n  2240 total\n  1040 used 1200 free\n>>> ",
		      "snapshot line 1 +3 lines, whole 0, stack -/-, said 2240/1040/1200 - - - - -\n"
		      "    gc 16 B, 0 blocks, missing 0 at -\n");
	assert_events("GC:\nnothing else\n5 total\n2 : 3\n", "");
	assert_events("GC:\n5 total\nand more\n", "");
	assert_events("GC:\n>>> \n5 total\n", "");
}

/* ---- what is true of every log ---- */

static void splits(const struct sample *s) { cuts_split(&decoder_mem_info, s->name, s->bytes, s->n_bytes); }

UNIT_TEST(any_cut_into_feeds_gives_the_same_events)
{
	sample_each_dump(splits);
	sample_each_synthetic(splits);
}

static void ends(const struct sample *s) { cuts_end(&decoder_mem_info, s->bytes, s->n_bytes); }

UNIT_TEST(a_log_may_end_anywhere)
{
	sample_each_dump(ends);
	sample_each_synthetic(ends);
}

/* Its figures, one line an event: "whole 832 80000 64640 ..." */
static void write_figures(const uint8_t *bytes, size_t n_bytes, struct strbuf *ret)
{
	struct mem_info *m = calloc(1, sizeof(*m));
	struct event event;
	int finished = 0;

	assert_non_null(m);
	mem_info_feed(m, bytes, n_bytes, NOT_KNOWN);
	while (finished < 2) {
		if (mem_info_next_event(m, &event, NULL) != DECODER_EVENT) {
			mem_info_finish(m);
			finished++;
			continue;
		}
		const uint64_t *figures = NULL;
		size_t n = 0;
		if (event.kind == EVENT_SNAPSHOT) {
			const struct heap *heap = event.snapshot.heap;
			strbuf_printf(ret, "%s %" PRIu64 " %" PRIu64, heap->problem == HEAP_WHOLE ? "whole" : "cut",
				      heap->stack_used_bytes, heap->stack_limit_bytes);
			figures = (const uint64_t *)&heap->pools[0].reported;
			n = sizeof(heap->pools[0].reported) / sizeof(*figures);
		} else if (event.kind == EVENT_SAMPLE) {
			strbuf_printf(ret, "sample %" PRIu64 " %" PRIu64, event.pool.reported.used_bytes,
				      event.pool.reported.free_bytes);
		} else if (event.kind == EVENT_FAILED) {
			strbuf_printf(ret, "failed %" PRIu64, event.failed.asked_bytes);
		} else if (event.kind == EVENT_QSTR) {
			strbuf_puts(ret, "qstr");
			figures = (const uint64_t *)&event.qstr;
			n = sizeof(event.qstr) / sizeof(*figures);
		} else {
			continue;
		}
		for (size_t i = 0; i < n; i++)
			strbuf_printf(ret, " %" PRIu64, figures[i]);
		strbuf_putc(ret, '\n');
	}
	mem_info_deinit(m);
	free(m);
}

/* Whether a cut log's events tell no figure that the whole log does not: each is the same, or not
 * known, or of a dump that says it is cut. */
static bool tells_nothing_else(const char *cut, const char *whole)
{
	static const char not_known[] = "18446744073709551615";
	char line_cut[512], line_whole[512];

	while (*cut) {
		size_t n_cut = strcspn(cut, "\n"), n_whole = strcspn(whole, "\n");
		snprintf(line_cut, sizeof(line_cut), "%.*s", (int)n_cut, cut);
		snprintf(line_whole, sizeof(line_whole), "%.*s", (int)n_whole, whole);
		cut += n_cut + 1;
		whole += n_whole + (whole[n_whole] == '\n');
		if (text_starts(line_cut, n_cut, "cut"))
			continue;
		char *rest_cut = line_cut, *rest_whole = line_whole, *a, *b;
		while ((a = strtok_r(rest_cut, " ", &rest_cut))) {
			b = strtok_r(rest_whole, " ", &rest_whole);
			if (!b || (strcmp(a, b) != 0 && strcmp(a, not_known) != 0 && strcmp(b, "cut") != 0))
				return false;
		}
	}
	return true;
}

static void figures_of_cuts(const struct sample *s)
{
	CLEANUP(strbuf_deinit) struct strbuf whole = STRBUF_INIT;
	size_t stride = cuts_stride(s->n_bytes);

	write_figures(s->bytes, s->n_bytes, &whole);
	for (size_t n = 0; n < s->n_bytes; n += stride) {
		CLEANUP(strbuf_deinit) struct strbuf cut = STRBUF_INIT;
		write_figures(s->bytes, n, &cut);
		if (!tells_nothing_else(strbuf_text(&cut), strbuf_text(&whole)))
			fail_msg("%s, cut after %zu bytes ('%.*s'), tells:\n%snot:\n%s", s->name, n, 30,
				 (const char *)s->bytes + (n > 30 ? n - 30 : 0), strbuf_text(&cut),
				 strbuf_text(&whole));
	}
}

UNIT_TEST(a_log_that_ends_inside_a_number_does_not_tell_another) { sample_each_dump(figures_of_cuts); }

/* Bytes change; whatever the heap is then, it holds its invariant. */
static void damage(const struct sample *s)
{
	uint32_t random = 0x6d656d70;
	uint8_t *bytes = malloc(s->n_bytes);

	assert_non_null(bytes);
	for (int round = 0; round < (s->n_bytes < 20000 ? 40 : 4); round++) {
		CLEANUP(strbuf_deinit) struct strbuf events = STRBUF_INIT;
		memcpy(bytes, s->bytes, s->n_bytes);
		for (uint32_t n = 1 + next_random(&random) % 60; n > 0; n--) {
			size_t at = next_random(&random) % s->n_bytes;
			bytes[at] = n % 2 ? (uint8_t)next_random(&random) : s->bytes[next_random(&random) % s->n_bytes];
		}
		events_read(&decoder_mem_info, bytes, s->n_bytes, (struct cuts){ .step_bytes = 1000 }, &events);
	}
	free(bytes);
}

UNIT_TEST(bytes_may_change) { sample_each_dump(damage); }

/* Lines may get lost, come twice, or in another order. */
static void shuffle(const struct sample *s)
{
	uint32_t random = 795;

	if (s->n_bytes > 50000)
		return;
	for (int round = 0; round < 30; round++) {
		CLEANUP(strbuf_deinit) struct strbuf log = STRBUF_INIT;
		CLEANUP(strbuf_deinit) struct strbuf events = STRBUF_INIT;
		const char *p = (const char *)s->bytes, *end = p + s->n_bytes;
		while (p < end) {
			const char *lf = memchr(p, '\n', (size_t)(end - p));
			const char *next = lf ? lf + 1 : end;
			uint32_t luck = next_random(&random) % 40;
			if (luck != 0)
				strbuf_add(&log, p, (size_t)(next - p));
			if (luck == 1)
				strbuf_add(&log, p, (size_t)(next - p));
			p = luck == 2 ? (const char *)s->bytes + next_random(&random) % s->n_bytes : next;
		}
		events_read(&decoder_mem_info, strbuf_text(&log), log.n_bytes, (struct cuts){ .step_bytes = 777 },
			    &events);
	}
}

UNIT_TEST(lines_may_come_in_any_order) { sample_each_dump(shuffle); }
