/* Thinning goes on with every moment that is added, one or a few at a time, so that no look is late for
 * it. */
#include "history/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"

/* ---- which ---- */

static uint64_t gap_of(const struct history *h, size_t i) { return h->items[i + 1].n - h->items[i - 1].n; }

/* Of the moments from .. end - 1, the one whose neighbours are closest for its age; end: there is none. */
static size_t closest(const struct history *h, size_t from, size_t end, bool labelled)
{
	size_t best = end;
	uint64_t best_gap = 0, best_age = 1;

	for (size_t i = from; i < end; i++) {
		uint64_t gap = gap_of(h, i), age = h->n_added - h->items[i].n;
		if (h->items[i].labelled != labelled || (best < end && gap * best_age >= best_gap * age))
			continue;
		best = i;
		best_gap = gap;
		best_age = age;
	}
	return best;
}

/* ---- many moments: a few that are next are found in one pass ---- */

/* Whether the neighbours of a moment are closer for its age than those of another one. */
static bool is_closer(const struct history *h, const struct leaving *a, const struct leaving *b)
{
	return a->gap * (h->n_added - b->n) < b->gap * (h->n_added - a->n);
}

/* The closest is the last. */
static void insert_leaving(struct history *h, const struct leaving *one)
{
	size_t i = 0;

	while (i < h->n_leaving && is_closer(h, one, &h->leaving[i]))
		i++;
	if (h->n_leaving < LEAVING_MAX) {
		memmove(&h->leaving[i + 1], &h->leaving[i], (h->n_leaving - i) * sizeof(*h->leaving));
		h->n_leaving++;
	} else if (i > 0) {
		memmove(&h->leaving[0], &h->leaving[1], --i * sizeof(*h->leaving));
	} else {
		return;
	}
	h->leaving[i] = *one;
}

static void find_leaving(struct history *h)
{
	for (size_t i = 1; i < h->n_items / 2; i++) {
		const struct leaving one = { h->items[i].n, gap_of(h, i) };
		if (!h->items[i].labelled)
			insert_leaving(h, &one);
	}
}

/* One whose neighbours are what they were; 0: there is none. */
static size_t take_leaving(struct history *h)
{
	while (h->n_leaving > 0) {
		const struct leaving *one = &h->leaving[--h->n_leaving];
		size_t i = history_find(h, one->n);
		if (i > 0 && i < h->n_items - 1 && h->items[i].n == one->n && gap_of(h, i) == one->gap)
			return i;
	}
	return 0;
}

static size_t choose_of_many(struct history *h)
{
	size_t i = take_leaving(h);

	if (i > 0)
		return i;
	find_leaving(h);
	return take_leaving(h);
}

/* The next one to go: never the newest, the first one last of all. */
static size_t choose(struct history *h)
{
	size_t end = h->n_items - 1, half = MAX(h->n_items / 2, (size_t)1), i;

	if (h->n_items > MANY_MOMENTS && (i = choose_of_many(h)) > 0)
		return i;
	for (int labelled = false; labelled <= true; labelled++) {
		if ((i = closest(h, 1, half, labelled)) < half || (i = closest(h, half, end, labelled)) < end)
			return i;
	}
	return 0;
}

/* ---- taking it out ---- */

/* The moment after it then says what changed in both. */
static int hand_over(struct history *h, const struct kept *kept, struct kept *next)
{
	struct packed both;

	packer_begin(&h->packer);
	packer_merge(&h->packer, &kept->packed, &next->packed);
	if (packer_take(&h->packer, &both) < 0)
		return -ENOMEM;
	h->n_bytes += both.n_bytes - next->packed.n_bytes;
	free(next->packed.bytes);
	next->packed = both;
	next->key = kept->key;
	return 0;
}

static size_t next_key(const struct history *h, size_t i)
{
	while (i < h->n_items && !history_kept(h, i)->key)
		i++;
	return i;
}

/* Makes a key of one that only says what changed, where what follows is still read quickly. Without memory
 * for that it stays a key. */
static void spare_key(struct history *h, size_t i_key)
{
	struct block_table before, now;
	struct packed packed;
	struct kept *kept = h->items[i_key].kept;
	int r = history_table(h, i_key - 1, &before), r_now = history_table(h, i_key, &now);

	packer_begin(&h->packer);
	if (r == 0 && r_now == 0) {
		packer_add(&h->packer, 0, now.kinds, now.n_lines * LINE_BLOCKS, before.kinds);
		r = packer_take(&h->packer, &packed);
		if (r == 0) {
			h->n_bytes += packed.n_bytes - kept->packed.n_bytes;
			free(kept->packed.bytes);
			kept->packed = packed;
			kept->key = false;
		}
	}
	table_deinit(&before);
	table_deinit(&now);
}

static int take_out(struct history *h, size_t i)
{
	struct kept *kept = h->items[i].kept, *next = h->items[i + 1].kept;

	if (!next->key && hand_over(h, kept, next) < 0)
		return -ENOMEM;
	history_remove_item(h, i);
	h->n_bytes -= sizeof(*h->items);
	kept_free(h, kept);

	size_t i_key = i;
	while (i_key > 0 && !history_kept(h, i_key)->key)
		i_key--;
	size_t i_second = next_key(h, i_key + 1);
	if (i_second < h->n_items && next_key(h, i_second + 1) - i_key <= KEY_MOMENTS)
		spare_key(h, i_second);
	return 0;
}

int history_thin(struct history *h)
{
	while ((h->n_bytes > h->max_bytes || h->n_items > HISTORY_MOMENTS_MAX) && h->n_items > 1)
		if (take_out(h, choose(h)) < 0)
			return -ENOMEM;
	return 0;
}
