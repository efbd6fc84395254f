/* Buffers of one size: garbage that one buffer would have saved, and buffers that instances of a class have each. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "memprof/base/number.h"
#include "memprof/base/search.h"

enum { BUFFER_MIN_BYTES = 32, BUFFERS_MIN = 3 };

/* Buffers that are alike: of one type and size; of live ones also of one class and attribute. */
struct buffer {
	uint32_t object;
	uint16_t type, class; /* class TYPE_NONE: it is no attribute */
	bool live;
	uint64_t name; /* word of the attribute */
	uint64_t n, n_bytes;
};

struct buffers {
	VEC(struct buffer, list);
	VEC(uint64_t, live); /* sizes, sorted */
};

/* The instance whose attribute it is, and the name; OBJECT_NONE. */
static uint32_t instance_of(const struct objects *o, uint32_t i, uint64_t *ret_name)
{
	uint32_t table = o->nodes[i].parent;
	uint32_t instance = table == OBJECT_NONE ? OBJECT_NONE : o->nodes[table].parent;

	if (instance == OBJECT_NONE || o->nodes[table].role != ROLE_NAMESPACE_TABLE ||
	    object_shape(o, instance) != SHAPE_INSTANCE)
		return OBJECT_NONE;
	*ret_name = table_key(o, table, o->nodes[i].label / 2).word;
	return instance;
}

/* Commands to memprof's programs, and what these send: digits and 'P' (protocol/probe.h), behind the mark of a hook. */
static bool is_own(const uint8_t *bytes, uint64_t n)
{
	while (n > 1 && bytes[n - 1] >= '@' && bytes[n - 1] <= 'P')
		n--;
	return n == 1;
}

/* A bytearray, or bytes that are garbage, with a block of its own; none of memprof's. */
static bool buffer_at(const struct objects *o, uint32_t i, struct buffer *ret)
{
	uint16_t type = types_of(o, i);
	uint32_t data = blocks_object(&o->blocks, object_word(o, i, 3));
	bool live = o->nodes[i].live, is_bytes = type != TYPE_NONE && strcmp(o->types[type].text, "bytes") == 0;
	uint64_t n = object_word(o, i, 2);

	if (type == TYPE_NONE || (live && o->nodes[i].role != ROLE_TYPED) || data == OBJECT_NONE || data == i ||
	    o->nodes[data].live != live || n < BUFFER_MIN_BYTES || n > blocks_n_bytes(&o->blocks, data) ||
	    !((is_bytes && !live) || strcmp(o->types[type].text, "bytearray") == 0) ||
	    is_own(blocks_bytes(&o->blocks, data), n))
		return false;
	*ret = (struct buffer){
		.object = i,
		.type = type,
		.class = TYPE_NONE,
		.live = live,
		.n = n,
		.n_bytes = blocks_n_bytes(&o->blocks, i) + blocks_n_bytes(&o->blocks, data),
	};
	uint32_t instance = live ? instance_of(o, i, &ret->name) : OBJECT_NONE;
	ret->class = instance == OBJECT_NONE ? TYPE_NONE : types_of(o, instance);
	return true;
}

static int by_likeness(const void *x, const void *y)
{
	const struct buffer *a = x, *b = y;

	if (a->live != b->live)
		return a->live ? 1 : -1;
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	if (a->name != b->name)
		return a->name < b->name ? -1 : 1;
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	return (a->object > b->object) - (a->object < b->object);
}

static bool is_alike(const struct buffer *a, const struct buffer *b)
{
	return a->live == b->live && a->type == b->type && a->class == b->class && a->name == b->name && a->n == b->n;
}

/* n_bytes of all but the one that is needed. */
static int say_garbage(const struct advisor *a, const struct buffer *first, size_t n, uint64_t n_bytes, bool is_kept)
{
	struct arena *arena = &a->ret->arena;
	const char *what = strcmp(a->o->types[first->type].text, "bytes") == 0 ? "bytes objects" : "bytearrays";

	return advice_add(a,
			  &(struct advice){
				  .kind = "reuse-buffer",
				  .text = arena_printf(arena,
						       "Make one bytearray(%" PRIu64
						       ") and fill it again and again, as readinto() does: %zu %s of"
						       " that size are collectable",
						       first->n, n, what),
				  .basis = arena_printf(arena,
							"%zu collectable %s of %" PRIu64 " B with their blocks%s, which"
							" are in use until the next collection",
							n, what, first->n, is_kept ? "" : ", but one"),
				  .gain = ADVICE_GARBAGE,
				  .saved_bytes = n_bytes,
				  .object = OBJECT_NONE,
			  });
}

static int say_attribute(const struct advisor *a, const struct buffer *first, size_t n, uint64_t n_bytes)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct table_key key = { first->name, 0, true };
	const char *class = a->o->types[first->class].text;
	struct arena *arena = &a->ret->arena;

	path_key(a->o, &key, KEY_MAX_BYTES, &name);
	return advice_add(
		a, &(struct advice){
			   .kind = "share-buffer",
			   .text = arena_printf(arena,
						"%s: let the %zu instances share one bytearray(%" PRIu64
						") as %s, if no two use it at the same time",
						class, n, first->n, strbuf_text(&name)),
			   .basis = arena_printf(arena, "%zu bytearrays of %" PRIu64 " B with their blocks, but one", n,
						 first->n),
			   .saved_bytes = n_bytes,
			   .object = blocks_object(&a->o->blocks, a->o->types[first->class].address),
		   });
}

static int by_size(const void *x, const void *y)
{
	const uint64_t *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

static int say_alike(const struct advisor *a, const struct buffers *buffers, size_t i, size_t n)
{
	const struct buffer *first = &buffers->list[i];
	uint64_t n_bytes = 0;

	if (n < BUFFERS_MIN || (first->live && first->class == TYPE_NONE))
		return 0;
	size_t at = search_while(buffers->n_live, k, buffers->live[k] < first->n);
	bool is_kept = !first->live && at < buffers->n_live && buffers->live[at] == first->n;
	for (size_t k = is_kept ? 0 : 1; k < n; k++)
		n_bytes += first[k].n_bytes;
	return first->live ? say_attribute(a, first, n, n_bytes) : say_garbage(a, first, n, n_bytes, is_kept);
}

/* Of all objects; of live ones, those of the program. */
static int find_buffers(const struct advisor *a, struct buffers *ret)
{
	struct buffer buffer;
	int error = 0;

	for (uint32_t i = 0; i < a->o->blocks.n_extents && error == 0; i++) {
		if (!buffer_at(a->o, i, &buffer) || (buffer.live && advice_owner(a, i) == OBJECT_NONE))
			continue;
		error = vec_push(ret, list, buffer);
		if (buffer.live && error == 0)
			error = vec_push(ret, live, buffer.n);
	}
	if (ret->n_list)
		qsort(ret->list, ret->n_list, sizeof(*ret->list), by_likeness);
	if (ret->n_live)
		qsort(ret->live, ret->n_live, sizeof(*ret->live), by_size);
	return error;
}

int advise_buffers(const struct advisor *a)
{
	struct buffers buffers = { .list = NULL };
	int error = find_buffers(a, &buffers);

	for (size_t i = 0, n; i < buffers.n_list && error == 0; i += n) {
		for (n = 1; i + n < buffers.n_list && is_alike(&buffers.list[i], &buffers.list[i + n]); n++)
			;
		error = say_alike(a, &buffers, i, n);
	}
	vec_deinit(&buffers, list);
	vec_deinit(&buffers, live);
	return error;
}
