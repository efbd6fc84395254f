/* Each object is of one owner: the global that it is named by, or the root. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "private.h"

/* ---- whose it is ---- */

bool is_global(const struct objects *o, uint32_t i)
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

uint32_t *find_owners(const struct objects *o)
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

uint32_t *objects_owner_of_each(const struct objects *o)
{
	uint32_t *owners = find_owners(o);

	for (uint32_t i = 0; owners && i < o->blocks.n_extents; i++)
		if (owners[i] != OBJECT_NONE && !is_global(o, owners[i]))
			owners[i] = OBJECT_NONE;
	return owners;
}

/* ---- their sums ---- */

struct share {
	const char *owner, *what;
	uint32_t object; /* the owner */
	bool is_class;
	struct objects_sum sum;
};

/* Strings that are interned; they come with whatever is named. */
static const char names_owner[] = "<names>";

/* Roots that have no name of their own are one owner each. */
static const char *name_of_owner(const struct objects *o, uint32_t owner, struct arena *arena)
{
	static const char *const roots[] = {
		[ROOT_STATE] = "<roots>", [ROOT_STACK] = "<stack>", [ROOT_REGISTER] = "<registers>"
	};
	const struct node *node = &o->nodes[owner];
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!node->reached)
		return "<unknown>";
	if (node->role != ROLE_NAMES && node->root < ARRAY_SIZE(roots) && roots[node->root])
		return roots[node->root];
	objects_path(o, owner, &path);
	return arena_text(arena, strbuf_text(&path), path.n_bytes);
}

static int by_owner(const void *a, const void *b)
{
	const struct share *x = a, *y = b;
	int order = strcmp(x->owner, y->owner);

	return order ? order : strcmp(x->what, y->what);
}

static int by_sum(const void *a, const void *b)
{
	const struct objects_owned *x = a, *y = b;

	return x->sum.n_bytes != y->sum.n_bytes ? (x->sum.n_bytes < y->sum.n_bytes ? 1 : -1) : strcmp(x->name, y->name);
}

/* Rows of one owner become one with parts. */
static int add_up(struct objects_owners *ret, struct share *shares, size_t n)
{
	int error = 0;

	if (n)
		qsort(shares, n, sizeof(*shares), by_owner);
	for (size_t i = 0; i < n && error == 0; i++) {
		struct objects_owned *owner = ret->n_owners ? &ret->owners[ret->n_owners - 1] : NULL;
		struct objects_owned *part = ret->n_parts ? &ret->parts[ret->n_parts - 1] : NULL;
		bool is_new = !owner || strcmp(owner->name, shares[i].owner) != 0;
		if (is_new) {
			error = vec_push(ret, owners,
					 (struct objects_owned){ .name = shares[i].owner,
								 .object = shares[i].object,
								 .i_part = ret->n_parts });
			owner = error < 0 ? NULL : &ret->owners[ret->n_owners - 1];
		}
		if (owner && (is_new || strcmp(part->name, shares[i].what) != 0)) {
			error = vec_push(
				ret, parts,
				(struct objects_owned){ .name = shares[i].what, .is_class = shares[i].is_class });
			part = error < 0 ? NULL : &ret->parts[ret->n_parts - 1];
			owner->n_parts += error == 0;
		}
		if (error < 0)
			return error;
		if (owner->object != shares[i].object)
			owner->object = OBJECT_NONE;
		owner->sum.n_objects += shares[i].sum.n_objects;
		owner->sum.n_bytes += shares[i].sum.n_bytes;
		part->sum.n_objects += shares[i].sum.n_objects;
		part->sum.n_bytes += shares[i].sum.n_bytes;
	}
	for (size_t i = 0; i < ret->n_owners; i++)
		qsort(&ret->parts[ret->owners[i].i_part], ret->owners[i].n_parts, sizeof(*ret->parts), by_sum);
	if (ret->n_owners)
		qsort(ret->owners, ret->n_owners, sizeof(*ret->owners), by_sum);
	return 0;
}

int objects_owners(const struct objects *o, objects_is_wanted *is_wanted, const void *ctx, struct objects_owners *ret)
{
	uint32_t n = (uint32_t)o->blocks.n_extents, *owners = find_owners(o);
	struct share *shares = calloc((size_t)n + 1, sizeof(*shares));
	const char **names = calloc((size_t)n + 1, sizeof(*names)); /* of owners */
	size_t n_shares = 0;
	int error = owners && shares && names ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < n && error == 0; i++) {
		struct object whole;
		uint32_t owner = owners[i];
		if (!o->nodes[i].live || (is_wanted && !is_wanted(ctx, o, i)))
			continue;
		objects_get(o, whole_of(o, i), &whole);
		if (!names[owner])
			names[owner] = name_of_owner(o, owner, &ret->arena);
		struct objects_sum sum = { whole_of(o, i) == i, blocks_n_bytes(&o->blocks, i) };
		shares[n_shares++] = (struct share){ names[owner], whole.class ? whole.class : whole.kind, owner,
						     whole.class != NULL, sum };
		ret->sum.n_objects += sum.n_objects;
		ret->sum.n_bytes += sum.n_bytes;
		error = arena_error(&ret->arena);
	}
	if (error == 0)
		error = add_up(ret, shares, n_shares);
	free(owners);
	free(shares);
	free(names);
	return error;
}

const char *objects_owners_holder(const struct objects_owners *owners)
{
	const struct objects_owned *first = NULL;
	uint64_t sum = owners->sum.n_bytes, next = 0;

	for (size_t i = 0; i < owners->n_owners; i++) {
		const struct objects_owned *owner = &owners->owners[i];
		if (strcmp(owner->name, names_owner) == 0)
			sum -= owner->sum.n_bytes;
		else if (first)
			next = MAX(next, owner->sum.n_bytes);
		else
			first = owner;
	}
	if (!first || first->name[0] == '<')
		return NULL;
	return 2 * first->sum.n_bytes >= sum && first->sum.n_bytes >= 2 * next ? first->name : NULL;
}

void objects_owners_deinit(struct objects_owners *owners)
{
	arena_deinit(&owners->arena);
	vec_deinit(owners, owners);
	vec_deinit(owners, parts);
}
