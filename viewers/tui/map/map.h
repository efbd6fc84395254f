/* The heap map: which cell of the screen shows which blocks. Blocks are counted through all areas of a
 * pool (0 .. n_blocks - 1); every area begins a row of its own, so that rows have addresses. Heaps are
 * sealed. Pure. map.c has the geometry, tui/map/cell.c what cells hold, tui/map/object.c the block under the
 * cursor and the search. */
#ifndef MEMPROF_TUI_MAP_H
#define MEMPROF_TUI_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/analysis/report.h"
#include "memprof/model/heap.h"

enum { MAP_ZOOM_FIT = 0 }; /* as few blocks a cell as it takes to show all */

struct map_view {
	int columns, rows;        /* of cells; >= 1 */
	uint32_t blocks_per_cell; /* a power of two, >= 1 */
	uint32_t i_top_row;       /* first row of the map that is in sight */
};

/* The smallest power of two with which the pool fits into columns x rows; if it has more areas than rows,
 * with which each takes one row. */
uint32_t map_fit(const struct heap_pool *pool, int columns, int rows);
/* 0 if there are no blocks. */
uint32_t map_n_rows(const struct heap_pool *pool, const struct map_view *v);

struct map_span {
	bool there;                         /* the cell shows something */
	uint32_t i_area, i_first, n_blocks; /* i_first: of the pool's blocks; all of one area */
};
/* x, y within what is in sight. Cost: the areas; of many cells in a row, map_row once and map_row_cell for
 * each. */
struct map_span map_at(const struct heap_pool *pool, const struct map_view *v, int x, int y);
struct map_span map_row(const struct heap_pool *pool, const struct map_view *v, int y);
struct map_span map_row_cell(const struct map_span *row, const struct map_view *v, int x);
/* Where a block is shown: row of the whole map, and column. Both 0 in an empty pool. */
void map_find(const struct heap_pool *pool, const struct map_view *v, uint32_t i_block, uint32_t *ret_row, int *ret_x);
/* Scrolls as little as possible, so that the block is in sight; never beyond the map's end. */
void map_follow(const struct heap_pool *pool, struct map_view *v, uint32_t i_block);
/* The block that an arrow leads to: dx cells, on into the next rows where one ends; dy rows, to the last
 * cell of one that is shorter. x_kept: the column that dy leads to, as one was kept over shorter rows; < 0:
 * that of the block. Stays within the pool: where there is no such row, in the first or the last one. From
 * the middle of a cell it goes to the beginning of another; if that is the same cell, nowhere. */
uint32_t map_step(const struct heap_pool *pool, const struct map_view *v, uint32_t i_block, int dx, int dy, int x_kept);
/* The area that has a block; n_areas: there is no such block. Cost: the areas, as with all that follows. */
uint32_t map_area_of(const struct heap_pool *pool, uint32_t i_block);
/* NOT_KNOWN if there is no such block. */
uint64_t map_address(const struct heap_pool *pool, uint32_t i_block);
/* False if no area has it. */
bool map_block_of(const struct heap_pool *pool, uint64_t address, uint32_t *ret);
/* Hex digits of the highest address, at least 8. */
int map_address_digits(const struct heap_pool *pool);
/* Part of the minimap's n_rows that is in sight: first and how many, n >= 1. It touches an end of the
 * minimap only when the view does, if there are rows enough. */
void map_minimap(const struct heap_pool *pool, const struct map_view *v, int n_rows, int *ret_first, int *ret_n);

/* ---- what the blocks of a cell are ---- */

struct map_cell {
	uint32_t n_free, n_used, n_unknown;
	/* The one with most used blocks, tails counted with their heads; of several the first letter. '.'
	 * if all is free, ' ' if nothing is used and something not known. */
	uint8_t kind;
	uint8_t first; /* the letter of the first block: what is shown at one block a cell */
	/* Blocks that are used now and were free or not there; free and were used; of another object: one
	 * that does not begin there, with that kind and size. Blocks that were not known are none of
	 * these. */
	uint32_t n_added, n_removed, n_changed;
	uint32_t oldest, newest; /* n of moments, of the used blocks; 0: not known */
	bool largest, culprit;   /* touches the largest free block; a run that is in the way */
};

enum { MAP_MARKS = 2048 };
/* Where large objects begin and end, so that no cell has to walk through one. */
struct map_marks {
	unsigned shift;             /* a mark every 2^shift blocks */
	uint32_t i_head[MAP_MARKS]; /* of the object the mark is in; its first tail if the head is missing */
	uint32_t i_end[MAP_MARKS];  /* first block at or after the mark that is no tail */
};

/* What the cells are made from, for a heap that does not change: made once for each picture. The caller
 * sets what stands first, and map_facts_prepare makes the rest of it. 41 kB. */
struct map_facts {
	const struct heap_pool *pool;
	/* NULL, or what it is compared with: areas are paired by base and block size. */
	const struct heap_pool *before;
	const uint32_t *first_seen;     /* NULL, or of every block (history_first_seen) */
	uint32_t i_largest, n_largest;  /* blocks of the largest free run; n 0: none */
	const struct culprit *culprits; /* by report_pool */
	size_t n_culprits;

	/* prepared */
	struct {
		uint32_t i_first, i_end;
	} runs[REPORT_CULPRITS_MAX]; /* the culprits, in order of address */
	size_t n_runs;
	bool compares;                     /* there is a before with blocks of that size */
	uint16_t i_before[HEAP_AREAS_MAX]; /* the area of before that is this one; HEAP_AREAS_MAX: none */
	struct map_marks marks, marks_before;
};
/* Cost: the areas, and the tails next to MAP_MARKS places. */
void map_facts_prepare(struct map_facts *facts);
/* Cost: 1 or 2 ns a block, and at least that of 64. */
void map_cell(const struct map_facts *facts, const struct map_span *span, struct map_cell *ret);

/* ---- the block under the cursor ---- */

struct map_object {
	uint8_t kind;               /* '.' free, ' ' missing rows, or a head; BLOCK_TAIL: that is missing */
	uint32_t i_first, n_blocks; /* the object, or the run */
	uint64_t address, size_bytes;
	uint32_t n_free_before, n_free_after; /* free blocks right beside it */
	/* Of the objects next to it and to these; BLOCK_UNKNOWN at an edge and next to missing rows. */
	uint8_t kind_before, kind_after;
	/* The free run that freeing it would leave; of a free run itself its own; of missing rows 0. */
	uint64_t freed_bytes;
	/* By how much the largest free block would grow; NOT_KNOWN if that is not known. */
	uint64_t gain_bytes;
};
/* lfb_bytes: of the pool, or NOT_KNOWN. Cost: the object and its neighbours. All zero if there is no such
 * block. */
void map_object(const struct heap_pool *pool, uint32_t i_block, uint64_t lfb_bytes, struct map_object *ret);

struct map_search {
	uint8_t kind;                  /* 0: any that is used; '.': free runs */
	uint64_t min_bytes, max_bytes; /* inclusive; NOT_KNOWN: no bound */
	uint64_t address;              /* NOT_KNOWN, or the one block that has it, whatever else is asked for */
};
/* The next object or run that begins after (before) a block. It does not wrap; from UINT32_MAX it begins
 * at the pool's beginning (end). False: there is none. Cost: the blocks on the way. */
bool map_next(const struct heap_pool *pool, const struct map_search *search, uint32_t i_from, bool backwards,
	      uint32_t *ret);
/* How many there are, and which of them, from 1, begins at a block; 0: none. Cost: the blocks. */
uint32_t map_count(const struct heap_pool *pool, const struct map_search *search, uint32_t i_block,
		   uint32_t *ret_which);
/* "T" "tuple" ">4096" ">=4K" "100-200" "64" "0x20001234" "T >64" ". >1K", and as people write it:
 * "tuples > 64 bytes", "T>64". 0, or -EINVAL. */
int map_search_parse(const char *text, struct map_search *ret);

#endif
