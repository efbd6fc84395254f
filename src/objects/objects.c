#include "memprof/objects/objects.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "private.h"

enum { ROUNDS_MAX = 4 };

/* Objects whose owner says that they are some, and whose type is not known yet: their first word is one, so ROM is
 * there. Whether any has still to be read. */
static bool grow_types(struct objects *o)
{
	uint64_t n_bytes = 2 * (uint64_t)o->ids.word_bytes, word;
	bool grew = false;

	for (uint32_t i = 0; i < o->blocks.n_extents; i++) {
		const struct node *node = &o->nodes[i];
		uint64_t type = object_word(o, i, 0);
		if (node->reached && node->role == ROLE_TYPED && node->type == TYPE_NONE &&
		    type % o->ids.word_bytes == 0 && !(rom_has(o, type, n_bytes) && memory_word(o, type, &word)))
			grew |= rom_has(o, type, n_bytes) || rom_grow(o, type, n_bytes);
	}
	return grew;
}

static int read_graph(struct objects *o, struct diag *diag)
{
	int error = capture(o, diag);
	bool grows = true;

	if (error == 0) {
		o->nodes = calloc(o->blocks.n_extents, sizeof(*o->nodes));
		error = o->nodes ? 0 : -ENOMEM;
	}
	for (int i = 0; i < ROUNDS_MAX && grows && error == 0; i++) {
		error = types_read(o);
		if (error == 0)
			error = types_name(o);
		if (error == 0)
			error = walk(o);
		grows = error == 0 && grow_types(o);
	}
	uint32_t *qstrs = NULL;
	size_t n_qstrs = 0;
	if (error == 0)
		error = walk_qstrs(o, &qstrs, &n_qstrs);
	if (error == 0)
		error = names_read(o, qstrs, n_qstrs);
	free(qstrs);
	if (error == 0)
		error = mark(o);
	return error < 0 ? error : dominators(o);
}

int objects_read(struct memory_reader *r, const struct interpreter_ids *ids, struct objects **ret, struct diag *diag)
{
	struct objects *o = calloc(1, sizeof(*o));

	if (!o)
		return -ENOMEM;
	o->ids = *ids;
	o->reader = r;
	int error = read_graph(o, diag);
	o->reader = NULL;
	if (error < 0)
		objects_free(o);
	else
		*ret = o;
	return error;
}

void objects_free(struct objects *o)
{
	if (!o)
		return;
	blocks_deinit(&o->blocks);
	for (size_t i = 0; i < o->n_parts; i++)
		free(o->parts[i].bytes);
	arena_deinit(&o->arena);
	vec_deinit(o, parts);
	vec_deinit(o, types);
	vec_deinit(o, names);
	free(o->nodes);
	free(o->edges);
	free(o->first_edge);
	free(o->dominator);
	free(o->retained_bytes);
	free(o->n_retained);
	free(o);
}

/* ---- after a collection ---- */

int objects_freed(struct objects *o, struct memory_reader *r, struct objects_freed *ret)
{
	struct blocks after;
	uint64_t n_kept = 0;
	int error = tables_read(r, &o->areas, &after);

	*ret = (struct objects_freed){ .predicted_bytes = o->collectable.n_bytes, .exact = true };
	for (uint32_t i = 0; i < o->blocks.n_extents && error == 0; i++) {
		bool is_kept = blocks_object(&after, blocks_address(&o->blocks, i)) != OBJECT_NONE;
		if (!is_kept)
			ret->freed_bytes += blocks_n_bytes(&o->blocks, i);
		n_kept += is_kept;
		ret->exact &= is_kept == o->nodes[i].live;
	}
	ret->exact &= n_kept == after.n_extents; /* and nothing is new */
	blocks_deinit(&after);
	return error;
}

/* ---- what was found ---- */

size_t objects_count(const struct objects *o) { return o->blocks.n_extents; }

uint32_t objects_at(const struct objects *o, uint64_t address) { return blocks_object_over(&o->blocks, address); }

static const char *kind_of(const struct objects *o, uint32_t i, const struct node *node)
{
	static const char *const roles[N_ROLES] = {
		[ROLE_LIST_ITEMS] = "list items",
		[ROLE_DICT_TABLE] = "dict table",
		[ROLE_NAMESPACE_TABLE] = "attributes",
		[ROLE_SET_TABLE] = "set table",
		[ROLE_TEXT] = "text",
		[ROLE_BUFFER] = "buffer",
		[ROLE_DIGITS] = "digits",
		[ROLE_BYTECODE] = "bytecode",
		[ROLE_CODE] = "code",
		[ROLE_CONSTANTS] = "constants",
		[ROLE_NAMES] = "names",
	};
	const struct type *type = node->type == TYPE_NONE ? NULL : &o->types[node->type];

	if (node->role == ROLE_TYPED && type && type->in_heap)
		return "instance";
	if (node->role == ROLE_TYPED && type && type->shape == SHAPE_CLASS)
		return "class";
	if (node->role == ROLE_TYPED && type && strcmp(type->text, "generator") == 0 && is_function(o, i))
		return "generator function";
	if (node->role == ROLE_TYPED && type)
		return type->text[0] ? type->text : "cell";
	return roles[node->role] ? roles[node->role] : "other";
}

void objects_get(const struct objects *o, uint32_t i, struct object *ret)
{
	const struct node *node = &o->nodes[i];
	struct node guessed = *node;

	if (!node->reached) { /* collectable: by its first word */
		guessed.type = types_of(o, i);
		guessed.role = guessed.type == TYPE_NONE ? ROLE_OTHER : ROLE_TYPED;
	}
	const struct type *type = guessed.type == TYPE_NONE ? NULL : &o->types[guessed.type];
	*ret = (struct object){
		.address = blocks_address(&o->blocks, i),
		.n_bytes = blocks_n_bytes(&o->blocks, i),
		.retained_bytes = o->retained_bytes[i],
		.n_retained = o->n_retained[i],
		.live = node->live,
		.is_part = is_part(o, i),
		.kind = kind_of(o, i, &guessed),
		.class = guessed.role == ROLE_TYPED && type && type->in_heap ? type->text : NULL,
	};
}

uint32_t objects_holder(const struct objects *o, uint32_t i)
{
	return o->dominator[i] < o->blocks.n_extents ? o->dominator[i] : OBJECT_NONE;
}

const uint32_t *objects_references(const struct objects *o, uint32_t i, size_t *ret_n)
{
	size_t from = MIN((size_t)i, o->blocks.n_extents);

	*ret_n = o->first_edge[from + 1] - o->first_edge[from];
	return o->edges + o->first_edge[from];
}
