/* Cells and blocks: what is true of any pool on a map of any size. */
#include "tui/map/map.h"

#include "map-fixture.h"
#include "unit.h"

enum { ROUNDS = 4000 };

/* ---- what follows the cursor ---- */

UNIT_TEST(it_scrolls_as_little_as_it_must)
{
	uint32_t random = 8;

	for (int round = 0; round < ROUNDS; round++) {
		const struct heap_pool *p = some_pool(&random);
		struct heap_map v = some_view(&random);
		uint32_t n_rows = heap_map_n_rows(p, &v), seen = (uint32_t)v.rows, row;
		uint32_t last = n_rows > seen ? n_rows - seen : 0;
		int x;
		if (p->n_blocks == 0)
			continue;
		uint32_t i_block = some_block(p, &random), was = next_random(&random) % (n_rows + 3);
		v.i_top_row = was;
		map_follow(p, &v, i_block);
		heap_map_find(p, &v, i_block, &row, &x);
		assert_true(v.i_top_row <= last);
		assert_true(row >= v.i_top_row && row - v.i_top_row < seen);
		/* Every other place from which it is in sight is further away, or beyond the end. */
		uint32_t low = row >= seen ? row - seen + 1 : 0, high = MIN(row, last);
		assert_int_equal(v.i_top_row, MIN(MAX(was, low), high));
	}
	struct heap_map v = { 10, 10, 1, 1000 };
	map_follow(of_areas(0, NULL), &v, 5);
	assert_int_equal(v.i_top_row, 0);
}

UNIT_TEST(arrows_reach_every_block)
{
	uint32_t random = 3;

	for (int round = 0; round < ROUNDS / 8; round++) {
		const struct heap_pool *p = some_pool(&random);
		struct heap_map v = some_view(&random);
		v.blocks_per_cell = 1;
		if (p->n_blocks == 0 || p->n_blocks > 4000)
			continue;
		uint32_t i = 0;
		for (; i + 1 < p->n_blocks; i++)
			assert_int_equal(map_step(p, &v, i, 1, 0, -1), i + 1);
		assert_int_equal(map_step(p, &v, i, 1, 0, -1), i);
		for (; i > 0; i--)
			assert_int_equal(map_step(p, &v, i, -1, 0, -1), i - 1);
		assert_int_equal(map_step(p, &v, 0, -1, 0, -1), 0);
		/* By rows: to the top, and to the bottom. */
		for (uint32_t k = heap_map_n_rows(p, &v); k > 0; k--)
			i = map_step(p, &v, i, 0, 1, -1);
		uint32_t row;
		int x;
		heap_map_find(p, &v, i, &row, &x);
		assert_int_equal(row, heap_map_n_rows(p, &v) - 1);
	}
}

/* What an arrow does, the long way: through a list of all cells. */
static uint32_t slow_step(const struct heap_pool *p, const struct heap_map *view, uint32_t i_block, int dx, int dy,
			  int x_kept)
{
	struct cell {
		struct heap_span span;
		int x;
		uint32_t row;
	} *cells = malloc((p->n_blocks + 1) * sizeof(*cells));
	struct heap_map v = *view;
	int64_t n = 0, here = 0;

	assert_non_null(cells);
	uint32_t n_rows = heap_map_n_rows(p, &v);
	for (v.i_top_row = 0; v.i_top_row < n_rows; v.i_top_row++)
		for (int x = 0; heap_map_at(p, &v, x, 0).there; x++, n++) {
			cells[n] = (struct cell){ heap_map_at(p, &v, x, 0), x, v.i_top_row };
			if (i_block - cells[n].span.i_first < cells[n].span.n_blocks)
				here = n;
		}
	int64_t to = MIN(MAX(here + dx, 0), n - 1);
	int64_t row = MIN(MAX((int64_t)cells[to].row + dy, 0), (int64_t)n_rows - 1);
	int x = x_kept < 0 || dy == 0 ? cells[to].x : x_kept;
	for (int64_t k = 0; k < n; k++)
		if (cells[k].row == row && cells[k].x <= x)
			to = k; /* the last one of these */
	uint32_t ret = to == here ? i_block : cells[to].span.i_first;
	free(cells);
	return ret;
}

UNIT_TEST(arrows_stay_within_the_pool)
{
	static const int far[] = { -1000000000, -1000, -50, -2, -1, 0, 0, 1, 2, 50, 1000, 1000000000 };
	uint32_t random = 21;

	for (int round = 0; round < ROUNDS; round++) {
		const struct heap_pool *p = some_pool(&random);
		struct heap_map v = some_view(&random);
		if (p->n_blocks == 0) {
			assert_int_equal(map_step(p, &v, 0, 1, 1, -1), 0);
			continue;
		}
		uint32_t i = some_block(p, &random);
		int dx = far[next_random(&random) % ARRAY_SIZE(far)], dy = far[next_random(&random) % ARRAY_SIZE(far)];
		int x_kept = (int)(next_random(&random) % 8) - 1;
		uint32_t to = map_step(p, &v, i, dx, dy, x_kept);
		assert_true(to < p->n_blocks);
		if (p->n_blocks < 3000)
			assert_int_equal(to, slow_step(p, &v, i, dx, dy, x_kept));
	}
}

/* ---- the minimap ---- */

UNIT_TEST(the_minimap_marks_the_visible_part)
{
	uint32_t random = 29;

	for (int round = 0; round < ROUNDS; round++) {
		const struct heap_pool *p = some_pool(&random);
		struct heap_map v = some_view(&random);
		uint32_t n_all = heap_map_n_rows(p, &v), seen = (uint32_t)v.rows;
		int n_rows = 1 + (int)(next_random(&random) % 60), first, n, was = 0;
		if (n_all <= seen) {
			map_minimap(p, &v, n_rows, &first, &n);
			assert_true(first == 0 && n == n_rows);
			continue;
		}
		uint32_t last = n_all - seen, step = last / 50 + 1;
		for (v.i_top_row = 0; v.i_top_row <= last;
		     v.i_top_row += v.i_top_row < last ? MIN(step, last - v.i_top_row) : 1) {
			map_minimap(p, &v, n_rows, &first, &n);
			assert_true(n >= 1 && first >= was && first + n <= n_rows);
			assert_true(v.i_top_row > 0 || first == 0);
			assert_true(v.i_top_row < last || first + n == n_rows);
			if (n_rows >= 3 && v.i_top_row > 0 && v.i_top_row < last)
				assert_true(first > 0 && first + n < n_rows);
			/* As much of it as of the map, to a row. */
			double part = (double)seen * n_rows / n_all;
			assert_true(n <= MAX(part, 1) && (n > part - 1 || n == n_rows - 2 || n_rows < 3));
			was = first;
		}
	}
}
