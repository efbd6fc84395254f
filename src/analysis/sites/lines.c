/* Lines and files of a profile, wherever they were called from. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "sites/private.h"

/* ---- sums of each line ---- */

/* Of all frames, and one more for the root. */
struct sums {
	struct sites_line *of;
	uint32_t *n_within; /* how often a frame is in the chain at hand */
};

/* Goes on from a node to the next one: leaves the chain of those that are not in that one. */
static void leave(const struct sites *s, struct sums *sums, uint32_t node, uint32_t next)
{
	uint32_t up = next == SITES_NONE ? 0 : s->nodes[next].parent;

	for (; node != up && node != 0; node = s->nodes[node].parent)
		sums->n_within[s->nodes[node].frame]--;
}

static void add_all(const struct sites *s, struct sums *sums)
{
	for (uint32_t i = 0; i != SITES_NONE;) {
		const struct sites_node *node = &s->nodes[i];
		size_t at = i == 0 ? s->n_frames : node->frame;
		sites_sum_add(&sums->of[at].own, &node->own);
		if (sums->n_within[at]++ == 0)
			sites_sum_add(&sums->of[at].total, i == 0 ? &node->own : &node->total);
		uint32_t next = sites_next(s, i);
		leave(s, sums, i, next);
		i = next;
	}
}

/* qsort has no context: frames go with their lines. */
struct ranked {
	struct sites_line line;
	const struct sites_frame *frame;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	const struct sites_line *p = &x->line, *q = &y->line;

	if (p->own.bytes != q->own.bytes)
		return p->own.bytes > q->own.bytes ? -1 : 1;
	if (p->total.bytes != q->total.bytes)
		return p->total.bytes > q->total.bytes ? -1 : 1;
	return sites_compare_frames(x->frame, y->frame);
}

static int rank(const struct sites *s, const struct sums *sums, struct sites_lines *ret)
{
	struct ranked *ranked = malloc((s->n_frames + 1) * sizeof(*ranked));
	size_t n = 0;
	int r = ranked ? 0 : -ENOMEM;

	for (size_t i = 0; i <= s->n_frames && r == 0; i++) {
		struct sites_line line = sums->of[i];
		line.frame = i < s->n_frames ? (uint32_t)i : SITES_NONE;
		if (line.total.bytes > 0 || line.total.n_samples > 0)
			ranked[n++] = (struct ranked){ line, sites_frame_at(s, line.frame) };
	}
	if (n)
		qsort(ranked, n, sizeof(*ranked), compare_ranked);
	for (size_t i = 0; i < n && r == 0; i++)
		r = vec_push(ret, lines, ranked[i].line);
	free(ranked);
	return r;
}

int sites_lines(const struct sites *s, struct sites_lines *ret)
{
	struct sums sums = { .of = calloc(s->n_frames + 1, sizeof(*sums.of)),
			     .n_within = calloc(s->n_frames + 1, sizeof(*sums.n_within)) };
	int r = sums.of && sums.n_within ? 0 : -ENOMEM;

	*ret = (struct sites_lines){ .lines = NULL };
	if (r == 0) {
		add_all(s, &sums);
		r = rank(s, &sums, ret);
	}
	free(sums.of);
	free(sums.n_within);
	if (r < 0)
		sites_lines_deinit(ret);
	return r;
}

void sites_lines_deinit(struct sites_lines *lines) { vec_deinit(lines, lines); }

/* ---- files ---- */

void sites_of_file(const struct sites *s, const struct sites_lines *lines, const char *file, struct sites_sum *ret,
		   size_t n_ret)
{
	memset(ret, 0, n_ret * sizeof(*ret));
	for (size_t i = 0; i < lines->n_lines; i++) {
		const struct sites_frame *f = sites_frame_at(s, lines->lines[i].frame);
		if (f && f->line > 0 && f->line <= n_ret && strcmp(f->file, file) == 0)
			sites_sum_add(&ret[f->line - 1], &lines->lines[i].own);
	}
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct sites_file *)a)->name, ((const struct sites_file *)b)->name);
}

static int compare_files(const void *a, const void *b)
{
	const struct sites_file *x = a, *y = b;

	if (x->own.bytes != y->own.bytes)
		return x->own.bytes > y->own.bytes ? -1 : 1;
	return compare_names(a, b);
}

/* One for each line becomes one for each name. */
static void join(struct sites_files *list)
{
	size_t n = 0;

	qsort(list->files, list->n_files, sizeof(*list->files), compare_names);
	for (size_t i = 0; i < list->n_files; i++) {
		if (n > 0 && strcmp(list->files[n - 1].name, list->files[i].name) == 0)
			sites_sum_add(&list->files[n - 1].own, &list->files[i].own);
		else
			list->files[n++] = list->files[i];
	}
	list->n_files = n;
	qsort(list->files, n, sizeof(*list->files), compare_files);
}

int sites_files(const struct sites *s, struct sites_files *ret)
{
	struct sites_lines lines;
	int r = sites_lines(s, &lines);

	*ret = (struct sites_files){ .files = NULL };
	for (size_t i = 0; r == 0 && i < lines.n_lines; i++) {
		const struct sites_frame *f = sites_frame_at(s, lines.lines[i].frame);
		if (f && f->file[0])
			r = vec_push(ret, files, (struct sites_file){ f->file, lines.lines[i].own });
	}
	sites_lines_deinit(&lines);
	if (r < 0)
		sites_files_deinit(ret);
	else if (ret->n_files)
		join(ret);
	return r;
}

void sites_files_deinit(struct sites_files *files) { vec_deinit(files, files); }
