/* Sources in two builds, and their folders. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "diff/private.h"

struct source_pairs {
	enum diff_table table;
	const struct image *old_image, *new_image;
	const struct diff_scopes *scopes;
	struct image_groups old, new;
	struct diff_pairs pairs;
};

static int add_row(struct diff *diff, const void *ctx, uint32_t i_old, uint32_t i_new)
{
	const struct source_pairs *p = ctx;
	const struct image_group *was = i_old == MATCH_NONE ? NULL : &p->old.groups[i_old];
	const struct image_group *is = i_new == MATCH_NONE ? NULL : &p->new.groups[i_new];
	struct diff_row row = diff_no_row;

	row.old_bytes = was ? was->size_bytes : NOT_KNOWN;
	row.new_bytes = is ? is->size_bytes : NOT_KNOWN;
	row.by_region = diff_scope_deltas(diff, p->scopes, p->old_image, was ? was->by_region : NULL, p->new_image,
					  is ? is->by_region : NULL);
	return diff_add(diff, p->table, &row, slice_of(is ? is->name : was->name), slice_of(was ? was->name : NULL));
}

/* A build in another folder has other paths, which end alike. */
static int match(struct source_pairs *p)
{
	const char **old = malloc((p->old.n_groups + 1) * sizeof(*old)),
		   **new = malloc((p->new.n_groups + 1) * sizeof(*new));
	int r = old && new ? diff_pairs_init(&p->pairs, p->old.n_groups, p->new.n_groups) : -ENOMEM;

	if (r == 0) {
		for (size_t i = 0; i < p->old.n_groups; i++)
			old[i] = p->old.groups[i].name;
		for (size_t i = 0; i < p->new.n_groups; i++)
			new[i] = p->new.groups[i].name;
		r = diff_match_paths(&p->pairs.old, old, &p->pairs.new, new, true);
	}
	free(old);
	free(new);
	return r;
}

static int groups_of(enum diff_table table, const struct image *image, const struct image_scope *scope,
		     struct image_groups *ret)
{
	struct image_groups sources;
	int r = image_groups_by_source(image, IMAGE_BY_SOURCE, scope, &sources);

	if (r < 0 || table == DIFF_SOURCES) {
		*ret = sources;
		return r;
	}
	r = image_groups_by_folder(image, &sources, UINT_MAX, ret);
	image_groups_deinit(&sources);
	return r;
}

static int diff_table(struct diff *diff, struct source_pairs *p)
{
	int r = groups_of(p->table, p->old_image, &p->scopes->old, &p->old);

	if (r == 0)
		r = groups_of(p->table, p->new_image, &p->scopes->new, &p->new);
	if (r == 0)
		r = match(p);
	if (r == 0)
		r = diff_pairs_add(diff, &p->pairs, add_row, p);
	diff_pairs_deinit(&p->pairs);
	image_groups_deinit(&p->old);
	image_groups_deinit(&p->new);
	return r;
}

int diff_sources(struct diff *diff, const struct image *old, const struct image *new, const struct diff_scopes *scopes)
{
	int r = 0;

	for (enum diff_table table = DIFF_SOURCES; table <= DIFF_FOLDERS && r == 0; table++) {
		struct source_pairs p = { .table = table, .old_image = old, .new_image = new, .scopes = scopes };
		if (diff->lists[table].compared)
			r = diff_table(diff, &p);
	}
	return r;
}
