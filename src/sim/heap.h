/* A heap like MicroPython's: areas with an allocation table of two bits per block, first fit, mark and
 * sweep. An independent implementation of the behaviour of py/gc.c (v1.25 to v1.27), so that it
 * fragments, grows and fails like the original; blocks of 16 bytes, words of 4. Objects are in the board's
 * memory. Marking is conservative: every word that equals the address of a head keeps that object alive.
 *
 * As in py/gc.c an area begins with its tables:  allocation table | a zero byte | finaliser bits | gap |
 * blocks */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "memory.h"

enum { SIM_BLOCK_BYTES = 16, SIM_AREAS_MAX = 6, SIM_ROOTS = 64, SIM_HELD_MAX = 64, SIM_MARK_STACK = 64 };

enum sim_kind { SIM_FREE, SIM_HEAD, SIM_TAIL, SIM_MARKED }; /* the values in the table */

struct sim_area {
	uint32_t start, n_bytes;             /* including its tables */
	uint32_t address, n_blocks;          /* of block 0 */
	uint8_t *table, *finalisers, *bytes; /* in the board's memory; the table is n_blocks / 4 bytes and a zero */
	uint32_t last_free;                  /* byte of the table where a search starts: no block before it is free */
	uint32_t last_used;                  /* no block after it is used */
	uint8_t memory;                      /* enum wire_memory */
	bool grown; /* added when an allocation did not fit; released when a sweep leaves it empty */
};

struct sim_heap {
	struct sim_memory *board;
	struct sim_area areas[SIM_AREAS_MAX];
	uint32_t n_areas, last_free_area;
	uint32_t n_allocated, threshold; /* blocks since the last collection; the number that starts one, 0: never */
	uint32_t roots[SIM_ROOTS];       /* of the program: addresses of heads, or any other word */
	uint32_t held[SIM_HELD_MAX], n_held; /* words on its stack */

	/* Callbacks of the board; each may be NULL. */
	void *ctx;
	void (*began)(void *ctx, bool by_threshold);
	void (*ended)(void *ctx);
	void (*finalise)(void *ctx, uint32_t address); /* before it is freed */
	void (*failed)(void *ctx, uint32_t n_bytes);   /* an allocation, after all attempts */
	bool (*grow)(void *ctx, uint32_t n_blocks);    /* adds an area with n_blocks contiguous blocks */
	void (*released)(void *ctx, const struct sim_area *area);

	/* Counts since sim_heap_init. */
	uint32_t n_collections, n_failed;
	uint64_t n_allocations;
	uint32_t n_marked_blocks, n_swept; /* of the last collection: blocks kept, heads freed */

	/* of a collection: marked heads whose words have not been scanned */
	uint32_t mark_stack[SIM_MARK_STACK], n_mark_stack;
	bool mark_overflow, collecting;
};

void sim_heap_init(struct sim_heap *heap, struct sim_memory *board);

/* Makes an area in the board's memory. 0; -ENOSPC if there are too many; -EINVAL if the range is too
 * small or not in memory. */
int sim_heap_add_area(struct sim_heap *heap, uint32_t start, uint32_t n_bytes, uint8_t memory, bool grown);

/* Zeroed memory. 0 after a collection and growing did not help; this counts as a failure. A request for
 * 0 bytes also returns 0, and is no failure. */
uint32_t sim_alloc(struct sim_heap *heap, uint32_t n_bytes, bool has_finaliser);
/* The same, in place or with the contents copied; 0 leaves the old object as it is. Address 0 is an
 * allocation. */
uint32_t sim_realloc(struct sim_heap *heap, uint32_t address, uint32_t n_bytes);
void sim_free(struct sim_heap *heap, uint32_t address);     /* 0 does nothing; no finaliser runs */
void sim_collect(struct sim_heap *heap, bool by_threshold); /* by_threshold is only passed to began() */

/* Pushes a word on the program's stack, which keeps the object alive, and drops the last n again. */
uint32_t sim_hold(struct sim_heap *heap, uint32_t address); /* returns address */
void sim_drop(struct sim_heap *heap, uint32_t n);

/* The area whose blocks contain this address, or NULL. */
struct sim_area *sim_heap_area_of(struct sim_heap *heap, uint32_t address);
enum sim_kind sim_area_kind(const struct sim_area *area, uint32_t i_block);
bool sim_area_has_finaliser(const struct sim_area *area, uint32_t i_block);

/* Block counts of all areas together. */
struct sim_heap_counts {
	uint32_t n_blocks, n_used, n_heads, n_free_run_max;
};
struct sim_heap_counts sim_heap_count(const struct sim_heap *heap);

/* ---- for collect.c ---- */
void sim_area_set_kind(struct sim_area *area, uint32_t i_block, enum sim_kind kind);
void sim_area_set_finaliser(struct sim_area *area, uint32_t i_block, bool has);
