#include "memprof/analysis/heap_map.h"

#include <string.h>

#include "memprof/model/blocks.h"

/* ---- blocks and addresses ---- */

uint32_t heap_area_of_block(const struct heap_pool *pool, uint32_t i_block)
{
	uint32_t i = 0;

	while (i < pool->n_areas && i_block - pool->areas[i].i_first >= pool->areas[i].n_blocks)
		i++;
	return i;
}

uint64_t heap_block_address(const struct heap_pool *pool, uint32_t i_block)
{
	uint32_t i = heap_area_of_block(pool, i_block);

	if (i == pool->n_areas)
		return NOT_KNOWN;
	return pool->areas[i].base + (uint64_t)(i_block - pool->areas[i].i_first) * pool->block_bytes;
}

bool heap_block_at(const struct heap_pool *pool, uint64_t address, uint32_t *ret)
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

int heap_address_digits(const struct heap_pool *pool, int n_least)
{
	uint64_t all = 0;
	int n = n_least;

	for (uint32_t i = 0; i < pool->n_areas; i++)
		if (pool->areas[i].n_blocks > 0)
			all |= pool->areas[i].base + (uint64_t)(pool->areas[i].n_blocks - 1) * pool->block_bytes;
	while (n < 16 && all >> 4 * n)
		n++;
	return n;
}

struct heap_run heap_longest_free_run(const struct heap_pool *pool, const struct area_counts *counts)
{
	for (uint32_t i = 0; i < pool->n_areas; i++) {
		const struct heap_area *area = &pool->areas[i];
		if (area->n_blocks == 0) /* nor are there kinds */
			continue;
		const uint8_t *begin = area->kinds, *area_end = begin + area->n_blocks;
		while (begin < area_end && (begin = memchr(begin, BLOCK_FREE, (size_t)(area_end - begin)))) {
			uint32_t i_begin = (uint32_t)(begin - area->kinds);
			uint32_t i_end = blocks_run_end(area->kinds, i_begin, area->n_blocks, BLOCK_FREE);
			if (i_end - i_begin == counts->max_free)
				return (struct heap_run){ area->i_first + i_begin, counts->max_free };
			begin = area->kinds + i_end;
		}
	}
	return (struct heap_run){ 0 };
}

/* ---- cells ---- */

static uint64_t blocks_per_row(const struct heap_map *map)
{
	return (uint64_t)MAX(map->columns, 1) * map->blocks_per_cell;
}

static uint32_t rows_of(const struct heap_area *area, uint64_t per_row)
{
	return (uint32_t)((area->n_blocks + per_row - 1) / per_row);
}

uint32_t heap_map_n_rows(const struct heap_pool *pool, const struct heap_map *map)
{
	uint64_t per_row = blocks_per_row(map);
	uint32_t n = 0;

	for (uint32_t i = 0; i < pool->n_areas; i++)
		n += rows_of(&pool->areas[i], per_row);
	return n;
}

uint32_t heap_map_fit(const struct heap_pool *pool, int columns, int rows)
{
	struct heap_map map = { columns, rows, HEAP_BLOCKS_MAX, 0 };
	uint32_t n_rows = MAX(heap_map_n_rows(pool, &map), (uint32_t)MAX(rows, 1));

	map.blocks_per_cell = 1;
	while (heap_map_n_rows(pool, &map) > n_rows)
		map.blocks_per_cell *= 2;
	return map.blocks_per_cell;
}

struct heap_span heap_map_row(const struct heap_pool *pool, const struct heap_map *map, int y)
{
	uint64_t per_row = blocks_per_row(map), i_row = (uint64_t)map->i_top_row + (uint32_t)y;

	for (uint32_t i = 0; i < pool->n_areas && y >= 0; i++) {
		const struct heap_area *area = &pool->areas[i];
		uint32_t n_rows = rows_of(area, per_row);
		if (i_row < n_rows) {
			uint32_t at = (uint32_t)(i_row * per_row);
			uint32_t n = (uint32_t)MIN(per_row, area->n_blocks - at);
			return (struct heap_span){ true, i, area->i_first + at, n };
		}
		i_row -= n_rows;
	}
	return (struct heap_span){ 0 };
}

struct heap_span heap_map_row_cell(const struct heap_span *row, const struct heap_map *map, int x)
{
	uint64_t at = (uint64_t)MAX(x, 0) * map->blocks_per_cell;

	if (!row->there || x < 0 || at >= row->n_blocks)
		return (struct heap_span){ 0 };
	return (struct heap_span){ true, row->i_area, row->i_first + (uint32_t)at,
				   (uint32_t)MIN(map->blocks_per_cell, row->n_blocks - at) };
}

struct heap_span heap_map_at(const struct heap_pool *pool, const struct heap_map *map, int x, int y)
{
	struct heap_span row = heap_map_row(pool, map, y);

	return heap_map_row_cell(&row, map, x);
}

void heap_map_find(const struct heap_pool *pool, const struct heap_map *map, uint32_t i_block, uint32_t *ret_row,
		   int *ret_x)
{
	uint64_t per_row = blocks_per_row(map);
	uint32_t i_area = heap_area_of_block(pool, i_block), row = 0, at;

	*ret_row = 0;
	*ret_x = 0;
	if (i_area == pool->n_areas)
		return;
	for (uint32_t i = 0; i < i_area; i++)
		row += rows_of(&pool->areas[i], per_row);
	at = i_block - pool->areas[i_area].i_first;
	*ret_row = row + (uint32_t)(at / per_row);
	*ret_x = (int)(at % per_row / map->blocks_per_cell);
}
