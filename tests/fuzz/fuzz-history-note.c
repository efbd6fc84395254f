/* Any bytes as a git note; what passes is written and read again as the same, and becomes series. */
#include "fuzz.h"
#include "memprof/history/series.h"

static void assert_same(const struct note *a, const struct note *b)
{
	MUST(a->n_builds == b->n_builds);
	for (size_t i = 0; i < a->n_builds; i++) {
		const struct note_build *x = &a->builds[i], *y = &b->builds[i];
		MUST(strcmp(x->name, y->name) == 0 && strcmp(x->format, y->format) == 0);
		MUST(x->image_bytes == y->image_bytes && x->n_figures == y->n_figures);
		for (size_t k = 0; k < x->n_figures; k++) {
			const struct note_figure *f = &x->figures[k], *g = &y->figures[k];
			MUST(f->subject == g->subject && strcmp(f->name, g->name) == 0);
			MUST(f->size_bytes == g->size_bytes && f->free_bytes == g->free_bytes);
			MUST(f->size_bytes <= NOTE_AMOUNT_MAX && f->name[0] && strlen(f->name) <= NOTE_NAME_MAX_BYTES);
		}
	}
}

/* The same note at two commits: nothing changed. */
static void see_series(const struct note *note)
{
	static const struct series_options options = { .or_image = true };
	const struct history_commit commits[2] = { { "a", "a", "", "", *note }, { "b", "b", "", "", *note } };
	struct series series;

	MUST(series_make(&series, commits, 2, &options) == 0);
	MUST(series.n_builds == note->n_builds);
	for (size_t i = 0; i < series.n_builds; i++)
		for (size_t k = 0; k < series.builds[i].n_lines; k++) {
			const struct series_line *line = &series.builds[i].lines[k];
			MUST(line->n_points == 2 && line->points[0].has_delta && line->points[0].delta_bytes == 0);
			MUST(line->points[0].size_bytes <= NOTE_AMOUNT_MAX);
		}
	series_deinit(&series);
}

FUZZ(data, size)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct note note, again;
	struct diag diag = { .text = "" };
	int r = note_read(&note, (const char *)data, size, "fuzz", &diag);

	if (r < 0) {
		MUST((r == -EINVAL || r == -EFBIG) && diag.text[0] && note.n_builds == 0);
		return;
	}
	MUST(note.n_builds <= NOTE_BUILDS_MAX);
	note_write(&note, &text);
	if (text.n_bytes <= NOTE_TEXT_MAX_BYTES) {
		MUST(note_read(&again, strbuf_text(&text), text.n_bytes, "again", &diag) == 0);
		assert_same(&note, &again);
		note_deinit(&again);
	}
	see_series(&note);
	note_deinit(&note);
}
