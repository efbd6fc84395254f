/* A profile beside the source of its program: what each line allocates itself, with the lines around it. */
#include <errno.h>
#include <string.h>

#include "document/sites.h"
#include "shared/sites_words.h"

enum { AROUND = 2 };

/* A line of a source; sum NULL: a gap. */
struct source_row {
	const struct sites_sum *sum;
	const char *text;
	size_t n_bytes, number;
};

struct source_table {
	const struct sites *s;
	VEC(struct source_row, rows);
};

static void free_rows(void *ctx) { vec_deinit((struct source_table *)ctx, rows); }

enum { OWN, SHARE, ALIVE, NUMBER, TEXT };

static const struct doc_column columns[] = {
	[OWN] = { NULL, "own", DOC_SIZE },
	[SHARE] = { NULL, "share", DOC_PERCENT },
	[ALIVE] = { NULL, "alive", DOC_SIZE },
	[NUMBER] = { NULL, "line", DOC_COUNT },
	[TEXT] = { NULL, "source", DOC_TEXT, .is_name = true },
};

static void fill_row(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct source_table *t = ctx;
	const struct source_row *row = &t->rows[i];

	if (row->sum && row->sum->bytes > 0) {
		ret->cells[OWN] = sites_amount(t->s, row->sum->bytes);
		ret->cells[SHARE] = sites_share(t->s, row->sum->bytes);
		ret->cells[ALIVE] = DOC_BYTES(t->s->has_alive ? row->sum->alive_bytes : NOT_KNOWN);
	}
	if (row->sum)
		ret->cells[NUMBER] = DOC_N(row->number);
	else
		ret->role = ROLE_FAINT;
	if (row->sum)
		sites_source_words(doc_make(ret, TEXT), row->text, row->n_bytes);
	else
		ret->cells[TEXT] = DOC_T("...");
}

static bool is_shown(const struct sites_sum *lines, size_t n_lines, size_t i, bool all)
{
	for (size_t k = i > AROUND ? i - AROUND : 0; k < n_lines && k <= i + AROUND; k++)
		if (all || lines[k].bytes > 0)
			return true;
	return false;
}

static int add_rows(struct source_table *t, const struct sites_source *source, const struct sites_sum *sums,
		    size_t n_lines, bool all)
{
	const char *p = source->text, *end = p + source->n_bytes;
	bool was_shown = true;
	int r = 0;

	for (size_t i = 0; i < n_lines && r == 0; i++) {
		const char *newline = memchr(p, '\n', (size_t)(end - p)), *line_end = newline ? newline : end;
		bool shown = is_shown(sums, n_lines, i, all);
		if (shown)
			r = vec_push(t, rows, (struct source_row){ &sums[i], p, (size_t)(line_end - p), i + 1 });
		else if (was_shown)
			r = vec_push(t, rows, (struct source_row){ NULL });
		was_shown = shown;
		p = newline ? newline + 1 : end;
	}
	return r;
}

/* Of lines that are not known, or beyond the end: the source is not what ran. */
static void say_elsewhere(struct document *d, const struct sites *s, const struct sites_file *file,
			  const struct sites_sum *sums, size_t n_lines)
{
	uint64_t bytes = file->own.bytes;

	for (size_t i = 0; i < n_lines; i++)
		bytes -= MIN(bytes, sums[i].bytes);
	if (bytes > 0)
		doc_item(d, sites_amount(s, bytes), DOC_T(" ("), sites_share(s, bytes),
			 DOC_T(") in lines that this source does not have"));
}

static void add_file(struct document *d, const struct sites *s, const struct sites_lines *lines,
		     const struct sites_file *file, const struct sites_view *view)
{
	const struct sites_source *source = sites_source_of(view, file->name);
	size_t n_lines = source ? sites_source_n_lines(source) : 0;
	struct source_table *t = arena_zeroed(&d->arena, 1, sizeof(*t));
	struct sites_sum *sums = arena_zeroed(&d->arena, n_lines + 1, sizeof(*sums));

	if (!t || !sums)
		return;
	doc_section(d, doc_keep(d, file->name));
	doc_item(d, sites_amount(s, file->own.bytes), DOC_T(" ("), sites_share(s, file->own.bytes), DOC_T(")"),
		 DOC_T(!source             ? "; its source was not found" :
		       source->has_changed ? "; its source has changed since" :
					     ""));
	if (!source)
		return;
	t->s = s;
	doc_own(d, t, free_rows);
	sites_of_file(s, lines, file->name, sums, n_lines);
	if (add_rows(t, source, sums, n_lines, view->n_top == 0) < 0)
		d->error = -ENOMEM;
	doc_table(d, &(struct doc_table){ DOC_COLUMNS(columns), DOC_ROWS(t->n_rows, fill_row, t) });
	say_elsewhere(d, s, file, sums, n_lines);
}

void document_sites_source(struct document *d, const struct sites *s, const struct sites_view *view)
{
	struct sites_lines lines = { .lines = NULL };
	struct sites_files files = { .files = NULL };

	if (sites_lines(s, &lines) < 0 || sites_files(s, &files) < 0)
		d->error = -ENOMEM;
	for (size_t i = 0; i < files.n_files && files.files[i].own.bytes > 0; i++)
		add_file(d, s, &lines, &files.files[i], view);
	sites_lines_deinit(&lines);
	sites_files_deinit(&files);
}
