/* A heap as MicroPython's: areas with an allocation table of two bits a block, first fit, mark and
 * sweep. Written anew after the behaviour of py/gc.c (v1.25 to v1.27), so that it fragments, grows and
 * fails as the real one does; blocks of 16 bytes, words of 4. Objects lie in the board's memory and are
 * what their words say: whatever word is the address of a head keeps that head alive.
 *
 * As in py/gc.c an area begins with its tables:  allocation table | a zero byte | finaliser bits | gap |
 * blocks */
#ifndef SIM_HEAP_H
#define SIM_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory.h"

enum { SIM_BLOCK_BYTES = 16, SIM_AREAS_MAX = 6, SIM_ROOTS = 64, SIM_HELD_MAX = 64, SIM_MARK_STACK = 64 };

enum sim_kind { SIM_FREE, SIM_HEAD, SIM_TAIL, SIM_MARKED }; /* as in the table */

struct sim_area {
	uint32_t start, n_bytes;             /* what it was made in: tables and all */
	uint32_t address, n_blocks;          /* of block 0 */
	uint8_t *table, *finalisers, *bytes; /* in the board's memory; the table has n_blocks / 4 bytes and a zero */
	uint32_t last_free;                  /* byte of the table that a search begins with: none is free before it */
	uint32_t last_used;                  /* no block behind it is used */
	uint8_t memory;                      /* enum wire_memory */
	bool grown;                          /* taken when nothing fitted; given back when a sweep leaves it empty */
};

struct sim_heap {
	struct sim_memory *board;
	struct sim_area areas[SIM_AREAS_MAX];
	uint32_t n_areas, last_free_area;
	uint32_t n_allocated, threshold;     /* blocks since the last collection; one starts at so many. 0: never */
	uint32_t roots[SIM_ROOTS];           /* what the program holds: addresses of heads, or anything else */
	uint32_t held[SIM_HELD_MAX], n_held; /* what is on its stack just now */

	/* What the board does besides; each may be NULL. */
	void *of;
	void (*began)(void *of, bool by_threshold);
	void (*ended)(void *of);
	void (*finalise)(void *of, uint32_t address); /* before it is freed */
	void (*failed)(void *of, uint32_t n_bytes);   /* an allocation, for good */
	bool (*grow)(void *of, uint32_t n_blocks);    /* adds an area that has room for so many in a row */
	void (*gave_back)(void *of, const struct sim_area *area);

	/* Counted since the heap was made. */
	uint32_t n_collections, n_failed;
	uint64_t n_allocations;
	uint32_t n_marked_blocks, n_swept; /* of the last collection: blocks that stayed, heads that were freed */

	/* of a collection: heads whose words are still to be looked at */
	uint32_t mark_stack[SIM_MARK_STACK], n_mark_stack;
	bool mark_overflow, collecting;
};

void sim_heap_init(struct sim_heap *heap, struct sim_memory *board);

/* Makes an area of memory that the board has. 0; -ENOSPC if there are too many; -EINVAL if it is too
 * small, or not there. */
int sim_heap_add_area(struct sim_heap *heap, uint32_t start, uint32_t n_bytes, uint8_t memory, bool grown);

/* Zeroed memory, or 0: then a collection was tried, and growing; it counts as failed. 0 bytes are 0,
 * too, and no failure. */
uint32_t sim_alloc(struct sim_heap *heap, uint32_t n_bytes, bool has_finaliser);
/* The same, in place or with what was in it copied; 0 leaves the old one alone. address 0 is an
 * allocation. */
uint32_t sim_realloc(struct sim_heap *heap, uint32_t address, uint32_t n_bytes);
void sim_free(struct sim_heap *heap, uint32_t address);     /* 0 is fine; finalisers are not called */
void sim_collect(struct sim_heap *heap, bool by_threshold); /* the latter is only told */

/* What is only on the program's stack is held meanwhile; let go of in reverse. */
uint32_t sim_hold(struct sim_heap *heap, uint32_t address); /* returns it */
void sim_drop(struct sim_heap *heap, uint32_t n);

/* The area that has this address for one of its blocks; NULL. */
struct sim_area *sim_heap_area_of(struct sim_heap *heap, uint32_t address);
enum sim_kind sim_area_kind(const struct sim_area *area, uint32_t i_block);
bool sim_area_has_finaliser(const struct sim_area *area, uint32_t i_block);

/* Counts of blocks over all areas. */
struct sim_heap_counts {
	uint32_t n_blocks, n_used, n_heads, n_free_run_max;
};
struct sim_heap_counts sim_heap_count(const struct sim_heap *heap);

/* ---- for collect.c ---- */
void sim_area_set_kind(struct sim_area *area, uint32_t i_block, enum sim_kind kind);
void sim_area_set_finaliser(struct sim_area *area, uint32_t i_block, bool has);

#endif
