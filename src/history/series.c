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

int series_read_subjects(const char *list, unsigned *ret, struct diag *diag)
{
	for (size_t n; list; list = list[n] ? list + n + 1 : NULL) {
		unsigned bit = 0;
		n = strcspn(list, ",");
		for (size_t i = 0; i <= note_n_subjects; i++) {
			enum figure_subject subject = i < note_n_subjects ? note_subjects[i] : SUBJECT_IMAGE;
			if (slice_is((struct image_slice){ list, (uint32_t)n }, figure_subject_name(subject)))
				bit = SUBJECT_BIT(subject);
		}
		if (!bit)
			return diag_set(diag, -EINVAL,
					"--by takes region, image, section, component, archive, frozen and folder,"
					" not '%.*s'",
					(int)n, list);
		*ret |= bit;
	}
	return 0;
}

/* ---- collect ---- */

/* Numbers of builds by their names, and of the lines of each build by subject and name. */
struct collection {
	const struct series_options *options;
	struct series *series;
	struct arena arena;
	struct names builds;
	VEC(struct names, lines);
};

static bool is_wanted(const struct series_options *options, const struct build_figure *figure)
{
	return (!options->subjects || options->subjects & SUBJECT_BIT(figure->subject)) &&
	       (!options->filter || glob_match(options->filter, figure->name));
}

static uint32_t line_number(struct names *lines, const struct build_figure *figure)
{
	char key[NOTE_NAME_MAX_BYTES + 2];
	size_t n = MIN(strlen(figure->name), (size_t)NOTE_NAME_MAX_BYTES);

	key[0] = (char)('0' + figure->subject);
	memcpy(key + 1, figure->name, n);
	return names_add(lines, key, n + 1);
}

static int add_figure(struct series_build *build, struct names *lines, const struct build_figure *figure,
		      uint32_t i_commit)
{
	uint32_t number = line_number(lines, figure);

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

static bool has_regions(const struct build_figures *build)
{
	for (size_t i = 0; i < build->n_figures; i++)
		if (build->figures[i].subject == SUBJECT_REGION)
			return true;
	return false;
}

static int add_build(struct collection *c, const struct build_figures *from, uint32_t i_commit)
{
	const struct build_figure image = { SUBJECT_IMAGE, "image", from->image_bytes, FIGURE_NO_FREE };
	bool wants_image = is_wanted(c->options, &image) || (c->options->or_image && !has_regions(from));
	uint32_t number = names_add(&c->builds, from->name, strlen(from->name));

	if (number == NAMES_NONE)
		return -ENOMEM;
	if (number == c->n_lines && (vec_push(c->series, builds, (struct series_build){ .name = from->name }) < 0 ||
				     vec_push(c, lines, (struct names){ .arena = &c->arena }) < 0))
		return -ENOMEM;
	struct series_build *build = &c->series->builds[number];
	int r = vec_push(build, commits, i_commit);
	if (r == 0 && wants_image && from->image_bytes != NOT_KNOWN)
		r = add_figure(build, &c->lines[number], &image, i_commit);
	for (size_t i = 0; i < from->n_figures && r == 0; i++)
		if (is_wanted(c->options, &from->figures[i]))
			r = add_figure(build, &c->lines[number], &from->figures[i], i_commit);
	return r;
}

static int collect(struct series *ret, const struct history_commit *commits, size_t n_commits,
		   const struct series_options *options)
{
	struct collection c = { .options = options, .series = ret };
	int r = 0;

	c.builds.arena = &c.arena;
	for (size_t i = 0; i < n_commits && r == 0; i++)
		for (size_t k = 0; k < commits[i].note.n_builds && r == 0; k++)
			r = add_build(&c, &commits[i].note.builds[k], (uint32_t)i);
	for (size_t i = 0; i < c.n_lines; i++)
		names_deinit(&c.lines[i]);
	vec_deinit(&c, lines);
	names_deinit(&c.builds);
	arena_deinit(&c.arena);
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

int series_make(struct series *ret, const struct history_commit *commits, size_t n_commits,
		const struct series_options *options)
{
	size_t n_kept = 0;

	*ret = (struct series){ .n_builds = 0 };
	int r = collect(ret, commits, n_commits, options);
	if (r < 0) {
		series_deinit(ret);
		return r;
	}
	for (size_t i = 0; i < ret->n_builds; i++) {
		struct series_build build = ret->builds[i];
		for (size_t k = 0; k < build.n_lines; k++)
			set_deltas(&build, &build.lines[k]);
		trim(&build, options->n_shown ? options->n_shown : n_commits);
		if (build.n_lines)
			qsort(build.lines, build.n_lines, sizeof(*build.lines), by_rank);
		if (build.n_commits)
			ret->builds[n_kept++] = build;
		else
			build_deinit(&build);
	}
	ret->n_builds = n_kept;
	if (n_kept)
		qsort(ret->builds, n_kept, sizeof(*ret->builds), by_name);
	return 0;
}
