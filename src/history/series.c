#include "memprof/history/series.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/glob.h"
#include "memprof/base/names.h"

static void build_deinit(struct series_build *build)
{
	for (size_t i = 0; i < build->n_lines; i++)
		vec_deinit(&build->lines[i], points);
	vec_deinit(build, lines);
	vec_deinit(build, commits);
}

void series_deinit(struct series *series)
{
	for (size_t i = 0; i < series->n_builds; i++)
		build_deinit(&series->builds[i]);
	vec_deinit(series, builds);
}

static int by_commit(const void *key, const void *member)
{
	uint32_t i_commit = *(const uint32_t *)key, i = ((const struct series_point *)member)->i_commit;

	return i_commit < i ? -1 : i_commit > i;
}

const struct series_point *series_point_of(const struct series_line *line, uint32_t i_commit)
{
	return bsearch(&i_commit, line->points, line->n_points, sizeof(*line->points), by_commit);
}

/* ---- collect ---- */

static bool is_wanted(const struct series_options *options, const struct note_figure *figure)
{
	return (!options->subjects || options->subjects & SUBJECT_BIT(figure->subject)) &&
	       (!options->filter || glob_match(options->filter, figure->name));
}

/* Of a subject and a name. */
static uint32_t line_number(struct names *names, const struct note_figure *figure)
{
	char key[NOTE_NAME_MAX_BYTES + 2];
	size_t n = MIN(strlen(figure->name), (size_t)NOTE_NAME_MAX_BYTES);

	key[0] = (char)('0' + figure->subject);
	memcpy(key + 1, figure->name, n);
	return names_add(names, key, n + 1);
}

static int add_figure(struct series_build *build, struct names *names, const struct note_figure *figure,
		      uint32_t i_commit)
{
	uint32_t number = line_number(names, figure);

	if (number == NAMES_NONE)
		return -ENOMEM;
	if (number == build->n_lines &&
	    vec_push(build, lines, (struct series_line){ .subject = figure->subject, .name = figure->name }) < 0)
		return -ENOMEM;
	struct series_line *line = &build->lines[number];
	struct series_point *last = line->n_points ? &line->points[line->n_points - 1] : NULL;
	if (!last || last->i_commit != i_commit)
		return vec_push(line, points, (struct series_point){ i_commit, figure->size_bytes, 0, false });
	last->size_bytes += MIN(figure->size_bytes, NOTE_AMOUNT_MAX - last->size_bytes); /* two of one name */
	return 0;
}

static bool has_regions(const struct note_build *build)
{
	for (size_t i = 0; i < build->n_figures; i++)
		if (build->figures[i].subject == SUBJECT_REGION)
			return true;
	return false;
}

static int add_image(struct series_build *build, struct names *names, const struct note_build *from, uint32_t i_commit,
		     const struct series_options *options)
{
	const struct note_figure figure = { SUBJECT_IMAGE, "image", from->image_bytes, NOTE_NO_FREE };
	bool wanted = is_wanted(options, &figure) || (options->or_image && !has_regions(from));

	return wanted && from->image_bytes != NOT_KNOWN ? add_figure(build, names, &figure, i_commit) : 0;
}

static int add_commits(struct series_build *build, const struct history_commit *commits, size_t n_commits,
		       const struct series_options *options)
{
	struct arena arena = { 0 };
	struct names names = { .arena = &arena };
	int r = 0;

	for (uint32_t i = 0; i < n_commits && r == 0; i++) {
		const struct note_build *from = note_find(&commits[i].note, build->name);
		if (!from)
			continue;
		r = vec_push(build, commits, i);
		if (r == 0)
			r = add_image(build, &names, from, i, options);
		for (size_t k = 0; k < from->n_figures && r == 0; k++)
			if (is_wanted(options, &from->figures[k]))
				r = add_figure(build, &names, &from->figures[k], i);
	}
	names_deinit(&names);
	arena_deinit(&arena);
	return r;
}

/* ---- changes, order ---- */

static void set_deltas(const struct series_build *build, struct series_line *line)
{
	size_t k = 0;

	for (size_t i = 0; i + 1 < line->n_points; i++) {
		struct series_point *p = &line->points[i];
		while (build->commits[k] != p->i_commit)
			k++;
		p->has_delta = line->points[i + 1].i_commit == build->commits[k + 1];
		if (p->has_delta)
			p->delta_bytes = (int64_t)p->size_bytes - (int64_t)line->points[i + 1].size_bytes;
	}
}

static size_t rank(enum figure_subject subject)
{
	size_t i = 0;

	if (subject == SUBJECT_IMAGE)
		return 1;
	while (note_subjects[i] != subject)
		i++;
	return 2 * i; /* the image behind the regions */
}

/* What the newest build has comes first. */
static int by_rank(const void *a, const void *b)
{
	const struct series_line *x = a, *y = b;
	size_t x_rank = rank(x->subject), y_rank = rank(y->subject);
	const struct series_point *p = &x->points[0], *q = &y->points[0];

	if (x_rank != y_rank)
		return x_rank < y_rank ? -1 : 1;
	if (p->i_commit != q->i_commit)
		return p->i_commit < q->i_commit ? -1 : 1;
	if (p->size_bytes != q->size_bytes)
		return p->size_bytes > q->size_bytes ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct series_build *)a)->name, ((const struct series_build *)b)->name);
}

/* Only what shown commits have stays. */
static void trim(struct series_build *build, size_t n_shown)
{
	size_t n_kept = 0;

	while (build->n_commits && build->commits[build->n_commits - 1] >= n_shown)
		build->n_commits--;
	for (size_t i = 0; i < build->n_lines; i++) {
		struct series_line line = build->lines[i];
		while (line.n_points && line.points[line.n_points - 1].i_commit >= n_shown)
			line.n_points--;
		if (line.n_points)
			build->lines[n_kept++] = line;
		else
			vec_deinit(&line, points);
	}
	build->n_lines = n_kept;
}

/* ---- builds ---- */

static int find_builds(struct series *series, const struct history_commit *commits, size_t n_commits,
		       const struct series_options *options)
{
	struct arena arena = { 0 };
	struct names names = { .arena = &arena };
	int r = 0;

	for (size_t i = 0; i < n_commits && (!options->n_shown || i < options->n_shown); i++)
		for (size_t k = 0; k < commits[i].note.n_builds && r == 0; k++) {
			const char *name = commits[i].note.builds[k].name;
			if (options->build && strcmp(name, options->build) != 0)
				continue;
			uint32_t number = names_add(&names, name, strlen(name));
			if (number == NAMES_NONE)
				r = -ENOMEM;
			else if (number >= SERIES_BUILDS_MAX)
				series->truncated = true;
			else if (number == series->n_builds)
				r = vec_push(series, builds, (struct series_build){ .name = name });
		}
	names_deinit(&names);
	arena_deinit(&arena);
	return r;
}

int series_make(struct series *ret, const struct history_commit *commits, size_t n_commits,
		const struct series_options *options)
{
	*ret = (struct series){ .n_builds = 0 };
	int r = find_builds(ret, commits, n_commits, options);
	for (size_t i = 0; i < ret->n_builds && r == 0; i++) {
		struct series_build *build = &ret->builds[i];
		r = add_commits(build, commits, n_commits, options);
		for (size_t k = 0; k < build->n_lines && r == 0; k++)
			set_deltas(build, &build->lines[k]);
		if (options->n_shown)
			trim(build, options->n_shown);
		if (build->n_lines)
			qsort(build->lines, build->n_lines, sizeof(*build->lines), by_rank);
	}
	if (ret->n_builds)
		qsort(ret->builds, ret->n_builds, sizeof(*ret->builds), by_name);
	if (r < 0)
		series_deinit(ret);
	return r;
}
