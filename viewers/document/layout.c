/* The memory layout of a board. */
#include <errno.h>
#include <inttypes.h>

#include "memprof/viewers/layout_view.h"
#include "shared/layout_line.h"
#include "svg/picture.h"

/* ---- the tables: one for each address space ---- */

enum { SPACE, DEPTH, FIRST, LAST, SIZE, USED, FREE_KEY, FREE, PERCENT, KIND, NAME, KIND_HEAD, FROM, FROM_HEAD };

/* Those without a head are for spreadsheets. */
static const struct doc_column columns[] = {
	[SPACE] = { .key = "space" },
	[DEPTH] = { .key = "depth" },
	[FIRST] = { "first", "first", DOC_ADDRESS },
	[LAST] = { "last", "last", DOC_ADDRESS, .drop = 2 },
	[SIZE] = { "size", "size", DOC_SIZE },
	[USED] = { "used", "used", DOC_SIZE },
	[FREE_KEY] = { .key = "free" },
	[FREE] = { NULL, "free", DOC_SIZE },
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
	ret->cells[FREE_KEY] = DOC_BYTES(line.free_bytes);
	if (line.used_bytes + line.free_bytes == line.size_bytes) /* else it is in the rows below */
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
						  DOC_COLUMNS(columns),
						  DOC_ROWS(end - i, fill_row, space),
						  .exact = true,
						  .i_first = i });
	}
	if (l->n_rows == 0)
		doc_table(d, &(struct doc_table){ DOC_COLUMNS(columns) });
}

/* ---- what is beside them ---- */

/* ", 248.0 KiB of heap" */
static void answer_sum(struct document *d, const struct layout *l, enum span_kind kind, const char *words)
{
	uint64_t sum_bytes = 0;

	for (size_t i = 0; i < l->n_spans; i++) {
		const struct layout_span *s = &l->spans[i];
		bool is_part = s->parent != LAYOUT_NONE && l->spans[s->parent].kind == kind;
		sum_bytes += s->kind == kind && !s->shown_by && !is_part ? s->size_bytes : 0;
	}
	if (sum_bytes)
		doc_answer(d, DOC_FINE, DOC_BYTES(sum_bytes), DOC_T(words));
}

/* "350.3 KiB free before the file system, " */
static void answer_free(struct document *d, const struct layout *l)
{
	uint64_t end = 0;

	for (size_t i = 0; i < l->n_rows; i++) {
		const struct layout_line line = layout_line_at(l, i);
		if (line.span && line.span->kind == SPAN_FIRMWARE)
			end = line.last + 1;
		if (line.span || !end || line.start != end)
			continue;
		bool has_next = i + 1 < l->n_rows && l->rows[i + 1].i_space == l->rows[i].i_space;
		const struct layout_line next = layout_line_at(l, has_next ? i + 1 : i);
		bool is_storage = next.span && next.span->kind == SPAN_FILESYSTEM;
		doc_answer(d, DOC_FINE, DOC_BYTES(line.size_bytes), DOC_T(" free "),
			   DOC_T(!has_next  ? "after it" :
				 is_storage ? "before the " :
					      "before "),
			   DOC_T(has_next ? next.name : ""), DOC_T(", "));
		return;
	}
}

static void add_answer(struct document *d, const struct layout *l)
{
	enum doc_severity severity = l->incomplete || l->n_rows == 0 ? DOC_LOOK : DOC_FINE;

	doc_answer(d, severity, DOC_T(d->title), DOC_T(*d->title ? ": " : ""));
	if (l->n_conflicts) {
		doc_answer(d, DOC_ACT, DOC_OF(l->n_conflicts, "conflict"));
		return;
	}
	answer_sum(d, l, SPAN_FIRMWARE, " of firmware, ");
	answer_free(d, l);
	answer_sum(d, l, SPAN_FILESYSTEM, " of file system, ");
	answer_sum(d, l, SPAN_HEAP, " of heap, ");
	doc_answer(d, severity, DOC_T(l->n_rows ? layout_no_conflicts(l) : "nothing in it has an address"));
}

static void add_conflicts(struct document *d, const struct layout *l)
{
	for (size_t i = 0; i < l->n_conflicts; i++) {
		struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
		layout_conflict_words(&words, &l->conflicts[i]);
		doc_item(d, DOC_T(strbuf_text(&words)));
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
		doc_item(d, DOC_T(m->to_space), DOC_T(" "), DOC_AT(m->to_start), DOC_T(" to "),
			 DOC_AT(m->to_start + (m->size_bytes - 1)), DOC_T(" appears at "), DOC_T(m->space), DOC_T(" "),
			 DOC_AT(m->start), DOC_T(" to "), DOC_AT(m->start + (m->size_bytes - 1)));
	}
}

/* As the column "from" numbers them. */
static void add_sources(struct document *d, const struct layout_sources *s)
{
	if (s->n_texts)
		doc_section(d, "Sources");
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
}
