/* Which object of one build is which of another. Most have the same name, or one that the toolchain chose. Where
 * folders of the build differ, paths end alike; what then is alone with its file name on both sides has moved. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diff/private.h"
#include "memprof/base/strbuf.h"

enum {
	RENAMED_MIN_BYTES = 64, /* smaller objects are of one size by chance */
	PATH_BYTES = 4096,      /* PATH_MAX of Linux */
	FOLDERS_MAX = 64,       /* from the root on */
};

/* ---- rounds ---- */

static const struct image_object *object_of(const struct match_item *item) { return item->of; }

static struct match_key by_random_name(const struct match_item *item)
{
	return object_of(item)->member ? (struct match_key){ .text = NULL } : diff_random_name(object_of(item)->path);
}

static struct match_key of_archive(const struct match_item *item, struct image_slice member)
{
	return (struct match_key){ .text = member.text,
				   .n_bytes = member.n_bytes,
				   .also = diff_archive_name(object_of(item)->path) };
}

static struct match_key by_member(const struct match_item *item)
{
	const char *member = object_of(item)->member;

	return member ? of_archive(item, slice_of(member)) : (struct match_key){ .text = NULL };
}

static struct match_key by_plain_member(const struct match_item *item)
{
	const char *member = object_of(item)->member;

	return member ? of_archive(item, diff_plain_member(member)) : (struct match_key){ .text = NULL };
}

/* Files alone with their name. */
static struct match_key by_leaf(const struct match_item *item)
{
	bool is_file = item->path_bytes && object_of(item)->size_bytes;

	return (struct match_key){ .text = is_file ? item->core.text : NULL, .n_bytes = item->core.n_bytes };
}

static struct match_key by_size(const struct match_item *item)
{
	uint64_t size_bytes = object_of(item)->size_bytes;
	bool is_enough = item->path_bytes && size_bytes >= RENAMED_MIN_BYTES;

	return (struct match_key){ .text = is_enough ? "" : NULL, .with = { size_bytes } };
}

static const struct match_round rounds[] = {
	{ .text = MATCH_NAME, .how = MATCH_IN_ORDER },
	{ by_random_name, MATCH_IN_ORDER },
	{ .text = MATCH_ENDS, .how = MATCH_SINGLE, .change = CHANGE_MOVED },
	{ by_member, MATCH_SINGLE },
	{ by_plain_member, MATCH_SINGLE },
	{ by_leaf, MATCH_SINGLE, .change = CHANGE_MOVED },
	{ by_size, MATCH_SINGLE, .change = CHANGE_RENAMED, .alike = true },
};

/* ---- another folder, or the same one under another name ---- */

struct move {
	uint32_t i_new, left, entered, pair; /* an object, and the numbers of names */
};
struct moves {
	struct arena arena;
	struct names left, entered; /* folders that something has come from, and gone to */
	struct names pairs;         /* "old folder\nnew folder" */
	VEC(uint32_t, counts);      /* objects of each pair */
	VEC(struct move, all);
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

static int add_move(struct moves *m, uint32_t i_new, const char *old_path, const char *new_path)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct image_slice from, to;

	without_common_end(old_path, new_path, &from, &to);
	strbuf_add(&text, from.text, from.n_bytes);
	strbuf_putc(&text, '\n');
	strbuf_add(&text, to.text, to.n_bytes);
	if (strbuf_error(&text))
		return -ENOMEM;
	struct move move = { i_new, names_add(&m->left, from.text, from.n_bytes),
			     names_add(&m->entered, to.text, to.n_bytes),
			     names_add(&m->pairs, text.text, text.n_bytes) };
	if (move.left == NAMES_NONE || move.entered == NAMES_NONE || move.pair == NAMES_NONE ||
	    (move.pair == m->n_counts && !vec_add(m, counts)))
		return -ENOMEM;
	m->counts[move.pair]++;
	return vec_push(m, all, move);
}

/* Several files that changed their folder together, which is not there any more, and was not there before: the folder
 * has another name. That is no move. */
static int judge_moves(const struct moves *m, struct diff_pairs *objects, const struct diff_builds *b)
{
	bool *there_still = find_folders(&m->left, b->new.image),
	     *there_before = find_folders(&m->entered, b->old.image);
	bool ok = there_still && there_before;

	for (size_t i = 0; ok && i < m->n_all; i++) {
		const struct move *move = &m->all[i];
		if (m->counts[move->pair] > 1 && !there_still[move->left] && !there_before[move->entered])
			objects->found_by[move->i_new] = NULL;
	}
	free(there_still);
	free(there_before);
	return ok ? 0 : -ENOMEM;
}

static int resolve_moves(struct diff_pairs *objects, const struct diff_builds *b)
{
	struct moves m = { .n_all = 0 };
	int r = 0;

	m.left.arena = m.entered.arena = m.pairs.arena = &m.arena;
	for (uint32_t i = 0; i < objects->new.n &&r == 0; i++)
		if (objects->found_by[i] && objects->found_by[i]->text == MATCH_ENDS)
			r = add_move(&m, i, b->old.image->objects[objects->new.partner[i]].path,
				     b->new.image->objects[i].path);
	if (r == 0)
		r = judge_moves(&m, objects, b);
	names_deinit(&m.left);
	names_deinit(&m.entered);
	names_deinit(&m.pairs);
	vec_deinit(&m, counts);
	vec_deinit(&m, all);
	arena_deinit(&m.arena);
	return r;
}

/* ---- all of it ---- */

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

/* In the order of their numbers. */
static void fill(struct match_side *side, const struct diff_build *b)
{
	for (size_t i = 0; i < b->image->n_objects; i++) {
		const struct image_object *o = &b->image->objects[i];
		uint64_t size_bytes = o->size_bytes || b->scope.objects[i] ? b->scope.objects[i] : NOT_KNOWN;
		struct match_item *item = match_add(side, o, slice_of(o->key), size_bytes);
		size_t n_path = strlen(o->path);
		item->path_bytes = strncmp(o->key, o->path, n_path) == 0 ? (uint32_t)n_path : 0;
		item->core = leaf_of(o);
		item->by_region = o->by_region;
	}
}

int diff_objects_match(struct diff_pairs *objects, const struct diff_builds *b)
{
	int r = diff_pairs_init(objects, b->old.image->n_objects, b->new.image->n_objects);

	if (r < 0)
		return r;
	fill(&objects->old, &b->old);
	fill(&objects->new, &b->new);
	r = diff_match(objects, rounds, ARRAY_SIZE(rounds));
	return r < 0 ? r : resolve_moves(objects, b);
}
