/* A profile beside the source of its program: what each line allocates itself, with the lines around it. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "shared/sites_words.h"
#include "text/column.h"
#include "text/cut.h"
#include "text/sites.h"

enum { AROUND = 2, LINE_NUMBER_COLUMNS = 7 };

static size_t n_figure_columns(const struct sites *s)
{
	return SITES_SIZE_COLUMNS + SITES_SHARE_COLUMNS + (s->has_alive ? SITES_SIZE_COLUMNS : 0);
}

static void add_heads(struct strbuf *out, const struct sites *s)
{
	text_right(out, SITES_SIZE_COLUMNS, s->unit == SITES_TIME ? "own us" : "own bytes");
	text_right(out, SITES_SHARE_COLUMNS, "share");
	if (s->has_alive)
		text_right(out, SITES_SIZE_COLUMNS, "alive");
	text_right(out, LINE_NUMBER_COLUMNS, "line");
	strbuf_putc(out, '\n');
}

static void add_figures(struct strbuf *out, const struct sites *s, uint64_t bytes, uint64_t alive_bytes,
			const struct text_style *style)
{
	text_sites_figure(out, s, bytes, style);
	text_sites_share(out, s, bytes);
	if (s->has_alive)
		text_size(out, SITES_SIZE_COLUMNS, alive_bytes, style);
}

static bool is_shown(const struct sites_sum *lines, size_t n_lines, size_t i, bool all)
{
	for (size_t k = i > AROUND ? i - AROUND : 0; k < n_lines && k <= i + AROUND; k++)
		if (all || lines[k].bytes > 0)
			return true;
	return false;
}

static void add_text(struct strbuf *out, const char *text, size_t n_bytes, size_t n_before,
		     const struct text_style *style)
{
	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;

	sites_source_words(&line, text, n_bytes);
	strbuf_puts(out, line.n_bytes ? "  " : "");
	text_cut(out, strbuf_text(&line), line.n_bytes, style->columns > n_before ? style->columns - n_before : 2,
		 CUT_END);
	if (strbuf_error(&line) < 0)
		out->error = -ENOMEM;
}

static void add_line(struct strbuf *out, const struct sites *s, const struct sites_sum *sum, size_t number,
		     const struct text_style *style)
{
	if (sum->bytes > 0)
		add_figures(out, s, sum->bytes, sum->alive_bytes, style);
	else
		strbuf_repeat(out, " ", n_figure_columns(s));
	strbuf_printf(out, "%*zu", LINE_NUMBER_COLUMNS, number);
}

static void add_gap(struct strbuf *out, const struct sites *s)
{
	strbuf_printf(out, "%*s\n", (int)n_figure_columns(s) + LINE_NUMBER_COLUMNS, "...");
}

static void add_lines(struct strbuf *out, const struct sites *s, const struct sites_source *source,
		      const struct sites_sum *lines, size_t n_lines, bool all, const struct text_style *style)
{
	const char *p = source->text, *end = p + source->n_bytes;
	bool skips = false;

	for (size_t i = 0; i < n_lines; i++) {
		const char *newline = memchr(p, '\n', (size_t)(end - p)), *line_end = newline ? newline : end;
		bool shown = is_shown(lines, n_lines, i, all);
		if (shown && skips)
			add_gap(out, s);
		if (shown) {
			size_t n_before = n_figure_columns(s) + LINE_NUMBER_COLUMNS + 2;
			add_line(out, s, &lines[i], i + 1, style);
			add_text(out, p, (size_t)(line_end - p), n_before, style);
			strbuf_putc(out, '\n');
		}
		skips = !shown;
		p = newline ? newline + 1 : end;
	}
	if (skips)
		add_gap(out, s);
}

/* Of lines that are not known, or beyond the end: the source is not what ran. */
static void add_elsewhere(struct strbuf *out, const struct sites *s, const struct sites_file *file,
			  const struct sites_sum *lines, size_t n_lines, const struct text_style *style)
{
	uint64_t bytes = file->own.bytes, alive_bytes = file->own.alive_bytes;

	for (size_t i = 0; i < n_lines; i++) {
		bytes -= MIN(bytes, lines[i].bytes);
		alive_bytes -= MIN(alive_bytes, lines[i].alive_bytes);
	}
	if (bytes == 0)
		return;
	add_figures(out, s, bytes, alive_bytes, style);
	strbuf_puts(out, "  in lines that this source does not have\n");
}

static void add_file(struct strbuf *out, const struct sites *s, const struct sites_lines *lines,
		     const struct sites_file *file, const struct sites_view *view, const struct text_style *style)
{
	const struct sites_source *source = sites_source_of(view, file->name);

	add_figures(out, s, file->own.bytes, file->own.alive_bytes, style);
	strbuf_puts(out, "  ");
	text_in_role(out, style, ROLE_HEAD, file->name);
	strbuf_puts(out, !source             ? ": its source was not found\n" :
			 source->has_changed ? ": its source has changed since\n" :
					       "\n");
	if (!source)
		return;
	size_t n_lines = sites_source_n_lines(source);
	struct sites_sum *sums = calloc(n_lines + 1, sizeof(*sums));
	if (!sums) {
		out->error = -ENOMEM;
		return;
	}
	sites_of_file(s, lines, file->name, sums, n_lines);
	add_lines(out, s, source, sums, n_lines, view->n_top == 0, style);
	add_elsewhere(out, s, file, sums, n_lines, style);
	free(sums);
}

void text_sites_source(struct strbuf *out, const struct sites *s, const struct sites_view *view,
		       const struct text_style *style)
{
	struct sites_lines lines = { .lines = NULL };
	struct sites_files files = { .files = NULL };

	if (sites_lines(s, &lines) < 0 || sites_files(s, &files) < 0)
		out->error = -ENOMEM;
	add_heads(out, s);
	for (size_t i = 0; i < files.n_files && files.files[i].own.bytes > 0; i++) {
		strbuf_puts(out, i > 0 ? "\n" : "");
		add_file(out, s, &lines, &files.files[i], view, style);
	}
	sites_lines_deinit(&lines);
	sites_files_deinit(&files);
}
