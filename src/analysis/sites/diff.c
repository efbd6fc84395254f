/* Two profiles, line by line. An edit moves the lines below it, so lines of a function are paired at the distance at
 * which most of them are found again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "sites/private.h"

enum {
	ROUNDS_MAX = 8,       /* distances of one function */
	DISTANCES_MAX = 4096, /* pairs of lines of one function; above that, they are paired where they are */
	DEVIATIONS = 3,       /* of many lines, some are off by two */
	SURE_SAMPLES = 4,     /* a line of fewer may be in one profile and not in the other by chance */
};

/* A line that allocated something itself. */
struct line {
	const struct sites_frame *frame; /* NULL: the chain is not known */
	uint32_t i_frame;
	struct sites_sum own;
	bool is_paired;
	size_t i_other; /* in its group, if it is paired */
};
struct side {
	VEC(struct line, lines); /* by file, function and line */
};

static int compare_lines(const void *a, const void *b)
{
	return sites_compare_frames(((const struct line *)a)->frame, ((const struct line *)b)->frame);
}

static int read_side(const struct sites *s, struct side *ret)
{
	struct sites_lines lines;
	int r = sites_lines(s, &lines);

	for (size_t i = 0; r == 0 && i < lines.n_lines; i++) {
		const struct sites_line *line = &lines.lines[i];
		if (line->own.bytes > 0 || line->own.n_samples > 0)
			r = vec_push(ret, lines,
				     (struct line){ sites_frame_at(s, line->frame), line->frame, line->own, false, 0 });
	}
	sites_lines_deinit(&lines);
	if (ret->n_lines)
		qsort(ret->lines, ret->n_lines, sizeof(*ret->lines), compare_lines);
	return r;
}

/* ---- the lines of one function ---- */

struct group {
	struct line *lines;
	size_t n_lines;
};

static int compare_functions(const struct line *a, const struct line *b)
{
	if (!a->frame || !b->frame)
		return (a->frame == NULL) - (b->frame == NULL);
	int r = strcmp(a->frame->file, b->frame->file);
	return r ? r : strcmp(a->frame->function, b->frame->function);
}

static struct group take_group(struct side *side, size_t from)
{
	struct group group = { side->lines + from, 0 };

	while (from + group.n_lines < side->n_lines && compare_functions(group.lines, &group.lines[group.n_lines]) == 0)
		group.n_lines++;
	return group;
}

static int64_t line_of(const struct line *line) { return line->frame ? line->frame->line : 0; }

static int compare_distances(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Of sorted distances the most frequent one, of equally frequent ones the least; how often it is there. */
static int64_t most_frequent(const int64_t *distances, size_t n, size_t *ret_n)
{
	size_t n_best = 0;
	int64_t best = 0;

	for (size_t i = 0, end; i < n; i = end) {
		for (end = i; end < n && distances[end] == distances[i]; end++)
			;
		if (end - i > n_best || (end - i == n_best && llabs(distances[i]) < llabs(best))) {
			n_best = end - i;
			best = distances[i];
		}
	}
	*ret_n = n_best;
	return best;
}

static bool is_large(const struct group *old, const struct group *new)
{
	return old->n_lines * new->n_lines > DISTANCES_MAX;
}

/* Whether neither is paired, and no two lines change places: an edit moves them, and keeps their order. */
static bool may_pair(const struct group *old, size_t i, const struct group *new, size_t k)
{
	if (old->lines[i].is_paired || new->lines[k].is_paired)
		return false;
	if (is_large(old, new)) /* paired at one distance, where none do */
		return true;
	for (size_t j = 0; j < old->n_lines; j++)
		if (old->lines[j].is_paired && (j < i) != (old->lines[j].i_other < k))
			return false;
	return true;
}

static bool is_sure(const struct line *line) { return line->own.n_samples >= SURE_SAMPLES; }

/* False: nothing is left to be paired. Two lines that no other pair has moved as far with are paired if both are sure.
 */
static bool best_distance(const struct group *old, const struct group *new, bool only_sure, int64_t *ret)
{
	int64_t distances[DISTANCES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < old->n_lines; i++)
		for (size_t k = 0; k < new->n_lines; k++)
			if (may_pair(old, i, new, k) &&
			    (!only_sure || (is_sure(&old->lines[i]) && is_sure(&new->lines[k]))))
				distances[n++] = line_of(&new->lines[k]) - line_of(&old->lines[i]);
	if (n == 0)
		return false;
	qsort(distances, n, sizeof(*distances), compare_distances);
	*ret = most_frequent(distances, n, &n);
	return only_sure || n > 1 || *ret == 0;
}

static int pair_at(const struct group *old, const struct group *new, int64_t distance, struct sites_changes *ret)
{
	int r = 0;

	for (size_t i = 0, k = 0; i < old->n_lines && k < new->n_lines &&r == 0;) {
		struct line *a = &old->lines[i], *b = &new->lines[k];
		int64_t ahead = line_of(b) - line_of(a) - distance;
		if (ahead == 0 && may_pair(old, i, new, k)) {
			a->is_paired = b->is_paired = true;
			a->i_other = k;
			r = vec_push(ret, changes, (struct sites_change){ a->i_frame, b->i_frame, a->own, b->own });
		}
		i += ahead >= 0;
		k += ahead <= 0;
	}
	return r;
}

static int pair_groups(const struct group *old, const struct group *new, struct sites_changes *ret)
{
	int64_t distance = 0;
	int r = 0;

	if (is_large(old, new))
		return pair_at(old, new, 0, ret);
	for (size_t i = 0; i < ROUNDS_MAX && r == 0; i++) {
		if (!best_distance(old, new, false, &distance) && !best_distance(old, new, true, &distance))
			break;
		r = pair_at(old, new, distance, ret);
	}
	return r;
}

/* ---- all of them ---- */

static int pair_all(struct side *old, struct side *new, struct sites_changes *ret)
{
	int r = 0;

	for (size_t i = 0, k = 0; i < old->n_lines && k < new->n_lines &&r == 0;) {
		struct group a = take_group(old, i), b = take_group(new, k);
		int order = compare_functions(a.lines, b.lines);
		if (order == 0)
			r = pair_groups(&a, &b, ret);
		i += order <= 0 ? a.n_lines : 0;
		k += order >= 0 ? b.n_lines : 0;
	}
	return r;
}

static int add_unpaired(const struct side *side, bool is_old, struct sites_changes *ret)
{
	struct sites_sum none = { .bytes = 0 };
	int r = 0;

	for (size_t i = 0; i < side->n_lines && r == 0; i++) {
		const struct line *line = &side->lines[i];
		struct sites_change change =
			is_old ? (struct sites_change){ line->i_frame, SITES_NONE, line->own, none } :
				 (struct sites_change){ SITES_NONE, line->i_frame, none, line->own };
		if (!line->is_paired)
			r = vec_push(ret, changes, change);
	}
	return r;
}

struct ranked {
	struct sites_change change;
	const struct sites_frame *frame;
};

static uint64_t amount(const struct sites_change *c)
{
	return c->new.bytes > c->old.bytes ? c->new.bytes - c->old.bytes : c->old.bytes - c->new.bytes;
}

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (amount(&x->change) != amount(&y->change))
		return amount(&x->change) > amount(&y->change) ? -1 : 1;
	return sites_compare_frames(x->frame, y->frame);
}

static int rank(const struct sites *before, const struct sites *after, struct sites_changes *ret)
{
	struct ranked *ranked = ret->n_changes ? malloc(ret->n_changes * sizeof(*ranked)) : NULL;

	if (ret->n_changes && !ranked)
		return -ENOMEM;
	for (size_t i = 0; i < ret->n_changes; i++) {
		const struct sites_change *c = &ret->changes[i];
		ranked[i] = (struct ranked){ *c, c->after != SITES_NONE ? sites_frame_at(after, c->after) :
									  sites_frame_at(before, c->before) };
	}
	if (ret->n_changes)
		qsort(ranked, ret->n_changes, sizeof(*ranked), compare_ranked);
	for (size_t i = 0; i < ret->n_changes; i++)
		ret->changes[i] = ranked[i].change;
	free(ranked);
	return 0;
}

static bool shares_no_line(const struct sites *before, const struct sites *after, const struct sites_changes *changes)
{
	bool is_old = false, is_new = false;

	for (size_t i = 0; i < changes->n_changes; i++) {
		const struct sites_frame *was = sites_frame_at(before, changes->changes[i].before);
		const struct sites_frame *is = sites_frame_at(after, changes->changes[i].after);
		if (was && is && was->file[0])
			return false;
		is_old |= was && was->file[0];
		is_new |= is && is->file[0];
	}
	return is_old && is_new;
}

int sites_diff(const struct sites *before, const struct sites *after, struct sites_changes *ret)
{
	struct side old = { .lines = NULL }, new = { .lines = NULL };
	int r = before->unit == after->unit ? 0 : -EINVAL;

	*ret = (struct sites_changes){ .changes = NULL };
	if (r == 0)
		r = read_side(before, &old);
	if (r == 0)
		r = read_side(after, &new);
	if (r == 0)
		r = pair_all(&old, &new, ret);
	if (r == 0)
		r = add_unpaired(&old, true, ret);
	if (r == 0)
		r = add_unpaired(&new, false, ret);
	if (r == 0)
		r = rank(before, after, ret);
	if (r == 0)
		ret->shares_no_line = shares_no_line(before, after, ret);
	vec_deinit(&old, lines);
	vec_deinit(&new, lines);
	if (r < 0)
		sites_changes_deinit(ret);
	return r;
}

void sites_changes_cut(struct sites_changes *changes, uint64_t least_bytes, double least_percent, bool grown)
{
	size_t n = 0;

	for (size_t i = 0; i < changes->n_changes; i++) {
		const struct sites_change *c = &changes->changes[i];
		int64_t by = sites_change_by(c);
		uint64_t delta_bytes = by < 0 ? (uint64_t)-by : (uint64_t)by;
		if (delta_bytes >= least_bytes && (!grown || by > 0) &&
		    100.0 * (double)delta_bytes >= least_percent * (double)c->old.bytes)
			changes->changes[n++] = *c;
	}
	changes->n_left_out += changes->n_changes - n;
	changes->n_changes = n;
}

/* Bytes that an independent sample stands for. */
static double bytes_of_sample(const struct sites *s)
{
	return sites_has_all(s) ? 0 : (double)s->nodes[0].total.bytes / MAX(sites_independent(s), 1);
}

/* The number of independent samples varies by its root. In a profile that lacks a line, it may be what the other one
 * has of it: that is in so many samples of this one. */
static double variance(const struct sites *s, const struct sites_sum *sum, const struct sites_sum *other)
{
	double all = (double)s->nodes[0].total.n_samples;

	if (sites_has_all(s))
		return 0;
	if (sum->n_samples == 0)
		return (double)other->bytes * bytes_of_sample(s);
	return (double)sum->bytes * (double)sum->bytes / (double)sum->n_samples * (all / sites_independent(s));
}

int64_t sites_change_by(const struct sites_change *change)
{
	return (int64_t)change->new.bytes - (int64_t)change->old.bytes;
}

bool sites_change_is_chance(const struct sites *before, const struct sites *after, const struct sites_change *change)
{
	double difference = (double)change->new.bytes - (double)change->old.bytes;
	double old = variance(before, &change->old, &change->new), new = variance(after, &change->new, &change->old);
	bool is_in_both = change->old.n_samples > 0 && change->new.n_samples > 0;

	/* of a line that is in one of them alone, half of it may be in each */
	return difference * difference <= DEVIATIONS * DEVIATIONS * (is_in_both ? old + new : MAX(old, new));
}

void sites_changes_deinit(struct sites_changes *changes) { vec_deinit(changes, changes); }

/* ---- two profiles of a user ---- */

static int compare_alive(struct sites_comparison *c, const char *const titles[2], struct diag *diag)
{
	const char *without = !c->old->has_alive ? titles[0] : !c->new->has_alive ? titles[1] : NULL;

	if (without)
		return diag_set(diag, -EINVAL, "--alive: %s has no record of what was freed", without);
	if (sites_alive(c->old, &c->alive[0]) < 0 || sites_alive(c->new, &c->alive[1]) < 0)
		return diag_set(diag, -ENOMEM, "out of memory");
	c->old = &c->alive[0];
	c->new = &c->alive[1];
	return 0;
}

int sites_compare(struct sites_comparison *c, const struct sites *after, const char *const titles[2], bool alive_only,
		  struct diag *diag)
{
	c->old = &c->before;
	c->new = after;
	if (c->old->unit != after->unit)
		return diag_set(diag, -EINVAL, "%s: one of the profiles is of time, the other of memory", titles[0]);
	int error = alive_only ? compare_alive(c, titles, diag) : 0;
	if (error < 0)
		return error;
	return sites_diff(c->old, c->new, &c->changes) < 0 ? diag_set(diag, -ENOMEM, "out of memory") : 0;
}

bool sites_comparison_has_changes(const struct sites_comparison *c)
{
	for (size_t i = 0; i < c->changes.n_changes; i++)
		if (!sites_change_is_chance(c->old, c->new, &c->changes.changes[i]))
			return true;
	return false;
}

void sites_comparison_deinit(struct sites_comparison *c)
{
	sites_changes_deinit(&c->changes);
	sites_deinit(&c->before);
	sites_deinit(&c->alive[0]);
	sites_deinit(&c->alive[1]);
}
