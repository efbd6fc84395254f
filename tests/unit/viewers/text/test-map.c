/* Maps are compared as they are drawn. A row is twelve columns of address, two blanks, cells. */
#include "heap-fixture.h"
#include "memprof/base/text.h"
#include "memprof/viewers/view.h"
#include "pools.h"
#include "unit.h"

static const struct text_style scaled = { .columns = 80, .map_rows = 12 };
static const struct text_style full = { .columns = 80, .map_rows = 12, .map_full = true };

/* The rows of the map, without its legend. */
static void draw(const struct heap_pool *pool, const struct text_style *style, struct strbuf *ret)
{
	text_map(ret, pool, style);
	char *legend = strstr(ret->text, "\n  . free");
	assert_non_null(legend);
	legend[1] = '\0';
	ret->n_bytes = strlen(ret->text);
}

static void assert_map(const struct heap_pool *pool, const struct text_style *style, const char *expected)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	draw(pool, style, &s);
	assert_string_equal(strbuf_text(&s), expected);
}

/* ---- one letter a block ---- */

UNIT_TEST(every_block_is_its_letter)
{
	struct heap_pool *pool = pool_of(&heap, 16, "1h 1= 1T 1L 1D 1S 1A 1F 1B 1M 1m 1z 2. 1h 3. 1h 1.", NULL);

	assert_map(pool, &full, "    20000000  h=TLDSAFBMmz..h___h.\n");
}

UNIT_TEST(blocks_of_missing_rows_are_question_marks)
{
	assert_map(pool_of(&heap, 16, "2h 3? 2.", NULL), &full, "    20000000  hh???__\n");
}

UNIT_TEST(a_row_has_64_blocks)
{
	assert_map(pool_of(&heap, 32, "64h 64A 3L", NULL), &full,
		   "    20000000  hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh\n"
		   "    20000800  AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
		   "    20001000  LLL\n");
}

/* In steps of 16 cells. */
UNIT_TEST(wide_terminals_have_wide_rows)
{
	static const struct {
		unsigned columns, n_cells;
	} rows[] = { { 80, 64 }, { 93, 64 }, { 94, 80 }, { 120, 96 }, { 200, 176 }, { 400, 384 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		struct text_style style = { .columns = rows[i].columns, .map_rows = 12, .map_full = true };
		draw(pool_of(&heap, 16, "1000A", NULL), &style, &s);
		assert_int_equal(strcspn(strbuf_text(&s), "\n"), 14 + rows[i].n_cells);
		style.map_full = false;
		strbuf_reset(&s);
		draw(pool_of(&heap, 16, "100000A", NULL), &style, &s);
		assert_int_equal(strcspn(strbuf_text(&s), "\n"), 14 + rows[i].n_cells);
	}
}

UNIT_TEST(every_area_begins_a_row)
{
	assert_map(pool_of(&heap, 16, "3h", "2.", "5.", NULL), &full,
		   "    20000000  hhh\n"
		   "    21000000  ..\n"
		   "    22000000  _____\n");
}

/* ---- scaled ---- */

/* Cells of 2 blocks: 64 cells a row, 12 rows, 1536 blocks at most. */
UNIT_TEST(a_cell_says_how_full_it_is)
{
	struct heap_pool *pool = pool_of(&heap, 16, "2h 1h 1. 2. 1. 1? 2? 1h 1? 1000. 1h 1.", NULL);

	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	draw(pool, &scaled, &s);
	assert_memory_equal(s.text, "    20000000  #+.???____", 24);
	assert_non_null(strstr(s.text, "_+\n"));
}

UNIT_TEST(shades)
{
	static const struct {
		const char *runs;
		char shade;
	} rows[] = {
		{ "16h", '#' },    { "15h 1.", '*' }, { "11h 5.", '*' }, { "10h 6.", '+' }, { "6h 10.", '+' },
		{ "5h 11.", ':' }, { "1h 15.", ':' }, { "16.", '.' },    { "15h 1?", '?' }, { "15. 1?", '?' },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		CLEANUP(strbuf_deinit) struct strbuf runs = STRBUF_INIT;
		strbuf_printf(&runs, "%s 1h 12000. 200h", rows[i].runs); /* cells of 16 blocks */
		draw(pool_of(&heap, 16, strbuf_text(&runs), NULL), &scaled, &s);
		assert_int_equal(s.text[14], rows[i].shade);
	}
}

UNIT_TEST(the_legend_says_the_scale)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	text_map(&s, pool_of(&heap, 32, "10000h", NULL), &scaled);
	assert_non_null(strstr(s.text, "a cell is 16 blocks, 512 B\n"));
	strbuf_reset(&s);
	text_map(&s, pool_of(&heap, 32, "100h", NULL), &scaled);
	assert_null(strstr(s.text, "a cell is"));
	assert_non_null(strstr(s.text, "T tuple"));
}

/* ---- what is true of every map ---- */

/* Columns of a line of UTF-8, each code point one. */
static unsigned columns_of(const char *line, size_t n)
{
	const uint8_t *p = (const uint8_t *)line, *end = p + n;
	unsigned columns = 0;

	for (; p < end; columns++) {
		size_t n_code = text_utf8(p, end, NULL);
		assert_true(n_code > 0);
		p += n_code;
	}
	return columns;
}

static void assert_fits(const struct heap_pool *pool, const struct text_style *style)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	unsigned n_rows = 0;

	draw(pool, style, &s);
	for (const char *p = s.text; *p; n_rows++) {
		size_t n = strcspn(p, "\n");
		if (columns_of(p, n) > style->columns)
			fail_msg("%u columns in %u: '%.*s'", columns_of(p, n), style->columns, (int)n, p);
		p += n + 1;
	}
	if (!style->map_full)
		assert_true(n_rows <= style->map_rows + pool->n_areas);
}

UNIT_TEST(no_row_is_wider_than_the_screen)
{
	uint32_t random = 795;

	for (unsigned columns = 40; columns < 130; columns++) {
		struct text_style style = { .columns = columns,
					    .map_rows = 1 + columns % 14,
					    .utf8 = columns % 2,
					    .map_full = columns % 3 == 0 };
		assert_fits(pool_random(&heap, 32, "hL. ", 1 + columns % 4, 9000, &random), &style);
	}
}

UNIT_TEST(nor_with_the_longest_address_there_is)
{
	struct heap_pool *pool = pool_of(&heap, 16, "200h", NULL);

	pool->areas[0].base = UINT64_C(0xffffffff00000000);
	assert_fits(pool, &full);
	assert_fits(pool, &scaled);
}

UNIT_TEST(any_heap_keeps_to_its_rows)
{
	uint32_t random = 1;

	for (unsigned round = 0; round < 200; round++) {
		struct text_style style = { .columns = 80, .map_rows = 12, .utf8 = round % 2 };
		assert_fits(pool_random(&heap, 16, "hA.. ", 1 + round % 30, 5000, &random), &style);
	}
}

/* Every block has its cell: their number is what the scale says. */
UNIT_TEST(no_cell_is_left_out)
{
	uint32_t random = 5;

	for (uint32_t n_max = 1; n_max < 30000; n_max = n_max * 3 / 2 + 1) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		struct heap_pool *pool = pool_random(&heap, 16, "hD.", 1, n_max, &random);
		unsigned long per_cell = 1;
		size_t n_cells = 0;

		if (pool->n_blocks == 0)
			continue;
		text_map(&s, pool, &scaled);
		char *cell_is = strstr(s.text, "a cell is ");
		if (cell_is)
			per_cell = strtoul(cell_is + strlen("a cell is "), NULL, 10);
		for (char *p = s.text; strncmp(p, "  . free", 8) != 0; p = strchr(p, '\n') + 1)
			n_cells += strcspn(p, "\n") - 14;
		assert_int_equal(n_cells, (pool->n_blocks + per_cell - 1) / per_cell);
	}
}

UNIT_TEST(colours_are_closed_again)
{
	CLEANUP(strbuf_deinit) struct strbuf plain = STRBUF_INIT;
	CLEANUP(strbuf_deinit) struct strbuf colored = STRBUF_INIT;
	struct text_style style = full;
	struct heap_pool *pool = pool_of(&heap, 16, "1h 2. 1? 9. 1L", NULL);

	text_map(&plain, pool, &style);
	style.color = true;
	text_map(&colored, pool, &style);
	assert_null(strchr(plain.text, '\x1b'));
	char *last = NULL, *to = colored.text;
	for (char *p = colored.text; *p;) { /* without colours it is the plain one */
		if (*p == '\x1b') {
			last = p;
			p = strchr(p, 'm') + 1;
			assert_true(p - last < 10);
		} else {
			*to++ = *p++;
		}
	}
	assert_non_null(last);
	*to = '\0';
	assert_string_equal(colored.text, plain.text);
}
