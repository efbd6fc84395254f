#include "tui/map/map.h"

void map_follow(const struct heap_pool *pool, struct heap_map *map, uint32_t i_block)
{
	uint32_t n_rows = heap_map_n_rows(pool, map), n_seen = (uint32_t)MAX(map->rows, 1), row;
	int x;

	heap_map_find(pool, map, i_block, &row, &x);
	if (row < map->i_top_row)
		map->i_top_row = row;
	else if (row - map->i_top_row >= n_seen)
		map->i_top_row = row - n_seen + 1;
	map->i_top_row = MIN(map->i_top_row, n_rows > n_seen ? n_rows - n_seen : 0);
}

static uint32_t n_cells(uint32_t n_blocks, const struct heap_map *map)
{
	return (n_blocks - 1) / map->blocks_per_cell + 1;
}

/* n_cells on from a cell of an area, through the areas behind it or before it that are not empty. */
static uint32_t step_cells(const struct heap_pool *pool, const struct heap_map *map, uint32_t i_area, uint32_t i_cell,
			   int dx)
{
	int64_t at = (int64_t)i_cell + dx;

	for (uint32_t i = i_area; at < 0 && i-- > 0;) {
		if (pool->areas[i].n_blocks == 0)
			continue;
		i_area = i;
		at += n_cells(pool->areas[i].n_blocks, map);
	}
	for (uint32_t i = i_area + 1; i < pool->n_areas && at >= n_cells(pool->areas[i_area].n_blocks, map); i++) {
		if (pool->areas[i].n_blocks == 0)
			continue;
		at -= n_cells(pool->areas[i_area].n_blocks, map);
		i_area = i;
	}
	const struct heap_area *area = &pool->areas[i_area];
	uint32_t i_last = n_cells(area->n_blocks, map) - 1;
	return area->i_first + (at < 0 ? 0 : at > i_last ? i_last : (uint32_t)at) * map->blocks_per_cell;
}

uint32_t map_step(const struct heap_pool *pool, const struct heap_map *map, uint32_t i_block, int dx, int dy,
		  int x_kept)
{
	uint32_t i_area = heap_area_of_block(pool, i_block), row;
	int x;

	if (i_area == pool->n_areas)
		return 0;
	uint32_t i_first = pool->areas[i_area].i_first, i_cell = (i_block - i_first) / map->blocks_per_cell;
	uint32_t here = i_first + i_cell * map->blocks_per_cell;
	uint32_t to = step_cells(pool, map, i_area, i_cell, dx);
	if (dy != 0) {
		heap_map_find(pool, map, to, &row, &x);
		x = x_kept < 0 ? x : x_kept;
		int64_t i_last = (int64_t)heap_map_n_rows(pool, map) - 1, i_row = (int64_t)row + dy;
		struct heap_map from = *map;
		from.i_top_row = (uint32_t)MIN(MAX(i_row, 0), i_last);
		struct heap_span span = heap_map_row(pool, &from, 0);
		to = span.i_first + MIN((uint32_t)x, n_cells(span.n_blocks, map) - 1) * map->blocks_per_cell;
	}
	return to == here ? i_block : to;
}

void map_minimap(const struct heap_pool *pool, const struct heap_map *map, int n_rows, int *ret_first, int *ret_n)
{
	uint64_t n_all = heap_map_n_rows(pool, map), n_seen = (uint64_t)MAX(map->rows, 1), n = (uint64_t)MAX(n_rows, 1);

	*ret_first = 0;
	*ret_n = (int)n;
	if (n_all <= n_seen)
		return;
	uint64_t n_hidden = n_all - n_seen, top = MIN(map->i_top_row, n_hidden);
	uint64_t n_part = MIN(MAX(n_seen * n / n_all, 1), n > 2 ? n - 2 : 1), n_rest = n - n_part;
	uint64_t first = (top * n_rest + n_hidden / 2) / n_hidden;
	if (n_rest > 1 && top > 0 && top < n_hidden)
		first = MIN(MAX(first, 1), n_rest - 1);
	*ret_first = (int)first;
	*ret_n = (int)n_part;
}
