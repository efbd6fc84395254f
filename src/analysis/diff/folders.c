/* Folders of two builds that were made in folders with other names: they are those of the same sources. Each pair of
 * sources speaks for the folders that they are in, and for the ones around these as far as their names are the same. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diff/private.h"
#include "memprof/base/names.h"

struct vote {
	uint32_t old, new; /* folders */
};

struct election {
	struct arena arena;
	struct names old_names, new_names; /* of folders, by their numbers */
	VEC(struct vote, votes);
};

/* ---- votes ---- */

/* The length of the path of the folder that it is in; 0: none. */
static size_t parent(const char *path, size_t n)
{
	while (n > 0 && path[n - 1] != '/')
		n--;
	return n > 0 ? n - 1 : 0;
}

static bool same_last_name(const char *a, size_t n_a, const char *b, size_t n_b)
{
	size_t i_a = parent(a, n_a), i_b = parent(b, n_b);

	return n_a - i_a == n_b - i_b && memcmp(a + i_a, b + i_b, n_a - i_a) == 0;
}

static int vote(struct election *e, const char *old, const char *new)
{
	size_t n_old = parent(old, strlen(old)), n_new = parent(new, strlen(new));
	int r = 0;

	while (n_old && n_new && r == 0) {
		struct vote v = { names_find(&e->old_names, old, n_old), names_find(&e->new_names, new, n_new) };
		if (v.old != NAMES_NONE && v.new != NAMES_NONE)
			r = vec_push(e, votes, v);
		if (!same_last_name(old, n_old, new, n_new))
			break;
		n_old = parent(old, n_old);
		n_new = parent(new, n_new);
	}
	return r;
}

static int list_names(struct names *names, const struct match_side *folders)
{
	for (size_t i = 0; i < folders->n; i++)
		if (names_add(names, folders->items[i].name.text, folders->items[i].name.n_bytes) != i)
			return -ENOMEM;
	return 0;
}

/* ---- the count ---- */

static int by_folders(const void *a, const void *b)
{
	const struct vote *x = a, *y = b;

	if (x->old != y->old)
		return x->old < y->old ? -1 : 1;
	return x->new < y->new ? -1 : x->new > y->new;
}

/* Folders, and how many votes they have. */
struct result {
	struct vote vote;
	size_t n;
};

static int by_votes(const void *a, const void *b)
{
	const struct result *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return by_folders(&x->vote, &y->vote);
}

/* Those with most votes first. */
static int count(struct election *e, struct diff_pairs *folders)
{
	struct result *results = malloc((e->n_votes + 1) * sizeof(*results));
	size_t n = 0;

	if (!results)
		return -ENOMEM;
	if (e->n_votes)
		qsort(e->votes, e->n_votes, sizeof(*e->votes), by_folders);
	for (size_t i = 0; i < e->n_votes; i++) {
		if (n == 0 || by_folders(&results[n - 1].vote, &e->votes[i]) != 0)
			results[n++] = (struct result){ e->votes[i], 0 };
		results[n - 1].n++;
	}
	qsort(results, n, sizeof(*results), by_votes);
	for (size_t i = 0; i < n; i++)
		diff_pair(folders, results[i].vote.old, results[i].vote.new);
	free(results);
	return 0;
}

int diff_match_folders(struct diff_pairs *folders, const struct diff_pairs *sources)
{
	struct election e = { .old_names.arena = &e.arena, .new_names.arena = &e.arena };
	int r = list_names(&e.old_names, &folders->old);

	if (r == 0)
		r = list_names(&e.new_names, &folders->new);
	for (size_t i = 0; i < sources->old.n && r == 0; i++) {
		uint32_t partner = sources->old.partner[i];
		if (partner != MATCH_NONE)
			r = vote(&e, sources->old.items[i].name.text, sources->new.items[partner].name.text);
	}
	if (r == 0)
		r = count(&e, folders);
	vec_deinit(&e, votes);
	names_deinit(&e.old_names);
	names_deinit(&e.new_names);
	arena_deinit(&e.arena);
	return r;
}
