/* The heap map as a picture: every cell is drawn once, as what it is, and the picture stays small. And the trend:
 * its names can be read. */

#include "figures.h"
#include "memprof/analysis/trend.h"
#include "memprof/viewers/trend_view.h"
#include "memprof/viewers/view.h"
#include "pools.h"
#include "unit.h"

enum { ROW_CELLS = 128, CELLS_MAX = 1 << 15 };

static void draw(const struct heap *heap, size_t n_culprits, struct strbuf *ret)
{
	struct dump_info dump = { .heap = heap, .n_dump = 1 };
	struct report_options options = { .n_culprits = n_culprits };

	strbuf_reset(ret);
	svg_heap(ret, "a.log", &dump, &options);
	assert_int_equal(strbuf_error(ret), 0);
}

/* The cells of the n-th area as classes, "f", "kT"; their number. A cell that is drawn twice fails. */
static size_t read_cells(const char *svg, size_t n_area, char ret[CELLS_MAX])
{
	size_t n_cells = 0;

	memset(ret, 0, CELLS_MAX);
	for (size_t i = 0; i <= n_area; i++) {
		svg = strstr(svg, "translate(0 .5)");
		assert_non_null(svg);
		svg += 15;
	}
	const char *end = strstr(svg, "</g>");
	for (const char *at = svg; (at = strstr(at, "<path class=\"")) && at < end;) {
		char class = at[13] == 'k' ? at[14] : at[13];
		unsigned x, row, n;
		int n_read;
		at = strstr(at, " d=\"") + 4;
		for (; sscanf(at, "M%u %uh%u%n", &x, &row, &n, &n_read) == 3; at += n_read) {
			assert_true(n > 0 && x + n <= ROW_CELLS);
			for (size_t i = row * ROW_CELLS + x; n > 0; i++, n--) {
				assert_true(i < CELLS_MAX);
				assert_int_equal(ret[i], 0);
				ret[i] = class;
				n_cells = MAX(n_cells, i + 1);
			}
		}
	}
	return n_cells;
}

static char class_of(const uint8_t *kinds, uint32_t at, uint32_t n, uint32_t per_cell)
{
	uint32_t n_used = 0;

	if (per_cell == 1) {
		while (kinds[at] == BLOCK_TAIL)
			at--;
		if (kinds[at] == BLOCK_FREE || kinds[at] == BLOCK_UNKNOWN)
			return kinds[at] == BLOCK_FREE ? 'f' : 'u';
		return strchr("TLDSAFBM", kinds[at]) ? (char)kinds[at] : 'h';
	}
	for (uint32_t i = at; i < at + n; i++) {
		if (kinds[i] == BLOCK_UNKNOWN)
			return 'u';
		n_used += kinds[i] != BLOCK_FREE;
	}
	return "f1234"[n_used == 0 ? 0 : n_used == n ? 4 : 1 + n_used * 3 / n];
}

UNIT_TEST(every_cell_is_drawn_once_as_what_it_is)
{
	static char cells[CELLS_MAX];
	uint32_t random = 7;

	for (int k = 0; k < 30; k++) {
		CLEANUP(strbuf_deinit) struct strbuf svg = STRBUF_INIT;
		struct heap heap;
		unsigned per_cell = 0;
		heap_init(&heap);
		struct heap_pool *pool = pool_random(&heap, 16, "hTLDSAFBMx.....?", 1 + (uint32_t)k % 3,
						     k % 2 ? 3000 : 200000, &random);
		draw(&heap, 5, &svg);
		const char *scale = strstr(strbuf_text(&svg), "a cell is ");
		assert_non_null(scale);
		assert_int_equal(sscanf(scale, "a cell is %u", &per_cell), 1);
		for (uint32_t i = 0; i < pool->n_areas; i++) {
			const struct heap_area *area = &pool->areas[i];
			size_t n = read_cells(strbuf_text(&svg), i, cells);
			assert_int_equal(n, (area->n_blocks + per_cell - 1) / per_cell);
			for (uint32_t at = 0; at < area->n_blocks; at += per_cell)
				assert_int_equal(
					cells[at / per_cell],
					class_of(area->kinds, at, MIN(per_cell, area->n_blocks - at), per_cell));
		}
		heap_deinit(&heap);
	}
}

/* The most changes there can be: no two cells beside each other are alike. */
UNIT_TEST(the_largest_heaps_stay_small)
{
	enum { N_BLOCKS = 524288 };
	static const uint32_t n_each[] = { 1, 32, 64, 128 };

	for (size_t k = 0; k < ARRAY_SIZE(n_each); k++) {
		CLEANUP(strbuf_deinit) struct strbuf svg = STRBUF_INIT;
		struct heap heap;
		struct heap_pool *pool;
		heap_init(&heap);
		assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &pool), 0);
		assert_int_equal(heap_add_area(pool, 0x3c000000), 0);
		pool->block_bytes = 16;
		for (uint32_t i = 0; i < N_BLOCKS / n_each[k]; i++)
			assert_int_equal(heap_append(pool, i % 2 ? BLOCK_FREE : BLOCK_STR, n_each[k]), 0);
		heap_seal(&heap);
		draw(&heap, REPORT_CULPRITS_MAX, &svg);
		assert_true(svg.n_bytes > 1000 && svg.n_bytes < 300000);
		heap_deinit(&heap);
	}
}

/* Areas and pools by the hundred, tables without blocks, pools without a table. */
UNIT_TEST(odd_heaps_are_drawn_too)
{
	CLEANUP(strbuf_deinit) struct strbuf svg = STRBUF_INIT;
	struct heap heap;
	struct heap_pool *pool;

	heap_init(&heap);
	draw(&heap, 5, &svg);
	assert_non_null(strstr(strbuf_text(&svg), "</svg>"));
	for (uint32_t p = 0; p < 3; p++) {
		assert_int_equal(heap_add_pool(&heap, p ? "fixed" : "gc", p ? POOL_FIXED : POOL_GC, &pool), 0);
		pool->block_bytes = 16;
		for (uint32_t i = 0; p < 1 && i < 1000; i++) {
			assert_int_equal(heap_add_area(pool, 0x10000 * (i + 1)), 0);
			if (i % 40) /* else it has no block */
				assert_int_equal(heap_append(pool, i % 2 ? BLOCK_FREE : BLOCK_LIST, i % 40), 0);
		}
	}
	pool->reported.total_bytes = 1000;
	pool->reported.used_bytes = 250;
	heap_seal(&heap);
	draw(&heap, 5, &svg);
	assert_non_null(strstr(strbuf_text(&svg), "[936 other areas]"));
	assert_non_null(strstr(strbuf_text(&svg), "fixed: 1000 B, 250 B used"));
	assert_true(svg.n_bytes < 300000);
	heap_deinit(&heap);
}

UNIT_TEST(texts_are_not_trusted)
{
	CLEANUP(strbuf_deinit) struct strbuf svg = STRBUF_INIT;
	struct heap heap;

	heap_init(&heap);
	pool_of(&heap, 16, "4h 2.", NULL);
	struct dump_info dump = { .heap = &heap, .n_dump = 1, .label = "</title><script>&\x1b[31m\xe2\x80\xae\"" };
	svg_heap(&svg, "]]><x y='", &dump, &(struct report_options){ .n_needs = 0 });
	assert_null(strstr(strbuf_text(&svg), "<script"));
	assert_null(strstr(strbuf_text(&svg), "<x"));
	assert_null(strchr(strbuf_text(&svg), 0x1b));
	assert_null(strstr(strbuf_text(&svg), "\xe2\x80\xae"));
	assert_non_null(strstr(strbuf_text(&svg), "&#60;/title&#62;&#60;script&#62;&#38;\\x1b[31m\\u202e&#34;"));
	heap_deinit(&heap);
}

UNIT_TEST(long_names_end_with_a_whole_letter)
{
	struct heap heap;

	heap_init(&heap);
	for (size_t n_before = 0; n_before < 4; n_before++) {
		CLEANUP(strbuf_deinit) struct strbuf svg = STRBUF_INIT, name = STRBUF_INIT;
		strbuf_add(&name, "abcd", n_before);
		for (int i = 0; i < 40; i++)
			strbuf_puts(&name, "\xe2\x82\xac");
		svg_heap(&svg, strbuf_text(&name), &(struct dump_info){ .heap = &heap, .n_dump = 1 },
			 &(struct report_options){ .n_needs = 0 });
		assert_non_null(strstr(strbuf_text(&svg), "\xe2\x82\xac..., dump 1</title>"));
		assert_null(strstr(strbuf_text(&svg), "\\x"));
	}
	heap_deinit(&heap);
}
