/* Tables are written here as runs: "62h 2=" is a row of 62 heads and 2 tails, and in what is
 * expected "?" is a block whose row is missing. */
#include "console/block_table.h"

#include "cases.h"
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

UNIT_BEFORE(set_up)
{
	heap_init(&heap);
	memset(&table, 0, sizeof(table));
	begin(NOT_KNOWN);
}

UNIT_AFTER(tear_down) { heap_deinit(&heap); }

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
	char *copy = exact_copy(text, n);

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

/* ---- cases ---- */

static void print_area(const struct heap_area *a, struct strbuf *ret)
{
	strbuf_printf(ret, "%s%" PRIx64 ":", a->loose ? "loose " : "", a->base);
	for (uint32_t i = 0, n; i < a->n_blocks; i += n) {
		for (n = 1; i + n < a->n_blocks && a->kinds[i + n] == a->kinds[i];)
			n++;
		strbuf_printf(ret, " %u%c", n, a->kinds[i] == BLOCK_UNKNOWN ? '?' : a->kinds[i]);
	}
	strbuf_putc(ret, '\n');
}

static void print_heap(struct strbuf *ret)
{
	end();
	if (heap.problem != HEAP_WHOLE)
		strbuf_printf(ret, "%s, line %" PRIu64 "\n", heap_problem_text(heap.problem), heap.problem_line);
	strbuf_printf(ret, "%u B, %u blocks, %" PRIu64 " B missing\n", pool->block_bytes, pool->n_blocks,
		      pool->missing_bytes);
	for (uint32_t i = 0; i < pool->n_areas; i++)
		print_area(&pool->areas[i], ret);
}

/* "ADDRESS: RUNS", or any line. */
static enum block_table_result say_any(char *text)
{
	char *runs = strstr(text, ": ");

	if (*text == '\'')
		return say(text + 1);
	if (!runs)
		return say(text);
	*runs = '\0';
	return row(text, runs + 2);
}

static void obey(char *order, struct strbuf *ret)
{
	uint64_t a, b;
	enum block_table_result answer;
	bool was_full = block_table_is_full(&table);

	if (sscanf(order, "total %" SCNu64, &a) == 1) {
		begin(a);
	} else if (sscanf(order, "hint %" SCNu32, &table.hint_bytes) == 1) {
	} else if (sscanf(order, "area %" SCNx64, &a) == 1) {
		area(a);
	} else if (sscanf(order, "loose %" SCNx64 " %" SCNx64, &a, &b) == 2) {
		block_table_begin_loose_area(&table, a, 5, (uint32_t)b, ++line);
	} else if (strcmp(order, "end") == 0) {
		print_heap(ret);
		begin(NOT_KNOWN);
	} else {
		answer = say_any(order);
		if (answer != BLOCK_TABLE_ADDED)
			strbuf_printf(ret, "line %" PRIu64 " %s\n", line,
				      answer == BLOCK_TABLE_DAMAGED ? "damaged" : "not mine");
		if (block_table_area_ended(&table))
			strbuf_printf(ret, "line %" PRIu64 " ends the area\n", line);
	}
	if (block_table_is_full(&table) && !was_full)
		strbuf_printf(ret, "line %" PRIu64 " fills the table\n", line);
}

static void answer(char *input, struct strbuf *ret)
{
	for (char *orders; (orders = case_line(&input));) {
		for (char *order = orders, *next; order && *order != '#'; order = next) {
			next = *order == '\'' ? NULL : strstr(order, "; ");
			if (next) {
				*next = '\0';
				next += 2;
			}
			obey(order, ret);
		}
	}
	print_heap(ret);
}

UNIT_CASES("protocol/console/block_table.cases", answer)

/* ---- others ---- */

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

UNIT_TEST(comes_from_the_step_between_two_rows)
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

UNIT_TEST(comes_from_a_step_over_an_elision)
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

/* py/gc.c: a heap is a multiple of four blocks, and max free sz is in blocks. */
UNIT_TEST(statistics_alone_may_leave_one_answer)
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

/* v1.8.1 to v1.19.1: offsets of five digits, so that they start again after every MiB. */
UNIT_TEST(five_digits_wrap_after_a_mebibyte)
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

UNIT_TEST(what_is_a_row)
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

UNIT_TEST(a_row_with_other_signs_in_it)
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

UNIT_TEST(elisions_that_cannot_be)
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

UNIT_TEST(too_many_areas)
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
