/* Which items of an image are rows, and what its tables share. */
#include "document/image.h"

void image_rows_init(struct image_rows *rows, struct document *d, const struct image_view *v, const void *items,
		     size_t n_items)
{
	*rows = (struct image_rows){ .v = v,
				     .items = items,
				     .i_items = arena_zeroed(&d->arena, MIN(n_items, v->n_top), sizeof(uint32_t)) };
}

void image_rows_add(struct image_rows *rows, size_t i_item, uint64_t size_bytes)
{
	if (rows->n_all++ < rows->v->n_top && rows->i_items)
		rows->i_items[rows->n_rows++] = (uint32_t)i_item;
	else
		rows->more_bytes += size_bytes;
}

struct image_view *image_rows_top(struct document *d, const struct image_view *v, size_t n_top)
{
	struct image_view *ret = arena_zeroed(&d->arena, 1, sizeof(*ret));

	if (ret) {
		*ret = *v;
		ret->n_top = n_top;
	}
	return ret;
}

void image_rows_more(struct document *d, size_t n, uint64_t n_bytes, const struct image_view *v)
{
	const char *hint = v->by_chance ? "; --by and -n show them" : "";

	if (n && n_bytes == NOT_KNOWN)
		doc_item(d, DOC_N(n), DOC_T(" more"), DOC_T(hint));
	else if (n)
		doc_item(d, DOC_N(n), DOC_T(" more, "), DOC_BYTES(n_bytes), DOC_T(hint));
}

size_t image_rows_end(struct document *d, const struct image_rows *rows, struct doc_table *table)
{
	struct image_rows *kept = arena_zeroed(&d->arena, 1, sizeof(*kept));

	if (!kept)
		return rows->n_all;
	*kept = *rows;
	table->n_rows = rows->n_rows;
	table->ctx = kept;
	doc_table(d, table);
	if (table->title) /* one for spreadsheets has none */
		image_rows_more(d, rows->n_all - rows->n_rows, rows->more_bytes, rows->v);
	return rows->n_all;
}

const void *image_rows_item(const void *ctx, size_t i, size_t item_bytes)
{
	const struct image_rows *rows = ctx;

	return (const char *)rows->items + rows->i_items[i] * item_bytes;
}

const struct image *image_rows_image(const void *ctx) { return ((const struct image_rows *)ctx)->v->image; }

const char *image_component_of(const struct image_view *v, uint32_t i_object)
{
	uint32_t i = i_object == IMAGE_NONE ? IMAGE_NONE : v->components->of_object[i_object];

	return i == IMAGE_NONE ? NULL : v->components->groups[i].name;
}

void image_set_object(struct doc_row *row, size_t i, const char *path, const char *member)
{
	struct strbuf *out = doc_make(row, i);

	strbuf_puts(out, path);
	if (!member)
		return;
	strbuf_putc(out, '(');
	strbuf_puts(out, member);
	strbuf_putc(out, ')');
}
