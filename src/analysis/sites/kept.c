/* What is left at the end, and which of it leaks. What a program needs is there soon, or is replaced by newer objects:
 * what is left of it was allocated at the beginning, or near the end. What leaks was allocated all along. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "sites/private.h"

/* scripts/sites-leaks counts how often the verdict is right (docs/sites.md). A quarter with less than a 16th does not
 * count: a block that the carrier could not follow may be taken for one that came later. */
enum { SHORT_RUN_US = 1000000, LEAK_SAMPLES_MIN = 8, LEAK_QUARTERS_MIN = 3, LEAK_QUARTER_PART = 16 };

uint64_t sites_kept_bytes(const struct sites_kept *kept)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < SITES_QUARTERS; i++)
		n += kept->bytes[i];
	return n;
}

uint64_t sites_leak_bytes(const struct sites *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s->n_kept; i++)
		if (s->kept[i].is_leak)
			sites_add_up(&n, sites_kept_bytes(&s->kept[i]), SITES_SUM_MAX);
	return n;
}

/* ---- adding ---- */

/* Of rows that come one after the other, the name often is the same. */
static const char *copy_name(struct sites *s, const char *name)
{
	const char *before = s->n_kept > 0 ? s->kept[s->n_kept - 1].holder : NULL;

	return before && strcmp(before, name) == 0 ? before : sites_text(s, name);
}

int sites_keep(struct sites *s, const struct sites_kept *kept)
{
	struct sites_kept added = *kept;
	const struct sites_frame *frame = sites_frame_at(s, kept->frame);

	added.is_leak = false;
	added.holder = copy_name(s, kept->holder);
	if (frame && !frame->file[0] && !frame->function[0] && frame->line == 0)
		added.frame = SITES_NONE;
	return added.holder ? vec_push(s, kept, added) : -ENOMEM;
}

int sites_keep_sample(struct sites *s, const char *holder, uint32_t frame, uint64_t n_bytes, bool in_doubt,
		      const struct sites_moment *when)
{
	struct sites_kept kept = { .holder = holder, .frame = frame, .n_samples = 1, .in_doubt = in_doubt };
	uint64_t quarter = when->all_us < SHORT_RUN_US ? SITES_QUARTERS * when->i / when->n :
							 SITES_QUARTERS * when->at_us / when->all_us;

	kept.bytes[MIN(quarter, (uint64_t)SITES_QUARTERS - 1)] = MIN(n_bytes, SITES_SUM_MAX / SITES_QUARTERS);
	return sites_keep(s, &kept);
}

/* ---- one of each holder and line ---- */

/* qsort has no context: frames go with their rows. */
struct ranked {
	struct sites_kept kept;
	const struct sites_frame *frame;
};

static int by_key(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	int r = strcmp(x->kept.holder, y->kept.holder);

	if (r == 0)
		r = sites_compare_frames(x->frame, y->frame);
	return r ? r : x->kept.in_doubt - y->kept.in_doubt;
}

static int by_bytes(const void *a, const void *b)
{
	uint64_t x = sites_kept_bytes(&((const struct ranked *)a)->kept);
	uint64_t y = sites_kept_bytes(&((const struct ranked *)b)->kept);

	return x != y ? (x < y ? 1 : -1) : by_key(a, b);
}

static void add_kept(struct sites_kept *to, const struct sites_kept *more)
{
	sites_add_up(&to->n_samples, more->n_samples, SITES_SUM_MAX);
	for (unsigned i = 0; i < SITES_QUARTERS; i++)
		sites_add_up(&to->bytes[i], more->bytes[i], SITES_SUM_MAX / SITES_QUARTERS);
}

static size_t merge(struct ranked *rows, size_t n)
{
	size_t n_merged = 0;

	for (size_t i = 0; i < n; i++)
		if (n_merged > 0 && by_key(&rows[n_merged - 1], &rows[i]) == 0)
			add_kept(&rows[n_merged - 1].kept, &rows[i].kept);
		else
			rows[n_merged++] = rows[i];
	return n_merged;
}

/* ---- what leaks ---- */

static bool has_grown(const struct sites_kept *all)
{
	uint64_t least_bytes = sites_kept_bytes(all) / LEAK_QUARTER_PART;
	unsigned n_quarters = 0;

	for (unsigned i = 0; i < SITES_QUARTERS; i++)
		n_quarters += all->bytes[i] > 0 && all->bytes[i] >= least_bytes;
	return all->n_samples >= LEAK_SAMPLES_MIN && n_quarters >= LEAK_QUARTERS_MIN;
}

/* What a holder was made with, in the first quarter, is no part of what it gets. */
bool sites_kept_may_leak(const struct sites_kept *row)
{
	return !row->in_doubt && sites_kept_bytes(row) > row->bytes[0];
}

/* Lines that fill one holder leak together, but for those of one sample, if others have more: it may stand for much. Of
 * what has no holder, each line is by itself. */
static void judge(struct ranked *rows, size_t n)
{
	for (size_t i = 0, end; i < n; i = end) {
		const char *holder = rows[i].kept.holder;
		struct sites_kept all = { .n_samples = 0 };
		uint64_t n_most = 0;
		for (end = i; end == i || (end < n && holder[0] && strcmp(rows[end].kept.holder, holder) == 0); end++)
			if (sites_kept_may_leak(&rows[end].kept)) {
				add_kept(&all, &rows[end].kept);
				n_most = MAX(n_most, rows[end].kept.n_samples);
			}
		for (size_t k = i; k < end; k++)
			rows[k].kept.is_leak = has_grown(&all) && sites_kept_may_leak(&rows[k].kept) &&
					       (rows[k].kept.n_samples > 1 || n_most == 1);
	}
}

int sites_kept_end(struct sites *s)
{
	struct ranked *rows = s->n_kept ? malloc(s->n_kept * sizeof(*rows)) : NULL;
	size_t n = s->n_kept;

	if (n == 0)
		return 0;
	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		rows[i] = (struct ranked){ s->kept[i], sites_frame_at(s, s->kept[i].frame) };
	qsort(rows, n, sizeof(*rows), by_key);
	n = merge(rows, n);
	judge(rows, n);
	qsort(rows, n, sizeof(*rows), by_bytes);
	for (size_t i = 0; i < n; i++)
		s->kept[i] = rows[i].kept;
	s->n_kept = n;
	free(rows);
	return 0;
}
