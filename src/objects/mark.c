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

static void each_edge(const struct objects *o, uint32_t from, void (*each)(void *ctx, uint32_t i), void *ctx)
{
	if (from < o->blocks.n_extents) {
		each_word(o, from, each, ctx);
		return;
	}
	each_root(o, o->roots, o->roots_end, each, ctx);
	each_root(o, o->stack, o->stack_end, each, ctx);
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

static int make_edges(struct objects *o)
{
	uint32_t n = (uint32_t)o->blocks.n_extents, n_edges = 0;

	o->first_edge = malloc(((size_t)n + 2) * sizeof(*o->first_edge));
	if (!o->first_edge)
		return -ENOMEM;
	for (uint32_t i = 0; i <= n; i++) {
		o->first_edge[i] = n_edges;
		each_edge(o, i, count, &n_edges);
	}
	o->first_edge[n + 1] = n_edges;
	o->edges = malloc(((size_t)n_edges + 1) * sizeof(*o->edges));
	uint32_t *at = o->edges;
	for (uint32_t i = 0; at && i <= n; i++)
		each_edge(o, i, put, &at);
	return o->edges ? 0 : -ENOMEM;
}

int mark(struct objects *o)
{
	uint32_t n = (uint32_t)o->blocks.n_extents, n_stack = 0;
	uint32_t *stack = malloc(((size_t)n + 1) * sizeof(*stack));
	int error = stack ? make_edges(o) : -ENOMEM;

	for (uint32_t from = n; error == 0;) {
		for (uint32_t k = o->first_edge[from]; k < o->first_edge[from + 1]; k++) {
			struct node *to = &o->nodes[o->edges[k]];
			if (!to->live)
				stack[n_stack++] = o->edges[k];
			to->live = true;
		}
		if (n_stack == 0)
			break;
		from = stack[--n_stack];
	}
	free(stack);
	for (uint32_t i = 0; error == 0 && i < n; i++) {
		struct objects_sum *sum = o->nodes[i].live ? &o->live : &o->collectable;
		sum->n_objects++;
		sum->n_bytes += blocks_n_bytes(&o->blocks, i);
	}
	return error;
}
