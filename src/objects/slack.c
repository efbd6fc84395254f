/* Containers with room for more items than they have: they grow by more than an item at a time, and lists, dicts and
 * sets hardly ever shrink (py/objlist.c, py/map.c). */
#include <stdlib.h>

#include "memprof/base/number.h"
#include "private.h"

struct container {
	uint32_t table;
	uint64_t n_used, n_room;
	unsigned item_words;
};

/* A map: flags and used, room, table. */
static struct container map_at(const struct objects *o, uint32_t i, size_t i_word)
{
	return (struct container){ blocks_object(&o->blocks, object_word(o, i, i_word + 2)),
				   object_word(o, i, i_word) >> o->n_dict_flags, object_word(o, i, i_word + 1), 2 };
}

static struct container container_of(const struct objects *o, uint32_t i)
{
	switch (object_shape(o, i)) {
	case SHAPE_LIST:
		return (struct container){ blocks_object(&o->blocks, object_word(o, i, 3)), object_word(o, i, 2),
					   object_word(o, i, 1), 1 };
	case SHAPE_SET:
		return (struct container){ blocks_object(&o->blocks, object_word(o, i, 3)), object_word(o, i, 2),
					   object_word(o, i, 1), 1 };
	case SHAPE_DICT:
	case SHAPE_INSTANCE:
		return map_at(o, i, 1);
	default:
		return (struct container){ OBJECT_NONE, 0, 0, 1 };
	}
}

/* Bytes of whole blocks that would be free if the table were as large as what it holds. */
static uint64_t wasted_bytes(const struct objects *o, uint32_t i, const struct container *c)
{
	uint64_t word = o->ids.word_bytes * c->item_words, block = o->blocks.block_bytes;

	if (c->table == OBJECT_NONE || o->nodes[c->table].parent != i ||
	    c->n_room > blocks_n_bytes(&o->blocks, c->table) / word || c->n_used > c->n_room)
		return 0;
	uint64_t needed = (c->n_used * word + block - 1) / block * block;
	return blocks_n_bytes(&o->blocks, c->table) - MIN(needed, (uint64_t)blocks_n_bytes(&o->blocks, c->table));
}

static int by_waste(const void *a, const void *b)
{
	const struct objects_slack *x = a, *y = b;

	return x->n_bytes != y->n_bytes ? (x->n_bytes < y->n_bytes ? 1 : -1) :
					  (x->object > y->object) - (x->object < y->object);
}

int add_slack(const struct objects *o, struct objects_report *report)
{
	int error = 0;

	for (uint32_t i = 0; i < o->blocks.n_extents && error == 0; i++) {
		if (!o->nodes[i].live || o->nodes[i].role != ROLE_TYPED)
			continue;
		struct container c = container_of(o, i);
		struct objects_slack slack = { i, c.n_used, c.n_room, wasted_bytes(o, i, &c) };
		if (slack.n_bytes)
			error = vec_push(report, slack, slack);
	}
	if (report->n_slack)
		qsort(report->slack, report->n_slack, sizeof(*report->slack), by_waste);
	return error;
}
