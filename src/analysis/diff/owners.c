/* Whose the bytes are in two builds: components, archives, sources, folders. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "diff/private.h"

/* ---- groups of bytes ---- */

struct group_pairs {
	enum diff_table table;
	const struct diff_builds *builds;
	struct image_groups old, new;
	struct diff_pairs pairs;
};

static void group_pairs_deinit(struct group_pairs *g)
{
	diff_pairs_deinit(&g->pairs);
	image_groups_deinit(&g->old);
	image_groups_deinit(&g->new);
}

static int group(struct image_groups *ret, enum diff_table table, const struct diff_build *b,
		 const struct components *rules)
{
	if (table == DIFF_SOURCES)
		return image_groups_by_source(b->image, IMAGE_BY_SOURCE, &b->scope, ret);
	if (table == DIFF_FOLDERS)
		return image_groups_by_folder(b->image, &b->scope, UINT_MAX, ret);
	return table == DIFF_ARCHIVES ? image_groups_by_archive(b->image, ret) :
					image_groups_by_component(b->image, rules, ret);
}

/* Sources and folders have what counts; of others that is worked out. */
static int fill(struct match_side *side, const struct group_pairs *g, const struct diff_build *b,
		const struct image_groups *groups)
{
	bool is_scoped = g->table == DIFF_SOURCES || g->table == DIFF_FOLDERS;
	uint64_t *bytes = is_scoped ? NULL : image_scope_groups(&b->scope, b->image, groups);

	if (!is_scoped && !bytes)
		return -ENOMEM;
	for (size_t i = 0; i < groups->n_groups; i++) {
		const struct image_group *group = &groups->groups[i];
		struct match_item *item = match_add(side, group, slice_of(group->name),
						    bytes ? bytes[i] : group->size_bytes);
		item->path_bytes = item->name.n_bytes;
		item->by_region = group->by_region;
		if (g->table == DIFF_ARCHIVES)
			item->core = diff_archive_name(group->name);
	}
	free(bytes);
	return 0;
}

/* To be freed also on failure. */
static int group_pairs_init(struct group_pairs *g, enum diff_table table, const struct diff_builds *b,
			    const struct components *rules)
{
	*g = (struct group_pairs){ .table = table, .builds = b };
	int r = group(&g->old, table, &b->old, rules);
	if (r == 0)
		r = group(&g->new, table, &b->new, rules);
	if (r == 0)
		r = diff_pairs_init(&g->pairs, g->old.n_groups, g->new.n_groups);
	if (r == 0)
		r = fill(&g->pairs.old, g, &b->old, &g->old);
	return r < 0 ? r : fill(&g->pairs.new, g, &b->new, &g->new);
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

static size_t collect(const struct group_pairs *g, const struct diff_pairs *objects, struct brought *ret)
{
	const struct image *old = g->builds->old.image, *new = g->builds->new.image;
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
static int match_by_objects(struct group_pairs *g, const struct diff_pairs *objects)
{
	struct brought *all = malloc((objects->new.n + 1) * sizeof(*all));

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
		if (old_bytes > g->old.groups[i_old].size_bytes / 2 && new_bytes > g->new.groups[i_new].size_bytes / 2)
			diff_pair(&g->pairs, i_old, i_new);
	}
	free(all);
	return 0;
}

/* ---- which is which ---- */

/* A build in another folder has other paths, which end alike. */
static const struct match_round rounds[] = {
	{ .text = MATCH_NAME, .how = MATCH_IN_ORDER },
	{ .text = MATCH_ENDS, .how = MATCH_SINGLE },
	{ .text = MATCH_CORE, .how = MATCH_SINGLE },
};
static const size_t n_rounds[] = {
	[DIFF_COMPONENTS] = 1,
	[DIFF_ARCHIVES] = 3,
	[DIFF_SOURCES] = 2,
	[DIFF_FOLDERS] = 1,
};

/* Folders are those of the same sources. */
static int match_folders(struct group_pairs *g)
{
	struct group_pairs sources;
	int r = group_pairs_init(&sources, DIFF_SOURCES, g->builds, NULL);

	if (r == 0)
		r = diff_match(&sources.pairs, rounds, n_rounds[DIFF_SOURCES]);
	if (r == 0)
		r = diff_match_folders(&g->pairs, &sources.pairs);
	group_pairs_deinit(&sources);
	return r;
}

static int match(struct group_pairs *g, const struct diff_pairs *objects)
{
	int r = diff_match(&g->pairs, rounds, n_rounds[g->table]);

	if (r < 0 || g->table == DIFF_SOURCES)
		return r;
	return g->table == DIFF_FOLDERS ? match_folders(g) : match_by_objects(g, objects);
}

int diff_owners(struct diff *diff, const struct diff_builds *b, const struct components *rules,
		const struct diff_pairs *objects)
{
	static const enum diff_table tables[] = { DIFF_COMPONENTS, DIFF_ARCHIVES, DIFF_SOURCES, DIFF_FOLDERS };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tables) && r == 0; i++) {
		struct group_pairs g;
		if (!diff->lists[tables[i]].compared)
			continue;
		r = group_pairs_init(&g, tables[i], b, rules);
		if (r == 0)
			r = match(&g, objects);
		if (r == 0)
			r = diff_add_rows(diff, &g.pairs, &(struct diff_rows){ .table = tables[i], .by_region = b });
		group_pairs_deinit(&g);
	}
	return r;
}
