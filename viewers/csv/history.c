/* Figures over commits, for spreadsheets (RFC 4180). */
#include <inttypes.h>

#include "csv/quote.h"
#include "memprof/viewers/history_view.h"

static void row(struct strbuf *out, const struct history_commit *commit, const char *build,
		const struct series_line *line, const struct series_point *point)
{
	const char *const texts[] = {
		commit->hash, commit->date, commit->subject, build, figure_subject_name(line->subject), line->name
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		csv_quote(out, texts[i]);
		strbuf_putc(out, ',');
	}
	strbuf_printf(out, "%" PRIu64 ",", point->size_bytes);
	if (point->has_delta)
		strbuf_printf(out, "%" PRId64, point->delta_bytes);
	strbuf_puts(out, "\r\n");
}

void csv_history(struct strbuf *out, const struct history_view *view)
{
	strbuf_puts(out, "commit,date,subject,build,kind,name,bytes,change\r\n");
	for (size_t i = 0; i < view->series->n_builds; i++) {
		const struct series_build *build = &view->series->builds[i];
		for (size_t c = 0; c < build->n_commits; c++)
			for (size_t k = 0; k < build->n_lines; k++) {
				const struct series_line *line = &build->lines[k];
				const struct series_point *point = series_point_of(line, build->commits[c]);
				if (point)
					row(out, &view->commits[build->commits[c]], build->name, line, point);
			}
	}
}
