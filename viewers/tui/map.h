/* The heap map: which cell of the screen shows which blocks. Blocks are counted through all areas of a pool (0 ..
 * n_blocks - 1); every area begins a row of its own, so that rows have addresses. Pure. */
#ifndef MEMPROF_TUI_MAP_H
#define MEMPROF_TUI_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "memprof/heap.h"
#include "memprof/report.h"

enum { MAP_ZOOM_FIT = 0 };              /* as few blocks a cell as it takes to show all */

struct map_view {
	int columns, rows;              /* of cells; >= 1 */
	uint32_t blocks_per_cell;       /* a power of two, >= 1 */
	uint32_t i_top_row;             /* first row of the map that is in sight */
};

/* The smallest power of two with which the pool fits into columns x rows; if it has more areas than rows, the one that shows most. */
uint32_t map_fit(const struct heap_pool *pool, int columns, int rows);
uint32_t map_n_rows(const struct heap_pool *pool, const struct map_view *v);

struct map_span {
	bool     there;                 /* the cell shows something */
	uint32_t i_area, i_first, n_blocks; /* i_first: of the pool's blocks; all of one area */
};
struct map_span map_at(const struct heap_pool *pool, const struct map_view *v, int x, int y);
/* Where a block is shown: row of the whole map, and column. */
void map_find(const struct heap_pool *pool, const struct map_view *v, uint32_t i_block, uint32_t *ret_row, int *ret_x);
/* Scrolls as little as possible, so that the block is in sight; never beyond the map's end. */
void map_follow(const struct heap_pool *pool, struct map_view *v, uint32_t i_block);
/* The block that an arrow leads to: dx cells, dy rows; stays within the pool. From the middle of a cell it goes to the beginning of another. */
uint32_t map_step(const struct heap_pool *pool, const struct map_view *v, uint32_t i_block, int dx, int dy);
uint64_t map_address(const struct heap_pool *pool, uint32_t i_block);
/* False if no area has it. */
bool map_block_of(const struct heap_pool *pool, uint64_t address, uint32_t *ret);
/* Part of the minimap's n_rows that is in sight: first and how many, n >= 1. */
void map_minimap(const struct heap_pool *pool, const struct map_view *v, int n_rows, int *ret_first, int *ret_n);

/* ---- what the blocks of a cell are ---- */

struct map_cell {
	uint32_t n_free, n_used, n_unknown;
	uint8_t  kind;                  /* the one with most blocks, tails counted with their heads; '.' if all is free */
	uint8_t  first;                 /* the letter of the first block: what is shown at one block a cell */
	uint32_t n_added, n_removed, n_changed; /* blocks that are used now and were free; free and were used; of another object */
	uint32_t oldest, newest;        /* n of moments, of the used blocks; 0: not known */
	bool     largest, culprit;      /* touches the largest free block; a run that is in the way */
};
/* What the cells are made from, for a heap that does not change: made once for each picture. */
struct map_facts {
	const struct heap_pool *pool;
	const struct heap_pool *before; /* NULL, or what it is compared with: areas are paired by base and block size */
	const uint32_t *first_seen;     /* NULL, or of every block (history_first_seen) */
	uint32_t i_largest, n_largest;  /* blocks of the largest free run; n 0: none */
	const struct culprit *culprits; /* by report_pool */
	size_t   n_culprits;
};
void map_cell(const struct map_facts *facts, const struct map_span *span, struct map_cell *ret);

/* ---- the block under the cursor ---- */

struct map_object {
	uint8_t  kind;                  /* '.' free run, ' ' missing rows, else a head; BLOCK_TAIL: its head is missing */
	uint32_t i_first, n_blocks;     /* the object, or the run */
	uint64_t address, size_bytes;
	uint32_t n_free_before, n_free_after;   /* free blocks right beside it */
	uint8_t  kind_before, kind_after;       /* of the neighbours that are used; BLOCK_UNKNOWN at an edge */
	uint64_t freed_bytes;           /* the free run that freeing it would leave; of a free run itself its own */
	uint64_t gain_bytes;            /* by how much the largest free block would grow */
};
void map_object(const struct heap_pool *pool, uint32_t i_block, uint64_t lfb_bytes, struct map_object *ret);
/* The next object after (before) a block that somebody looks for. kind 0: any; sizes inclusive. False: there is none. */
struct map_search {
	uint8_t  kind;                  /* 0: any; '.': free runs */
	uint64_t min_bytes, max_bytes;
	uint64_t address;               /* NOT_KNOWN, or the block that has it */
};
bool map_next(const struct heap_pool *pool, const struct map_search *search, uint32_t i_from, bool backwards,
	      uint32_t *ret);
/* "T" "tuple" ">4096" ">=4K" "100-200" "0x20001234" "T >64" ". >1K". 0, or -EINVAL. */
int map_search_parse(const char *text, struct map_search *ret);

#endif
