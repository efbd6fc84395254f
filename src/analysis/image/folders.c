/* Folders of sources, as a tree. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/groups.h"
#include "memprof/base/search.h"

enum { LEVELS_MAX = 64 }; /* what lies deeper is in the last of them */

static const char not_a_source[] = "*not of a source*";

/* Numbered as names are: a folder comes after the one that it lies in. */
struct folder {
	uint32_t parent;    /* or NAMES_NONE */
	uint32_t n_folders; /* that lie right in it */
	bool has_files, is_shown;
	uint32_t shown_parent;
	unsigned depth;
	uint64_t size_bytes, *by_region;
};

struct tree {
	struct names names;
	struct arena *arena;
	size_t n_regions;
	VEC(struct folder, folders);
};

static int folder_of(struct tree *t, const char *path, size_t n_bytes, uint32_t parent, uint32_t *ret)
{
	uint32_t i = names_add(&t->names, path, n_bytes);

	*ret = i;
	if (i == NAMES_NONE)
		return -ENOMEM;
	if (i < t->n_folders)
		return 0;
	uint64_t *by_region = arena_zeroed(t->arena, t->n_regions + 1, sizeof(*by_region));
	if (!by_region || vec_push(t, folders, (struct folder){ .parent = parent, .by_region = by_region }) < 0)
		return -ENOMEM;
	if (parent != NAMES_NONE)
		t->folders[parent].n_folders++;
	return 0;
}

static void add_bytes(struct tree *t, uint32_t i, const struct image_group *source)
{
	struct folder *f = &t->folders[i];

	f->size_bytes += source->size_bytes;
	for (size_t k = 0; k < t->n_regions; k++)
		f->by_region[k] += source->by_region[k];
}

/* Each folder of the path has it. */
static int add_source(struct tree *t, const struct image_group *source)
{
	const char *path = source->is_rest ? not_a_source : source->name, *slash = source->is_rest ? NULL : path;
	uint32_t i = NAMES_NONE;
	unsigned n_levels = 0;
	int r = 0;

	while (slash && r == 0 && n_levels++ < LEVELS_MAX && (slash = strchr(slash + 1, '/'))) {
		r = folder_of(t, path, (size_t)(slash - path), i, &i);
		if (r == 0)
			add_bytes(t, i, source);
	}
	if (r == 0 && i == NAMES_NONE) { /* it lies in none */
		path = source->is_rest ? not_a_source : *path == '/' ? "/" : ".";
		r = folder_of(t, path, strlen(path), NAMES_NONE, &i);
		if (r == 0)
			add_bytes(t, i, source);
	}
	if (r == 0)
		t->folders[i].has_files = true;
	return r;
}

static void choose_shown(struct tree *t)
{
	for (uint32_t i = 0; i < t->n_folders; i++) {
		struct folder *f = &t->folders[i];
		const struct folder *parent = f->parent == NAMES_NONE ? NULL : &t->folders[f->parent];
		f->is_shown = f->has_files || f->n_folders != 1;
		f->shown_parent = !parent ? NAMES_NONE : parent->is_shown ? f->parent : parent->shown_parent;
		f->depth = f->shown_parent == NAMES_NONE ? 0 : t->folders[f->shown_parent].depth + 1;
	}
}

/* ---- in order ---- */

struct order {
	uint32_t i, parent;
	uint64_t size_bytes;
	const char *name;
};

/* The smallest first, as they are taken from a stack. */
static int by_parent(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	if (x->size_bytes != y->size_bytes)
		return x->size_bytes < y->size_bytes ? -1 : 1;
	return strcmp(y->name, x->name);
}

static int add_group(const struct tree *t, uint32_t i, struct image_groups *ret)
{
	const struct folder *f = &t->folders[i];
	const char *name = names_text(&t->names, i);
	struct image_group *g = vec_add(ret, groups);

	if (!g)
		return -ENOMEM;
	*g = (struct image_group){ .name = arena_text(&ret->arena, name, strlen(name)),
				   .size_bytes = f->size_bytes,
				   .by_region = f->by_region,
				   .depth = f->depth,
				   .is_rest = strcmp(name, not_a_source) == 0 };
	if (f->shown_parent != NAMES_NONE)
		g->i_label = strlen(names_text(&t->names, f->shown_parent)) + 1;
	return 0;
}

/* Puts those in a folder on the stack. */
static void push_children(const struct order *all, size_t n_all, uint32_t parent, uint32_t *stack, size_t *n_stack)
{
	size_t i = search_while(n_all, k, all[k].parent < parent);

	for (; i < n_all && all[i].parent == parent; i++)
		stack[(*n_stack)++] = all[i].i;
}

static int walk(const struct tree *t, const struct order *all, size_t n_all, unsigned n_levels, uint32_t *stack,
		struct image_groups *ret)
{
	size_t n_stack = 0;
	int r = 0;

	push_children(all, n_all, NAMES_NONE, stack, &n_stack);
	while (n_stack > 0 && r == 0) {
		uint32_t i = stack[--n_stack];
		r = t->folders[i].depth < n_levels ? add_group(t, i, ret) : 0;
		push_children(all, n_all, i, stack, &n_stack);
	}
	return r;
}

static int to_groups(const struct tree *t, unsigned n_levels, struct image_groups *ret)
{
	struct order *all = malloc((t->n_folders + 1) * sizeof(*all));
	uint32_t *stack = malloc((t->n_folders + 1) * sizeof(*stack));
	size_t n_all = 0;

	for (uint32_t i = 0; all && i < t->n_folders; i++) {
		const struct folder *f = &t->folders[i];
		if (f->is_shown)
			all[n_all++] = (struct order){ i, f->shown_parent, f->size_bytes, names_text(&t->names, i) };
	}
	if (all && n_all)
		qsort(all, n_all, sizeof(*all), by_parent);
	int r = all && stack ? walk(t, all, n_all, n_levels, stack, ret) : -ENOMEM;
	free(stack);
	free(all);
	return r;
}

static int group(const struct image *image, const struct image_groups *sources, unsigned n_levels,
		 struct image_groups *ret)
{
	struct tree t = { .arena = &ret->arena, .names.arena = &ret->arena, .n_regions = image->n_regions };
	int r = 0;

	for (size_t i = 0; i < sources->n_groups && r == 0; i++)
		r = add_source(&t, &sources->groups[i]);
	if (r == 0) {
		choose_shown(&t);
		r = to_groups(&t, n_levels, ret);
	}
	names_deinit(&t.names);
	vec_deinit(&t, folders);
	return r == 0 ? arena_error(&ret->arena) : r;
}

int image_groups_by_folder(const struct image *image, const struct image_scope *scope, unsigned n_levels,
			   struct image_groups *ret)
{
	struct image_groups sources;
	int r = image_groups_by_source(image, IMAGE_BY_SOURCE, scope, &sources);

	*ret = (struct image_groups){ 0 };
	if (r == 0)
		r = group(image, &sources, n_levels, ret);
	image_groups_deinit(&sources);
	if (r < 0)
		image_groups_deinit(ret);
	return r;
}
