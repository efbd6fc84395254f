/* Figures over commits. */
#include <string.h>

#include "memprof/base/text.h"
#include "memprof/viewers/history_view.h"
#include "memprof/viewers/view.h"
#include "text/column.h"
#include "text/cut.h"

enum {
	DATE_COLUMNS = 10,
	VALUE_COLUMNS = 10,
	DELTA_COLUMNS = 9,
	CELL_COLUMNS = VALUE_COLUMNS + DELTA_COLUMNS + 1,
	SUBJECT_COLUMNS_MIN = 16,
	CELLS_MAX = 16,
	SUMMARY_PARTS = 6,
};

/* ---- which figures ---- */

/* What fits in a line: what changed first. */
struct cells {
	const struct series_line *lines[CELLS_MAX];
	size_t n;
	size_t hash_columns;
};

static bool changed(const struct series_line *line)
{
	for (size_t i = 0; i < line->n_points; i++)
		if (line->points[i].size_bytes != line->points[0].size_bytes || line->points[i].delta_bytes)
			return true;
	return false;
}

static void choose(struct cells *ret, const struct series_build *build, const struct history_view *view,
		   const struct text_style *style)
{
	*ret = (struct cells){ .n = 0 };
	for (size_t i = 0; i < build->n_commits; i++)
		ret->hash_columns = MAX(ret->hash_columns, strlen(view->commits[build->commits[i]].short_hash));
	size_t n_before = ret->hash_columns + 2 + DATE_COLUMNS + 2 + SUBJECT_COLUMNS_MIN;
	size_t n_room = style->columns > n_before ? (style->columns - n_before) / CELL_COLUMNS : 1;
	size_t n_most = MIN(MAX(n_room, (size_t)1), (size_t)CELLS_MAX);
	for (int with_changes = 1; with_changes >= 0; with_changes--)
		for (size_t i = 0; i < build->n_lines && ret->n < n_most; i++)
			if (changed(&build->lines[i]) == (bool)with_changes)
				ret->lines[ret->n++] = &build->lines[i];
}

/* ---- a table ---- */

static void head(struct strbuf *out, const struct cells *cells, const struct text_style *style)
{
	text_role(out, style, ROLE_HEAD);
	strbuf_printf(out, "%-*s  DATE       ", (int)cells->hash_columns, "COMMIT");
	for (size_t i = 0; i < cells->n; i++) {
		struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
		text_cut(&name, cells->lines[i]->name, strlen(cells->lines[i]->name), CELL_COLUMNS - 3, CUT_BEGINNING);
		text_right(out, CELL_COLUMNS - 1, strbuf_text(&name));
		strbuf_putc(out, ' ');
	}
	strbuf_puts(out, " SUBJECT");
	text_role(out, style, ROLE_PLAIN);
	strbuf_putc(out, '\n');
}

static void cell(struct strbuf *out, const struct series_point *point, const struct text_style *style)
{
	bool has_delta = point && point->has_delta;

	text_size(out, VALUE_COLUMNS, point ? point->size_bytes : NOT_KNOWN, style);
	text_role(out, style,
		  has_delta && point->delta_bytes > 0 ? ROLE_WARNING :
		  has_delta && point->delta_bytes < 0 ? ROLE_FREE :
							ROLE_PLAIN);
	text_right(out, DELTA_COLUMNS, has_delta ? change_words(point->delta_bytes, style).text : "");
	text_role(out, style, ROLE_PLAIN);
	strbuf_putc(out, ' ');
}

static void row(struct strbuf *out, const struct history_commit *commit, uint32_t i_commit, const struct cells *cells,
		const struct text_style *style)
{
	size_t n_taken = cells->hash_columns + 2 + DATE_COLUMNS + 2 + cells->n * CELL_COLUMNS;
	size_t n_left = style->columns > n_taken ? style->columns - n_taken : 0;

	strbuf_printf(out, "%-*s  %.*s ", (int)cells->hash_columns, commit->short_hash, DATE_COLUMNS, commit->date);
	for (size_t i = 0; i < cells->n; i++)
		cell(out, series_point_of(cells->lines[i], i_commit), style);
	strbuf_putc(out, ' ');
	text_cut(out, commit->subject, strlen(commit->subject), MAX(n_left, (size_t)SUBJECT_COLUMNS_MIN), CUT_END);
	strbuf_putc(out, '\n');
}

static void table(struct strbuf *out, const struct history_view *view, const struct series_build *build,
		  const struct text_style *style)
{
	struct cells cells;

	choose(&cells, build, view, style);
	if (view->series->n_builds > 1) {
		text_role(out, style, ROLE_HEAD);
		strbuf_puts(out, "BUILD ");
		text_clean(out, build->name);
		text_role(out, style, ROLE_PLAIN);
		strbuf_putc(out, '\n');
	}
	head(out, &cells, style);
	for (size_t i = 0; i < build->n_commits; i++)
		row(out, &view->commits[build->commits[i]], build->commits[i], &cells, style);
	if (build->n_lines > cells.n)
		strbuf_printf(out, "and %s more: --filter selects, -o FILE.csv has all\n",
			      count_words(build->n_lines - cells.n, style).text);
}

void text_history(struct strbuf *out, const struct history_view *view, const struct text_style *style)
{
	for (size_t i = 0; i < view->series->n_builds; i++) {
		if (i > 0)
			strbuf_putc(out, '\n');
		table(out, view, &view->series->builds[i], style);
	}
}

/* ---- a line for CI ---- */

/* Regions come first; without any it is the image. */
static bool is_main(const struct series_build *build, const struct series_line *line)
{
	return line->subject == SUBJECT_REGION ||
	       (line->subject == SUBJECT_IMAGE && build->lines[0].subject != SUBJECT_REGION);
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
static bool summary_part(struct strbuf *out, const struct history_view *view, const struct series_build *build,
			 const struct series_line *line, const struct text_style *style)
{
	const struct series_point *newest = &line->points[0], *oldest = &line->points[line->n_points - 1];
	uint64_t since_bytes = size_in(view->since, build->name, line);
	size_t n_back = 0; /* commits */
	int64_t since = since_bytes == NOT_KNOWN ? 0 : (int64_t)(newest->size_bytes - since_bytes);

	if (!is_main(build, line) || newest->i_commit != build->commits[0] || (since == 0 && !changed(line)))
		return false;
	while (build->commits[n_back] != oldest->i_commit)
		n_back++;
	text_clean(out, line->name);
	if (view->since_name && since_bytes != NOT_KNOWN) {
		strbuf_printf(out, " %s since ", exact_change_words(since, style).text);
		text_clean(out, view->since_name);
		strbuf_puts(out, n_back ? "," : "");
	}
	if (n_back) {
		int64_t over = (int64_t)(newest->size_bytes - oldest->size_bytes);
		strbuf_printf(out, " %s over %s commit%s", exact_change_words(over, style).text,
			      count_words(n_back, style).text, n_back == 1 ? "" : "s");
	}
	return true;
}

/* Where no figure of the newest build has a name that one had in the commit to compare with: the names there. */
static void summary_names(struct strbuf *out, const struct history_view *view, const struct series_build *build)
{
	const struct build_figures *there = view->since ? note_find(&view->since->note, build->name) : NULL;
	size_t n = 0;

	for (size_t i = 0; there && i < build->n_lines; i++)
		if (build->lines[i].points[0].i_commit == build->commits[0] &&
		    size_in(view->since, build->name, &build->lines[i]) != NOT_KNOWN)
			return;
	for (size_t i = 0; there && i < there->n_figures && n < SUMMARY_PARTS; i++) {
		if (there->figures[i].subject != SUBJECT_REGION)
			continue;
		strbuf_puts(out, n++ ? ", " : "; no region of these is in ");
		if (n == 1) {
			text_clean(out, view->since_name);
			strbuf_puts(out, ", which has ");
		}
		text_clean(out, there->figures[i].name);
	}
}

/* Where nothing changed, or there is nothing to compare with. */
static void summary_sizes(struct strbuf *out, const struct series_build *build, const struct text_style *style)
{
	size_t n = 0;

	if (build->n_commits > 1)
		strbuf_printf(out, "no change over %s commit%s: ", count_words(build->n_commits - 1, style).text,
			      build->n_commits == 2 ? "" : "s");
	for (size_t i = 0; i < build->n_lines && n < SUMMARY_PARTS; i++) {
		const struct series_line *line = &build->lines[i];
		if (!is_main(build, line) || line->points[0].size_bytes == 0 ||
		    line->points[0].i_commit != build->commits[0])
			continue;
		strbuf_puts(out, n++ ? ", " : "");
		text_clean(out, line->name);
		strbuf_printf(out, " %s", exact_words(line->points[0].size_bytes, style).text);
	}
	strbuf_puts(out, n ? "" : "no sizes of regions");
}

void text_history_summary(struct strbuf *out, const struct history_view *view, const struct text_style *style)
{
	for (size_t i = 0; i < view->series->n_builds; i++) {
		const struct series_build *build = &view->series->builds[i];
		size_t n = 0;
		text_clean(out, build->name);
		strbuf_puts(out, ": ");
		for (size_t k = 0; k < build->n_lines && n < SUMMARY_PARTS; k++) {
			struct strbuf part CLEANUP(strbuf_deinit) = STRBUF_INIT;
			const struct series_line *line = &build->lines[k];
			if (!summary_part(&part, view, build, line, style))
				continue;
			strbuf_puts(out, n++ ? "; " : "");
			strbuf_puts(out, strbuf_text(&part));
		}
		if (n == 0)
			summary_sizes(out, build, style);
		summary_names(out, view, build);
		strbuf_puts(out, style->is_page ? ".\n" : "\n");
	}
}
