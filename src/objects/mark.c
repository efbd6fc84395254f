/* What the collector would mark: each word of a root, or of a block that is marked, that is the address of a head. */
#include <errno.h>
#include <stdlib.h>

#include "private.h"

/* Calls each for every object behind a word of [from, to). */
static void each_root(const struct objects *o, uint64_t from, uint64_t to, void (*each)(void *ctx, uint32_t i),
		      void *ctx)
{
	uint64_t word;

	for (uint64_t at = from; at + o->ids.word_bytes <= to; at += o->ids.word_bytes) {
		uint32_t i = memory_word(o, at, &word) ? blocks_object(&o->blocks, word) : OBJECT_NONE;
		if (i != OBJECT_NONE)
			each(ctx, i);
	}
}

static void each_word(const struct objects *o, uint32_t i, void (*each)(void *ctx, uint32_t i), void *ctx)
{
	const uint8_t *bytes = blocks_bytes(&o->blocks, i);
	size_t n = n_words_of(o, i);

	for (size_t k = 0; k < n; k++) {
		uint32_t to = blocks_object(&o->blocks, word_at(o, bytes, k));
		if (to != OBJECT_NONE)
			each(ctx, to);
	}
}

/* What runs refers to objects for a moment. */
static void each_passing_root(const struct objects *o, void (*each)(void *ctx, uint32_t i), void *ctx)
{
	each_root(o, o->stack, o->stack_end, each, ctx);
	each_root(o, o->pystack, o->pystack_end, each, ctx);
	for (size_t i = 0; i < o->ids.n_registers; i++) {
		uint32_t to = blocks_object(&o->blocks, o->ids.registers[i]);
		if (to != OBJECT_NONE)
			each(ctx, to);
	}
}

/* ---- edges, by their origin ---- */

static void count(void *ctx, uint32_t i)
{
	(void)i;
	++*(uint32_t *)ctx;
}

static void put(void *ctx, uint32_t i)
{
	uint32_t **at = ctx;

	*(*at)++ = i;
}

/* Those of the objects, and of the roots but for what runs, for which there is room. */
static int make_edges(struct objects *o)
{
	uint32_t n = (uint32_t)o->blocks.n_extents, n_edges = 0, n_passing = 0;

	o->first_edge = malloc(((size_t)n + 2) * sizeof(*o->first_edge));
	if (!o->first_edge)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		o->first_edge[i] = n_edges;
		each_word(o, i, count, &n_edges);
	}
	o->first_edge[n] = n_edges;
	each_root(o, o->roots, o->roots_end, count, &n_edges);
	o->first_edge[n + 1] = n_edges;
	each_passing_root(o, count, &n_passing);
	o->edges = malloc(((size_t)n_edges + n_passing + 1) * sizeof(*o->edges));
	uint32_t *at = o->edges;
	for (uint32_t i = 0; at && i < n; i++)
		each_word(o, i, put, &at);
	if (at)
		each_root(o, o->roots, o->roots_end, put, &at);
	return o->edges ? 0 : -ENOMEM;
}

/* What runs is a root of what nothing else leads to. An object that a variable leads to as well would have no holder
 * else, at the moments at which code looks at it. */
static void add_passing(void *ctx, uint32_t i)
{
	struct objects *o = ctx;

	if (!o->nodes[i].live)
		o->edges[o->first_edge[o->blocks.n_extents + 1]++] = i;
}

/* From edges [first, end) on. stack has room for all objects. */
static void mark_from(struct objects *o, uint32_t first, uint32_t end, uint32_t *stack)
{
	for (uint32_t n_stack = 0;;) {
		for (uint32_t k = first; k < end; k++) {
			struct node *to = &o->nodes[o->edges[k]];
			if (!to->live)
				stack[n_stack++] = o->edges[k];
			to->live = true;
		}
		if (n_stack == 0)
			return;
		uint32_t from = stack[--n_stack];
		first = o->first_edge[from];
		end = o->first_edge[from + 1];
	}
}

int mark(struct objects *o)
{
	uint32_t n = (uint32_t)o->blocks.n_extents;
	uint32_t *stack = malloc(((size_t)n + 1) * sizeof(*stack));
	int error = stack ? make_edges(o) : -ENOMEM;

	if (error == 0) {
		uint32_t n_lasting = o->first_edge[n + 1];
		mark_from(o, o->first_edge[n], n_lasting, stack);
		each_passing_root(o, add_passing, o);
		mark_from(o, n_lasting, o->first_edge[n + 1], stack);
	}
	free(stack);
	for (uint32_t i = 0; error == 0 && i < n; i++) {
		struct objects_sum *sum = o->nodes[i].live ? &o->live : &o->collectable;
		sum->n_objects++;
		sum->n_bytes += blocks_n_bytes(&o->blocks, i);
	}
	return error;
}
