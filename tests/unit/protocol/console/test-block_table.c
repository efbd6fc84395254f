/* Tables are written here as runs: "62h 2=" is a row of 62 heads and 2 tails, and in what is
 * expected "?" is a block whose row is missing. */
#include "console/block_table.h"

#include <inttypes.h>
#include <stdio.h>

#include "pools.h"
#include "unit.h"

static struct heap heap;
static struct heap_pool *pool;
static struct block_table table;
static uint64_t line;

/* A new dump. What the table has learnt of the block size stays, as in a log. */
static void begin(uint64_t total_bytes)
{
	heap_reset(&heap);
	assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &pool), 0);
	pool->reported.total_bytes = total_bytes;
	block_table_begin(&table, &heap, pool);
	line = 0;
}

static int set_up(void **state)
{
	(void)state;
	heap_init(&heap);
	memset(&table, 0, sizeof(table));
	begin(NOT_KNOWN);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	heap_deinit(&heap);
	return 0;
}

static void end(void)
{
	block_table_end(&table, line);
	heap_seal(&heap);
	assert_int_equal(heap_check(&heap), 0);
}

/* ---- what is fed ---- */

static enum block_table_result say(const char *text)
{
	size_t n = strlen(text);
	char *copy = malloc(n + !n);

	assert_non_null(copy);
	memcpy(copy, text, n);
	enum block_table_result answer = block_table_add_row(&table, copy, n, ++line);
	if (answer == BLOCK_TABLE_NOT_MINE)
		answer = block_table_add_elision(&table, copy, n, line);
	free(copy);
	return answer;
}

/* address as it is printed, with whatever stands before it */
static enum block_table_result row(const char *address, const char *runs)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	strbuf_printf(&s, "%s: ", address);
	runs_expand(runs, &s);
	return say(strbuf_text(&s));
}

static enum block_table_result row_at(uint64_t address, int digits, const char *runs)
{
	char text[24];

	snprintf(text, sizeof(text), "%0*" PRIx64, digits, digits == 5 ? address & 0xfffff : address);
	return row(text, runs);
}

static void area(uint64_t base) { block_table_begin_area(&table, base, ++line); }

#define ASSERT_TAKEN(answer)    assert_int_equal(answer, BLOCK_TABLE_ADDED)
#define ASSERT_DAMAGED(answer)  assert_int_equal(answer, BLOCK_TABLE_DAMAGED)
#define ASSERT_NOT_MINE(answer) assert_int_equal(answer, BLOCK_TABLE_NOT_MINE)

/* ---- what comes out ---- */

static void assert_blocks(uint32_t i_area, const char *runs)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	const struct heap_area *a = &pool->areas[i_area];

	assert_true(i_area < pool->n_areas);
	runs_expand(runs, &s);
	for (size_t i = 0; i < s.n_bytes; i++)
		if (s.text[i] == '?')
			s.text[i] = BLOCK_UNKNOWN;
	assert_int_equal(a->n_blocks, s.n_bytes);
	assert_memory_equal(a->kinds, s.text, s.n_bytes);
}

static void assert_problem(enum heap_problem problem, uint64_t at_line)
{
	if (heap.problem != problem)
		fail_msg("'%s', not '%s'", heap_problem_text(heap.problem), heap_problem_text(problem));
	assert_u64_equal(heap.problem_line, at_line);
}

/* ---- the block size ---- */

UNIT_TEST_WITH(comes_from_the_step_between_two_rows, set_up, tear_down)
{
	for (uint32_t size = 8; size <= 64; size *= 2) {
		for (int digits = 5; digits <= 8; digits += 3) {
			table.hint_bytes = 0;
			begin(132 * size);
			area(0x20003e80);
			ASSERT_TAKEN(row_at(0, digits, "1h 63="));
			ASSERT_TAKEN(row_at(64 * size, digits, "64."));
			assert_false(block_table_is_full(&table));
			ASSERT_TAKEN(row_at(128 * size, digits, "1h 3."));
			assert_true(block_table_is_full(&table));
			end();
			assert_int_equal(pool->block_bytes, size);
			assert_blocks(0, "1h 63= 64. 1h 3.");
			assert_problem(HEAP_WHOLE, 0);
		}
	}
}

UNIT_TEST_WITH(comes_from_a_step_over_an_elision, set_up, tear_down)
{
	for (uint32_t size = 8; size <= 64; size *= 2) {
		begin(NOT_KNOWN);
		table.hint_bytes = 0;
		area(0x1000);
		ASSERT_TAKEN(row("00000000", "1h 63."));
		ASSERT_TAKEN(say("(230 lines all free)"));
		ASSERT_TAKEN(row_at(231 * 64 * size, 8, "24."));
		end();
		assert_int_equal(pool->block_bytes, size);
		assert_blocks(0, "1h 14807.");
		assert_problem(HEAP_WHOLE, 0);
	}
}

/* A heap of less than two rows says it only by its total. */
UNIT_TEST_WITH(comes_from_the_total_if_there_is_one_row, set_up, tear_down)
{
	begin(40 * 32);
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "40h"));
	assert_false(block_table_is_full(&table)); /* another area might follow */
	end();
	assert_int_equal(pool->block_bytes, 32);
	assert_problem(HEAP_WHOLE, 0);
}

UNIT_TEST_WITH(comes_from_the_dump_before, set_up, tear_down)
{
	area(0x1000);
	row("00000000", "64h");
	row("00000800", "4h");
	end();
	assert_int_equal(pool->block_bytes, 32);
	begin(NOT_KNOWN);
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	end();
	assert_int_equal(pool->block_bytes, 32);
	assert_blocks(0, "64h");
}

UNIT_TEST_WITH(is_never_assumed, set_up, tear_down)
{
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	end();
	assert_problem(HEAP_BLOCK_SIZE, 1 + 1);
	assert_int_equal(pool->block_bytes, 0);
	assert_int_equal(pool->n_blocks, 0);
}

UNIT_TEST_WITH(an_area_without_rows_is_cut, set_up, tear_down)
{
	area(0x1000);
	end();
	assert_problem(HEAP_CUT, 1);
}

/* py/gc.c: a heap is a multiple of four blocks, and max free sz is in blocks. */
UNIT_TEST_WITH(statistics_alone_may_leave_one_answer, set_up, tear_down)
{
	begin(246144);
	pool->reported.free_bytes = 236624;
	pool->reported.max_free_blocks = 14769;
	end();
	assert_int_equal(pool->block_bytes, 16);

	begin(64640); /* 2020 blocks of 32, or 4040 of 16 */
	pool->reported.free_bytes = 62976;
	pool->reported.max_free_blocks = 1956;
	end();
	assert_int_equal(pool->block_bytes, 0);
	table.hint_bytes = 32;
	begin(64640);
	pool->reported.free_bytes = 62976;
	pool->reported.max_free_blocks = 1956;
	end();
	assert_int_equal(pool->block_bytes, 32);
}

/* ---- addresses ---- */

/* v1.8.1 to v1.19.1: offsets of five digits, so that they start again after every MiB. */
UNIT_TEST_WITH(five_digits_wrap_after_a_mebibyte, set_up, tear_down)
{
	enum { ROWS = 2500 };

	begin(ROWS * 0x400);
	area(0x20001e80);
	for (uint64_t i = 0; i < ROWS; i++)
		ASSERT_TAKEN(row_at(i * 0x400, 5, i % 2 ? "1h 63=" : "64."));
	assert_true(block_table_is_full(&table));
	end();
	assert_problem(HEAP_WHOLE, 0);
	assert_int_equal(pool->block_bytes, 16);
	assert_int_equal(pool->n_blocks, ROWS * ROW_BLOCKS);
}

UNIT_TEST_WITH(five_digits_wrap_inside_an_elision, set_up, tear_down)
{
	area(0x1000);
	ASSERT_TAKEN(row("00000", "64h"));
	ASSERT_TAKEN(row("00400", "64h"));
	ASSERT_TAKEN(say("(3000 lines all free)"));
	ASSERT_TAKEN(row_at(3002 * 0x400, 5, "1L 63."));
	end();
	assert_problem(HEAP_WHOLE, 0);
	assert_blocks(0, "128h 192000. 1L 63.");
}

/* Then the step alone is ambiguous, but one block size gives just what is left of the address. */
UNIT_TEST_WITH(five_digits_wrap_before_the_block_size_is_known, set_up, tear_down)
{
	begin(1116352); /* 69772 blocks of 16 */
	area(0x1000);
	ASSERT_TAKEN(row("00000", "64h"));
	ASSERT_TAKEN(say("(1088 lines all free)"));
	ASSERT_TAKEN(row("10400", "64A"));
	ASSERT_TAKEN(row("10800", "12."));
	end();
	assert_int_equal(pool->block_bytes, 16);
	assert_problem(HEAP_WHOLE, 0);
	assert_blocks(0, "64h 69632. 64A 12.");
}

/* Up to v1.8.0 a row has the last five digits of its real address (micropython #2068: f5700, then
 * 1010 lines, then eef00, with blocks of 32 bytes). */
UNIT_TEST_WITH(absolute_addresses, set_up, tear_down)
{
	area(0x7fa4f1af4f00);
	ASSERT_TAKEN(row("f4f00", "64h"));
	ASSERT_TAKEN(row("f5700", "1T 63t"));
	ASSERT_TAKEN(say("(1010 lines all free)"));
	ASSERT_TAKEN(row("eef00", "4."));
	end();
	assert_problem(HEAP_WHOLE, 0);
	assert_int_equal(pool->block_bytes, 32);
	assert_blocks(0, "64h 1T 63= 64644.");
}

UNIT_TEST_WITH(absolute_addresses_with_a_row_missing, set_up, tear_down)
{
	area(0x20001e80);
	ASSERT_TAKEN(row("01e80", "64h"));
	ASSERT_TAKEN(row("02280", "64h"));
	ASSERT_TAKEN(row("02a80", "64L"));
	end();
	assert_problem(HEAP_ROWS_MISSING, 4);
	assert_blocks(0, "128h 64? 64L");
}

UNIT_TEST_WITH(other_rows_than_those_of_this_area_are_not_taken, set_up, tear_down)
{
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	ASSERT_TAKEN(row("00000400", "64h"));
	ASSERT_NOT_MINE(row("00800", "64L")); /* five digits, in a table of eight */
	ASSERT_TAKEN(row("00000800", "64D"));
	end();
	assert_blocks(0, "128h 64D");
	assert_problem(HEAP_WHOLE, 0);
}

/* Another thread's words run into the address: its last digits are good if it is the next row. */
UNIT_TEST_WITH(noise_before_an_address, set_up, tear_down)
{
	area(0x1000);
	ASSERT_TAKEN(row("temperature is 21.5 00000000", "64h"));
	ASSERT_TAKEN(row("00000400", "64L"));
	ASSERT_TAKEN(row("abc00000800", "64D"));
	ASSERT_NOT_MINE(row("abc00002000", "64S")); /* would be a hole: not believed */
	ASSERT_TAKEN(row("42.700000c00", "64A"));
	end();
	assert_blocks(0, "64h 64L 64D 64A");
	assert_problem(HEAP_WHOLE, 0);
}

UNIT_TEST_WITH(words_are_no_rows, set_up, tear_down)
{
	static const char *const texts[] = {
		"",
		":",
		"00000400",
		"00000400:",
		"00000400: ",
		"added: things",
		"0400: 64 bytes",
		"00000400:h=",
		"12:30:15: h=",
		"deadbeef: hello",
		"00000400: h== and more",
		"Traceback (most recent call last):",
		"(230 lines",
		"230 lines all free)",
	};
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	ASSERT_TAKEN(row("00000400", "64h"));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (say(texts[i]) == BLOCK_TABLE_ADDED)
			fail_msg("'%s' is taken", texts[i]);
	ASSERT_TAKEN(row("00000800", "64L"));
	end();
	assert_blocks(0, "128h 64L");
}

/* ---- rows that are not there ---- */

UNIT_TEST_WITH(missing_in_the_middle, set_up, tear_down)
{
	begin(6 * 0x400);
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	ASSERT_TAKEN(row("00000400", "64h"));
	ASSERT_TAKEN(row("00001000", "64L"));
	ASSERT_TAKEN(row("00001400", "64."));
	end();
	assert_problem(HEAP_ROWS_MISSING, 4);
	assert_blocks(0, "128h 128? 64L 64.");
	assert_u64_equal(pool->missing_bytes, 0);
}

/* Then the first step is of two rows, and looks like one of larger blocks; the second tells. */
UNIT_TEST_WITH(missing_after_the_first_row, set_up, tear_down)
{
	begin(5 * 0x400);
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	ASSERT_TAKEN(row("00000800", "64L"));
	ASSERT_TAKEN(row("00000c00", "64D"));
	ASSERT_TAKEN(row("00001000", "64."));
	end();
	assert_int_equal(pool->block_bytes, 16);
	assert_problem(HEAP_ROWS_MISSING, 4);
	assert_blocks(0, "64h 64? 64L 64D 64.");
}

/* The step over the missing row looks like one of larger blocks, until an address goes back. */
UNIT_TEST_WITH(missing_after_the_first_row_and_an_elision, set_up, tear_down)
{
	begin(14272); /* 892 blocks of 16: 446 of 32 would not be a multiple of four */
	area(0x20003e80);
	ASSERT_TAKEN(row("00000000", "63h 1."));
	ASSERT_TAKEN(row("00000800", "25. 33h 6."));
	say("(10 lines all free)");
	row("00003400", "60.");
	end();
	assert_int_equal(pool->block_bytes, 16);
	assert_int_equal(heap.problem, HEAP_ROWS_MISSING);
}

UNIT_TEST_WITH(three_rows_missing_after_the_first_row, set_up, tear_down)
{
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	ASSERT_TAKEN(row("00001000", "64L"));
	ASSERT_TAKEN(row("00001400", "64D"));
	end();
	assert_int_equal(pool->block_bytes, 16);
	assert_blocks(0, "64h 192? 64L 64D");
}

UNIT_TEST_WITH(missing_at_the_start, set_up, tear_down)
{
	begin(4 * 0x400);
	table.hint_bytes = 16; /* a dump before this one */
	area(0x1000);
	ASSERT_TAKEN(row("00000800", "64h"));
	ASSERT_TAKEN(row("00000c00", "64h"));
	end();
	assert_problem(HEAP_ROWS_MISSING, 2);
	assert_blocks(0, "128? 128h");
}

/* The second row tells the block size, and so where the first one belongs. */
UNIT_TEST_WITH(missing_at_the_start_of_the_first_dump, set_up, tear_down)
{
	begin(4 * 0x400);
	area(0x1000);
	ASSERT_TAKEN(row("00000800", "64h"));
	ASSERT_TAKEN(row("00000c00", "64h"));
	end();
	assert_problem(HEAP_ROWS_MISSING, 2);
	assert_blocks(0, "128? 128h");
}

/* Without a block size the place of a single row is unknown. */
UNIT_TEST_WITH(one_row_that_is_not_the_first, set_up, tear_down)
{
	begin(2 * 0x400);
	area(0x1000);
	ASSERT_TAKEN(row("00000400", "64h"));
	end();
	assert_problem(HEAP_ROWS_MISSING, 2);
	assert_int_equal(pool->n_blocks, 0);
}

/* ---- an area without its first line ---- */

UNIT_TEST_WITH(a_loose_area, set_up, tear_down)
{
	begin(NOT_KNOWN);
	block_table_begin_loose_area(&table, 0x3400, 5, 0x400, ++line);
	ASSERT_TAKEN(row("03400", "64h"));
	ASSERT_TAKEN(row("03800", "64="));
	ASSERT_TAKEN(row("04000", "10h"));
	assert_true(block_table_area_ended(&table));
	end();
	assert_problem(HEAP_NO_BEGINNING, 1);
	assert_blocks(0, "64h 64= 64? 10h");
	assert_true(pool->areas[0].loose);
	assert_int_equal(pool->block_bytes, 16);
}

/* micropython/micropython#2068: real addresses of five digits, which begin again twice on the way. */
UNIT_TEST_WITH(a_loose_area_that_wraps_in_an_elision, set_up, tear_down)
{
	begin(NOT_KNOWN);
	block_table_begin_loose_area(&table, 0xf4f00, 5, 0x800, ++line);
	ASSERT_TAKEN(row("f4f00", "64h"));
	ASSERT_TAKEN(row("f5700", "64h"));
	ASSERT_TAKEN(say("(1010 lines all free)"));
	ASSERT_TAKEN(row("eef00", "8."));
	end();
	assert_int_equal(pool->n_blocks, 1012 * 64 + 8);
	assert_int_equal(pool->block_bytes, 32);
}

UNIT_TEST_WITH(what_is_a_row, set_up, tear_down)
{
	char text[128] = "0001c: ";
	uint64_t address;
	uint32_t digits;

	memset(text + 7, 'h', ROW_BLOCKS);
	assert_true(block_table_is_row(text, 7 + ROW_BLOCKS, &address, &digits));
	assert_int_equal(address, 0x1c);
	assert_int_equal(digits, 5);
	assert_false(block_table_is_row(text, 6 + ROW_BLOCKS, &address, &digits));
	assert_false(block_table_is_row(text, 8 + ROW_BLOCKS, &address, &digits));
	text[20] = 'x';
	assert_false(block_table_is_row(text, 7 + ROW_BLOCKS, &address, &digits));
	text[20] = '=';
	text[1] = 'g';
	assert_false(block_table_is_row(text, 7 + ROW_BLOCKS, &address, &digits));
	assert_false(block_table_is_row(text, 0, &address, &digits));
}

UNIT_TEST_WITH(missing_at_the_end, set_up, tear_down)
{
	begin(4 * 0x400);
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	ASSERT_TAKEN(row("00000400", "10h"));
	end();
	assert_problem(HEAP_CUT, 3);
	assert_blocks(0, "74h");
	assert_u64_equal(pool->missing_bytes, 4 * 0x400 - 74 * 16);
}

/* ---- rows that cannot be ---- */

UNIT_TEST_WITH(a_row_that_comes_twice, set_up, tear_down)
{
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	ASSERT_TAKEN(row("00000400", "64L"));
	ASSERT_DAMAGED(row("00000400", "64D"));
	ASSERT_DAMAGED(row("00000000", "64D"));
	ASSERT_TAKEN(row("00000800", "64."));
	end();
	assert_problem(HEAP_ROW_TWICE, 4);
	assert_blocks(0, "64h 64L 64.");
}

UNIT_TEST_WITH(the_first_row_twice, set_up, tear_down)
{
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	ASSERT_DAMAGED(row("00000000", "64h"));
	ASSERT_TAKEN(row("00000400", "64L"));
	end();
	assert_problem(HEAP_ROW_TWICE, 3);
	assert_blocks(0, "64h 64L");
}

UNIT_TEST_WITH(an_address_between_two_rows, set_up, tear_down)
{
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	ASSERT_TAKEN(row("00000400", "64h"));
	ASSERT_DAMAGED(row("00000808", "64L"));
	ASSERT_TAKEN(row("00000800", "64D"));
	end();
	assert_blocks(0, "128h 64D");
}

UNIT_TEST_WITH(an_address_beyond_the_heap, set_up, tear_down)
{
	begin(4 * 0x400);
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	ASSERT_TAKEN(row("00000400", "64h"));
	ASSERT_DAMAGED(row("fffffc00", "64L"));
	ASSERT_DAMAGED(row("00001400", "64L"));
	ASSERT_TAKEN(row("00000800", "64."));
	end();
	assert_blocks(0, "128h 64.");
	assert_u64_equal(pool->missing_bytes, 0x400);
}

/* It has no room itself, so it must not open a hole up to there either. */
UNIT_TEST_WITH(an_address_at_the_end_of_the_heap, set_up, tear_down)
{
	begin(4 * 0x400);
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	ASSERT_TAKEN(row("00000400", "64h"));
	ASSERT_DAMAGED(row("00001000", "64L"));
	ASSERT_TAKEN(row("00000800", "64."));
	end();
	assert_blocks(0, "128h 64.");
}

/* A symbol was lost: the next address shows that one block is missing. */
UNIT_TEST_WITH(a_row_of_63, set_up, tear_down)
{
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	ASSERT_TAKEN(row("00000400", "63h"));
	ASSERT_TAKEN(row("00000800", "64L"));
	end();
	assert_problem(HEAP_ROWS_MISSING, 4);
	assert_blocks(0, "127h 1? 64L");
}

UNIT_TEST_WITH(a_row_of_65, set_up, tear_down)
{
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	ASSERT_TAKEN(row("00000400", "64h"));
	ASSERT_DAMAGED(row("00000800", "65h"));
	ASSERT_TAKEN(row("00000c00", "64L"));
	end();
	assert_problem(HEAP_ROWS_MISSING, 4);
	assert_blocks(0, "128h 64? 64L");
}

UNIT_TEST_WITH(a_row_with_other_signs_in_it, set_up, tear_down)
{
	static const char *const rows[] = { "63h 1?", "1* 63h", "30h 1@ 33h", "30h 1\xff 33h" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin(NOT_KNOWN);
		area(0x1000);
		row("00000000", "64h");
		row("00000400", "64h");
		ASSERT_DAMAGED(row("00000800", rows[i]));
		ASSERT_TAKEN(row("00000c00", "64L"));
		end();
		assert_problem(HEAP_ROWS_MISSING, 4);
		assert_blocks(0, "128h 64? 64L");
	}
}

/* An unknown letter is a head; a short row has none, or any word would be a row. */
UNIT_TEST_WITH(letters_never_seen, set_up, tear_down)
{
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "1Q 1q 1z 61="));
	ASSERT_TAKEN(row("00000400", "64h"));
	ASSERT_DAMAGED(row("00000800", "1h 1Q"));
	ASSERT_TAKEN(row("00000c00", "1h 1m"));
	end();
	assert_blocks(0, "1Q 1q 1z 61= 64h 64? 1h 1m");
}

/* `t` until v1.8.0, `-` in trial builds of May 2016. */
UNIT_TEST_WITH(all_signs_for_tails, set_up, tear_down)
{
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "1h 21= 21t 21-"));
	ASSERT_TAKEN(row("00000400", "64t"));
	end();
	assert_blocks(0, "1h 127=");
}

UNIT_TEST_WITH(more_rows_than_the_heap_has, set_up, tear_down)
{
	begin(128 * 16);
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	ASSERT_TAKEN(row("00000400", "64h"));
	assert_true(block_table_is_full(&table));
	ASSERT_DAMAGED(row("00000800", "64h"));
	end();
	assert_problem(HEAP_TOO_LARGE, 4);
	assert_blocks(0, "128h");
}

/* ---- elisions ---- */

UNIT_TEST_WITH(an_elision_is_free_rows, set_up, tear_down)
{
	begin(0x1400);
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	ASSERT_TAKEN(row("00000400", "64h"));
	ASSERT_TAKEN(say("(3 lines all free)"));
	assert_true(block_table_is_full(&table));
	end();
	assert_blocks(0, "128h 192.");
}

UNIT_TEST_WITH(elisions_that_cannot_be, set_up, tear_down)
{
	static const char *const texts[] = {
		"(0 lines all free)",
		"(4 lines all free)",
		"(4294967295 lines all free)",
		"(18446744073709551615 lines all free)",
		"(99999999999999999999 lines all free)",
		"( lines all free)",
		"(-1 lines all free)",
	};
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		begin(5 * 0x400);
		area(0x1000);
		row("00000000", "64h");
		row("00000400", "64h");
		if (say(texts[i]) == BLOCK_TABLE_ADDED)
			fail_msg("'%s' is taken", texts[i]);
		ASSERT_TAKEN(row("00000800", "64L"));
		end();
		assert_int_not_equal(heap.problem, HEAP_WHOLE);
		assert_blocks(0, "128h 64L");
	}
}

UNIT_TEST_WITH(an_elision_inside_a_line, set_up, tear_down)
{
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	ASSERT_TAKEN(row("00000400", "10h"));
	ASSERT_DAMAGED(say("(3 lines all free)"));
	end();
	assert_problem(HEAP_BAD_ELISION, 4);
	assert_blocks(0, "74h");
}

UNIT_TEST_WITH(an_elision_before_any_area, set_up, tear_down)
{
	assert_int_not_equal(say("(3 lines all free)"), BLOCK_TABLE_ADDED);
	end();
}

/* The next row's address says how many lines there were. */
UNIT_TEST_WITH(an_elision_with_too_small_a_number, set_up, tear_down)
{
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	ASSERT_TAKEN(row("00000400", "64h"));
	ASSERT_TAKEN(say("(3 lines all free)"));
	ASSERT_TAKEN(row("00001800", "64L"));
	end();
	assert_problem(HEAP_ROWS_MISSING, 5);
	assert_blocks(0, "128h 192. 64? 64L");
}

/* ---- areas ---- */

UNIT_TEST_WITH(offsets_start_again_in_every_area, set_up, tear_down)
{
	begin((128 + 4 + 64 + 192 + 8) * 32);
	area(0x7f5c72d34c00);
	ASSERT_TAKEN(row("00000000", "64h"));
	ASSERT_TAKEN(row("00000800", "64h"));
	ASSERT_TAKEN(row("00001000", "4L"));
	area(0x7f5c72cf3c80);
	ASSERT_TAKEN(row("00000000", "64D"));
	ASSERT_TAKEN(say("(3 lines all free)"));
	assert_false(block_table_is_full(&table));
	area(0x7f5c72cb2c80);
	ASSERT_TAKEN(row("00000000", "8A"));
	assert_true(block_table_is_full(&table));
	end();
	assert_problem(HEAP_WHOLE, 0);
	assert_int_equal(pool->n_areas, 3);
	assert_blocks(0, "128h 4L");
	assert_blocks(1, "64D 192.");
	assert_blocks(2, "8A");
}

/* Before any row has told the block size. */
UNIT_TEST_WITH(the_first_area_may_be_one_short_row, set_up, tear_down)
{
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "12h"));
	area(0x9000);
	ASSERT_TAKEN(row("00000000", "64L"));
	ASSERT_TAKEN(row("00000400", "64L"));
	end();
	assert_int_equal(pool->block_bytes, 16);
	assert_blocks(0, "12h");
	assert_blocks(1, "128L");
}

UNIT_TEST_WITH(an_elision_may_begin_an_area, set_up, tear_down)
{
	begin((128 + 192) * 16);
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	ASSERT_TAKEN(row("00000400", "64h"));
	area(0x9000);
	ASSERT_TAKEN(say("(3 lines all free)"));
	assert_true(block_table_is_full(&table));
	end();
	assert_blocks(1, "192.");
}

UNIT_TEST_WITH(too_many_areas, set_up, tear_down)
{
	for (uint64_t i = 0; i < HEAP_AREAS_MAX; i++)
		area(i << 12);
	assert_problem(HEAP_WHOLE, 0);
	area(0x77000);
	assert_problem(HEAP_TOO_LARGE, HEAP_AREAS_MAX + 1);
	ASSERT_DAMAGED(row("00000000", "64h")); /* belongs to none that is kept */
	ASSERT_DAMAGED(say("(3 lines all free)"));
	end();
}

UNIT_TEST_WITH(too_many_blocks, set_up, tear_down)
{
	begin((uint64_t)HEAP_BLOCKS_MAX * 16 + 4096);
	area(0x1000);
	ASSERT_TAKEN(row("00000000", "64h"));
	ASSERT_TAKEN(row("00000400", "64h"));
	ASSERT_TAKEN(say("(131070 lines all free)")); /* all that is kept, HEAP_BLOCKS_MAX */
	ASSERT_DAMAGED(say("(1 lines all free)"));
	ASSERT_DAMAGED(row_at(131072 * 0x400, 8, "64h"));
	end();
	assert_int_equal(pool->n_blocks, HEAP_BLOCKS_MAX);
}
