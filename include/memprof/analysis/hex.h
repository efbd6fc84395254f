/* A hex view: rows of bytes with addresses, holes between them, and what people write for an address. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/image/image.h"
#include "memprof/image/memory.h"
#include "memprof/model/heap.h"

enum { HEX_COLUMNS_MAX = 16 };

/* ---- rows ---- */

/* Rows begin at multiples of their width, whatever the first address is. */
struct hex_walk {
	const struct memory *memory;
	uint64_t at, end;   /* what is left */
	unsigned n_columns; /* 8 or 16 */
	uint64_t run_end;   /* of the row answered last: no hole before it */
};
struct hex_row {
	uint64_t address; /* of its first byte */
	uint64_t n_bytes; /* of a hole: any; of a row: at most n_columns */
	uint8_t bytes[HEX_COLUMNS_MAX];
	const char *why; /* of a hole: why there is nothing; NULL: nobody knows of it */
};
enum { HEX_END, HEX_ROW, HEX_HOLE }; /* what hex_next answers */

/* start + n_bytes must not wrap. */
void hex_walk_init(struct hex_walk *w, const struct memory *memory, uint64_t start, uint64_t n_bytes,
		   unsigned n_columns);
int hex_next(struct hex_walk *w, struct hex_row *ret);

/* What stands for a byte in the text beside: itself if it is printable ASCII, else a dot. */
char hex_char(uint8_t byte);

/* ---- addresses ---- */

/* "0x20001230", "4096", "gc_alloc", "gc_alloc+0x10", ".data", "gc.0+0x20". */
struct hex_address {
	const char *name; /* in the text; NULL: offset is the address */
	size_t n_name;
	uint64_t offset;
};
/* 0 or -EINVAL. What begins with a digit is a number; of a name with "+" in it the last number is the offset. */
int hex_address_parse(const char *text, struct hex_address *ret);

/* What decimal digits would be if "0x" stood before them. False: other than digits are in the text, or it is no number
 * that fits. */
bool hex_reading(const char *text, uint64_t *ret);

/* Where a name is, and how much it names. By kind: areas of Python's heap ("gc.0"), symbols, values, sections,
 * objects of a heap whose owners are known ("log[4]"); of several that are called so the first. load: sections where
 * they are stored, and no symbols. size is NOT_KNOWN where nothing tells it. heap and image may be NULL. False if
 * nothing is called so. */
bool hex_find(const struct image *image, const struct heap *heap, bool load, const char *name, size_t n_name,
	      uint64_t *ret_start, uint64_t *ret_size_bytes);
