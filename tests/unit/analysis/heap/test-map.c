/* Cells and blocks: what is true of any pool on a map of any size. */
#include "memprof/analysis/heap_map.h"

#include "map-fixture.h"
#include "pools.h"
#include "unit.h"

enum { ROUNDS = 4000 };

/* ---- what is shown where ---- */

/* All rows one after another: each begins where the one before it ended. */
UNIT_TEST(every_block_is_in_one_row)
{
	uint32_t random = 12;

	for (int round = 0; round < ROUNDS; round++) {
		const struct heap_pool *p = some_pool(&random);
		struct heap_map v = some_view(&random);
		uint32_t at = 0, n_rows = heap_map_n_rows(p, &v), i_area = 0;
		if (n_rows > 2000)
			continue;
		for (v.i_top_row = 0; v.i_top_row < n_rows; v.i_top_row++) {
			struct heap_span row = heap_map_row(p, &v, 0);
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
		assert_false(heap_map_row(p, &v, 0).there);
		assert_false(heap_map_row(p, &v, 1000).there);
	}
}

UNIT_TEST(and_in_one_cell_of_it)
{
	uint32_t random = 5;

	for (int round = 0; round < ROUNDS / 4; round++) {
		const struct heap_pool *p = some_pool(&random);
		struct heap_map v = some_view(&random);
		uint32_t n_rows = heap_map_n_rows(p, &v);
		v.i_top_row = n_rows ? next_random(&random) % n_rows : 0;
		for (int y = 0; y < v.rows && y < 5; y++) {
			struct heap_span row = heap_map_row(p, &v, y);
			uint32_t at = row.i_first;
			for (int x = 0; x < v.columns; x++) {
				struct heap_span span = heap_map_at(p, &v, x, y), same = heap_map_row_cell(&row, &v, x);
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
			assert_false(heap_map_at(p, &v, v.columns, y).there);
			assert_false(heap_map_at(p, &v, -1, y).there);
		}
		assert_false(heap_map_at(p, &v, 0, -1).there);
	}
}

UNIT_TEST(a_block_is_found_where_it_is_shown)
{
	uint32_t random = 77;

	for (int round = 0; round < ROUNDS; round++) {
		const struct heap_pool *p = some_pool(&random);
		struct heap_map v = some_view(&random);
		for (int k = 0; k < 20 && p->n_blocks > 0; k++) {
			uint32_t i_block = some_block(p, &random), back = next_random(&random) % 100, row;
			int x;
			heap_map_find(p, &v, i_block, &row, &x);
			v.i_top_row = row - MIN(row, back);
			struct heap_span span = heap_map_at(p, &v, x, (int)(row - v.i_top_row));
			assert_true(span.there && i_block - span.i_first < span.n_blocks);
		}
	}
}

static bool fits(const struct heap_pool *p, int columns, int rows, uint32_t blocks_per_cell)
{
	struct heap_map v = { columns, rows, blocks_per_cell, 0 };

	return heap_map_n_rows(p, &v) <= (uint32_t)rows;
}

UNIT_TEST(fit_is_the_smallest_that_fits)
{
	uint32_t random = 31;

	for (int round = 0; round < ROUNDS; round++) {
		const struct heap_pool *p = some_pool(&random);
		struct heap_map v = some_view(&random);
		uint32_t n = heap_map_fit(p, v.columns, v.rows), n_areas = 0;
		assert_true(n > 0 && (n & (n - 1)) == 0);
		for (uint32_t i = 0; i < p->n_areas; i++)
			n_areas += p->areas[i].n_blocks > 0;
		int rows = MAX(v.rows, (int)n_areas);
		assert_true(fits(p, v.columns, rows, n));
		if (n > 1)
			assert_false(fits(p, v.columns, rows, n / 2));
	}
	/* The largest there is, on the smallest map. */
	assert_int_equal(heap_map_fit(of_areas(1, (uint32_t[]){ HEAP_BLOCKS_MAX }), 1, 1), HEAP_BLOCKS_MAX);
	assert_int_equal(heap_map_fit(of_areas(1, (uint32_t[]){ 524288 }), 68, 5), 2048);
	assert_int_equal(heap_map_fit(of_areas(0, NULL), 10, 10), 1);
}

/* ---- addresses ---- */

UNIT_TEST(addresses_and_blocks)
{
	uint32_t random = 15, i_block;

	for (int round = 0; round < ROUNDS; round++) {
		const struct heap_pool *p = some_pool(&random);
		if (p->n_blocks == 0)
			continue;
		uint32_t i = some_block(p, &random);
		uint64_t address = heap_block_address(p, i);
		for (uint64_t k = 0; k < 16; k++) {
			assert_true(heap_block_at(p, address + k, &i_block));
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
		assert_int_equal(heap_block_at(p, rows[k].address, &i_block), rows[k].i_block != 9);
		assert_int_equal(i_block, rows[k].i_block);
	}
	assert_u64_equal(heap_block_address(p, 2), 0x40000000);
	assert_u64_equal(heap_block_address(p, 3), NOT_KNOWN);
	assert_u64_equal(heap_block_address(of_areas(0, NULL), 0), NOT_KNOWN);
}

UNIT_TEST(digits_of_addresses)
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

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct heap_pool *p = of_areas(3, (uint32_t[]){ 1, 2, 0 });
		p->areas[0].base = 0x10;
		p->areas[1].base = rows[i].base;
		p->areas[2].base = UINT64_C(0xffffffffffffff00); /* has no blocks */
		assert_int_equal(heap_address_digits(p, 8), rows[i].digits);
	}
	assert_int_equal(heap_address_digits(of_areas(0, NULL), 8), 8);
}

/* ---- the longest free run ---- */

UNIT_TEST(the_first_of_the_longest_free_runs)
{
	static const struct {
		const char *first, *second;
		uint32_t i_first, n_blocks;
	} rows[] = {
		{ "4h", NULL, 0, 0 },
		{ "4.", NULL, 0, 4 },
		{ "2. 1h 3. 1h 3.", NULL, 3, 3 },
		{ "2. 1h 70. 1h", "3. 1h 70.", 3, 70 },
		{ "1h 2.", "2. 1h 3.", 6, 3 }, /* runs of two areas do not join */
	};
	struct area_counts counts;
	struct heap heap;

	heap_init(&heap);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct heap_pool *p = pool_of(&heap, 16, rows[i].first, rows[i].second, NULL);
		pool_count(p, &counts);
		struct heap_run run = heap_longest_free_run(p, &counts);
		assert_int_equal(run.i_first, rows[i].i_first);
		assert_int_equal(run.n_blocks, rows[i].n_blocks);
	}
	heap_deinit(&heap);
}
