/* Whose the bytes are in two builds: components, archives, sources, folders, objects. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "diff/private.h"

/* ---- groups of bytes ---- */

struct side {
	const struct image *image;
	const struct image_scope *scope;
	struct image_groups groups;
	uint64_t *bytes; /* of each group, what counts of it; NULL: its size, which was made so */
};

struct group_pairs {
	enum diff_table table;
	const struct diff_scopes *scopes;
	struct side old, new;
	struct diff_pairs pairs;
};

static void side_deinit(struct side *s)
{
	free(s->bytes);
	image_groups_deinit(&s->groups);
}

static int side_make(struct side *s, enum diff_table table, const struct components *rules)
{
	if (table == DIFF_SOURCES)
		return image_groups_by_source(s->image, IMAGE_BY_SOURCE, s->scope, &s->groups);
	if (table == DIFF_FOLDERS)
		return image_groups_by_folder(s->image, s->scope, UINT_MAX, &s->groups);
	int r = table == DIFF_ARCHIVES ? image_groups_by_archive(s->image, &s->groups) :
					 image_groups_by_component(s->image, rules, &s->groups);
	if (r == 0)
		s->bytes = image_scope_groups(s->scope, s->image, &s->groups);
	return r == 0 && !s->bytes ? -ENOMEM : r;
}

/* NULL: there is none. */
static const struct image_group *group_of(const struct side *s, uint32_t i, uint64_t *ret_bytes)
{
	if (i == MATCH_NONE)
		return NULL;
	*ret_bytes = s->bytes ? s->bytes[i] : s->groups.groups[i].size_bytes;
	return &s->groups.groups[i];
}

static int add_group(struct diff *diff, const void *ctx, uint32_t i_old, uint32_t i_new)
{
	const struct group_pairs *g = ctx;
	struct diff_row row = diff_no_row;
	const struct image_group *was = group_of(&g->old, i_old, &row.old_bytes);
	const struct image_group *is = group_of(&g->new, i_new, &row.new_bytes);

	if (!diff_has_bytes(&row))
		return 0;
	row.by_region = diff_scope_deltas(diff, g->scopes, g->old.image, was ? was->by_region : NULL, g->new.image,
					  is ? is->by_region : NULL);
	return diff_add(diff, g->table, &row, slice_of(is ? is->name : was->name), slice_of(was ? was->name : NULL));
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

static size_t collect(const struct group_pairs *g, const struct diff_objects *objects, struct brought *ret)
{
	const struct image *old = g->old.image, *new = g->new.image;
	size_t n = 0;

	for (size_t i = 0; i < new->n_objects; i++) {
		uint32_t partner = objects->pairs.new.partner[i];
		uint32_t i_old = partner == MATCH_NONE ? IMAGE_NONE : g->old.groups.of_object[partner],
			 i_new = g->new.groups.of_object[i];
		if (i_old != IMAGE_NONE && i_new != IMAGE_NONE && g->pairs.old.partner[i_old] == MATCH_NONE &&
		    g->pairs.new.partner[i_new] == MATCH_NONE)
			ret[n++] = (struct brought){ i_old, i_new, old->objects[partner].size_bytes,
						     new->objects[i].size_bytes };
	}
	return n;
}

/* Groups that are called after a folder have another name where the folder has: they are known by their objects. Of
 * each of the two more than half must be in both, so there is at most one partner. */
static int match_by_objects(struct group_pairs *g, const struct diff_objects *objects)
{
	struct brought *all = malloc((g->new.image->n_objects + 1) * sizeof(*all));

	if (!all)
		return -ENOMEM;
	size_t n = collect(g, objects, all);
	if (n)
		qsort(all, n, sizeof(*all), by_groups);
	for (size_t i = 0, next; i < n; i = next) {
		uint64_t old_bytes = 0, new_bytes = 0;
		for (next = i; next < n && by_groups(&all[i], &all[next]) == 0; next++) {
			old_bytes += all[next].old_bytes;
			new_bytes += all[next].new_bytes;
		}
		uint32_t i_old = all[i].i_old, i_new = all[i].i_new;
		if (old_bytes > g->old.groups.groups[i_old].size_bytes / 2 &&
		    new_bytes > g->new.groups.groups[i_new].size_bytes / 2) {
			g->pairs.old.partner[i_old] = i_new;
			g->pairs.new.partner[i_new] = i_old;
		}
	}
	free(all);
	return 0;
}

/* A build in another folder has other paths, which end alike; folders are those of the same sources. */
static int match_folders(struct group_pairs *g)
{
	struct side old = { .image = g->old.image, .scope = g->old.scope };
	struct side new = { .image = g->new.image, .scope = g->new.scope };
	struct diff_pairs sources = { 0 };
	int r = side_make(&old, DIFF_SOURCES, NULL);

	if (r == 0)
		r = side_make(&new, DIFF_SOURCES, NULL);
	if (r == 0)
		r = diff_match_groups(&sources, &old.groups, &new.groups, true);
	if (r == 0)
		r = diff_match_folders(&g->pairs, &g->old.groups, &g->new.groups, &old.groups, &new.groups, &sources);
	diff_pairs_deinit(&sources);
	side_deinit(&old);
	side_deinit(&new);
	return r;
}

static int match(struct group_pairs *g, const struct diff_objects *objects)
{
	if (g->table == DIFF_FOLDERS)
		return match_folders(g);
	int r = diff_match_groups(&g->pairs, &g->old.groups, &g->new.groups, g->table != DIFF_COMPONENTS);
	if (r == 0 && g->table == DIFF_ARCHIVES) {
		set_archive_names(&g->pairs.old, &g->old.groups);
		set_archive_names(&g->pairs.new, &g->new.groups);
		r = match_round(&g->pairs.old, &g->pairs.new, MATCH_SINGLE);
	}
	return r == 0 && g->table != DIFF_SOURCES ? match_by_objects(g, objects) : r;
}

static int diff_groups(struct diff *diff, struct group_pairs *g, const struct components *rules,
		       const struct diff_objects *objects)
{
	int r = side_make(&g->old, g->table, rules);

	if (r == 0)
		r = side_make(&g->new, g->table, rules);
	if (r == 0)
		r = match(g, objects);
	if (r == 0)
		r = diff_pairs_add(diff, &g->pairs, add_group, g);
	diff_pairs_deinit(&g->pairs);
	side_deinit(&g->old);
	side_deinit(&g->new);
	return r;
}

/* ---- objects ---- */

struct object_pairs {
	const struct image *old, *new;
	const struct diff_objects *objects;
	const struct diff_scopes *scopes;
};

static int add_object(struct diff *diff, const void *ctx, uint32_t i_old, uint32_t i_new)
{
	const struct object_pairs *p = ctx;
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

int diff_owners(struct diff *diff, const struct image *old, const struct image *new, const struct components *rules,
		const struct diff_objects *objects, const struct diff_scopes *scopes)
{
	static const enum diff_table tables[] = { DIFF_COMPONENTS, DIFF_ARCHIVES, DIFF_SOURCES, DIFF_FOLDERS };
	const struct object_pairs p = { old, new, objects, scopes };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tables) && r == 0; i++) {
		struct group_pairs g = { .table = tables[i],
					 .scopes = scopes,
					 .old = { .image = old, .scope = &scopes->old },
					 .new = { .image = new, .scope = &scopes->new } };
		if (diff->lists[tables[i]].compared)
			r = diff_groups(diff, &g, rules, objects);
	}
	return r == 0 && diff->lists[DIFF_OBJECTS].compared ? diff_pairs_add(diff, &objects->pairs, add_object, &p) : r;
}
