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

static int groups_of(enum diff_table table, const struct image *image, const struct image_scope *scope,
		     struct image_groups *ret)
{
	return table == DIFF_SOURCES ? image_groups_by_source(image, IMAGE_BY_SOURCE, scope, ret) :
				       image_groups_by_folder(image, scope, UINT_MAX, ret);
}

static int diff_table(struct diff *diff, struct source_pairs *p)
{
	int r = groups_of(p->table, p->old_image, &p->scopes->old, &p->old);

	if (r == 0)
		r = groups_of(p->table, p->new_image, &p->scopes->new, &p->new);
	if (r == 0)
		r = diff_match_groups(&p->pairs, &p->old, &p->new, true); /* in another folder paths end alike */
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
