/* Any bytes as a git note; what passes is within its bounds, and becomes series. */
#include "fuzz.h"
#include "memprof/history/series.h"

static void assert_bounds(const struct note *note)
{
	MUST(note->n_builds <= NOTE_BUILDS_MAX);
	for (size_t i = 0; i < note->n_builds; i++)
		for (size_t k = 0; k < note->builds[i].n_figures; k++) {
			const struct build_figure *f = &note->builds[i].figures[k];
			MUST(f->size_bytes <= NOTE_AMOUNT_MAX && f->name[0] && strlen(f->name) <= NOTE_NAME_MAX_BYTES);
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
	struct note note;
	struct diag diag = { .text = "" };
	int r = note_read(&note, (const char *)data, size, "fuzz", NULL, &diag);

	if (r < 0) {
		MUST((r == -EINVAL || r == -EFBIG) && diag.text[0] && note.n_builds == 0);
		return;
	}
	assert_bounds(&note);
	see_series(&note);
	note_deinit(&note);
}
