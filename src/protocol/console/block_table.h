/* The block table of a mem_info(1) dump, row by row, as it grows a pool of the heap.
 *
 * A row is taken only if its address continues the table. Rows that are missing become unknown
 * blocks. The block size comes from the step between two rows; it is never assumed. */
#ifndef MEMPROF_TABLE_H
#define MEMPROF_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/model/heap.h"

enum { ROW_BLOCKS = 64 };

struct table {
	struct heap *heap;
	struct heap_pool *pool; /* of that heap */
	uint32_t hint_bytes;    /* block size of the dump before this one; 0: none */
	uint32_t n_steps;       /* rows that confirmed the block size */
	uint32_t digits;        /* of a row's address in this area: 5 or 8; 0 before the first */
	uint64_t origin;        /* what its rows count from: 0; <= v1.8.0 the real address; or the
				 * first row there is, if nothing tells where the area begins */
	uint64_t lead_bytes;    /* rows missing before the first one, block size not known yet */
	bool lost;              /* rows no longer belong to the last area */
};

/* What a line was to the table. */
enum table_answer { TABLE_NOT_MINE, TABLE_TAKEN, TABLE_DAMAGED };

void table_begin(struct table *t, struct heap *heap, struct heap_pool *pool);
void table_area(struct table *t, uint64_t base, uint64_t line);
/* An area whose beginning is not there: its first row is printed with this address. step_bytes: by
 * how much the addresses of its rows grow. */
void table_loose_area(struct table *t, uint64_t printed, uint32_t digits, uint32_t step_bytes, uint64_t line);
enum table_answer table_row(struct table *t, const char *text, size_t n_bytes, uint64_t line);
/* n_lines rows of free blocks, as an elision stands for. */
enum table_answer table_free_rows(struct table *t, uint64_t n_lines, uint64_t line);
enum table_answer table_elision(struct table *t, const char *text, size_t n_bytes, uint64_t line);

/* Whether this is an address and ROW_BLOCKS symbols that firmware prints, and nothing else. */
bool table_is_row(const char *text, size_t n_bytes, uint64_t *ret_address, uint32_t *ret_digits);

/* How many lines "(N lines all free)" stands for; 0 if the text is not that. */
uint64_t table_is_elision(const char *text, size_t n_bytes);

/* Whether the last area has a row that is shorter than others: only its last one is. */
bool table_area_ended(const struct table *t);

/* Whether all that the firmware calls total has been seen. */
bool table_full(const struct table *t);

/* Settles the block size and what is missing. Then the heap can be sealed. */
void table_end(struct table *t, uint64_t line);

#endif
