/* Sources in two builds, and their folders. */
#include <limits.h>

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

static int group(const struct source_pairs *p, enum diff_table table, struct image_groups *ret_old,
		 struct image_groups *ret_new)
{
	bool by_source = table == DIFF_SOURCES;
	int r = by_source ? image_groups_by_source(p->old_image, IMAGE_BY_SOURCE, &p->scopes->old, ret_old) :
			    image_groups_by_folder(p->old_image, &p->scopes->old, UINT_MAX, ret_old);

	if (r < 0)
		return r;
	return by_source ? image_groups_by_source(p->new_image, IMAGE_BY_SOURCE, &p->scopes->new, ret_new) :
			   image_groups_by_folder(p->new_image, &p->scopes->new, UINT_MAX, ret_new);
}

/* A build in another folder has other paths, which end alike; folders are those of the same sources. */
static int match(struct source_pairs *p)
{
	struct image_groups old = { 0 }, new = { 0 };
	struct diff_pairs sources = { 0 };

	if (p->table == DIFF_SOURCES)
		return diff_match_groups(&p->pairs, &p->old, &p->new, true);
	int r = group(p, DIFF_SOURCES, &old, &new);
	if (r == 0)
		r = diff_match_groups(&sources, &old, &new, true);
	if (r == 0)
		r = diff_match_folders(&p->pairs, &p->old, &p->new, &old, &new, &sources);
	diff_pairs_deinit(&sources);
	image_groups_deinit(&old);
	image_groups_deinit(&new);
	return r;
}

static int diff_table(struct diff *diff, struct source_pairs *p)
{
	int r = group(p, p->table, &p->old, &p->new);

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
