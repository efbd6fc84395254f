/* The heap map: which cell shows which blocks of a pool, and what these are. Blocks are counted through all areas of a
 * pool (0 .. n_blocks - 1); each area starts a row of its own, so that rows have addresses. Heaps are sealed. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/analysis/report.h"
#include "memprof/model/heap.h"

/* ---- blocks and addresses; cost: the areas ---- */

/* n_areas if there is no such block. */
uint32_t heap_area_of_block(const struct heap_pool *pool, uint32_t i_block);
/* NOT_KNOWN if there is no such block. */
uint64_t heap_block_address(const struct heap_pool *pool, uint32_t i_block);
/* False if no area has the address. */
bool heap_block_at(const struct heap_pool *pool, uint64_t address, uint32_t *ret);
/* Hex digits of the highest address, at least n_least. */
int heap_address_digits(const struct heap_pool *pool, int n_least);

struct heap_run {
	uint32_t i_first, n_blocks;
};
/* The first of the longest free runs, of a pool that was counted (pool_count); n_blocks 0: nothing is free. */
struct heap_run heap_longest_free_run(const struct heap_pool *pool, const struct area_counts *counts);

/* ---- cells ---- */

struct heap_map {
	int columns, rows;        /* cells; >= 1. rows: that are in sight */
	uint32_t blocks_per_cell; /* a power of two, >= 1 */
	uint32_t i_top_row;       /* first row of the map that is in sight */
};

/* The smallest power of two with which the pool fits into columns x rows; if it has more areas than rows, with which
 * each area takes one row. */
uint32_t heap_map_fit(const struct heap_pool *pool, int columns, int rows);
/* 0 if there are no blocks. */
uint32_t heap_map_n_rows(const struct heap_pool *pool, const struct heap_map *map);

struct heap_span {
	bool there;                         /* the cell shows something */
	uint32_t i_area, i_first, n_blocks; /* i_first: of the pool's blocks; all of one area */
};
/* A row in sight, and a cell of it. y: from i_top_row. Cost of a row: the areas. */
struct heap_span heap_map_row(const struct heap_pool *pool, const struct heap_map *map, int y);
struct heap_span heap_map_row_cell(const struct heap_span *row, const struct heap_map *map, int x);
struct heap_span heap_map_at(const struct heap_pool *pool, const struct heap_map *map, int x, int y);
/* Where a block is shown: row of the whole map, and column. Both 0 in an empty pool. */
void heap_map_find(const struct heap_pool *pool, const struct heap_map *map, uint32_t i_block, uint32_t *ret_row,
		   int *ret_x);

/* ---- what the blocks of a cell are ---- */

struct heap_cell {
	uint32_t n_free, n_used, n_unknown;
	/* The kind with most used blocks, tails counted with their heads; of several the first letter. '.' if all
	 * blocks are free, ' ' if none is used and some are unknown. */
	uint8_t kind;
	uint8_t first; /* the letter of the first block */
	/* Against the pool it is compared with: blocks that are used now and were free or not there; that are free and
	 * were used; of another object: one that does not begin there, with that kind and size. Blocks that were
	 * unknown are none of these. */
	uint32_t n_added, n_removed, n_changed;
	uint32_t oldest, newest; /* n of moments, of the used blocks; 0: not known */
	bool largest, culprit;   /* touches the largest free run; a run that is in the way */
};
/* How full it is: HEAP_FILL_FULL only if all its known blocks are used. */
enum heap_fill { HEAP_FILL_NONE, HEAP_FILL_LOW, HEAP_FILL_MIDDLE, HEAP_FILL_HIGH, HEAP_FILL_FULL };
enum heap_fill heap_cell_fill(const struct heap_cell *cell);

enum { OBJECT_MARKS = 2048 };
/* Where the objects at OBJECT_MARKS places of a pool begin and end, so that no cell has to walk through a large one. */
struct object_marks {
	unsigned shift;                /* a mark every 2^shift blocks */
	uint32_t i_head[OBJECT_MARKS]; /* of the object at the mark; its first tail if the head is missing */
	uint32_t i_end[OBJECT_MARKS];  /* first block at or after the mark that is no tail */
};

/* What the cells of a pool are worked out from. The caller sets the first part, heap_cells_prepare the rest, once for
 * each heap. 41 kB. */
struct heap_cells {
	const struct heap_pool *pool;
	const struct heap_pool *before; /* NULL, or the pool it is compared with: areas are paired by base */
	const uint32_t *first_seen;     /* NULL, or of every block (history_first_seen) */
	struct heap_run largest;        /* n_blocks 0: none */
	const struct culprit *culprits; /* of report_culprits */
	size_t n_culprits;

	/* prepared */
	struct {
		uint32_t i_first, i_end;
	} runs[REPORT_CULPRITS_MAX]; /* the culprits, in order of address */
	size_t n_runs;
	bool compares;                     /* before has blocks of the same size */
	uint16_t i_before[HEAP_AREAS_MAX]; /* the area of before that is this one; HEAP_AREAS_MAX: none */
	struct object_marks marks, marks_before;
};
/* Cost: the areas, and the tails next to OBJECT_MARKS places. */
void heap_cells_prepare(struct heap_cells *cells);
/* Cost: 1 or 2 ns a block, and at least that of 64. */
void heap_cells_get(const struct heap_cells *cells, const struct heap_span *span, struct heap_cell *ret);
