/* The heap map on the screen: the cursor in it, the object under the cursor, and the search. Pure. */
#pragma once

#include "memprof/analysis/heap_map.h"

enum { MAP_ZOOM_FIT = 0 }; /* as few blocks a cell as it takes to show all */

/* Scrolls as little as possible, so that the block is in sight; never beyond the map's end. */
void map_follow(const struct heap_pool *pool, struct heap_map *map, uint32_t i_block);
/* The block that an arrow leads to: dx cells, on into the next rows where one ends; dy rows, to the last cell of one
 * that is shorter. x_kept: the column that dy leads to, as one was kept over shorter rows; < 0: that of the block.
 * Stays within the pool: where there is no such row, in the first or the last one. From the middle of a cell it goes to
 * the beginning of another; if that is the same cell, nowhere. */
uint32_t map_step(const struct heap_pool *pool, const struct heap_map *map, uint32_t i_block, int dx, int dy,
		  int x_kept);
/* Part of the minimap's n_rows that is in sight: first and how many, n >= 1. It touches an end of the minimap only when
 * the view does, if there are rows enough. */
void map_minimap(const struct heap_pool *pool, const struct heap_map *map, int n_rows, int *ret_first, int *ret_n);

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
