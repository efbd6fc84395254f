/* Two moments of one board: what was born between them and stayed, and who holds it. The same object is one that begins
 * at the same address, has as many blocks, and the same first word. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "private.h"

/* ---- who owns an object ---- */

/* A value in the globals of a module or of __main__; a module. */
static bool is_global(const struct objects *o, uint32_t i)
{
	uint32_t table = o->nodes[i].parent;

	if (table == OBJECT_NONE || o->nodes[table].role != ROLE_NAMESPACE_TABLE)
		return false;
	uint32_t dict = o->nodes[table].parent;
	if (dict == OBJECT_NONE)
		return true;
	uint32_t module = o->nodes[dict].parent;
	return o->nodes[dict].is_namespace && module != OBJECT_NONE && object_shape(o, module) == SHAPE_MODULE;
}

/* For each object the global that it is named by, or the root; itself if it is one. */
static uint32_t *find_owners(const struct objects *o)
{
	uint32_t n = (uint32_t)o->blocks.n_extents, *owners = malloc(((size_t)n + 1) * sizeof(*owners));

	for (uint32_t i = 0; owners && i < n; i++)
		owners[i] = OBJECT_NONE;
	for (uint32_t i = 0; owners && i < n; i++) {
		uint32_t at = i;
		while (owners[at] == OBJECT_NONE && !is_global(o, at) && o->nodes[at].parent != OBJECT_NONE)
			at = o->nodes[at].parent;
		uint32_t owner = owners[at] == OBJECT_NONE ? at : owners[at];
		for (at = i; owners[at] == OBJECT_NONE; at = o->nodes[at].parent) {
			owners[at] = owner;
			if (at == owner)
				break;
		}
	}
	return owners;
}

/* The object that a block is a part of. */
static uint32_t whole_of(const struct objects *o, uint32_t i)
{
	for (int n = 0; n < PARTS_MAX && is_part(o, i) && o->nodes[i].parent != OBJECT_NONE; n++)
		i = o->nodes[i].parent;
	return i;
}

/* ---- what was born ---- */

struct birth {
	const char *owner, *what; /* of the arena */
	struct objects_sum sum;
};

static bool is_same(const struct objects *before, const struct objects *after, uint32_t i)
{
	uint32_t old = blocks_object(&before->blocks, blocks_address(&after->blocks, i));

	return old != OBJECT_NONE && blocks_n_bytes(&before->blocks, old) == blocks_n_bytes(&after->blocks, i) &&
	       object_word(before, old, 0) == object_word(after, i, 0);
}

static const char *name_of_owner(const struct objects *o, uint32_t owner, struct arena *arena)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!o->nodes[owner].reached)
		strbuf_puts(&path, "<unknown>");
	else if (o->nodes[owner].root == ROOT_STACK)
		strbuf_puts(&path, "<stack>");
	else if (o->nodes[owner].root == ROOT_STATE)
		strbuf_puts(&path, o->nodes[owner].role == ROLE_NAMES ? "<names>" : "<roots>");
	else if (o->nodes[owner].root == ROOT_GLOBALS)
		strbuf_puts(&path, "__main__");
	else if (o->nodes[owner].root == ROOT_MODULES)
		strbuf_puts(&path, "sys.modules");
	else
		objects_path(o, owner, &path);
	if (strcmp(strbuf_text(&path), PROBE_NAME) == 0)
		return "<memprof>";
	return arena_text(arena, strbuf_text(&path), path.n_bytes);
}

static int by_owner(const void *a, const void *b)
{
	const struct birth *x = a, *y = b;
	int order = strcmp(x->owner, y->owner);

	return order ? order : strcmp(x->what, y->what);
}

static int by_sum(const void *a, const void *b)
{
	const struct objects_born *x = a, *y = b;

	return x->sum.n_bytes != y->sum.n_bytes ? (x->sum.n_bytes < y->sum.n_bytes ? 1 : -1) : strcmp(x->name, y->name);
}

/* Rows of one owner become one with parts. */
static int add_births(struct objects_since *ret, struct birth *births, size_t n)
{
	int error = 0;

	if (n)
		qsort(births, n, sizeof(*births), by_owner);
	for (size_t i = 0; i < n && error == 0; i++) {
		struct objects_born *owner = ret->n_owners ? &ret->owners[ret->n_owners - 1] : NULL;
		struct objects_born *part = ret->n_parts ? &ret->parts[ret->n_parts - 1] : NULL;
		bool is_new = !owner || strcmp(owner->name, births[i].owner) != 0;
		if (is_new) {
			error = vec_push(ret, owners,
					 (struct objects_born){ .name = births[i].owner, .i_part = ret->n_parts });
			owner = error < 0 ? NULL : &ret->owners[ret->n_owners - 1];
		}
		if (owner && (is_new || strcmp(part->name, births[i].what) != 0)) {
			error = vec_push(ret, parts, (struct objects_born){ .name = births[i].what });
			part = error < 0 ? NULL : &ret->parts[ret->n_parts - 1];
			owner->n_parts += error == 0;
		}
		if (error < 0)
			return error;
		owner->sum.n_objects += births[i].sum.n_objects;
		owner->sum.n_bytes += births[i].sum.n_bytes;
		part->sum.n_objects += births[i].sum.n_objects;
		part->sum.n_bytes += births[i].sum.n_bytes;
	}
	for (size_t i = 0; i < ret->n_owners; i++)
		qsort(&ret->parts[ret->owners[i].i_part], ret->owners[i].n_parts, sizeof(*ret->parts), by_sum);
	if (ret->n_owners)
		qsort(ret->owners, ret->n_owners, sizeof(*ret->owners), by_sum);
	return 0;
}

static int find_births(const struct objects *before, const struct objects *after, struct objects_since *ret)
{
	uint32_t n = (uint32_t)after->blocks.n_extents, *owners = find_owners(after);
	struct birth *births = calloc((size_t)n + 1, sizeof(*births));
	const char **names = calloc((size_t)n + 1, sizeof(*names)); /* of owners */
	size_t n_births = 0;
	int error = owners && births && names ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < n && error == 0; i++) {
		struct object whole;
		uint32_t owner = owners[i];
		if (!after->nodes[i].live || is_same(before, after, i))
			continue;
		objects_get(after, whole_of(after, i), &whole);
		if (!names[owner])
			names[owner] = name_of_owner(after, owner, &ret->arena);
		struct objects_sum sum = { whole_of(after, i) == i, blocks_n_bytes(&after->blocks, i) };
		births[n_births++] = (struct birth){ names[owner], whole.class ? whole.class : whole.kind, sum };
		ret->born.n_objects++;
		ret->born.n_bytes += sum.n_bytes;
		error = arena_error(&ret->arena);
	}
	for (uint32_t i = 0; i < before->blocks.n_extents && error == 0; i++) {
		if (!before->nodes[i].live || is_same(after, before, i))
			continue;
		ret->gone.n_objects++;
		ret->gone.n_bytes += blocks_n_bytes(&before->blocks, i);
	}
	if (error == 0)
		error = add_births(ret, births, n_births);
	free(owners);
	free(births);
	free(names);
	return error;
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
	if (error == 0 && ret->is_same_start)
		error = find_births(before->objects, after->objects, ret);
	return error;
}

void objects_since_deinit(struct objects_since *since)
{
	arena_deinit(&since->arena);
	vec_deinit(since, owners);
	vec_deinit(since, parts);
	vec_deinit(since, globals);
	vec_deinit(since, classes);
	vec_deinit(since, kinds);
}
