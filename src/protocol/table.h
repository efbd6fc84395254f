/* The block table of a mem_info(1) dump, row by row, as it grows a pool of the heap.
 *
 * A row is taken only if its address continues the table. Rows that are missing become unknown
 * blocks. The block size comes from the step between two rows; it is never assumed. */
#ifndef MEMPROF_TABLE_H
#define MEMPROF_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/heap.h"

enum { ROW_BLOCKS = 64 };

struct table {
	struct heap      *heap;
	struct heap_pool *pool;       /* of that heap */
	uint32_t          hint_bytes; /* block size of the dump before this one; 0: none */
	uint32_t          n_steps;    /* rows that confirmed the block size */
	uint32_t          digits;     /* of a row's address in this area: 5 or 8; 0 before the first */
	bool              absolute;   /* <= v1.8.0: rows count from the real address, not from 0 */
	bool              lost;       /* rows no longer belong to the last area */
};

/* What a line was to the table. */
enum table_answer { TABLE_NOT_MINE, TABLE_TAKEN, TABLE_DAMAGED };

void table_begin(struct table *t, struct heap *heap, struct heap_pool *pool);
void table_area(struct table *t, uint64_t base, uint64_t line);
enum table_answer table_row(struct table *t, const char *text, size_t n_bytes, uint64_t line);
enum table_answer table_elision(struct table *t, const char *text, size_t n_bytes, uint64_t line);

/* Whether all that the firmware calls total has been seen. */
bool table_full(const struct table *t);

/* Settles the block size and what is missing. Then the heap can be sealed. */
void table_end(struct table *t, uint64_t line);

#endif
