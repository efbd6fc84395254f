#include "memprof/analysis/imports.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/strbuf.h"
#include "memprof/base/text.h"

const char *import_origin_name(enum import_origin origin)
{
	static const char *const names[N_IMPORT_ORIGINS] = {
		[IMPORT_UNKNOWN] = "unknown", [IMPORT_BUILT_IN] = "built-in", [IMPORT_FROZEN] = "frozen",
		[IMPORT_MPY] = "mpy",         [IMPORT_SOURCE] = "source",
	};

	return names[origin];
}

/* ---- rows ---- */

static struct import_row *row_of(struct imports *imports, const struct import_open *open)
{
	return open->row != IMPORTS_NONE ? &imports->rows[open->row] : NULL;
}

static const char *clean(struct imports *imports, const char *text)
{
	struct strbuf s CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_clean(&s, text);
	if (strbuf_error(&s))
		imports->error = -ENOMEM;
	return arena_text(&imports->arena, strbuf_text(&s), s.n_bytes);
}

/* An import that was seen before: of C modules sys.modules keeps none. */
static bool was_loaded(const struct imports *imports, const struct import_row *row)
{
	if (row->origin == IMPORT_BUILT_IN || row->raised)
		return false;
	for (const struct import_row *r = imports->rows; r < row; r++)
		if (!r->raised && !r->cut && strcmp(r->name, row->name) == 0)
			return true;
	return false;
}

static struct import_row *add_row(struct imports *imports, const struct import_event *event)
{
	struct import_row *row = imports->n_rows < IMPORTS_MAX ? vec_add(imports, rows) : NULL;

	if (!row) {
		if (imports->n_rows < IMPORTS_MAX)
			imports->error = -ENOMEM;
		imports->n_more++;
		return NULL;
	}
	*row = (struct import_row){
		.name = clean(imports, event->name),
		.parent = IMPORTS_NONE,
		.before_lfb_bytes = event->lfb_bytes,
		.after_lfb_bytes = NOT_KNOWN,
		.cut = true,
	};
	for (size_t i = imports->n_open; i-- > 0 && row->parent == IMPORTS_NONE;)
		row->parent = imports->open[i].row;
	if (row->parent != IMPORTS_NONE)
		row->depth = imports->rows[row->parent].depth + 1;
	return row;
}

static void open_import(struct imports *imports, const struct import_event *event)
{
	if (imports->n_open == IMPORTS_DEPTH_MAX) {
		imports->n_more++;
		return;
	}
	const struct import_row *row = add_row(imports, event);
	imports->open[imports->n_open++] = (struct import_open){
		.row = row ? (uint32_t)(row - imports->rows) : IMPORTS_NONE,
		.depth = event->depth,
		.before_used_bytes = event->used_bytes,
		.most_used_bytes = event->used_bytes,
	};
}

static uint64_t above(uint64_t most, uint64_t before) { return most > before ? most - before : 0; }

/* The innermost one is over; event tells of its end, or is NULL: that did not come. */
static void close_last(struct imports *imports, const struct import_event *event)
{
	const struct import_open *open = &imports->open[--imports->n_open];
	struct import_row *row = row_of(imports, open);

	if (!row)
		return;
	row->peak_bytes = above(open->most_used_bytes, open->before_used_bytes);
	if (!event)
		return;
	row->cut = false;
	if (strcmp(row->name, event->name) != 0)
		row->name = clean(imports, event->name);
	row->file = event->file ? clean(imports, event->file) : NULL;
	row->origin = event->origin;
	row->raised = event->raised;
	row->kept_bytes = (int64_t)(event->used_bytes - open->before_used_bytes);
	row->peak_bytes = MAX(row->peak_bytes, above(event->used_bytes, open->before_used_bytes));
	row->after_lfb_bytes = event->lfb_bytes;
	row->again = was_loaded(imports, row);
}

static void add(struct imports *imports, const struct import_event *event)
{
	for (size_t i = 0; i < imports->n_open; i++) {
		struct import_open *open = &imports->open[i];
		struct import_row *row = row_of(imports, open);
		open->most_used_bytes = MAX(open->most_used_bytes, event->most_used_bytes);
		if (row)
			row->peak_is_least |= event->most_is_least;
	}
	/* Of what is deeper, or as deep as one that begins, the end was lost. */
	while (imports->n_open > 0 && imports->open[imports->n_open - 1].depth + !event->ends > event->depth)
		close_last(imports, NULL);
	if (!event->ends)
		open_import(imports, event);
	else if (imports->n_open > 0 && imports->open[imports->n_open - 1].depth == event->depth)
		close_last(imports, event);
}

void imports_add(struct imports *imports, const struct import_event *event)
{
	struct import_event bounded = *event;

	bounded.used_bytes = MIN(bounded.used_bytes, IMPORTS_BYTES_MAX);
	bounded.most_used_bytes = MIN(bounded.most_used_bytes, IMPORTS_BYTES_MAX);
	add(imports, &bounded);
}

void imports_end(struct imports *imports)
{
	while (imports->n_open > 0)
		close_last(imports, NULL);
	for (size_t i = 0; i < imports->n_rows; i++)
		imports->rows[i].own_bytes = imports->rows[i].kept_bytes;
	for (size_t i = 0; i < imports->n_rows; i++) {
		const struct import_row *row = &imports->rows[i];
		struct import_row *parent = row->parent != IMPORTS_NONE ? &imports->rows[row->parent] : NULL;
		if (parent && !parent->cut)
			parent->own_bytes -= row->kept_bytes;
	}
	if (arena_error(&imports->arena) < 0)
		imports->error = -ENOMEM;
}

void imports_deinit(struct imports *imports)
{
	vec_deinit(imports, rows);
	arena_deinit(&imports->arena);
}
