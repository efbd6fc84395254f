/* Two moments of one board: what came between them and stayed, and who holds it. */
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "private.h"

/* The object itself: at the same address, as large, and of the same type. Of a block without a type, what it holds may
 * have changed. */
static bool is_same_whole(const struct objects *before, uint32_t old, const struct objects *after, uint32_t i)
{
	bool is_typed = before->nodes[old].role == ROLE_TYPED, is_now = after->nodes[i].role == ROLE_TYPED;

	return before->nodes[old].live && after->nodes[i].live &&
	       blocks_n_bytes(&before->blocks, old) == blocks_n_bytes(&after->blocks, i) && is_typed == is_now &&
	       (!is_typed || object_word(before, old, 0) == object_word(after, i, 0));
}

bool is_same(const struct objects *before, const struct objects *after, uint32_t i)
{
	uint32_t old = blocks_object(&before->blocks, blocks_address(&after->blocks, i));

	if (old == OBJECT_NONE || !is_same_whole(before, old, after, i))
		return false;
	uint32_t was = whole_of(before, old), is = whole_of(after, i); /* whose part it is */
	return blocks_address(&before->blocks, was) == blocks_address(&after->blocks, is) &&
	       is_same_whole(before, was, after, is);
}

static void add_up_gone(const struct objects *before, const struct objects *after, struct objects_sum *ret)
{
	for (uint32_t i = 0; i < before->blocks.n_extents; i++) {
		if (!before->nodes[i].live || is_same(after, before, i))
			continue;
		ret->n_objects += whole_of(before, i) == i;
		ret->n_bytes += blocks_n_bytes(&before->blocks, i);
	}
}

/* ---- what changed by name ---- */

static int by_change(const void *a, const void *b)
{
	const struct objects_change *x = a, *y = b;
	uint64_t p = (uint64_t)(x->n_bytes < 0 ? -x->n_bytes : x->n_bytes);
	uint64_t q = (uint64_t)(y->n_bytes < 0 ? -y->n_bytes : y->n_bytes);

	return p != q ? (p < q ? 1 : -1) : strcmp(x->name, y->name);
}

static int by_name(const void *a, const void *b)
{
	const struct objects_change *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Changes of names that are there twice, before with a minus sign, become one; those of nothing are left out. */
static size_t merge_changes(struct objects_change *changes, size_t n)
{
	size_t n_kept = 0;

	if (n)
		qsort(changes, n, sizeof(*changes), by_name);
	for (size_t i = 0; i < n; i++) {
		struct objects_change *last = n_kept ? &changes[n_kept - 1] : NULL;
		if (last && strcmp(last->name, changes[i].name) == 0) {
			last->n_objects += changes[i].n_objects;
			last->n_bytes += changes[i].n_bytes;
			continue;
		}
		if (last && last->n_objects == 0 && last->n_bytes == 0)
			n_kept--;
		changes[n_kept++] = changes[i];
	}
	if (n_kept && changes[n_kept - 1].n_objects == 0 && changes[n_kept - 1].n_bytes == 0)
		n_kept--;
	if (n_kept)
		qsort(changes, n_kept, sizeof(*changes), by_change);
	return n_kept;
}

static int add_changes(struct objects_since *ret, const struct objects_report *r, int sign)
{
	int error = 0;

	for (size_t i = 0; i < r->n_globals && error == 0; i++)
		error = vec_push(ret, globals,
				 (struct objects_change){ r->globals[i].path, sign * (int64_t)r->globals[i].n_retained,
							  sign * (int64_t)r->globals[i].retained_bytes });
	for (size_t i = 0; i < r->n_classes && error == 0; i++)
		error = vec_push(ret, classes,
				 (struct objects_change){ r->classes[i].name, sign * (int64_t)r->classes[i].n_objects,
							  sign * (int64_t)r->classes[i].n_bytes });
	for (size_t i = 0; i < r->n_kinds && error == 0; i++)
		error = vec_push(ret, kinds,
				 (struct objects_change){ r->kinds[i].name, sign * (int64_t)r->kinds[i].sum.n_objects,
							  sign * (int64_t)r->kinds[i].sum.n_bytes });
	return error;
}

static bool is_new(const void *before, const struct objects *o, uint32_t i) { return !is_same(before, o, i); }

int objects_since(const struct objects_moment *before, const struct objects_moment *after, struct objects_since *ret)
{
	int error = add_changes(ret, before->report, -1);

	if (error == 0)
		error = add_changes(ret, after->report, 1);
	ret->n_globals = merge_changes(ret->globals, ret->n_globals);
	ret->n_classes = merge_changes(ret->classes, ret->n_classes);
	ret->n_kinds = merge_changes(ret->kinds, ret->n_kinds);
	ret->before = before->report->totals;
	ret->is_same_start = before->objects->areas.areas[0].pool == after->objects->areas.areas[0].pool &&
			     before->objects->ids.id_modules == after->objects->ids.id_modules;
	if (error == 0 && ret->is_same_start) {
		add_up_gone(before->objects, after->objects, &ret->gone);
		error = objects_owners(after->objects, is_new, before->objects, &ret->came);
	}
	return error;
}

void objects_since_deinit(struct objects_since *since)
{
	objects_owners_deinit(&since->came);
	vec_deinit(since, globals);
	vec_deinit(since, classes);
	vec_deinit(since, kinds);
}
