/* Heaps against limits: which moment counts, which heap, and what is said where none does. */
#include "check-fixture.h"

#include <stdio.h>

/* ---- figures ---- */

/* used 7 blocks of 16, free 9, the largest 4; D has 3 blocks, T 1. */
static const char *const ONE = "D==.T...h=.....h";

UNIT_TEST_WITH(every_figure, set_up, tear_down)
{
	limit_heap("gc", WHEN_LAST, "max_used", WHOLE(112));
	limit_heap("gc", WHEN_LAST, "min_free", WHOLE(145));
	limit_heap("gc", WHEN_LAST, "min_largest_free", PERCENT(0.3125));
	limit_heap("gc", WHEN_LAST, "max_fragmentation", RATIO(0.4));
	limit_fits("gc", WHEN_LAST, 33, 3);
	limit_fits("gc", WHEN_LAST, 48, 2);
	limit_heap("gc", WHEN_LAST, "max_objects", WHOLE(4));
	limit_heap("gc", WHEN_LAST, "max_objects", WHOLE(0))->kind = 'D';
	limit_heap("gc", WHEN_LAST, "max_used", PERCENT(0.1))->kind = 'D';
	begin();
	give(CHECK_NOW, "gc", ONE, "");
	offer_heaps();
	static const struct {
		int64_t value;
		enum check_status status;
	} rows[] = {
		{ 112, CHECK_PASS }, { 144, CHECK_FAIL }, { 80, CHECK_PASS }, { 0, CHECK_FAIL },  { 2, CHECK_FAIL },
		{ 2, CHECK_PASS },   { 4, CHECK_PASS },   { 1, CHECK_FAIL },  { 48, CHECK_FAIL },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_value(i, rows[i].value);
		assert_int_equal(check.rows[i].status, rows[i].status);
		assert_null(check.rows[i].found);
	}
	assert_ratio(check.rows[3].value.ratio, 1 - 80.0 / 144);
	assert_u64_equal(check.rows[0].capacity_bytes, 256);
	assert_u64_equal(check.rows[6].capacity_bytes, NOT_KNOWN);
}

UNIT_TEST_WITH(fragmentation_is_within_areas, set_up, tear_down)
{
	limit_heap("gc", WHEN_LAST, "max_fragmentation", RATIO(0.2));
	begin();
	give(CHECK_NOW, "gc", "hh...... ........ .h...... ........", "");
	offer_heaps();
	assert_int_equal(check.rows[0].status, CHECK_PASS);
	assert_ratio(check.rows[0].value.ratio, 1.0 / 29);
}

/* Of all dumps, or of the last one: its figures are those of what can still be read. */
UNIT_TEST_WITH(a_damaged_pool_keeps_no_limit, set_up, tear_down)
{
	limit_heap("gc", WHEN_LAST, "max_used", WHOLE(1000));
	limit_heap("gc", WHEN_EVERY, "max_used", WHOLE(1000));
	limit_heap("gc", WHEN_MIN, "min_free", WHOLE(1));
	begin();
	for (int i = 0; i < 3; i++) {
		struct heap heap;
		heap_init(&heap);
		add_pool(&heap, "gc", 16, ONE)->damaged = i == 1;
		heap_seal(&heap);
		give_heap(CHECK_NOW, &heap, NULL);
		heap_deinit(&heap);
	}
	offer_heaps();
	assert_int_equal(check.rows[0].status, CHECK_PASS);
	assert_int_equal(check.rows[1].status, CHECK_ERROR);
	assert_int_equal(check.rows[2].status, CHECK_ERROR);
	assert_non_null(strstr(check.rows[1].fault, "damaged"));
}

UNIT_TEST_WITH(what_only_a_table_tells, set_up, tear_down)
{
	struct heap heap;
	struct heap_pool *pool;

	limit_heap("gc", WHEN_LAST, "max_used", PERCENT(0.5));
	limit_heap("gc", WHEN_LAST, "min_largest_free", WHOLE(1));
	limit_heap("gc", WHEN_LAST, "max_fragmentation", RATIO(0.7));
	limit_heap("gc", WHEN_LAST, "max_objects", WHOLE(9));
	limit_heap("gc", WHEN_LAST, "max_used", WHOLE(9))->kind = 'T';
	limit_fits("gc", WHEN_LAST, 64, 1);
	limit_fits("gc", WHEN_LAST, 65, 1);
	limit_heap("gc", WHEN_LAST, "min_largest_free", PERCENT(0.5));
	begin();
	heap_init(&heap);
	pool = add_pool(&heap, "gc", 0, "");
	pool->reported.total_bytes = 1000;
	pool->reported.used_bytes = 800;
	pool->reported.free_bytes = 200;
	pool->reported.max_free_blocks = 4;
	heap_seal(&heap);
	give_heap(CHECK_NOW, &heap, NULL);
	heap_deinit(&heap);
	offer_heaps();
	assert_value(0, 800);
	assert_int_equal(check.rows[0].status, CHECK_FAIL);
	assert_value(1, 64);
	assert_ratio(check.rows[2].value.ratio, 0.68);
	for (size_t i = 3; i <= 5; i++) {
		assert_fault(i, "only a whole block table has that figure");
		assert_non_null(strstr(check.rows[i].advice, "mem_info(1)"));
	}
	assert_value(6, 0);
	assert_int_equal(check.rows[6].status, CHECK_FAIL);
	assert_int_equal(check_exit(&check), 2);
}

/* ---- which moment ---- */

UNIT_TEST_WITH(each_moment, set_up, tear_down)
{
	/* used: 2 4 1 3 blocks of 4 */
	static const struct {
		const char *blocks, *label;
	} moments[] = {
		{ "hh..", "boot" },
		{ "hhhh", "loop 1" },
		{ "h...", "loop 2" },
		{ "hhh.", "" },
	};
	static const struct {
		enum budget_when when;
		const char *label;
		int64_t used, free;
	} cases[] = {
		{ WHEN_LAST, NULL, 48, 16 },    { WHEN_EVERY, NULL, 64, 0 },    { WHEN_ANY, NULL, 16, 48 },
		{ WHEN_MIN, NULL, 16, 0 },      { WHEN_MAX, NULL, 64, 48 },     { WHEN_MARK, "boot", 32, 32 },
		{ WHEN_MARK, "loop *", 64, 0 }, { WHEN_MARK, "*[2t]", 32, 32 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		limit_heap("gc", cases[i].when, "max_used", WHOLE(1))->label = cases[i].label;
		limit_heap("gc", cases[i].when, "min_free", WHOLE(1))->label = cases[i].label;
	}
	begin();
	for (size_t i = 0; i < ARRAY_SIZE(moments); i++)
		give(CHECK_NOW, "gc", moments[i].blocks, moments[i].label);
	offer_heaps();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_value(2 * i, cases[i].used);
		assert_value(2 * i + 1, cases[i].free);
	}
}

/* 2 of 3 blocks are more of it than 3 of 8. */
UNIT_TEST_WITH(part_of_a_heap_that_grows, set_up, tear_down)
{
	limit_heap("gc", WHEN_EVERY, "max_used", PERCENT(0.5));
	limit_heap("gc", WHEN_ANY, "max_used", PERCENT(0.5));
	limit_heap("gc", WHEN_EVERY, "max_used", WHOLE(48));
	limit_heap("gc", WHEN_MAX, "max_used", PERCENT(0.5));
	begin();
	give(CHECK_NOW, "gc", "hh.", "");
	give(CHECK_NOW, "gc", "hhh.....", "");
	offer_heaps();
	assert_value(0, 32);
	assert_u64_equal(check.rows[0].capacity_bytes, 48);
	assert_int_equal(check.rows[0].status, CHECK_FAIL);
	assert_value(1, 48);
	assert_int_equal(check.rows[1].status, CHECK_PASS);
	assert_value(2, 48);
	assert_value(3, 48);
	assert_int_equal(check.rows[3].status, CHECK_PASS);
}

UNIT_TEST_WITH(labels_that_are_not_there, set_up, tear_down)
{
	limit_mark("gc", "after boot", "max_used", WHOLE(1));
	limit_mark("gc", "", "max_used", WHOLE(1));
	begin();
	give(CHECK_NOW, "gc", "h.", "");
	give(CHECK_NOW, "gc", "h.", "one");
	give(CHECK_NOW, "gc", "h.", "\x1b[2J\ntwo");
	give(CHECK_NOW, "gc", "h.", "one");
	give(CHECK_NOW, "gc", "h.", "three");
	give(CHECK_NOW, "gc", "h.", "four");
	offer_heaps();
	assert_fault(0, "no mark named 'after boot'; there are 'three', '\x1b[2J\ntwo', 'one' and others");
	assert_fault(1, "no mark named"); /* no label is none */
	tear_down(NULL);
	begin();
	for (int i = 0; i < 100; i++) {
		char label[16];
		snprintf(label, sizeof(label), "loop %d", i);
		give(CHECK_NOW, "gc", "h.", i == 50 ? "after bott" : label);
	}
	offer_heaps();
	assert_fault(0, "no mark named 'after boot'; did you mean 'after bott'?");
	assert_fault(1, "no mark named ''; there are 'loop 0', 'loop 1', 'loop 2' and others");
	tear_down(NULL);
	begin();
	give(CHECK_NOW, "gc", "h.", NULL);
	offer_heaps();
	assert_fault(0, "no mark named");
	assert_null(strstr(check.rows[0].fault, ";"));
}

UNIT_TEST_WITH(at_a_mark_without_a_table, set_up, tear_down)
{
	struct heap heap;

	limit_fits("gc", WHEN_MARK, 16, 1)->label = "loaded";
	limit_mark("gc", "loaded", "max_objects", WHOLE(9));
	limit_mark("*", "sampled", "max_objects", WHOLE(9));
	limit_mark("gc", "dumped", "max_objects", WHOLE(9));
	limit_heap("gc", WHEN_LAST, "max_objects", WHOLE(9));
	begin();
	give(CHECK_NOW, "gc", "hh.", "dumped");
	check_end_input(&check, CHECK_NOW);
	give_sample(CHECK_NOW, 800, 200, 64, "sampled");
	check_end_input(&check, CHECK_NOW);
	heap_init(&heap);
	struct heap_pool *pool = add_pool(&heap, "gc", 0, "");
	pool->reported.used_bytes = 800;
	heap_seal(&heap);
	give_heap(CHECK_NOW, &heap, "loaded");
	heap_deinit(&heap);
	offer_heaps();
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(check.rows[i].advice, "use min_largest_free, or at: last");
	assert_string_equal(check.rows[0].fault, "at a mark only used, free and the largest free block are known");
	assert_string_equal(check.rows[1].fault, "at a mark only used, free and the largest free block are known");
	assert_string_equal(check.rows[2].fault, "gc: at a mark only used, free and the largest free block are known");
	assert_value(3, 2);
	assert_string_equal(check.rows[4].fault, "only a whole block table has that figure");
}

/* ---- when that was ---- */

static void assert_when(size_t i_row, const char *text)
{
	const char *moment = check.rows[i_row].moment;

	if ((text == NULL) != (moment == NULL) || (text && strcmp(text, moment) != 0))
		fail_msg("row %zu is of %s, not %s", i_row, moment ? moment : "no moment", text ? text : "none");
}

UNIT_TEST_WITH(a_row_tells_its_moment, set_up, tear_down)
{
	static const enum budget_when whens[] = { WHEN_LAST, WHEN_EVERY, WHEN_ANY, WHEN_MIN };

	for (size_t i = 0; i < ARRAY_SIZE(whens); i++)
		limit_heap("gc", whens[i], "max_used", WHOLE(1));
	limit_heap("gc", WHEN_LAST, "max_leak_per_hour", WHOLE(1));
	limit_heap("gc.0", WHEN_EVERY, "min_largest_free", WHOLE(1));
	begin();
	give_from("a/boot.log", 1, "", "hh..", "");
	give_from("a/boot.log", 1204, "", "hhh.", "");
	give_from("a/boot.log", 2000, "", "h...", "load\ned");
	give_from(NULL, 7, "07:09:41.325", "hh..", "");
	give_from(NULL, 0, "", "hh..", "");
	offer_heaps();
	assert_when(0, "dump 5");
	assert_when(1, "dump 2, line 1204");
	assert_when(2, "dump 3, 'load\\x0aed'");
	assert_when(3, "dump 3, 'load\\x0aed'");
	assert_when(4, NULL);
	assert_when(5, "dump 2, line 1204");
	tear_down(NULL);

	begin();
	give_from("boot.log", 12, "", "hhh.", "x");
	give_sample(CHECK_NOW, 9, 100, NOT_KNOWN, "");
	offer_heaps();
	assert_when(0, NULL); /* there is no other */
	tear_down(NULL);

	begin();
	give_from(NULL, 7, "07:09:41.325", "hhh.", "");
	give_from(NULL, 8, "07:10", "h...", "");
	offer_heaps();
	assert_when(1, "dump 1, 07:09:41.325");
}

UNIT_TEST_WITH(each_input_counts_its_own, set_up, tear_down)
{
	limit_heap("gc", WHEN_LAST, "max_used", WHOLE(1));
	limit_heap("gc", WHEN_MIN, "max_used", WHOLE(1));
	limit_heap("idf.0", WHEN_EVERY, "min_free", WHOLE(1));
	limit_heap("idf.1", WHEN_EVERY, "min_free", WHOLE(1));
	begin();
	give_from("a/boot.log", 5, "", "h...", "");
	give_told(CHECK_NOW, "idf.0", 1000, 400, 350);
	give_told(CHECK_NOW, "idf.1", 1000, 400, 350);
	give_told(CHECK_NOW, "idf.0", 1000, 300, 350);
	check_end_input(&check, CHECK_NOW);
	give_from("b/boot.log", 6, "", "hh..", "");
	give_from("b/boot.log", 99, "", "hhh.", "");
	offer_heaps();
	assert_when(0, "dump 2 of boot.log, line 99");
	assert_when(1, "dump 1 of boot.log, line 5");
	assert_when(2, "sample 2");
	assert_when(3, NULL);
}

UNIT_TEST_WITH(samples_have_moments_too, set_up, tear_down)
{
	struct moment sample = { .kind = MOMENT_SAMPLE,
				 .free_bytes = 100,
				 .largest_free_bytes = NOT_KNOWN,
				 .timeline_us = NOT_KNOWN,
				 .file = "x" };

	limit_heap("gc", WHEN_EVERY, "max_used", WHOLE(1));
	limit_heap("gc", WHEN_EVERY, "max_growth", WHOLE(1));
	begin();
	for (unsigned i = 0; i < 3; i++) {
		sample.used_bytes = 100 - 10 * i;
		sample.line = 40 + i;
		assert_int_equal(check_moment(&check, CHECK_NOW, &sample), 0);
		assert_int_equal(check_moment(&check, CHECK_BASE, &sample), 0);
	}
	offer_heaps();
	assert_when(0, "sample 1, line 40");
	assert_when(1, "sample 1, line 40");
}

/* ---- which heap ---- */

UNIT_TEST_WITH(the_worst_of_several, set_up, tear_down)
{
	struct heap heap;

	limit_heap("*", WHEN_LAST, "min_free", WHOLE(48));
	limit_heap("ps*", WHEN_LAST, "min_free", WHOLE(16));
	limit_heap("gc", WHEN_LAST, "min_free", WHOLE(16));
	limit_heap("tlsf", WHEN_LAST, "min_free", WHOLE(16));
	begin();
	heap_init(&heap);
	add_pool(&heap, "gc", 0x1000, "h...");
	add_pool(&heap, "psram", 0x2000, "hhh.");
	add_pool(&heap, "uma", 0x3000, "hh..");
	heap_seal(&heap);
	give_heap(CHECK_NOW, &heap, "");
	heap_deinit(&heap);
	offer_heaps();
	assert_value(0, 16);
	assert_string_equal(check.rows[0].found, "psram");
	assert_value(1, 16);
	assert_value(2, 48);
	assert_null(check.rows[2].found);
	assert_fault(3, "no heap named 'tlsf'; there are gc, uma and psram");
}

UNIT_TEST_WITH(what_is_left_out, set_up, tear_down)
{
	static const char *const except[] = { "ps*", "uma" };
	struct heap heap;

	for (int i = 0; i < 2; i++) {
		struct budget_entry *entry = limit_heap(i ? "psram" : "*", WHEN_LAST, "min_free", WHOLE(33));
		entry->except = except;
		entry->n_except = 2;
	}
	begin();
	heap_init(&heap);
	add_pool(&heap, "gc", 0x1000, "hh..");
	add_pool(&heap, "psram", 0x2000, "hhh.");
	add_pool(&heap, "uma", 0x3000, "hhhh");
	heap_seal(&heap);
	give_heap(CHECK_NOW, &heap, "");
	heap_deinit(&heap);
	offer_heaps();
	assert_value(0, 32);
	assert_string_equal(check.rows[0].found, "gc");
	assert_fault(1, "'except' leaves out everything named 'psram'");
}

/* Areas by name, where no pool is called that. */
UNIT_TEST_WITH(areas, set_up, tear_down)
{
	limit_heap("gc.1", WHEN_LAST, "max_used", PERCENT(0.5));
	limit_heap("gc.*", WHEN_LAST, "min_largest_free", WHOLE(1));
	limit_heap("gc*", WHEN_LAST, "max_used", WHOLE(1));
	limit_heap("gc.2", WHEN_LAST, "max_used", WHOLE(1));
	limit_fits("gc.0", WHEN_LAST, 32, 1);
	limit_heap("gc.1", WHEN_LAST, "max_objects", WHOLE(1));
	begin();
	give(CHECK_NOW, "gc", "h.h... hhh.", "");
	offer_heaps();
	assert_value(0, 48);
	assert_u64_equal(check.rows[0].capacity_bytes, 64);
	assert_value(1, 16);
	assert_string_equal(check.rows[1].found, "gc.1");
	assert_value(2, 80);
	assert_string_equal(check.rows[2].found, "gc");
	assert_fault(3, "no heap named 'gc.2'; there is gc");
	assert_value(4, 1);
	assert_value(5, 3);
}

UNIT_TEST_WITH(a_heap_that_is_gone, set_up, tear_down)
{
	limit_heap("psram", WHEN_LAST, "max_used", WHOLE(1));
	limit_heap("psram", WHEN_EVERY, "max_used", WHOLE(16));
	limit_heap("*", WHEN_LAST, "max_used", WHOLE(99));
	begin();
	give(CHECK_NOW, "psram", "h.", "");
	give(CHECK_NOW, "gc", "hh", "");
	offer_heaps();
	assert_fault(0, "the last dump does not have it");
	assert_value(1, 16);
	assert_value(2, 32);
}

UNIT_TEST_WITH(two_of_one_name, set_up, tear_down)
{
	struct heap heap;

	limit_heap("gc", WHEN_LAST, "max_used", WHOLE(1));
	begin();
	heap_init(&heap);
	add_pool(&heap, "gc", 0x1000, "hhh.");
	add_pool(&heap, "gc", 0x2000, "h...");
	heap_seal(&heap);
	give_heap(CHECK_NOW, &heap, "");
	heap_deinit(&heap);
	offer_heaps();
	assert_value(0, 48);
}

UNIT_TEST_WITH(other_heaps_are_told, set_up, tear_down)
{
	limit_heap("idf.*", WHEN_LAST, "min_free", WHOLE(100));
	limit_heap("idf.0", WHEN_EVERY, "max_used", PERCENT(0.5));
	limit_fits("idf.0", WHEN_LAST, 301, 1);
	limit_fits("idf.0", WHEN_LAST, 299, 1);
	begin();
	give_told(CHECK_NOW, "idf.0", 1000, 400, 350);
	give_told(CHECK_NOW, "idf.1", 500, 200, 200);
	give_told(CHECK_NOW, "idf.0", 1000, 600, 300);
	give(CHECK_NOW, "gc", "h.", ""); /* a dump that does not have them is not their last moment */
	offer_heaps();
	assert_value(0, 200);
	assert_string_equal(check.rows[0].found, "idf.1");
	assert_value(1, 600);
	assert_value(2, 0);
	assert_fault(3, "only a whole block table");
}

/* ---- what is no dump, or half of one ---- */

UNIT_TEST_WITH(samples_are_no_dumps, set_up, tear_down)
{
	limit_heap("gc", WHEN_LAST, "max_used", WHOLE(1));
	limit_heap("gc", WHEN_EVERY, "max_used", WHOLE(1));
	limit_mark("gc", "s", "max_used", WHOLE(1));
	begin();
	give_sample(CHECK_NOW, 9000, 100, NOT_KNOWN, "s");
	give(CHECK_NOW, "gc", "hh.", "");
	give_sample(CHECK_NOW, 9100, 100, NOT_KNOWN, "s");
	offer_heaps();
	assert_value(0, 32);
	assert_value(1, 32);
	assert_fault(2, "no mark named 's'");
	assert_null(strstr(check.rows[2].fault, ";")); /* marks of samples that do not count are none */
	tear_down(NULL);

	/* In an input of its own they are all there is. */
	begin();
	give(CHECK_NOW, "gc", "hh.", "");
	check_end_input(&check, CHECK_NOW);
	give_sample(CHECK_NOW, 9000, 100, NOT_KNOWN, "s");
	give_sample(CHECK_NOW, 8000, 100, NOT_KNOWN, "");
	check_end_input(&check, CHECK_NOW);
	offer_heaps();
	assert_value(0, 8000);
	assert_value(1, 9000);
	assert_u64_equal(check.rows[1].capacity_bytes, 9100);
	assert_value(2, 9000);
	tear_down(NULL);

	begin();
	give_sample(CHECK_NOW, 9000, 100, NOT_KNOWN, "s");
	check_end_input(&check, CHECK_NOW);
	give(CHECK_NOW, "gc", "hh.", "");
	give_sample(CHECK_NOW, 9900, 100, NOT_KNOWN, "");
	offer_heaps();
	assert_value(0, 32);
	assert_value(1, 9000);
}

/* total 8 blocks; the last two rows are not there. */
static void give_cut(enum check_side side, const char *blocks, bool said)
{
	struct heap heap;
	struct heap_pool *pool;

	heap_init(&heap);
	pool = add_pool(&heap, "gc", 0x20000000, blocks);
	pool->reported.total_bytes = 128;
	if (said) {
		pool->reported.used_bytes = 112;
		pool->reported.free_bytes = 16;
		pool->reported.max_free_blocks = 1;
	}
	heap.problem = HEAP_CUT;
	heap_seal(&heap);
	give_heap(side, &heap, "");
	heap_deinit(&heap);
}

UNIT_TEST_WITH(a_cut_dump_in_between, set_up, tear_down)
{
	limit_heap("gc", WHEN_EVERY, "max_used", WHOLE(1));
	limit_heap("gc", WHEN_EVERY, "min_largest_free", WHOLE(1));
	limit_heap("gc", WHEN_EVERY, "max_objects", WHOLE(1));
	limit_fits("gc", WHEN_EVERY, 16, 1);
	limit_fits("gc", WHEN_EVERY, 32, 1);
	limit_heap("gc", WHEN_LAST, "max_used", WHOLE(1));
	begin();
	give_cut(CHECK_NOW, "hhhhh.", true);
	give_cut(CHECK_NOW, "......", false);
	give(CHECK_NOW, "gc", "hh......", "");
	offer_heaps();
	assert_value(0, 112);
	assert_value(1, 16);
	assert_value(2, 2);
	assert_value(3, 6);
	assert_value(4, 0); /* the board says that its largest free block has one */
	assert_value(5, 32);
	assert_u64_equal(check.dumps[CHECK_NOW].n, 3);
	assert_u64_equal(check.dumps[CHECK_NOW].n_cut, 2);
	assert_u64_equal(check.dumps[CHECK_BASE].n, 0);
}

UNIT_TEST_WITH(the_last_dump_is_cut, set_up, tear_down)
{
	limit_heap("gc", WHEN_LAST, "max_used", WHOLE(1));
	limit_heap("gc", WHEN_EVERY, "max_used", WHOLE(1));
	limit_heap("idf.0", WHEN_LAST, "max_used", WHOLE(1));
	limit_heap("gc", WHEN_LAST, "max_growth", WHOLE(1));
	limit_heap("uma", WHEN_LAST, "max_used", WHOLE(1));
	begin();
	give(CHECK_NOW, "gc", "h.......", "");
	give_told(CHECK_NOW, "idf.0", 1000, 400, 350);
	give_cut(CHECK_NOW, "hh....", true);
	give(CHECK_BASE, "gc", "h.......", "");
	offer_heaps();
	assert_fault(0, "the last dump is cut: it stops before the end of the table");
	assert_int_equal(check.rows[0].status, CHECK_ERROR);
	assert_value(1, 112);
	assert_value(2, 600);
	assert_fault(3, "the last dump is cut");
	assert_fault(4, "the last dump is cut");
	tear_down(NULL);

	/* So it is where that input is not the last, and where it is the baseline. */
	begin();
	give_cut(CHECK_NOW, "hh....", true);
	check_end_input(&check, CHECK_NOW);
	give(CHECK_NOW, "gc", "h.......", "");
	offer_heaps();
	assert_fault(0, "the last dump is cut");
	tear_down(NULL);

	begin();
	give(CHECK_NOW, "gc", "h.......", "");
	give_cut(CHECK_BASE, "hh....", true);
	offer_heaps();
	assert_value(0, 16);
	assert_fault(3, "in the baseline: the last dump is cut");
}

UNIT_TEST_WITH(nothing_at_all, set_up, tear_down)
{
	limit_heap("gc", WHEN_LAST, "max_used", WHOLE(1));
	limit_heap("gc", WHEN_LAST, "max_growth", WHOLE(1));
	limit_heap("gc", WHEN_LAST, "max_leak_per_hour", WHOLE(1));
	begin();
	offer_heaps();
	for (size_t i = 0; i < 3; i++)
		assert_fault(i, "there is no dump");
	tear_down(NULL);

	begin(); /* a sample that tells nothing */
	give_sample(CHECK_NOW, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, "");
	offer_heaps();
	assert_fault(0, "no moment has that figure");
	assert_fault(2, "no moment has its used or free bytes");
	tear_down(NULL);

	limit_heap("gc", WHEN_LAST, "max_used", PERCENT(0.5));
	begin(); /* used, and not of how much */
	give_sample(CHECK_NOW, 100, NOT_KNOWN, NOT_KNOWN, "");
	offer_heaps();
	assert_value(0, 100);
	assert_fault(3, "a percentage needs its capacity, which is not known");
}

UNIT_TEST_WITH(no_limit_is_about_heaps, set_up, tear_down)
{
	limit(SUBJECT_REGION, "FLASH", "max_used", WHOLE(1));
	begin();
	give(CHECK_NOW, "gc", "h.", "");
	check_end_input(&check, CHECK_NOW);
	assert_int_equal(check_heaps_offer(&check), 0);
	assert_false(check.rows[0].value.known);
	assert_u64_equal(check.dumps[CHECK_NOW].n, 0);
}

/* ---- against a baseline ---- */

UNIT_TEST_WITH(growth_and_loss, set_up, tear_down)
{
	limit_heap("gc", WHEN_LAST, "max_growth", WHOLE(15));
	limit_heap("gc", WHEN_EVERY, "max_growth", PERCENT(0.5));
	limit_heap("gc", WHEN_EVERY, "max_free_loss", WHOLE(16));
	limit_heap("gc", WHEN_LAST, "max_largest_free_loss", PERCENT(0.5));
	limit_heap("gc", WHEN_LAST, "max_fragmentation_growth", RATIO(0.2));
	limit_heap("gc", WHEN_LAST, "max_objects_growth", WHOLE(1));
	limit_heap("gc", WHEN_LAST, "max_fits_loss", WHOLE(0))->limits[0].fits_bytes = 32;
	limit_heap("gc", WHEN_MARK, "max_growth", WHOLE(0))->label = "b*";
	begin();
	give(CHECK_NOW, "gc", "hhhh....", "boot");
	give(CHECK_NOW, "gc", "h.h=h...", "");
	give(CHECK_BASE, "gc", "hh......", "boot");
	give(CHECK_BASE, "gc", "hhh.....", "");
	offer_heaps();
	assert_value(0, 16); /* 64 - 48 */
	assert_int_equal(check.rows[0].status, CHECK_FAIL);
	assert_value(1, 16); /* 64 - 48, of 48 */
	assert_int_equal(check.rows[1].status, CHECK_PASS);
	assert_value(2, 16); /* 80 - 64 */
	assert_value(3, 32); /* 80 - 48 */
	assert_int_equal(check.rows[3].status, CHECK_PASS);
	assert_ratio(check.rows[4].value.ratio, 0.25);
	assert_int_equal(check.rows[4].status, CHECK_FAIL);
	assert_value(5, 0); /* objects are as many */
	assert_value(6, 1); /* 2 - 1 */
	assert_value(7, 32);
	assert_int_equal(check.rows[7].now.amount, 64);
	assert_int_equal(check.rows[7].base.amount, 32);
}

UNIT_TEST_WITH(a_baseline_without_it, set_up, tear_down)
{
	limit_heap("psram", WHEN_LAST, "max_growth", WHOLE(15));
	limit_mark("gc", "boot", "max_growth", WHOLE(15));
	limit_heap("*", WHEN_EVERY, "max_growth", WHOLE(15));
	limit_heap("psram", WHEN_LAST, "max_used", WHOLE(15));
	begin();
	give(CHECK_NOW, "gc", "hh..", "boot");
	give(CHECK_NOW, "psram", "hhhh", "");
	give(CHECK_BASE, "gc", "h...", "start");
	offer_heaps();
	assert_fault(0, "in the baseline: no heap named 'psram'; there is gc");
	assert_fault(1, "in the baseline: no mark named 'boot'; there is 'start'");
	assert_value(2, 16);
	assert_string_equal(check.rows[2].found, "gc");
	assert_value(3, 64);
	tear_down(NULL);

	begin();
	give(CHECK_NOW, "psram", "hhhh", "boot");
	check.given[CHECK_OF_BASELINE_HEAP] = false;
	offer_heaps();
	assert_string_equal(check.rows[0].fault, "no older heap was given to compare with");
	assert_value(3, 64);
}

/* ---- causes ---- */

static void has_cause(size_t i_row, size_t i, const char *name, int64_t delta_bytes, uint64_t size_bytes)
{
	const struct check_row *row = &check.rows[i_row];

	assert_true(i < row->n_causes);
	assert_string_equal(row->causes[i].name, name);
	assert_int_equal(row->causes[i].delta_bytes, delta_bytes);
	assert_u64_equal(row->causes[i].size_bytes, size_bytes);
}

UNIT_TEST_WITH(kinds_as_causes, set_up, tear_down)
{
	limit_heap("gc", WHEN_EVERY, "max_used", WHOLE(1));
	limit_heap("gc", WHEN_LAST, "max_objects", WHOLE(0))->kind = 'T';
	limit_heap("gc", WHEN_EVERY, "max_used", WHOLE(0))->kind = 'D';
	begin();
	give(CHECK_NOW, "gc", "A====D===TTS==QQQ.", "");
	give(CHECK_NOW, "gc", "T.................", "");
	offer_heaps();
	assert_int_equal(check.rows[0].n_causes, 3);
	has_cause(0, 0, "bytearray", FIGURE_NO_DELTA, 80);
	has_cause(0, 1, "dict", FIGURE_NO_DELTA, 64);
	has_cause(0, 2, "kind Q", FIGURE_NO_DELTA, 48);
	assert_int_equal(check.rows[1].n_causes, 1);
	has_cause(1, 0, "tuple", FIGURE_NO_DELTA, 16);
	assert_int_equal(check.rows[2].n_causes, 1);
	has_cause(2, 0, "dict", FIGURE_NO_DELTA, 64);
	tear_down(NULL);

	/* What grew, also where the limit is no growth. */
	begin();
	give(CHECK_NOW, "gc", "A====D===TTS==QQQ.", "");
	give(CHECK_BASE, "gc", "A====D====S.......", "");
	offer_heaps();
	assert_int_equal(check.rows[0].n_causes, 3);
	has_cause(0, 0, "kind Q", 48, 48);
	has_cause(0, 1, "str, bytes", 32, 48);
	has_cause(0, 2, "tuple", 32, 32);
	tear_down(NULL);

	begin(); /* none did */
	give(CHECK_NOW, "gc", "A====....", "");
	give(CHECK_BASE, "gc", "A=====...", "");
	offer_heaps();
	assert_int_equal(check.rows[0].n_causes, 1);
	has_cause(0, 0, "bytearray", FIGURE_NO_DELTA, 80);
	assert_int_equal(check.rows[1].n_causes, 0);
}

UNIT_TEST_WITH(culprits_as_causes, set_up, tear_down)
{
	limit_heap("gc", WHEN_EVERY, "min_largest_free", WHOLE(1000));
	limit_heap("gc", WHEN_LAST, "max_fragmentation", RATIO(0));
	limit_fits("gc", WHEN_LAST, 1000, 1);
	limit_heap("gc", WHEN_LAST, "max_free_loss", WHOLE(0));
	limit_heap("gc", WHEN_LAST, "min_free", WHOLE(1));
	begin();
	give(CHECK_NOW, "gc", "h..S=..hTD=...h", "");
	give(CHECK_NOW, "gc", "h.....S=......h", "");
	give(CHECK_BASE, "gc", "h.............h", "");
	offer_heaps();
	assert_int_equal(check.rows[0].n_causes, 2);
	has_cause(0, 0, "str 32 B at 0x20000030 (largest free +48 B)", FIGURE_NO_DELTA, 32);
	has_cause(0, 1, "other object and 2 more, 64 B at 0x20000070 (largest free +96 B)", FIGURE_NO_DELTA, 64);
	for (size_t i = 1; i < 4; i++) {
		assert_int_equal(check.rows[i].n_causes, 1);
		has_cause(i, 0, "str 32 B at 0x20000060 (largest free +112 B)", FIGURE_NO_DELTA, 32);
	}
	assert_int_equal(check.rows[4].n_causes, 0); /* it is kept */
}
