/* Whose the bytes are in two builds: components, archives, objects. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diff/private.h"

struct object_pairs {
	const struct image *old, *new;
	const struct diff_objects *objects;
	const struct diff_scopes *scopes;
};

static int add_object(struct diff *diff, const struct object_pairs *p, uint32_t i_old, uint32_t i_new)
{
	const struct image_object *was = i_old == MATCH_NONE ? NULL : &p->old->objects[i_old];
	const struct image_object *is = i_new == MATCH_NONE ? NULL : &p->new->objects[i_new];
	struct diff_row row = diff_no_row;

	if (was && (was->size_bytes || p->scopes->old.objects[i_old]))
		row.old_bytes = p->scopes->old.objects[i_old];
	if (is && (is->size_bytes || p->scopes->new.objects[i_new]))
		row.new_bytes = p->scopes->new.objects[i_new];
	if (!diff_has_bytes(&row))
		return 0;
	row.i_old = i_old;
	row.i_new = i_new;
	row.by_region = diff_scope_deltas(diff, p->scopes, p->old, was ? was->by_region : NULL, p->new,
					  is ? is->by_region : NULL);
	if (i_new != MATCH_NONE && p->objects->moved[i_new])
		row.change = CHANGE_MOVED;
	else if (i_new != MATCH_NONE && p->objects->renamed[i_new])
		row.change = CHANGE_RENAMED;
	const struct image_object *named = is ? is : was;
	return diff_add(diff, DIFF_OBJECTS, &row, slice_of(named->key), slice_of(was ? was->key : NULL));
}

static int add_objects(struct diff *diff, const struct object_pairs *p)
{
	int r = 0;

	for (uint32_t i = 0; i < p->new->n_objects &&r == 0; i++)
		r = add_object(diff, p, p->objects->new.partner[i], i);
	for (uint32_t i = 0; i < p->old->n_objects && r == 0; i++)
		if (p->objects->old.partner[i] == MATCH_NONE)
			r = add_object(diff, p, i, MATCH_NONE);
	return r;
}

struct group_pairs {
	enum diff_table table;
	const struct image *old_image, *new_image;
	const struct diff_scopes *scopes;
	struct image_groups old, new;
	uint64_t *old_bytes, *new_bytes; /* of each group, what counts of it */
	struct diff_pairs pairs;
};

static int add_group(struct diff *diff, const void *ctx, uint32_t i_old, uint32_t i_new)
{
	const struct group_pairs *g = ctx;
	struct diff_row row = diff_no_row;
	const char *from = NULL, *name = NULL;
	const uint64_t *was = NULL, *is = NULL;

	if (i_old != MATCH_NONE) {
		row.old_bytes = g->old_bytes[i_old];
		was = g->old.groups[i_old].by_region;
		name = from = g->old.groups[i_old].name;
	}
	if (i_new != MATCH_NONE) {
		row.new_bytes = g->new_bytes[i_new];
		is = g->new.groups[i_new].by_region;
		name = g->new.groups[i_new].name;
	}
	if (!diff_has_bytes(&row))
		return 0;
	row.by_region = diff_scope_deltas(diff, g->scopes, g->old_image, was, g->new_image, is);
	return diff_add(diff, g->table, &row, slice_of(name), slice_of(from));
}

static void set_archive_names(struct match_side *side, const struct image_groups *groups)
{
	for (size_t i = 0; i < side->n; i++) {
		struct image_slice name = diff_archive_name(groups->groups[i].name);
		side->keys[i] = (struct match_key){ .text = name.text, .n_bytes = name.n_bytes };
	}
}

int diff_match_groups(struct diff_pairs *pairs, const struct image_groups *old, const struct image_groups *new,
		      bool also_ends)
{
	const char **old_names = malloc((old->n_groups + 1) * sizeof(*old_names)),
		   **new_names = malloc((new->n_groups + 1) * sizeof(*new_names));
	int r = old_names && new_names ? diff_pairs_init(pairs, old->n_groups, new->n_groups) : -ENOMEM;

	if (r == 0) {
		for (size_t i = 0; i < old->n_groups; i++)
			old_names[i] = old->groups[i].name;
		for (size_t i = 0; i < new->n_groups; i++)
			new_names[i] = new->groups[i].name;
		r = diff_match_paths(&pairs->old, old_names, &pairs->new, new_names, also_ends);
	}
	free(old_names);
	free(new_names);
	return r;
}

static int match_groups(struct group_pairs *g)
{
	bool archives = g->table == DIFF_ARCHIVES;
	int r = diff_match_groups(&g->pairs, &g->old, &g->new, archives);

	if (r < 0 || !archives)
		return r;
	set_archive_names(&g->pairs.old, &g->old);
	set_archive_names(&g->pairs.new, &g->new);
	return match_round(&g->pairs.old, &g->pairs.new, MATCH_SINGLE);
}

/* What one object has brought from a group to another. */
struct brought {
	uint32_t i_old, i_new;
	uint64_t old_bytes, new_bytes;
};

static int by_groups(const void *a, const void *b)
{
	const struct brought *x = a, *y = b;

	if (x->i_old != y->i_old)
		return x->i_old < y->i_old ? -1 : 1;
	return x->i_new < y->i_new ? -1 : x->i_new > y->i_new;
}

static size_t collect(const struct group_pairs *g, const struct image *old, const struct image *new,
		      const struct diff_objects *objects, struct brought *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < new->n_objects; i++) {
		uint32_t partner = objects->new.partner[i];
		uint32_t i_old = partner == MATCH_NONE ? IMAGE_NONE : g->old.of_object[partner],
			 i_new = g->new.of_object[i];
		if (i_old != IMAGE_NONE && i_new != IMAGE_NONE && g->pairs.old.partner[i_old] == MATCH_NONE &&
		    g->pairs.new.partner[i_new] == MATCH_NONE)
			ret[n++] = (struct brought){ i_old, i_new, old->objects[partner].size_bytes,
						     new->objects[i].size_bytes };
	}
	return n;
}

/* Groups that are called after a folder have another name where the folder has: they are known by their objects. Of
 * each of the two more than half must be in both, so there is at most one partner. */
static int match_groups_by_objects(struct group_pairs *g, const struct image *old, const struct image *new,
				   const struct diff_objects *objects)
{
	struct brought *all = malloc((new->n_objects + 1) * sizeof(*all));

	if (!all)
		return -ENOMEM;
	size_t n = collect(g, old, new, objects, all);
	if (n)
		qsort(all, n, sizeof(*all), by_groups);
	for (size_t i = 0, next; i < n; i = next) {
		uint64_t old_bytes = 0, new_bytes = 0;
		for (next = i; next < n && by_groups(&all[i], &all[next]) == 0; next++) {
			old_bytes += all[next].old_bytes;
			new_bytes += all[next].new_bytes;
		}
		uint32_t i_old = all[i].i_old, i_new = all[i].i_new;
		if (old_bytes > g->old.groups[i_old].size_bytes / 2 &&
		    new_bytes > g->new.groups[i_new].size_bytes / 2) {
			g->pairs.old.partner[i_old] = i_new;
			g->pairs.new.partner[i_new] = i_old;
		}
	}
	free(all);
	return 0;
}

static int diff_groups(struct diff *diff, struct group_pairs *g, const struct diff_objects *objects)
{
	int r = match_groups(g);

	if (r == 0)
		r = match_groups_by_objects(g, g->old_image, g->new_image, objects);
	g->old_bytes = image_scope_groups(&g->scopes->old, g->old_image, &g->old);
	g->new_bytes = image_scope_groups(&g->scopes->new, g->new_image, &g->new);
	if (r == 0)
		r = g->old_bytes && g->new_bytes ? diff_pairs_add(diff, &g->pairs, add_group, g) : -ENOMEM;
	diff_pairs_deinit(&g->pairs);
	free(g->old_bytes);
	free(g->new_bytes);
	image_groups_deinit(&g->old);
	image_groups_deinit(&g->new);
	return r;
}

static int diff_archives(struct diff *diff, const struct object_pairs *p)
{
	struct group_pairs g = {
		.table = DIFF_ARCHIVES, .old_image = p->old, .new_image = p->new, .scopes = p->scopes
	};

	if (image_groups_by_archive(p->old, &g.old) < 0 || image_groups_by_archive(p->new, &g.new) < 0) {
		image_groups_deinit(&g.old);
		return -ENOMEM;
	}
	return diff_groups(diff, &g, p->objects);
}

static int diff_components(struct diff *diff, const struct object_pairs *p, const struct components *rules)
{
	struct group_pairs g = {
		.table = DIFF_COMPONENTS, .old_image = p->old, .new_image = p->new, .scopes = p->scopes
	};

	if (image_groups_by_component(p->old, rules, &g.old) < 0 ||
	    image_groups_by_component(p->new, rules, &g.new) < 0) {
		image_groups_deinit(&g.old);
		return -ENOMEM;
	}
	return diff_groups(diff, &g, p->objects);
}

int diff_owners(struct diff *diff, const struct image *old, const struct image *new, const struct components *rules,
		const struct diff_objects *objects, const struct diff_scopes *scopes)
{
	const struct object_pairs p = { old, new, objects, scopes };
	int r = 0;

	if (diff->lists[DIFF_COMPONENTS].compared)
		r = diff_components(diff, &p, rules);
	if (r == 0 && diff->lists[DIFF_ARCHIVES].compared)
		r = diff_archives(diff, &p);
	if (r == 0 && diff->lists[DIFF_OBJECTS].compared)
		r = add_objects(diff, &p);
	return r;
}
