/* Builds a pool of the heap from the block table of a mem_info(1) dump, row by row.
 *
 * A row is added only if its address continues the table. Missing rows become unknown blocks. The
 * block size follows from the addresses of two rows; it is never assumed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/model/heap.h"

enum { ROW_BLOCKS = 64 };

struct block_table {
	struct heap *heap;
	struct heap_pool *pool; /* of that heap */
	uint32_t hint_bytes;    /* block size of the previous dump; 0: none */
	uint32_t n_steps;       /* rows that confirmed the block size */
	uint32_t digits;        /* of row addresses in this area: 5 or 8; 0 before the first row */
	/* Address of the area's first row as printed: 0; up to v1.8.0 the device address; the first row
	 * present if the start of the area is not known. */
	uint64_t origin;
	uint64_t missing_head_bytes; /* rows missing before the first one, while the block size is not known */
	bool lost;                   /* rows no longer belong to the last area */
	char prefix[64];             /* what stood before the address of the last row, without blanks behind it */
	size_t n_prefix;
};

enum block_table_result { BLOCK_TABLE_NOT_MINE, BLOCK_TABLE_ADDED, BLOCK_TABLE_DAMAGED };

void block_table_begin(struct block_table *t, struct heap *heap, struct heap_pool *pool);
void block_table_begin_area(struct block_table *t, uint64_t base, uint64_t line);
/* An area without its header line. printed: address of its first row; step_bytes: difference between
 * the addresses of two rows. */
void block_table_begin_loose_area(struct block_table *t, uint64_t printed, uint32_t digits, uint32_t step_bytes,
				  uint64_t line);
enum block_table_result block_table_add_row(struct block_table *t, const char *text, size_t n_bytes, uint64_t line);
/* Adds n_lines rows of free blocks, the meaning of an elision. */
enum block_table_result block_table_add_free_rows(struct block_table *t, uint64_t n_lines, uint64_t line);
enum block_table_result block_table_add_elision(struct block_table *t, const char *text, size_t n_bytes, uint64_t line);

/* Whether the text is an address and ROW_BLOCKS letters that firmware prints, and nothing else. */
bool block_table_is_row(const char *text, size_t n_bytes, uint64_t *ret_address, uint32_t *ret_digits);

/* N of "(N lines all free)"; 0 for any other text. */
uint64_t block_table_is_elision(const char *text, size_t n_bytes);

/* Whether the last area has a short row, which only its last row can be. */
bool block_table_area_ended(const struct block_table *t);

/* Whether the rows add up to the total that the firmware reported. */
bool block_table_is_full(const struct block_table *t);

/* Determines the block size and the missing bytes. The heap can be sealed afterwards. */
void block_table_end(struct block_table *t, uint64_t line);
