/* Answers about single objects: what one holds, what refers to it, which are of a class. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "private.h"

/* ---- lists, largest first ---- */

struct rank {
	uint64_t n_bytes;
	uint32_t i;
};

static int by_bytes(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;

	return x->n_bytes != y->n_bytes ? (x->n_bytes < y->n_bytes ? 1 : -1) : (x->i > y->i) - (x->i < y->i);
}

/* Sorts objects by what they retain, or, if they are collectable, by what they occupy. */
static int sort_objects(const struct objects *o, uint32_t *objects, size_t n)
{
	struct rank *ranks = malloc((n + 1) * sizeof(*ranks));

	if (!ranks)
		return -ENOMEM;
	for (size_t k = 0; k < n; k++)
		ranks[k] = (struct rank){
			MAX(o->retained_bytes[objects[k]], (uint64_t)blocks_n_bytes(&o->blocks, objects[k])), objects[k]
		};
	qsort(ranks, n, sizeof(*ranks), by_bytes);
	for (size_t k = 0; k < n; k++)
		objects[k] = ranks[k].i;
	free(ranks);
	return 0;
}

static int add_rows(const struct objects *o, uint32_t *objects, size_t n, struct objects_list *ret)
{
	int error = sort_objects(o, objects, n);

	for (size_t k = 0; k < n && error == 0; k++)
		error = vec_push(ret, rows, (struct objects_row){ .object = objects[k] });
	return error;
}

void objects_list_deinit(struct objects_list *list) { vec_deinit(list, rows); }

/* ---- of a class, a kind, a size ---- */

int objects_select(const struct objects *o, const struct objects_filter *f, struct objects_list *ret)
{
	uint32_t *found = malloc((o->blocks.n_extents + 1) * sizeof(*found));
	size_t n = 0;
	int error = found ? 0 : -ENOMEM;

	for (uint32_t i = 0; error == 0 && i < o->blocks.n_extents; i++) {
		struct object object;
		objects_get(o, i, &object);
		if (object.live != f->is_collectable && object.n_bytes >= f->min_bytes &&
		    (!f->class || (object.class && strcmp(object.class, f->class) == 0)) &&
		    (!f->kind || strcmp(object.kind, f->kind) == 0))
			found[n++] = i;
	}
	if (error == 0)
		error = add_rows(o, found, n, ret);
	free(found);
	return error;
}

/* ---- what refers to an object ---- */

int objects_referrers(const struct objects *o, uint32_t i, struct objects_list *ret)
{
	uint32_t *found = malloc((o->blocks.n_extents + 1) * sizeof(*found));
	size_t n = 0;
	int error = found ? 0 : -ENOMEM;

	for (uint32_t from = 0; error == 0 && from < o->blocks.n_extents; from++)
		for (uint32_t k = o->first_edge[from]; k < o->first_edge[from + 1]; k++)
			if (o->edges[k] == i) {
				found[n++] = from;
				break;
			}
	if (error == 0)
		error = add_rows(o, found, n, ret);
	free(found);
	return error;
}

/* ---- who holds an object ---- */

bool is_part(const struct objects *o, uint32_t i)
{
	const struct node *node = &o->nodes[i];

	return node->reached && (node->is_namespace || (node->role != ROLE_TYPED && node->role != ROLE_OTHER));
}

uint32_t whole_of(const struct objects *o, uint32_t i)
{
	for (int n = 0; n < PARTS_MAX && is_part(o, i) && o->nodes[i].parent != OBJECT_NONE; n++)
		i = o->nodes[i].parent;
	return i;
}

/* The object that holds it: what the items of a list hold, the list holds. */
static uint32_t whole_holder(const struct objects *o, uint32_t i, uint32_t root)
{
	uint32_t holder = objects_holder(o, i);

	for (int n = 0; n < PARTS_MAX && holder != OBJECT_NONE && holder != root && is_part(o, holder); n++)
		holder = objects_holder(o, holder);
	return holder;
}

int objects_holders(const struct objects *o, uint32_t i, struct objects_list *ret)
{
	uint32_t table = objects_holder(o, i);
	int error = 0;

	for (i = whole_holder(o, i, OBJECT_NONE); i != OBJECT_NONE && error == 0; i = whole_holder(o, i, OBJECT_NONE))
		if (!is_part(o, i))
			error = vec_push(ret, rows, (struct objects_row){ .object = i });
	/* The globals of __main__ are a table whose dict is in no heap. */
	if (error == 0 && ret->n_rows == 0 && table != OBJECT_NONE && whole_of(o, table) == table)
		error = vec_push(ret, rows, (struct objects_row){ .object = table });
	return error;
}

/* ---- what an object holds ---- */

struct held {
	uint32_t *first, *objects; /* of each object, as in a table of edges */
};

static uint32_t row_holder(const struct objects *o, uint32_t i, uint32_t root)
{
	return o->nodes[i].live && !is_part(o, i) ? whole_holder(o, i, root) : OBJECT_NONE;
}

static int find_held(const struct objects *o, uint32_t root, struct held *ret)
{
	uint32_t n = (uint32_t)o->blocks.n_extents;

	ret->first = calloc((size_t)n + 2, sizeof(*ret->first));
	ret->objects = malloc(((size_t)n + 1) * sizeof(*ret->objects));
	if (!ret->first || !ret->objects)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t holder = row_holder(o, i, root);
		if (holder != OBJECT_NONE)
			ret->first[holder + 2]++;
	}
	for (uint32_t i = 2; i < n + 2; i++)
		ret->first[i] += ret->first[i - 1];
	for (uint32_t i = 0; i < n; i++) {
		uint32_t holder = row_holder(o, i, root);
		if (holder != OBJECT_NONE)
			ret->objects[ret->first[holder + 1]++] = i;
	}
	return 0;
}

int objects_tree(const struct objects *o, uint32_t root, unsigned depth_max, uint64_t n_top, struct objects_list *ret)
{
	struct held held = { 0 };
	uint32_t at[OBJECTS_DEPTH_MAX + 1] = { 0 }, objects[OBJECTS_DEPTH_MAX + 1] = { root };
	unsigned depth = 0;
	int error = find_held(o, root, &held);

	if (error == 0)
		error = vec_push(ret, rows, (struct objects_row){ .object = root });
	depth_max = MIN(depth_max, (unsigned)OBJECTS_DEPTH_MAX);
	for (bool is_new = true; error == 0;) {
		uint32_t i = objects[depth], *list = held.objects + held.first[i];
		uint32_t n = held.first[i + 1] - held.first[i];
		if (is_new && (error = sort_objects(o, list, n)) < 0)
			break;
		is_new = false;
		if (depth < depth_max && at[depth] < MIN((uint64_t)n, n_top)) {
			uint32_t child = list[at[depth]++];
			error = vec_push(ret, rows, (struct objects_row){ .object = child, .depth = ++depth });
			objects[depth] = child;
			at[depth] = 0;
			is_new = true;
			continue;
		}
		struct objects_row more = { .object = OBJECT_NONE, .depth = depth + 1 };
		for (uint32_t k = at[depth]; k < n && depth < depth_max; k++, more.n_more++)
			more.n_more_bytes += o->retained_bytes[list[k]];
		if (more.n_more && error == 0)
			error = vec_push(ret, rows, more);
		if (depth == 0)
			break;
		depth--;
	}
	free(held.first);
	free(held.objects);
	return error;
}
