/* Figures over commits: of each build its figures, each with a curve, and its commits. */
#include <string.h>

#include "memprof/viewers/history_view.h"

enum {
	SHOWN_MAX = 8,     /* figures beside the commits */
	SUMMARY_PARTS = 6, /* regions in a sentence */
};

struct build {
	const struct history_view *view;
	const struct series_build *of;
	const struct series_line *shown[SHOWN_MAX];
	size_t n_shown;
};

static bool is_now(const struct series_build *build, const struct series_line *line)
{
	return line->points[0].i_commit == build->commits[0];
}

static bool has_changed(const struct series_line *line)
{
	for (size_t i = 0; i < line->n_points; i++)
		if (line->points[i].size_bytes != line->points[0].size_bytes || line->points[i].delta_bytes)
			return true;
	return false;
}

static int64_t change_of(const struct series_line *line)
{
	return (int64_t)(line->points[0].size_bytes - line->points[line->n_points - 1].size_bytes);
}

/* ---- the answer: a sentence for each build ---- */

/* Regions, which come first; without any the image; of other figures the first kind. */
static bool is_main(const struct series_build *build, const struct series_line *line)
{
	return line->subject == build->lines[0].subject;
}

/* NOT_KNOWN: that build had no such figure. */
static uint64_t size_in(const struct history_commit *commit, const char *build, const struct series_line *line)
{
	const struct build_figures *from = commit ? note_find(&commit->note, build) : NULL;

	if (from && line->subject == SUBJECT_IMAGE)
		return from->image_bytes;
	for (size_t i = 0; from && i < from->n_figures; i++)
		if (from->figures[i].subject == line->subject && strcmp(from->figures[i].name, line->name) == 0)
			return from->figures[i].size_bytes;
	return NOT_KNOWN;
}

/* "FLASH +312 B since main, +3.1 KiB over 30 commits"; false: it is the same in all. */
static bool add_part(struct document *d, const struct build *b, const struct series_line *line, const char *between)
{
	uint64_t since_bytes = size_in(b->view->since, b->of->name, line);
	int64_t since = since_bytes == NOT_KNOWN ? 0 : (int64_t)(line->points[0].size_bytes - since_bytes);
	size_t n_back = 0; /* commits */

	if (!is_main(b->of, line) || !is_now(b->of, line) || (since == 0 && !has_changed(line)))
		return false;
	while (b->of->commits[n_back] != line->points[line->n_points - 1].i_commit)
		n_back++;
	doc_answer(d, DOC_FINE, DOC_T(between), DOC_T(line->name));
	if (b->view->since_name && since_bytes != NOT_KNOWN)
		doc_answer(d, DOC_FINE, DOC_T(" "), doc_exact(DOC_MORE(since)), DOC_T(" since "),
			   DOC_T(b->view->since_name), DOC_T(n_back ? "," : ""));
	if (n_back && change_of(line))
		doc_answer(d, DOC_FINE, DOC_T(" "), doc_exact(DOC_MORE(change_of(line))), DOC_T(" over "),
			   DOC_OF(n_back, "commit"));
	else if (n_back)
		doc_answer(d, DOC_FINE, DOC_T(" as large as "), DOC_OF(n_back, "commit"), DOC_T(" ago"));
	return true;
}

/* Where nothing changed, or there is nothing to compare with. */
static void add_sizes(struct document *d, const struct series_build *build)
{
	size_t n = 0;

	if (build->n_commits > 1 && build->n_lines)
		doc_answer(d, DOC_FINE, DOC_T("no change over "), DOC_OF(build->n_commits - 1, "commit"), DOC_T(": "));
	for (size_t i = 0; i < build->n_lines && n < SUMMARY_PARTS; i++) {
		const struct series_line *line = &build->lines[i];
		if (is_main(build, line) && line->points[0].size_bytes && is_now(build, line))
			doc_answer(d, DOC_FINE, DOC_T(n++ ? ", " : ""), DOC_T(line->name), DOC_T(" "),
				   doc_exact(DOC_BYTES(line->points[0].size_bytes)));
	}
	if (n == 0)
		doc_answer(d, DOC_FINE, DOC_T("no such figures"));
}

/* Where no figure of the newest build has a name that one had in the commit to compare with: the names there. */
static void add_names(struct document *d, const struct build *b)
{
	const struct build_figures *there = b->view->since ? note_find(&b->view->since->note, b->of->name) : NULL;
	size_t n = 0;

	for (size_t i = 0; there && i < b->of->n_lines; i++)
		if (is_now(b->of, &b->of->lines[i]) &&
		    size_in(b->view->since, b->of->name, &b->of->lines[i]) != NOT_KNOWN)
			return;
	for (size_t i = 0; there && i < there->n_figures && n < SUMMARY_PARTS; i++) {
		if (there->figures[i].subject != SUBJECT_REGION)
			continue;
		if (n++ == 0)
			doc_answer(d, DOC_FINE, DOC_T("; no region of these is in "), DOC_T(b->view->since_name),
				   DOC_T(", which has "), DOC_T(there->figures[i].name));
		else
			doc_answer(d, DOC_FINE, DOC_T(", "), DOC_T(there->figures[i].name));
	}
}

static void add_summary(struct document *d, const struct build *b)
{
	size_t n = 0;

	doc_answer(d, DOC_FINE, DOC_T(b->of->name), DOC_T(": "));
	for (size_t i = 0; i < b->of->n_lines && n < SUMMARY_PARTS; i++)
		n += add_part(d, b, &b->of->lines[i], n ? "; " : "");
	if (n == 0)
		add_sizes(d, b->of);
	add_names(d, b);
}

/* ---- figures ---- */

struct figure_line {
	const struct build *b;
	const struct series_line *of;
	struct doc_curve curve;
};

/* NULL: no memory, or there is none. */
static struct figure_line *make_figures(struct document *d, const struct build *b, size_t i_row)
{
	size_t n = b->of->n_commits, n_lines = b->of->n_lines;
	uint64_t *values = arena_zeroed(&d->arena, n * n_lines, sizeof(*values));
	struct figure_line *ret = arena_zeroed(&d->arena, n_lines, sizeof(*ret));

	for (size_t i = 0; values && ret && i < n_lines; i++, values += n) {
		const struct series_line *line = &b->of->lines[i];
		ret[i] = (struct figure_line){ b, line, { values, n, NOT_KNOWN, 0, i_row } };
		for (size_t k = 0; k < n; k++) {
			const struct series_point *point = series_point_of(line, b->of->commits[n - 1 - k]);
			values[k] = point ? point->size_bytes : NOT_KNOWN;
			ret[i].curve.low = MIN(ret[i].curve.low, values[k]);
			ret[i].curve.high = point ? MAX(ret[i].curve.high, values[k]) : ret[i].curve.high;
		}
	}
	return values ? ret : NULL;
}

enum { NAME, NOW, CHANGE, CURVE, GROWTH, KIND };

static const struct doc_column figure_columns[] = {
	[NAME] = { NULL, "name", DOC_TEXT, DOC_CUT_BEGINNING, .is_name = true },
	[NOW] = { NULL, "now", DOC_SIZE },
	[CHANGE] = { NULL, "change", DOC_CHANGE },
	[CURVE] = { NULL, "trend", DOC_CURVE, .drop = 1 },
	[GROWTH] = { NULL, "%", DOC_RELATIVE, .drop = 2 },
	[KIND] = { NULL, "kind", DOC_TEXT, .whole = true, .drop = 3 },
};

static void fill_figure(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct figure_line *f = (const struct figure_line *)ctx + i;
	uint64_t oldest = f->of->points[f->of->n_points - 1].size_bytes;

	ret->cells[NAME] = DOC_T(f->of->name);
	ret->cells[NOW] = DOC_BYTES(is_now(f->b->of, f->of) ? f->of->points[0].size_bytes : NOT_KNOWN);
	if (f->of->n_points > 1)
		ret->cells[CHANGE] = doc_by_sign(DOC_MORE(change_of(f->of)));
	if (change_of(f->of) && oldest)
		ret->cells[GROWTH] = DOC_GROWTH((double)change_of(f->of) / (double)oldest);
	ret->cells[CURVE] = DOC_LINE(&f->curve);
	ret->cells[KIND] = DOC_T(figure_subject_noun(f->of->subject));
}

/* ---- commits ---- */

enum { HASH, DATE, FIGURES, PER_FIGURE = 2 };

static void fill_commit(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct build *b = ctx;
	const struct history_commit *commit = &b->view->commits[b->of->commits[i]];

	ret->cells[HASH] = DOC_T(commit->short_hash);
	strbuf_printf(doc_make(ret, DATE), "%.10s", commit->date);
	for (size_t k = 0; k < b->n_shown; k++) {
		const struct series_point *point = series_point_of(b->shown[k], b->of->commits[i]);
		struct doc_span *cells = &ret->cells[FIGURES + k * PER_FIGURE];
		cells[0] = DOC_BYTES(point ? point->size_bytes : NOT_KNOWN);
		if (point && point->has_delta)
			cells[1] = doc_by_sign(DOC_MORE(point->delta_bytes));
	}
	ret->cells[FIGURES + b->n_shown * PER_FIGURE] = DOC_T(commit->subject);
}

/* With the figures that changed; if none did, with all. */
static void add_commits(struct document *d, struct build *b, const char *title, size_t i_first)
{
	struct doc_column columns[FIGURES + SHOWN_MAX * PER_FIGURE + 1] = {
		[HASH] = { NULL, "commit", DOC_TEXT, .whole = true },
		[DATE] = { NULL, "date", DOC_TEXT, .whole = true },
	};
	size_t n = FIGURES;

	for (int changed = 1; changed >= 0 && b->n_shown == 0; changed--)
		for (size_t i = 0; i < b->of->n_lines && b->n_shown < SHOWN_MAX; i++) {
			const struct series_line *line = &b->of->lines[i];
			if (!is_main(b->of, line) || has_changed(line) != (bool)changed)
				continue;
			b->shown[b->n_shown++] = line;
			columns[n] = (struct doc_column){ NULL, line->name, DOC_SIZE, .drop = (uint8_t)(n - FIGURES) };
			n++;
			columns[n] = (struct doc_column){ NULL, "change", DOC_CHANGE, .drop = (uint8_t)(n - FIGURES) };
			n++;
		}
	columns[n++] = (struct doc_column){ NULL, "subject", DOC_TEXT, .is_name = true };
	doc_table(d, &(struct doc_table){ .title = title,
					  .note = "change since the commit below",
					  .columns = doc_columns(d, columns, n),
					  .n_columns = n,
					  DOC_ROWS(b->of->n_commits, fill_commit, b),
					  .exact = true,
					  .i_first = i_first });
}

/* ---- for spreadsheets: a row for each figure of each commit ---- */

enum { P_BYTES = 6, P_CHANGE };

static const struct doc_column point_columns[] = {
	{ .key = "commit" }, { .key = "date" }, { .key = "subject" }, { .key = "build" },
	{ .key = "kind" },   { .key = "name" }, { .key = "bytes" },   { .key = "change" },
};

static void fill_point(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct figure_line *f = ctx;
	const struct series_point *point = &f->of->points[i];
	const struct history_commit *commit = &f->b->view->commits[point->i_commit];
	const char *kind = figure_subject_name(f->of->subject);
	const char *const texts[] = { commit->hash, commit->date, commit->subject, f->b->of->name, kind, f->of->name };

	for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
		ret->cells[k] = DOC_T(texts[k]);
	ret->cells[P_BYTES] = DOC_BYTES(point->size_bytes);
	if (point->has_delta)
		ret->cells[P_CHANGE] = DOC_MORE(point->delta_bytes);
}

/* ---- all of it ---- */

/* The sentence of the first build is the answer. */
void document_history_summary(struct document *d, const struct history_view *view)
{
	doc_init(d, "figures per commit");
	for (size_t i = 0; i < view->series->n_builds; i++) {
		const struct build b = { .view = view, .of = &view->series->builds[i] };
		const struct doc_block first = d->answer;
		d->answer.n_spans = 0;
		add_summary(d, &b);
		if (i > 0) {
			doc_add(d, DOC_SENTENCE, d->answer.spans, d->answer.n_spans);
			d->answer = first;
		}
	}
}

/* Its rows are numbered from i_first: the commits, then the figures. */
static void add_build(struct document *d, struct build *b, size_t i_first)
{
	const char *of = b->view->series->n_builds > 1 ? arena_printf(&d->arena, " of %s", b->of->name) : "";
	const struct figure_line *figures = make_figures(d, b, i_first);
	struct doc_table points = { DOC_COLUMNS(point_columns), .row = fill_point };

	doc_table(d, &points); /* its line of keys, also without a figure */
	if (figures)
		doc_table(d, &(struct doc_table){ .title = arena_printf(&d->arena, "Figures%s", of),
						  .note = "change since the oldest commit",
						  DOC_COLUMNS(figure_columns),
						  DOC_ROWS(b->of->n_lines, fill_figure, figures),
						  .exact = true,
						  .i_first = i_first + b->of->n_commits });
	add_commits(d, b, arena_printf(&d->arena, "Commits%s", of), i_first);
	for (size_t i = 0; figures && i < b->of->n_lines; i++) {
		points.ctx = &figures[i];
		points.n_rows = b->of->lines[i].n_points;
		doc_table(d, &points);
	}
}

void document_history(struct document *d, const struct history_view *view)
{
	size_t i_row = 1;

	document_history_summary(d, view);
	for (size_t i = 0; i < view->series->n_builds; i++) {
		struct build *b = arena_zeroed(&d->arena, 1, sizeof(*b));
		if (!b)
			break;
		*b = (struct build){ .view = view, .of = &view->series->builds[i] };
		add_build(d, b, i_row);
		i_row += b->of->n_commits + b->of->n_lines;
	}
	if (view->n_commits)
		doc_source(d, DOC_OF(view->n_commits, "commit"), DOC_T(" with figures in "), DOC_T(view->ref),
			   DOC_T(arena_printf(&d->arena, ", %.10s to %.10s", view->commits[view->n_commits - 1].date,
					      view->commits[0].date)));
}
