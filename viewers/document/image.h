/* Parts of the document of an image, each in a file of its own. */
#pragma once

#include "memprof/viewers/document.h"
#include "memprof/viewers/image_view.h"

/* How much room is left, or by how much it overflowed: the answer, and what it is about. */
void document_image_answer(struct document *d, const struct image_view *v);

/* The stack of functions. Returns how many rows are wanted. */
size_t document_image_stack(struct document *d, const struct image_view *v);

/* Which items of a list are rows, in their order. */
struct image_rows {
	const struct image_view *v;
	const void *items;
	uint32_t *i_items; /* in the arena; NULL without memory */
	size_t n_rows, n_all;
	uint64_t more_bytes; /* of those beyond the first n_rows */
};
/* Room for so many. */
void image_rows_init(struct image_rows *rows, struct document *d, const struct image_view *v, const void *items,
		     size_t n_items);
/* The next one; of more than --top only the number and the bytes are kept. */
void image_rows_add(struct image_rows *rows, size_t i_item, uint64_t size_bytes);
/* The table, where there is a row, and how much is beyond it. table: all but its rows. Returns how many there are. */
size_t image_rows_end(struct document *d, const struct image_rows *rows, struct doc_table *table);
