/* The memory layout of a board. */
#include <errno.h>
#include <inttypes.h>

#include "memprof/viewers/layout_view.h"
#include "shared/layout_line.h"
#include "svg/picture.h"

/* ---- the tables: one for each address space ---- */

enum { SPACE, DEPTH, FIRST, LAST, SIZE, USED, FREE, PERCENT, KIND, NAME, KIND_HEAD, FROM, FROM_HEAD };

/* Those without a head are for spreadsheets. */
static const struct doc_column columns[] = {
	[SPACE] = { .key = "space" },
	[DEPTH] = { .key = "depth" },
	[FIRST] = { "first", "first", DOC_ADDRESS },
	[LAST] = { "last", "last", DOC_ADDRESS, .drop = 2 },
	[SIZE] = { "size", "size", DOC_SIZE },
	[USED] = { "used", "used", DOC_SIZE },
	[FREE] = { "free", "free", DOC_SIZE },
	[PERCENT] = { NULL, "%", DOC_COUNT, .drop = 3 },
	[KIND] = { .key = "kind" },
	[NAME] = { "name", "name", DOC_TEXT, .is_name = true },
	[KIND_HEAD] = { NULL, "kind", DOC_TEXT, .drop = 4 },
	[FROM] = { .key = "from" },
	[FROM_HEAD] = { NULL, "from", DOC_TEXT, DOC_CUT_WORDS, .columns_max = 12, .drop = 1 },
};

struct space {
	const struct layout *l;
	size_t i_first;
	struct layout_sources *sources;
};

static void fill_row(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct space *space = ctx;
	const struct layout *l = space->l;
	const struct layout_line line = layout_line_at(l, space->i_first + i);

	ret->depth = line.depth;
	ret->role = line.span ? ROLE_PLAIN : ROLE_FAINT;
	ret->color = line.kind;
	ret->cells[SPACE] = DOC_T(l->spaces[l->rows[space->i_first].i_space].name);
	ret->cells[DEPTH] = DOC_N(line.depth);
	ret->cells[FIRST] = DOC_AT(line.start);
	ret->cells[LAST] = DOC_AT(line.last);
	ret->cells[SIZE] = DOC_BYTES(line.size_bytes);
	ret->cells[USED] = DOC_BYTES(line.used_bytes);
	ret->cells[FREE] = DOC_BYTES(line.free_bytes);
	ret->cells[PERCENT] = DOC_N(line.used_bytes == NOT_KNOWN ? NOT_KNOWN : layout_percent(&line));
	ret->cells[KIND] = ret->cells[KIND_HEAD] = DOC_T(line.kind);
	ret->cells[NAME] = DOC_T(line.name);
	for (uint32_t k = 0; line.span && k < line.span->n_from; k++)
		strbuf_printf(doc_make(ret, FROM), "%s%s", k ? "; " : "", line.span->from[k]);
	if (line.span)
		layout_source_words(doc_make(ret, FROM_HEAD), space->sources, line.span);
}

static void add_tables(struct document *d, const struct layout *l, struct layout_sources *sources)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT; /* that number the sources */

	for (size_t i = 0, end; i < l->n_rows; i = end) {
		const char *name = l->spaces[l->rows[i].i_space].name;
		struct space *space = arena_zeroed(&d->arena, 1, sizeof(*space));
		for (end = i; end < l->n_rows && l->rows[end].i_space == l->rows[i].i_space; end++)
			if (l->rows[end].span != LAYOUT_NONE)
				layout_source_words(&words, sources, &l->spans[l->rows[end].span]);
		if (!space)
			return;
		*space = (struct space){ l, i, sources };
		doc_table(d, &(struct doc_table){ .title = name,
						  .note = layout_space_says(name),
						  .columns = columns,
						  .n_columns = ARRAY_SIZE(columns),
						  .n_rows = end - i,
						  .exact = true,
						  .row = fill_row,
						  .ctx = space,
						  .i_first = i });
	}
	if (l->n_rows == 0)
		doc_table(d, &(struct doc_table){ .columns = columns, .n_columns = ARRAY_SIZE(columns) });
}

/* ---- what is beside them ---- */

static void add_answer(struct document *d, const struct layout *l)
{
	const char *before = *d->title ? d->title : NULL, *between = before ? ": " : "";

	if (l->n_conflicts)
		doc_answer(d, DOC_ACT, DOC_T(before), DOC_T(between), DOC_OF(l->n_conflicts, "conflict"));
	else if (l->n_rows == 0)
		doc_answer(d, DOC_LOOK, DOC_T(before), DOC_T(between), DOC_T("nothing in it has an address"));
	else
		doc_answer(d, l->incomplete ? DOC_LOOK : DOC_FINE, DOC_T(before), DOC_T(between),
			   DOC_T(layout_no_conflicts(l)));
}

static void add_conflicts(struct document *d, const struct layout *l)
{
	for (size_t i = 0; i < l->n_conflicts; i++) {
		const struct layout_conflict *c = &l->conflicts[i];
		if (c->size_bytes)
			doc_item(d, DOC_T(c->what), DOC_T(" ("), DOC_T(c->space), DOC_T(" "), DOC_AT(c->start),
				 DOC_T(" to "), DOC_AT(c->start + (c->size_bytes - 1)), DOC_T(")"));
		else
			doc_item(d, DOC_T(c->what));
	}
	if (l->n_conflicts && l->incomplete)
		doc_item(d, DOC_T(LAYOUT_INCOMPLETE));
}

static void add_mappings(struct document *d, const struct layout *l)
{
	if (l->n_mappings)
		doc_section(d, "Mappings");
	for (size_t i = 0; i < l->n_mappings; i++) {
		const struct layout_mapping *m = &l->mappings[i];
		doc_item(d, DOC_T(m->space), DOC_T(" "), DOC_AT(m->start), DOC_T(" to "),
			 DOC_AT(m->start + (m->size_bytes - 1)), DOC_T(" shows "), DOC_T(m->to_space), DOC_T(" "),
			 DOC_AT(m->to_start), DOC_T(" to "), DOC_AT(m->to_start + (m->size_bytes - 1)));
	}
}

/* As the column "from" numbers them. */
static void add_sources(struct document *d, const struct layout_sources *s)
{
	if (s->n_texts)
		doc_section(d, "From");
	for (size_t i = 0; i < s->n_texts; i++)
		doc_numbered(d, DOC_FILE(arena_text(&d->arena, s->texts[i], s->n_bytes[i])));
}

static void draw(struct strbuf *out, const void *ctx, bool alone) { svg_picture(out, ctx, !alone); }

void document_layout(struct document *d, const struct layout *l)
{
	struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct layout_sources *sources;

	doc_init(d, "memory layout");
	sources = arena_zeroed(&d->arena, 1, sizeof(*sources));
	layout_title(&title, l);
	doc_title(d, strbuf_text(&title));
	add_answer(d, l);
	add_conflicts(d, l);
	doc_picture(d, &(struct doc_picture){ draw, l });
	if (sources) {
		add_tables(d, l, sources);
		add_sources(d, sources);
	}
	add_mappings(d, l);
	if (l->n_notes)
		doc_section(d, "Notes");
	for (size_t i = 0; i < l->n_notes; i++)
		doc_item(d, DOC_T(l->notes[i]));
	if (strbuf_error(&title) || arena_error(&d->arena))
		d->error = -ENOMEM;
}
