#include "tui/map/map.h"

static uint64_t blocks_per_row(const struct map_view *v) { return (uint64_t)MAX(v->columns, 1) * v->blocks_per_cell; }

static uint32_t rows_of(const struct heap_area *area, uint64_t per_row)
{
	return (uint32_t)((area->n_blocks + per_row - 1) / per_row);
}

uint32_t map_n_rows(const struct heap_pool *pool, const struct map_view *v)
{
	uint64_t per_row = blocks_per_row(v);
	uint32_t n = 0;

	for (uint32_t i = 0; i < pool->n_areas; i++)
		n += rows_of(&pool->areas[i], per_row);
	return n;
}

uint32_t map_fit(const struct heap_pool *pool, int columns, int rows)
{
	struct map_view v = { columns, rows, HEAP_BLOCKS_MAX, 0 };
	uint32_t n_rows = MAX(map_n_rows(pool, &v), (uint32_t)MAX(rows, 1));

	v.blocks_per_cell = 1;
	while (map_n_rows(pool, &v) > n_rows)
		v.blocks_per_cell *= 2;
	return v.blocks_per_cell;
}

/* The blocks of a row of the whole map. */
static struct map_span row_at(const struct heap_pool *pool, const struct map_view *v, uint64_t i_row)
{
	uint64_t per_row = blocks_per_row(v);

	for (uint32_t i = 0; i < pool->n_areas; i++) {
		const struct heap_area *area = &pool->areas[i];
		uint32_t n_rows = rows_of(area, per_row);
		if (i_row < n_rows) {
			uint32_t at = (uint32_t)(i_row * per_row);
			uint32_t n = (uint32_t)MIN(per_row, area->n_blocks - at);
			return (struct map_span){ true, i, area->i_first + at, n };
		}
		i_row -= n_rows;
	}
	return (struct map_span){ 0 };
}

struct map_span map_row(const struct heap_pool *pool, const struct map_view *v, int y)
{
	return y < 0 ? (struct map_span){ 0 } : row_at(pool, v, (uint64_t)v->i_top_row + (uint32_t)y);
}

struct map_span map_row_cell(const struct map_span *row, const struct map_view *v, int x)
{
	uint64_t at = (uint64_t)MAX(x, 0) * v->blocks_per_cell;

	if (!row->there || x < 0 || at >= row->n_blocks)
		return (struct map_span){ 0 };
	return (struct map_span){ true, row->i_area, row->i_first + (uint32_t)at,
				  (uint32_t)MIN(v->blocks_per_cell, row->n_blocks - at) };
}

struct map_span map_at(const struct heap_pool *pool, const struct map_view *v, int x, int y)
{
	struct map_span row = map_row(pool, v, y);

	return map_row_cell(&row, v, x);
}

uint32_t map_area_of(const struct heap_pool *pool, uint32_t i_block)
{
	uint32_t i = 0;

	while (i < pool->n_areas && i_block - pool->areas[i].i_first >= pool->areas[i].n_blocks)
		i++;
	return i;
}

void map_find(const struct heap_pool *pool, const struct map_view *v, uint32_t i_block, uint32_t *ret_row, int *ret_x)
{
	uint64_t per_row = blocks_per_row(v);
	uint32_t i_area = map_area_of(pool, i_block), row = 0, at;

	*ret_row = 0;
	*ret_x = 0;
	if (i_area == pool->n_areas)
		return;
	for (uint32_t i = 0; i < i_area; i++)
		row += rows_of(&pool->areas[i], per_row);
	at = i_block - pool->areas[i_area].i_first;
	*ret_row = row + (uint32_t)(at / per_row);
	*ret_x = (int)(at % per_row / v->blocks_per_cell);
}

void map_follow(const struct heap_pool *pool, struct map_view *v, uint32_t i_block)
{
	uint32_t n_rows = map_n_rows(pool, v), n_seen = (uint32_t)MAX(v->rows, 1), row;
	int x;

	map_find(pool, v, i_block, &row, &x);
	if (row < v->i_top_row)
		v->i_top_row = row;
	else if (row - v->i_top_row >= n_seen)
		v->i_top_row = row - n_seen + 1;
	v->i_top_row = MIN(v->i_top_row, n_rows > n_seen ? n_rows - n_seen : 0);
}

static uint32_t n_cells(uint32_t n_blocks, const struct map_view *v) { return (n_blocks - 1) / v->blocks_per_cell + 1; }

/* n_cells on from a cell of an area, through the areas behind it or before it that are not empty. */
static uint32_t step_cells(const struct heap_pool *pool, const struct map_view *v, uint32_t i_area, uint32_t i_cell,
			   int dx)
{
	int64_t at = (int64_t)i_cell + dx;

	for (uint32_t i = i_area; at < 0 && i-- > 0;) {
		if (pool->areas[i].n_blocks == 0)
			continue;
		i_area = i;
		at += n_cells(pool->areas[i].n_blocks, v);
	}
	for (uint32_t i = i_area + 1; i < pool->n_areas && at >= n_cells(pool->areas[i_area].n_blocks, v); i++) {
		if (pool->areas[i].n_blocks == 0)
			continue;
		at -= n_cells(pool->areas[i_area].n_blocks, v);
		i_area = i;
	}
	const struct heap_area *area = &pool->areas[i_area];
	uint32_t i_last = n_cells(area->n_blocks, v) - 1;
	return area->i_first + (at < 0 ? 0 : at > i_last ? i_last : (uint32_t)at) * v->blocks_per_cell;
}

uint32_t map_step(const struct heap_pool *pool, const struct map_view *v, uint32_t i_block, int dx, int dy, int x_kept)
{
	uint32_t i_area = map_area_of(pool, i_block), row;
	int x;

	if (i_area == pool->n_areas)
		return 0;
	uint32_t i_first = pool->areas[i_area].i_first, i_cell = (i_block - i_first) / v->blocks_per_cell;
	uint32_t here = i_first + i_cell * v->blocks_per_cell;
	uint32_t to = step_cells(pool, v, i_area, i_cell, dx);
	if (dy != 0) {
		map_find(pool, v, to, &row, &x);
		x = x_kept < 0 ? x : x_kept;
		int64_t i_last = (int64_t)map_n_rows(pool, v) - 1, i_row = (int64_t)row + dy;
		struct map_span span = row_at(pool, v, (uint64_t)MIN(MAX(i_row, 0), i_last));
		to = span.i_first + MIN((uint32_t)x, n_cells(span.n_blocks, v) - 1) * v->blocks_per_cell;
	}
	return to == here ? i_block : to;
}

uint64_t map_address(const struct heap_pool *pool, uint32_t i_block)
{
	uint32_t i = map_area_of(pool, i_block);

	if (i == pool->n_areas)
		return NOT_KNOWN;
	return pool->areas[i].base + (uint64_t)(i_block - pool->areas[i].i_first) * pool->block_bytes;
}

bool map_block_of(const struct heap_pool *pool, uint64_t address, uint32_t *ret)
{
	for (uint32_t i = 0; i < pool->n_areas; i++) {
		const struct heap_area *area = &pool->areas[i];
		uint64_t offset = address - area->base;
		if (offset < (uint64_t)area->n_blocks * pool->block_bytes) {
			*ret = area->i_first + (uint32_t)(offset / pool->block_bytes);
			return true;
		}
	}
	return false;
}

int map_address_digits(const struct heap_pool *pool)
{
	uint64_t all = 0;
	int n = 8;

	for (uint32_t i = 0; i < pool->n_areas; i++)
		if (pool->areas[i].n_blocks > 0)
			all |= pool->areas[i].base + (uint64_t)(pool->areas[i].n_blocks - 1) * pool->block_bytes;
	while (n < 16 && all >> 4 * n)
		n++;
	return n;
}

void map_minimap(const struct heap_pool *pool, const struct map_view *v, int n_rows, int *ret_first, int *ret_n)
{
	uint64_t n_all = map_n_rows(pool, v), n_seen = (uint64_t)MAX(v->rows, 1), n = (uint64_t)MAX(n_rows, 1);

	*ret_first = 0;
	*ret_n = (int)n;
	if (n_all <= n_seen)
		return;
	uint64_t n_hidden = n_all - n_seen, top = MIN(v->i_top_row, n_hidden);
	uint64_t n_part = MIN(MAX(n_seen * n / n_all, 1), n > 2 ? n - 2 : 1), n_rest = n - n_part;
	uint64_t first = (top * n_rest + n_hidden / 2) / n_hidden;
	if (n_rest > 1 && top > 0 && top < n_hidden)
		first = MIN(MAX(first, 1), n_rest - 1);
	*ret_first = (int)first;
	*ret_n = (int)n_part;
}
