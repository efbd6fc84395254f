/* Cells and blocks: what is true of any pool on a map of any size. */
#include "tui/map/map.h"

#include "unit.h"

enum { ROUNDS = 4000 };

/* Areas alone: where blocks are shown does not depend on what they are. */
static struct heap_area areas[HEAP_AREAS_MAX];
static struct heap_pool pool;

static struct heap_pool *of_areas(uint32_t n_areas, const uint32_t *n_blocks)
{
	pool = (struct heap_pool){ .block_bytes = 16, .areas = areas, .n_areas = n_areas };
	for (uint32_t i = 0; i < n_areas; i++) {
		areas[i] = (struct heap_area){ .base = UINT64_C(0x20000000) + (uint64_t)i * 0x10000000,
					       .n_blocks = n_blocks[i],
					       .i_first = pool.n_blocks };
		pool.n_blocks += n_blocks[i];
	}
	return &pool;
}

/* Few areas or many, empty ones and ones of a single block among them, small and large. */
static struct heap_pool *some_pool(uint32_t *random)
{
	static const uint32_t most_blocks[] = { 1, 3, 60, 500, 3000, 100000, HEAP_BLOCKS_MAX / 16 };
	uint32_t n_blocks[200], n_areas = next_random(random) % (next_random(random) % 10 ? 6 : 200);

	for (uint32_t i = 0; i < n_areas; i++) {
		uint32_t most = most_blocks[next_random(random) % (n_areas <= 6 ? ARRAY_SIZE(most_blocks) : 4)];
		n_blocks[i] = next_random(random) % (most + 1);
	}
	return of_areas(n_areas, n_blocks);
}

static struct map_view some_view(uint32_t *random)
{
	int columns = 1 + (int)(next_random(random) % 390), rows = 1 + (int)(next_random(random) % 110);

	return (struct map_view){ MAX(columns, 1), rows, 1u << next_random(random) % 24, 0 };
}

static uint32_t some_block(const struct heap_pool *p, uint32_t *random)
{
	static const uint32_t near[] = { 0, 1, 2, 63, 64 };
	uint32_t i = next_random(random) % p->n_blocks;

	if (next_random(random) % 4)
		return i;
	const struct heap_area *area = &p->areas[next_random(random) % p->n_areas];
	i = area->i_first + near[next_random(random) % ARRAY_SIZE(near)];
	return MIN(i, p->n_blocks - 1);
}

/* ---- what is shown where ---- */

/* All rows one after another: each begins where the one before it ended. */
static void every_block_is_in_one_row(void **state)
{
	uint32_t random = 12;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		const struct heap_pool *p = some_pool(&random);
		struct map_view v = some_view(&random);
		uint32_t at = 0, n_rows = map_n_rows(p, &v), i_area = 0;
		if (n_rows > 2000)
			continue;
		for (v.i_top_row = 0; v.i_top_row < n_rows; v.i_top_row++) {
			struct map_span row = map_row(p, &v, 0);
			assert_true(row.there && row.n_blocks > 0);
			assert_int_equal(row.i_first, at);
			assert_true(row.i_area >= i_area);
			const struct heap_area *area = &p->areas[i_area = row.i_area];
			at += row.n_blocks;
			assert_true(row.i_first >= area->i_first && at <= area->i_first + area->n_blocks);
			if (at < area->i_first + area->n_blocks)
				assert_u64_equal(row.n_blocks, (uint64_t)v.columns * v.blocks_per_cell);
		}
		assert_int_equal(at, p->n_blocks);
		assert_false(map_row(p, &v, 0).there);
		assert_false(map_row(p, &v, 1000).there);
	}
}

static void and_in_one_cell_of_it(void **state)
{
	uint32_t random = 5;

	(void)state;
	for (int round = 0; round < ROUNDS / 4; round++) {
		const struct heap_pool *p = some_pool(&random);
		struct map_view v = some_view(&random);
		uint32_t n_rows = map_n_rows(p, &v);
		v.i_top_row = n_rows ? next_random(&random) % n_rows : 0;
		for (int y = 0; y < v.rows && y < 5; y++) {
			struct map_span row = map_row(p, &v, y);
			uint32_t at = row.i_first;
			for (int x = 0; x < v.columns; x++) {
				struct map_span span = map_at(p, &v, x, y), same = map_row_cell(&row, &v, x);
				assert_int_equal(span.there, same.there);
				assert_int_equal(span.i_area, same.i_area);
				assert_int_equal(span.i_first, same.i_first);
				assert_int_equal(span.n_blocks, same.n_blocks);
				assert_int_equal(span.there, row.there && at < row.i_first + row.n_blocks);
				if (!span.there)
					continue;
				assert_int_equal(span.i_area, row.i_area);
				assert_int_equal(span.i_first, at);
				at += span.n_blocks;
				assert_true(span.n_blocks == v.blocks_per_cell || at == row.i_first + row.n_blocks);
				assert_true(span.n_blocks > 0 && span.n_blocks <= v.blocks_per_cell);
			}
			assert_int_equal(at, row.i_first + row.n_blocks);
			assert_false(map_at(p, &v, v.columns, y).there);
			assert_false(map_at(p, &v, -1, y).there);
		}
		assert_false(map_at(p, &v, 0, -1).there);
	}
}

static void a_block_is_found_where_it_is_shown(void **state)
{
	uint32_t random = 77;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		const struct heap_pool *p = some_pool(&random);
		struct map_view v = some_view(&random);
		for (int k = 0; k < 20 && p->n_blocks > 0; k++) {
			uint32_t i_block = some_block(p, &random), back = next_random(&random) % 100, row;
			int x;
			map_find(p, &v, i_block, &row, &x);
			v.i_top_row = row - MIN(row, back);
			struct map_span span = map_at(p, &v, x, (int)(row - v.i_top_row));
			assert_true(span.there && i_block - span.i_first < span.n_blocks);
		}
	}
}

static bool fits(const struct heap_pool *p, int columns, int rows, uint32_t blocks_per_cell)
{
	struct map_view v = { columns, rows, blocks_per_cell, 0 };

	return map_n_rows(p, &v) <= (uint32_t)rows;
}

static void fit_is_the_smallest_that_fits(void **state)
{
	uint32_t random = 31;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		const struct heap_pool *p = some_pool(&random);
		struct map_view v = some_view(&random);
		uint32_t n = map_fit(p, v.columns, v.rows), n_areas = 0;
		assert_true(n > 0 && (n & (n - 1)) == 0);
		for (uint32_t i = 0; i < p->n_areas; i++)
			n_areas += p->areas[i].n_blocks > 0;
		int rows = MAX(v.rows, (int)n_areas);
		assert_true(fits(p, v.columns, rows, n));
		if (n > 1)
			assert_false(fits(p, v.columns, rows, n / 2));
	}
	/* The largest there is, on the smallest map. */
	assert_int_equal(map_fit(of_areas(1, (uint32_t[]){ HEAP_BLOCKS_MAX }), 1, 1), HEAP_BLOCKS_MAX);
	assert_int_equal(map_fit(of_areas(1, (uint32_t[]){ 524288 }), 68, 5), 2048);
	assert_int_equal(map_fit(of_areas(0, NULL), 10, 10), 1);
}

/* ---- what follows the cursor ---- */

static void it_scrolls_as_little_as_it_must(void **state)
{
	uint32_t random = 8;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		const struct heap_pool *p = some_pool(&random);
		struct map_view v = some_view(&random);
		uint32_t n_rows = map_n_rows(p, &v), seen = (uint32_t)v.rows, row;
		uint32_t last = n_rows > seen ? n_rows - seen : 0;
		int x;
		if (p->n_blocks == 0)
			continue;
		uint32_t i_block = some_block(p, &random), was = next_random(&random) % (n_rows + 3);
		v.i_top_row = was;
		map_follow(p, &v, i_block);
		map_find(p, &v, i_block, &row, &x);
		assert_true(v.i_top_row <= last);
		assert_true(row >= v.i_top_row && row - v.i_top_row < seen);
		/* Every other place from which it is in sight is further away, or beyond the end. */
		uint32_t low = row >= seen ? row - seen + 1 : 0, high = MIN(row, last);
		assert_int_equal(v.i_top_row, MIN(MAX(was, low), high));
	}
	struct map_view v = { 10, 10, 1, 1000 };
	map_follow(of_areas(0, NULL), &v, 5);
	assert_int_equal(v.i_top_row, 0);
}

static void arrows_reach_every_block(void **state)
{
	uint32_t random = 3;

	(void)state;
	for (int round = 0; round < ROUNDS / 8; round++) {
		const struct heap_pool *p = some_pool(&random);
		struct map_view v = some_view(&random);
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
		for (uint32_t k = map_n_rows(p, &v); k > 0; k--)
			i = map_step(p, &v, i, 0, 1, -1);
		uint32_t row;
		int x;
		map_find(p, &v, i, &row, &x);
		assert_int_equal(row, map_n_rows(p, &v) - 1);
	}
}

/* What an arrow does, the long way: through a list of all cells. */
static uint32_t slow_step(const struct heap_pool *p, const struct map_view *view, uint32_t i_block, int dx, int dy,
			  int x_kept)
{
	struct cell {
		struct map_span span;
		int x;
		uint32_t row;
	} *cells = malloc((p->n_blocks + 1) * sizeof(*cells));
	struct map_view v = *view;
	int64_t n = 0, here = 0;

	assert_non_null(cells);
	uint32_t n_rows = map_n_rows(p, &v);
	for (v.i_top_row = 0; v.i_top_row < n_rows; v.i_top_row++)
		for (int x = 0; map_at(p, &v, x, 0).there; x++, n++) {
			cells[n] = (struct cell){ map_at(p, &v, x, 0), x, v.i_top_row };
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

static void arrows_stay_within_the_pool(void **state)
{
	static const int far[] = { -1000000000, -1000, -50, -2, -1, 0, 0, 1, 2, 50, 1000, 1000000000 };
	uint32_t random = 21;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		const struct heap_pool *p = some_pool(&random);
		struct map_view v = some_view(&random);
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

/* ---- addresses ---- */

static void addresses_and_blocks(void **state)
{
	uint32_t random = 15, i_block;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		const struct heap_pool *p = some_pool(&random);
		if (p->n_blocks == 0)
			continue;
		uint32_t i = some_block(p, &random);
		uint64_t address = map_address(p, i);
		for (uint64_t k = 0; k < 16; k++) {
			assert_true(map_block_of(p, address + k, &i_block));
			assert_int_equal(i_block, i);
		}
	}
	const struct heap_pool *p = of_areas(3, (uint32_t[]){ 2, 0, 1 });
	static const struct {
		uint64_t address;
		uint32_t i_block;
	} rows[] = {
		{ 0x20000000, 0 }, { 0x2000000f, 0 }, { 0x20000010, 1 }, { 0x2000001f, 1 },
		{ 0x40000000, 2 }, { 0x1fffffff, 9 }, { 0x20000020, 9 }, { 0x30000000, 9 },
		{ 0x40000010, 9 }, { 0, 9 },          { NOT_KNOWN, 9 },
	};
	for (size_t k = 0; k < ARRAY_SIZE(rows); k++) {
		i_block = 9;
		assert_int_equal(map_block_of(p, rows[k].address, &i_block), rows[k].i_block != 9);
		assert_int_equal(i_block, rows[k].i_block);
	}
	assert_u64_equal(map_address(p, 2), 0x40000000);
	assert_u64_equal(map_address(p, 3), NOT_KNOWN);
	assert_u64_equal(map_address(of_areas(0, NULL), 0), NOT_KNOWN);
}

static void digits_of_addresses(void **state)
{
	static const struct {
		uint64_t base;
		int digits;
	} rows[] = {
		{ 0, 8 },
		{ 0xffffffe0, 8 },
		{ 0xfffffff0, 9 },
		{ 0x7f1234567890, 12 },
		{ UINT64_C(0xffffffffffffff00), 16 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct heap_pool *p = of_areas(3, (uint32_t[]){ 1, 2, 0 });
		p->areas[0].base = 0x10;
		p->areas[1].base = rows[i].base;
		p->areas[2].base = UINT64_C(0xffffffffffffff00); /* has no blocks */
		assert_int_equal(map_address_digits(p), rows[i].digits);
	}
	assert_int_equal(map_address_digits(of_areas(0, NULL)), 8);
}

/* ---- the minimap ---- */

static void the_minimap_says_what_is_in_sight(void **state)
{
	uint32_t random = 29;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		const struct heap_pool *p = some_pool(&random);
		struct map_view v = some_view(&random);
		uint32_t n_all = map_n_rows(p, &v), seen = (uint32_t)v.rows;
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_block_is_in_one_row),
		cmocka_unit_test(and_in_one_cell_of_it),
		cmocka_unit_test(a_block_is_found_where_it_is_shown),
		cmocka_unit_test(fit_is_the_smallest_that_fits),
		cmocka_unit_test(it_scrolls_as_little_as_it_must),
		cmocka_unit_test(arrows_reach_every_block),
		cmocka_unit_test(arrows_stay_within_the_pool),
		cmocka_unit_test(addresses_and_blocks),
		cmocka_unit_test(digits_of_addresses),
		cmocka_unit_test(the_minimap_says_what_is_in_sight),
	};

	return RUN(tests);
}
