/* The stack of functions: the deepest paths, and the largest frames. */
#include <inttypes.h>

#include "document/image.h"
#include "shared/image_words.h"

static const struct stack_row *row_at(const void *ctx, size_t i)
{
	const struct image_rows *rows = ctx;

	return (const struct stack_row *)rows->items + rows->i_items[i];
}

static const struct image_view *view_of(const void *ctx) { return ((const struct image_rows *)ctx)->v; }

static void set_name(const void *ctx, const struct stack_row *row, struct doc_row *ret, size_t i)
{
	struct image_slice name = stack_row_name(view_of(ctx), row);

	strbuf_add(doc_make(ret, i), name.text, name.n_bytes);
}

static void set_why(const struct stack_row *row, struct doc_row *ret, size_t i_cell)
{
	struct strbuf *words = doc_make(ret, i_cell);

	for (unsigned i = 0; i < N_STACK_WHY; i++)
		if (row->why >> i & 1)
			strbuf_printf(words, "%s%s", words->n_bytes ? " " : "", stack_why_names[i]);
}

static void set_place(const struct stack_row *row, struct doc_row *ret, size_t i)
{
	if (row->symbol && row->symbol->file)
		strbuf_printf(doc_make(ret, i), "%s:%" PRIu32, row->symbol->file, row->symbol->line);
}

/* ---- for spreadsheets: all functions ---- */

enum { A_NAME, A_ADDRESS, A_FRAME, A_DEEPEST, A_WHY, A_CALLED, A_PATH, A_FILE, A_LINE };

static const struct doc_column all_columns[] = {
	[A_NAME] = { .key = "name" },       [A_ADDRESS] = { .key = "address" }, [A_FRAME] = { .key = "frame" },
	[A_DEEPEST] = { .key = "deepest" }, [A_WHY] = { .key = "at_least" },    [A_CALLED] = { .key = "called" },
	[A_PATH] = { .key = "path" },       [A_FILE] = { .key = "file" },       [A_LINE] = { .key = "line" },
};

static void fill_all(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct stack_row *row = row_at(ctx, i);

	set_name(ctx, row, ret, A_NAME);
	ret->cells[A_ADDRESS] = DOC_AT(row->function->address);
	ret->cells[A_FRAME] = DOC_BYTES(row->function->frame_bytes);
	ret->cells[A_DEEPEST] = DOC_BYTES(row->deepest_bytes);
	set_why(row, ret, A_WHY);
	ret->cells[A_CALLED] = DOC_T(row->is_called ? "yes" : "no");
	stack_row_path(doc_make(ret, A_PATH), view_of(ctx), row);
	if (row->symbol)
		ret->cells[A_FILE] = doc_text_or_none(row->symbol->file);
	if (row->symbol && row->symbol->line)
		ret->cells[A_LINE] = DOC_N(row->symbol->line);
}

/* ---- the deepest paths; of a page all ---- */

enum { D_DEEPEST, D_FRAME, D_NAME, D_WHY, D_CALLED, D_PLACE, D_PATH };

static const struct doc_column deep_columns[] = {
	[D_DEEPEST] = { NULL, "deepest", DOC_SIZE, .has_bar = true },
	[D_FRAME] = { NULL, "frame", DOC_SIZE, .has_bar = true },
	[D_NAME] = { NULL, "function", DOC_TEXT, DOC_CUT_MIDDLE, .is_name = true },
	[D_WHY] = { .kind = DOC_TEXT, .page_head = "at least" },
	[D_CALLED] = { .kind = DOC_TEXT, .page_head = "called" },
	[D_PLACE] = { NULL, "from", DOC_TEXT, DOC_CUT_BEGINNING, .columns_max = 16, .drop = 1 },
	[D_PATH] = { NULL, "path from it", DOC_TEXT, DOC_CUT_MIDDLE, .columns_max = 30 },
};

static void fill_deep(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct stack_row *row = row_at(ctx, i);
	const struct image_view *v = view_of(ctx);

	set_name(ctx, row, ret, D_NAME);
	ret->cells[D_FRAME] = DOC_BYTES(row->function->frame_bytes);
	ret->cells[D_DEEPEST] = DOC_BYTES(row->deepest_bytes);
	ret->cells[D_DEEPEST].bound = row->why ? DOC_AT_LEAST : DOC_IS;
	set_why(row, ret, D_WHY);
	ret->cells[D_CALLED] = DOC_T(row->is_called ? "yes" : "no");
	set_place(row, ret, D_PLACE);
	if (row->next == IMAGE_NONE)
		return;
	strbuf_puts(doc_make(ret, D_PATH), row->tail ? "=> " : "> ");
	if (v->is_page)
		stack_row_frames(&ret->made[D_PATH], v, &v->stack->rows[row->next], NULL);
	else
		stack_row_path(&ret->made[D_PATH], v, &v->stack->rows[row->next]);
}

static void say_why(struct document *d, unsigned why)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (unsigned i = 0; i < N_STACK_WHY; i++)
		if (why >> i & 1)
			strbuf_printf(&text, "%s%s", text.n_bytes ? "; " : "At least, as on these paths are ",
				      stack_why_words[i]);
	strbuf_printf(&text, "%sInterrupts and context switches are not included.", text.n_bytes ? ". " : "");
	doc_item(d, DOC_FAINT(strbuf_text(&text)));
}

/* With --filter the paths are few, and shown whole, with their frames. */
static void say_paths(struct document *d, const struct image_rows *rows)
{
	for (size_t i = 0; i < rows->n_rows && rows->v->filter && !rows->v->is_page; i++) {
		const struct stack_row *row = row_at(rows, i);
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		if (row->next == IMAGE_NONE)
			continue;
		stack_row_frames(&text, rows->v, row, NULL);
		doc_item(d, DOC_T(strbuf_text(&text)));
	}
}

/* ---- the largest frames ---- */

enum { L_FRAME, L_NAME, L_PLACE };

static const struct doc_column large_columns[] = {
	[L_FRAME] = { NULL, "frame", DOC_SIZE },
	[L_NAME] = { NULL, "function", DOC_TEXT, DOC_CUT_MIDDLE, .is_name = true },
	[L_PLACE] = { NULL, "from", DOC_TEXT, DOC_CUT_BEGINNING, .columns_max = 36 },
};

static void fill_large(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct stack_row *row = row_at(ctx, i);

	set_name(ctx, row, ret, L_NAME);
	ret->cells[L_FRAME] = DOC_BYTES(row->function->frame_bytes);
	ret->cells[L_FRAME].bound = row->function->grows ? DOC_AT_LEAST : DOC_IS;
	set_place(row, ret, L_PLACE);
}

/* ---- which rows ---- */

static bool is_all(const struct image_view *v, const struct stack_row *row) { return stack_row_wanted(v, row); }

/* From those that nobody calls by name: main, interrupts, tasks, callbacks. With --filter of all. */
static bool is_deep(const struct image_view *v, const struct stack_row *row)
{
	return (v->filter || (!row->is_called && row->deepest_bytes)) && stack_row_wanted(v, row);
}

static bool is_large(const struct image_view *v, const struct stack_row *row)
{
	uint64_t frame_bytes = row->function->frame_bytes;

	return frame_bytes && frame_bytes != NOT_KNOWN && frame_bytes >= v->min_bytes && stack_row_wanted(v, row);
}

static void choose(struct image_rows *ret, struct document *d, const struct image_view *v, const uint32_t *order,
		   bool (*is_row)(const struct image_view *v, const struct stack_row *row))
{
	image_rows_init(ret, d, v, v->stack->rows, v->stack->n_rows);
	for (size_t i = 0; i < v->stack->n_rows; i++)
		if (is_row(v, &v->stack->rows[order[i]]))
			image_rows_add(ret, order[i], 0);
	ret->more_bytes = NOT_KNOWN;
}

static void say_without_frames(struct document *d, const struct image_view *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->stack->n_rows; i++)
		n += v->stack->rows[i].function->frame_bytes == NOT_KNOWN;
	if (n && !v->filter)
		doc_item(d, DOC_N(n), DOC_T(" of "), DOC_OF(v->stack->n_rows, "function"),
			 DOC_T(" without call frames: build with -g, or give --su."));
}

size_t document_image_stack(struct document *d, const struct image_view *v)
{
	struct doc_table all = { DOC_COLUMNS(all_columns), .row = fill_all };
	struct doc_table deep = { .title = v->is_page ? "Stack" : "Deepest stacks", .exact = true, .row = fill_deep };
	struct doc_table large = { .title = "Largest frames", .exact = true, .row = fill_large };
	struct image_rows rows, frames = { .n_all = 0 };
	unsigned why = 0;

	choose(&rows, d, v, v->stack->by_depth, is_all);
	image_rows_end(d, &rows, &all);
	choose(&rows, d, v, v->stack->by_depth, v->is_page ? is_all : is_deep);
	deep.columns = deep_columns;
	deep.n_columns = ARRAY_SIZE(deep_columns) - (v->filter && !v->is_page);
	image_rows_end(d, &rows, &deep);
	for (size_t i = 0; i < rows.n_rows; i++)
		why |= row_at(&rows, i)->why;
	say_paths(d, &rows);
	if (rows.n_all)
		say_why(d, why);
	if (!v->is_page) { /* which sorts one table by either */
		choose(&frames, d, v, v->stack->by_frame, is_large);
		large.columns = large_columns;
		large.n_columns = ARRAY_SIZE(large_columns);
		image_rows_end(d, &frames, &large);
	}
	if (rows.n_all + frames.n_all)
		say_without_frames(d, v);
	return rows.n_all + frames.n_all;
}
