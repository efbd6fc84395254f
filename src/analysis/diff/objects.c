/* Which object of one build is which of another. Most have the same name, or one that the toolchain chose. Where
 * folders of the build differ, paths end alike; what then is alone with its file name on both sides has moved. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diff/private.h"
#include "memprof/base/strbuf.h"

enum {
	DEPTH_MAX = 16,         /* folders of a path that are looked at, from its end */
	RENAMED_MIN_BYTES = 64, /* smaller objects are of one size by chance */
	PATH_BYTES = 4096,      /* PATH_MAX of Linux */
	FOLDERS_MAX = 64,       /* from the root on */
};

/* ---- names ---- */

static bool is_path(const struct image_object *object)
{
	return strncmp(object->key, object->path, strlen(object->path)) == 0;
}

/* ---- paths that end alike ---- */

/* Where the last n_parts of a path begin; SIZE_MAX if it has fewer. */
static size_t end_of_path(const char *path, size_t n_path, unsigned n_parts)
{
	size_t at = n_path;

	for (; at > 0; at--)
		if (path[at - 1] == '/' && --n_parts == 0)
			return at;
	return n_parts == 1 ? 0 : SIZE_MAX;
}

/* path: n_path bytes of a text that may go on with "(member)", which counts in full. */
static void set_end(struct match_key *key, const char *text, size_t n_path, unsigned n_parts)
{
	size_t at = end_of_path(text, n_path, n_parts);

	*key = (struct match_key){ 0 };
	if (at != SIZE_MAX)
		*key = (struct match_key){ .text = text + at, .n_bytes = (uint32_t)strlen(text + at) };
}

static void set_ends(struct match_side *side, const char *const *paths, unsigned n_parts)
{
	for (size_t i = 0; i < side->n; i++)
		set_end(&side->keys[i], paths[i], strlen(paths[i]), n_parts);
}

int diff_match_paths(struct match_side *old, const char *const *old_paths, struct match_side *new,
		     const char *const *new_paths, bool also_ends)
{
	int r;

	for (size_t i = 0; i < old->n; i++)
		old->keys[i] = (struct match_key){ .text = old_paths[i], .n_bytes = (uint32_t)strlen(old_paths[i]) };
	for (size_t i = 0; i < new->n; i++)
		new->keys[i] = (struct match_key){ .text = new_paths[i], .n_bytes = (uint32_t)strlen(new_paths[i]) };
	r = match_round(old, new, MATCH_IN_ORDER);
	for (unsigned n_parts = also_ends ? DEPTH_MAX : 0; n_parts > 0 && r == 0; n_parts--) {
		set_ends(old, old_paths, n_parts);
		set_ends(new, new_paths, n_parts);
		r = match_round(old, new, MATCH_SINGLE);
	}
	return r;
}

static void set_object_ends(struct match_side *side, const struct image *image, unsigned n_parts)
{
	for (size_t i = 0; i < side->n; i++) {
		const struct image_object *o = &image->objects[i];
		side->keys[i] = (struct match_key){ 0 };
		if (side->partner[i] == MATCH_NONE && is_path(o))
			set_end(&side->keys[i], o->key, strlen(o->path), n_parts);
	}
}

/* ---- files alone with their name ---- */

/* "gc" of "py/gc.o", "py/gc.c.obj" and "libpy.a(gc.o)". */
static struct image_slice leaf_of(const struct image_object *object)
{
	static const char *const endings[] = { ".obj", ".o", ".c", ".cpp", ".cc", ".cxx", ".S", ".s" };
	const char *name = object->member ? object->member : object->path;
	const char *slash = strrchr(name, '/');
	struct image_slice leaf = slice_of(slash ? slash + 1 : name);

	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		uint32_t n = (uint32_t)strlen(endings[i]);
		if (leaf.n_bytes > n && memcmp(leaf.text + leaf.n_bytes - n, endings[i], n) == 0)
			leaf.n_bytes -= n;
	}
	return leaf;
}

static void set_leaves(struct match_side *side, const struct image *image)
{
	for (size_t i = 0; i < side->n; i++) {
		struct image_slice leaf = leaf_of(&image->objects[i]);
		side->keys[i] = (struct match_key){ .text = leaf.text, .n_bytes = leaf.n_bytes };
		if (!is_path(&image->objects[i]) || !image->objects[i].size_bytes)
			side->keys[i].text = NULL;
	}
}

static void set_sizes(struct match_side *side, const struct image *image)
{
	for (size_t i = 0; i < side->n; i++) {
		const struct image_object *o = &image->objects[i];
		side->keys[i] = (struct match_key){ .text = "", .with = { o->size_bytes } };
		if (o->size_bytes < RENAMED_MIN_BYTES || !is_path(o))
			side->keys[i].text = NULL;
	}
}

/* Pairs that have nothing but their size in common are none. */
static void drop_unlike_pairs(struct match_side *old, const struct image *old_image, struct match_side *new,
			      const struct image *new_image, bool *renamed)
{
	for (size_t i = 0; i < new->n; i++) {
		if (!renamed[i])
			continue;
		uint32_t partner = new->partner[i];
		struct image_slice a = leaf_of(&old_image->objects[partner]), b = leaf_of(&new_image->objects[i]);
		renamed[i] = match_similar(a.text, a.n_bytes, b.text, b.n_bytes);
		if (!renamed[i])
			old->partner[partner] = new->partner[i] = MATCH_NONE;
	}
}

/* ---- another folder, or the same one under another name ---- */

struct folders {
	struct arena arena;
	struct names left, entered;       /* folders that something has come from, and gone to */
	bool *there_still, *there_before; /* … by number: the new build has the one, the old one had the other */
	struct names pairs;               /* "old folder\nnew folder" */
	VEC(uint32_t, counts);            /* objects of each pair */
};

/* Which of the names are folders of the image. A path has no more than so many: the rest cannot be a file's. */
static bool *find_folders(const struct names *names, const struct image *image)
{
	bool *found = calloc(names->n_entries + 1, sizeof(*found));

	for (size_t i = 0; found && i < image->n_objects; i++) {
		const char *path = image->objects[i].path;
		unsigned n_folders = 0;
		for (size_t n = 0; path[n] && n < PATH_BYTES && n_folders < FOLDERS_MAX; n++) {
			uint32_t name = path[n] == '/' ? names_find(names, path, n) : NAMES_NONE;
			n_folders += path[n] == '/';
			if (name != NAMES_NONE)
				found[name] = true;
		}
	}
	return found;
}

/* What is left of two paths without the folders and the file that both end in, and without the slash before them. */
static void without_common_end(const char *a, const char *b, struct image_slice *ret_a, struct image_slice *ret_b)
{
	size_t n_a = strlen(a), n_b = strlen(b), n = 0, n_common = 0;

	for (; n < n_a && n < n_b && a[n_a - 1 - n] == b[n_b - 1 - n]; n++)
		if (a[n_a - 1 - n] == '/')
			n_common = n + 1;
	*ret_a = (struct image_slice){ a, (uint32_t)(n_a - n_common) };
	*ret_b = (struct image_slice){ b, (uint32_t)(n_b - n_common) };
	if (n == n_a && n < n_b && b[n_b - 1 - n] == '/') { /* "py/gc.o" and "/ci/py/gc.o" */
		ret_a->n_bytes = 0;
		ret_b->n_bytes = (uint32_t)(n_b - n - 1);
	} else if (n == n_b && n < n_a && a[n_a - 1 - n] == '/') {
		ret_b->n_bytes = 0;
		ret_a->n_bytes = (uint32_t)(n_a - n - 1);
	}
}

static uint32_t pair_of(struct folders *f, const struct image_object *old, const struct image_object *new,
			struct image_slice *ret_old, struct image_slice *ret_new)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	without_common_end(old->path, new->path, ret_old, ret_new);
	strbuf_add(&text, ret_old->text, ret_old->n_bytes);
	strbuf_putc(&text, '\n');
	strbuf_add(&text, ret_new->text, ret_new->n_bytes);
	return strbuf_error(&text) ? NAMES_NONE : names_add(&f->pairs, text.text, text.n_bytes);
}

static int count_pairs(struct folders *f, const struct diff_objects *objects, const struct image *old,
		       const struct image *new)
{
	struct image_slice from, to;

	for (size_t i = 0; i < new->n_objects; i++) {
		if (!objects->moved[i])
			continue;
		uint32_t pair = pair_of(f, &old->objects[objects->pairs.new.partner[i]], &new->objects[i], &from, &to);
		if (pair == NAMES_NONE || (pair == f->n_counts && !vec_add(f, counts)) ||
		    names_add(&f->left, from.text, from.n_bytes) == NAMES_NONE ||
		    names_add(&f->entered, to.text, to.n_bytes) == NAMES_NONE)
			return -ENOMEM;
		f->counts[pair]++;
	}
	f->there_still = find_folders(&f->left, new);
	f->there_before = find_folders(&f->entered, old);
	return f->there_still && f->there_before ? 0 : -ENOMEM;
}

/* Several files that changed their folder together, which is not there any more, and was not there before: the folder
 * has another name. That is no move. */
static void judge_moves(struct folders *f, const struct diff_objects *objects, const struct image *old,
			const struct image *new)
{
	struct image_slice from, to;

	for (size_t i = 0; i < new->n_objects; i++) {
		if (!objects->moved[i])
			continue;
		uint32_t pair = pair_of(f, &old->objects[objects->pairs.new.partner[i]], &new->objects[i], &from, &to);
		if (pair != NAMES_NONE && f->counts[pair] > 1 &&
		    !f->there_still[names_find(&f->left, from.text, from.n_bytes)] &&
		    !f->there_before[names_find(&f->entered, to.text, to.n_bytes)])
			objects->moved[i] = false;
	}
}

static int resolve_moves(const struct diff_objects *objects, const struct image *old, const struct image *new)
{
	struct folders f = { 0 };

	f.left.arena = f.entered.arena = f.pairs.arena = &f.arena;
	int r = count_pairs(&f, objects, old, new);
	if (r == 0)
		judge_moves(&f, objects, old, new);
	names_deinit(&f.left);
	names_deinit(&f.entered);
	names_deinit(&f.pairs);
	vec_deinit(&f, counts);
	free(f.there_still);
	free(f.there_before);
	arena_deinit(&f.arena);
	return r;
}

/* ---- all of it ---- */

static int match_same(struct diff_objects *o, const struct image *old, const struct image *new)
{
	for (size_t i = 0; i < old->n_objects; i++) {
		struct image_slice key = slice_of(old->objects[i].key);
		o->pairs.old.keys[i] = (struct match_key){ .text = key.text, .n_bytes = key.n_bytes };
	}
	for (size_t i = 0; i < new->n_objects; i++) {
		struct image_slice key = slice_of(new->objects[i].key);
		o->pairs.new.keys[i] = (struct match_key){ .text = key.text, .n_bytes = key.n_bytes };
	}
	int r = match_round(&o->pairs.old, &o->pairs.new, MATCH_IN_ORDER);
	if (r == 0)
		r = diff_match_random_names(o, old, new);
	return r;
}

/* Marks what rounds since the last call have found. */
static void mark(const struct match_side *new, bool *seen, bool *marks)
{
	for (size_t i = 0; i < new->n; i++) {
		if (marks && new->partner[i] != MATCH_NONE && !seen[i])
			marks[i] = true;
		seen[i] = new->partner[i] != MATCH_NONE;
	}
}

static int match_others(struct diff_objects *o, const struct image *old, const struct image *new, bool *seen)
{
	int r = 0;

	mark(&o->pairs.new, seen, NULL);
	for (unsigned n_parts = DEPTH_MAX; n_parts > 0 && r == 0; n_parts--) {
		set_object_ends(&o->pairs.old, old, n_parts);
		set_object_ends(&o->pairs.new, new, n_parts);
		r = match_round(&o->pairs.old, &o->pairs.new, MATCH_SINGLE);
	}
	mark(&o->pairs.new, seen, o->moved);
	if (r == 0)
		r = resolve_moves(o, old, new);
	if (r == 0)
		r = diff_match_variants(o, old, new);
	mark(&o->pairs.new, seen, NULL);
	if (r < 0)
		return r;
	set_leaves(&o->pairs.old, old);
	set_leaves(&o->pairs.new, new);
	r = match_round(&o->pairs.old, &o->pairs.new, MATCH_SINGLE);
	mark(&o->pairs.new, seen, o->moved);
	if (r < 0)
		return r;
	set_sizes(&o->pairs.old, old);
	set_sizes(&o->pairs.new, new);
	r = match_round(&o->pairs.old, &o->pairs.new, MATCH_SINGLE);
	mark(&o->pairs.new, seen, o->renamed);
	drop_unlike_pairs(&o->pairs.old, old, &o->pairs.new, new, o->renamed);
	return r;
}

int diff_objects_match(struct diff_objects *ret, const struct image *old, const struct image *new)
{
	bool *seen = calloc(new->n_objects + 1, sizeof(*seen));
	int r = seen ? 0 : -ENOMEM;

	*ret = (struct diff_objects){ 0 };
	ret->moved = calloc(new->n_objects + 1, sizeof(*ret->moved));
	ret->renamed = calloc(new->n_objects + 1, sizeof(*ret->renamed));
	if (!ret->moved || !ret->renamed)
		r = -ENOMEM;
	if (r == 0)
		r = diff_pairs_init(&ret->pairs, old->n_objects, new->n_objects);
	if (r == 0)
		r = match_same(ret, old, new);
	if (r == 0)
		r = match_others(ret, old, new, seen);
	free(seen);
	if (r < 0)
		diff_objects_deinit(ret);
	return r;
}

void diff_objects_deinit(struct diff_objects *objects)
{
	diff_pairs_deinit(&objects->pairs);
	free(objects->moved);
	free(objects->renamed);
	*objects = (struct diff_objects){ 0 };
}
