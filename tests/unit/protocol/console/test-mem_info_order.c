/* Output of other threads within a dump does not break it, and output after it stays after it. */
#include "console/mem_info.h"
#include "cuts.h"
#include "unit.h"

#define H64      "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh"
#define GC_LINE  "GC: total: 3072, used: 3072, free: 0\n"
#define BEGIN    "stack: 520 out of 7936\n" GC_LINE "GC memory layout; from 20003e80:\n00000000: " H64 "\n"
#define TWO_ROWS BEGIN "00000400: " H64 "\n"
#define END      "00000400: " H64 "\n00000800: " H64 "\n"
#define SAID     ", stack 520/7936, said 3072/3072/0 - - - - -\n    gc 16 B, "

static void assert_events(const char *log, const char *expected)
{
	cuts_assert_events(&decoder_mem_info, log, expected);
}

UNIT_TEST(what_looks_like_another_beginning)
{
	static const char *const lines[] = {
		"GC:\n",
		"Task stack: 512\n",
		"stack: 512 out of 1024\n",
		"mem: total=1, current=2, peak=3\n",
		"deadbeef:\n",
		"a4cf12345678:\n",
		"@@@\n",
		"****************************************\n",
		"... gc.collect() follows\n",
		"=== mem_info\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		CLEANUP(strbuf_deinit) struct strbuf log = STRBUF_INIT;
		strbuf_printf(&log, BEGIN "%s" END, lines[i]);
		assert_events(strbuf_text(&log),
			      "snapshot line 1 +7 lines, whole 0" SAID "192 blocks, missing 0, 20003e80: 192h at -\n");
	}
}

/* An address alone is not believed where an area begins anyhow. */
UNIT_TEST(an_address_before_an_area)
{
	assert_events(
		"GC: total: 3072, used: 3072, free: 0\nGC memory layout; from 20003e80:\n"
		"00000000: " H64 "\n00000400: " H64
		"\ndeadbeef:\n"
		"GC memory layout; from 20008000:\n00000000: " H64 "\n",
		"snapshot line 1 +7 lines, whole 0, stack -/-, said 3072/3072/0 - - - - -\n    gc 16 B, "
		"192 blocks, missing 0, 20003e80: 128h, 20008000: 64h at -\n");
}

/* If the figures follow, it is one. */
UNIT_TEST(another_beginning)
{
	static const char cut[] = "snapshot line 1 +5 lines, it stops before the end of the table 5" SAID
				  "128 blocks, missing 1024, 20003e80: 128h at -\n";
	CLEANUP(strbuf_deinit) struct strbuf expected = STRBUF_INIT;

	strbuf_printf(&expected,
		      "%ssnapshot line 6 +6 lines, whole 0" SAID "192 blocks, missing 0, 20003e80: 192h at -\n", cut);
	assert_events(TWO_ROWS BEGIN END, strbuf_text(&expected));
	expected.n_bytes = 0;
	strbuf_printf(&expected,
		      "%ssnapshot line 6 +3 lines, whole 0, stack -/-, said 3072/48/3024 - - - - -\n"
		      "    gc 16 B, 0 blocks, missing 0 at -\n",
		      cut);
	assert_events(TWO_ROWS "GC:\n  3072 total\n  48 : 3024\n", strbuf_text(&expected));
	expected.n_bytes = 0;
	strbuf_printf(&expected,
		      "%ssnapshot line 6 +2 lines, the numbers of its GC: line are not readable 7"
		      ", stack 9/-, said -/-/- 64 1 1 - -\n    gc 16 B, 0 blocks, missing 0 at -\n",
		      cut);
	assert_events(TWO_ROWS "stack: 9\n No. of 1-blocks: 64, 2-blocks: 1, max blk sz: 1\n", strbuf_text(&expected));
}

/* Behind figures alone another thread's lines come in order, and so does the dump. */
UNIT_TEST(figures_alone)
{
	static const char dump[] =
		"snapshot line 1 +2 lines, whole 0"
		", stack 520/7936, said 3072/3072/0 - - - - -\n    gc 0 B, 0 blocks, missing 0 at -\n";
	CLEANUP(strbuf_deinit) struct strbuf expected = STRBUF_INIT;

	strbuf_printf(&expected,
		      "%ssample line 3 used 2 free 1 at -\n"
		      "failed line 4 unsized - 'MemoryError:' at -\n",
		      dump);
	assert_events("stack: 520 out of 7936\n" GC_LINE "free: 1 allocated: 2\nMemoryError: \n",
		      strbuf_text(&expected));
	expected.n_bytes = 0;
	strbuf_printf(&expected, "%sqstr line 3 1 2 12 60 at -\n", dump);
	assert_events("stack: 520 out of 7936\n" GC_LINE
		      "qstr pool: n_pool=1, n_qstr=2, n_str_data_bytes=12, n_total_bytes=60\n",
		      strbuf_text(&expected));
	assert_events("stack: 520 out of 7936\n" GC_LINE
		      "free: 1 allocated: 2\n"
		      "GC memory layout; from 20003e80:\n00000000: " H64 "\nfree: 3 allocated: 4\n" END,
		      "snapshot line 1 +8 lines, whole 0" SAID
		      "192 blocks, missing 0, 20003e80: 192h at -\n"
		      "sample line 3 used 2 free 1 at -\n"
		      "sample line 6 used 4 free 3 at -\n");
}

/* A mark names the dump before it, also where its table is thought to go on. */
UNIT_TEST(marks_come_behind)
{
	assert_events("stack: 520 out of 7936\n" GC_LINE "memprof: figures\n" TWO_ROWS
		      "memprof: one\nmemprof: two\n"
		      "00000800: " H64 "\n",
		      "snapshot line 1 +2 lines, whole 0, stack 520/7936, said 3072/3072/0 - - - - -\n"
		      "    gc 0 B, 0 blocks, missing 0 at -\nmark 'figures' at -\n"
		      "snapshot line 4 +8 lines, whole 0" SAID
		      "192 blocks, missing 0, 20003e80: 192h at -\n"
		      "mark 'one' at -\nmark 'two' at -\n");
}

/* More of them than there is room for are not lost. */
UNIT_TEST(many_figures_within_a_dump)
{
	CLEANUP(strbuf_deinit) struct strbuf log = STRBUF_INIT, expected = STRBUF_INIT;

	strbuf_puts(&log, BEGIN);
	for (int i = 0; i < 20; i++)
		strbuf_printf(&log, "free: %d allocated: 2\n", i);
	strbuf_puts(&log, END);
	for (int i = 15; i < 20; i++)
		strbuf_printf(&expected, "sample line %d used 2 free %d at -\n", i + 5, i);
	strbuf_puts(&expected,
		    "snapshot line 1 +26 lines, whole 0" SAID "192 blocks, missing 0, 20003e80: 192h at -\n");
	for (int i = 0; i < 15; i++)
		strbuf_printf(&expected, "sample line %d used 2 free %d at -\n", i + 5, i);
	assert_events(strbuf_text(&log), strbuf_text(&expected));
}
