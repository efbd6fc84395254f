/* memprof.history-log/1 (docs/schema). */
#include "memprof/viewers/history_view.h"

static void commits(struct json *j, const struct history_view *view)
{
	for (size_t i = 0; json_rows(j, "commits", i, view->n_commits); i++) {
		const struct history_commit *commit = &view->commits[i];
		json_text(j, "commit", commit->hash);
		json_text(j, "short", commit->short_hash);
		json_text(j, "date", commit->date);
		json_text(j, "subject", commit->subject);
	}
}

static void line(struct json *j, const struct series_line *of)
{
	json_text(j, "subject", figure_subject_name(of->subject));
	json_text(j, "name", of->name);
	for (size_t i = 0; json_rows(j, "points", i, of->n_points); i++) {
		const struct series_point *point = &of->points[i];
		json_u64(j, "commit", point->i_commit);
		json_u64(j, "bytes", point->size_bytes);
		if (point->has_delta)
			json_i64(j, "delta", point->delta_bytes);
		else
			json_null(j, "delta");
	}
}

void json_history(struct json *j, const struct history_view *view)
{
	json_object(j, NULL);
	json_text(j, "schema", "memprof.history-log/1");
	json_text(j, "ref", view->ref);
	commits(j, view);
	for (size_t i = 0; json_items(j, "builds", i, view->series->n_builds); i++) {
		const struct series_build *build = &view->series->builds[i];
		json_text(j, "name", build->name);
		json_array(j, "commits");
		for (size_t k = 0; k < build->n_commits; k++)
			json_u64(j, NULL, build->commits[k]);
		json_array_end(j);
		for (size_t k = 0; json_items(j, "figures", k, build->n_lines); k++)
			line(j, &build->lines[k]);
	}
	json_object_end(j);
}
