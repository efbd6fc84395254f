/* Parts of the document of an image, each in a file of its own. */
#pragma once

#include "memprof/viewers/document.h"
#include "memprof/viewers/image_view.h"

/* How much room is left, or by how much it overflowed: the answer, and what it is about. */
void document_image_answer(struct document *d, const struct image_view *v);

/* Tables, each by its list. They return how many rows are wanted. */
size_t document_image_components(struct document *d, const struct image_view *v);
size_t document_image_archives(struct document *d, const struct image_view *v);
size_t document_image_objects(struct document *d, const struct image_view *v);
size_t document_image_sources(struct document *d, const struct image_view *v); /* also units and folders */
size_t document_image_nested(struct document *d, const struct image_view *v);
size_t document_image_stack(struct document *d, const struct image_view *v);

static inline bool image_shows(const struct image_view *v, enum image_list list) { return v->lists >> list & 1; }
static inline bool image_shows_only(const struct image_view *v, enum image_list list) { return v->lists == 1u << list; }
/* Of a size -A only the sections are known. */
static inline bool image_has_objects(const struct image *image) { return image->n_objects > N_PSEUDO_OBJECTS; }

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
/* The table, and how much is beyond it. table: all but its rows. Returns how many there are. */
size_t image_rows_end(struct document *d, const struct image_rows *rows, struct doc_table *table);
/* The same view with this --top. It lives as long as the document; NULL: no memory. */
struct image_view *image_rows_top(struct document *d, const struct image_view *v, size_t n_top);
/* How many rows are not shown, and their bytes; NOT_KNOWN: their sum says nothing. */
void image_rows_more(struct document *d, size_t n, uint64_t n_bytes, const struct image_view *v);
/* The component of an object of the image; NULL: of none. */
const char *image_component_of(const struct image_view *v, uint32_t i_object);
/* In a row: its item, and the image. */
const void *image_rows_item(const void *ctx, size_t i, size_t item_bytes);
const struct image *image_rows_image(const void *ctx);
/* "libc.a(printf.o)" */
void image_set_object(struct doc_row *row, size_t i, const char *path, const char *member);
