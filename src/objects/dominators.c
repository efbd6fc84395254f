/* An object is retained by another if each way to it from the roots leads through that one: if the other goes, it goes
 * as well. By semidominators and nearest common ancestors: Georgiadis, "Linear-Time Algorithms for Dominators and
 * Related Problems" (2005), 2.1. Hardly
 * above linear on heaps; O(n^2) at worst. */
#include <errno.h>
#include <stdlib.h>

#include "memprof/base/number.h"
#include "private.h"

/* By number: in the order of a walk in depth from the roots, which are 0. */
struct tree {
	const struct objects *o;
	uint32_t n;                      /* objects; the roots are one more node */
	uint32_t n_live;                 /* with the roots */
	uint32_t *order;                 /* node of a number */
	uint32_t *number;                /* of a node; OBJECT_NONE: not live */
	uint32_t *before, *first_before; /* the edges backwards */
	uint32_t *parent;                /* in the walk; then a shortcut upwards */
	uint32_t *idom, *semi, *label;
	uint32_t *stack;
};

/* Without recursion: a stack of nodes, and the next edge of each. */
static void number_nodes(struct tree *t, uint32_t *next)
{
	const struct objects *o = t->o;
	uint32_t n_stack = 0;

	for (uint32_t i = 0; i <= t->n; i++)
		t->number[i] = OBJECT_NONE;
	t->stack[n_stack++] = t->n;
	next[t->n] = o->first_edge[t->n];
	t->number[t->n] = 0;
	t->order[0] = t->n;
	t->parent[0] = 0;
	t->n_live = 1;
	while (n_stack > 0) {
		uint32_t at = t->stack[n_stack - 1];
		if (next[at] == o->first_edge[at + 1]) {
			n_stack--;
			continue;
		}
		uint32_t to = o->edges[next[at]++];
		if (t->number[to] != OBJECT_NONE)
			continue;
		t->parent[t->n_live] = t->number[at];
		t->order[t->n_live] = to;
		t->number[to] = t->n_live++;
		next[to] = o->first_edge[to];
		t->stack[n_stack++] = to;
	}
}

static int turn_edges(struct tree *t)
{
	const struct objects *o = t->o;

	t->first_before = calloc((size_t)t->n_live + 2, sizeof(*t->first_before));
	if (!t->first_before)
		return -ENOMEM;
	for (uint32_t k = 0; k < t->n_live; k++)
		for (uint32_t e = o->first_edge[t->order[k]]; e < o->first_edge[t->order[k] + 1]; e++)
			t->first_before[t->number[o->edges[e]] + 2]++;
	for (uint32_t k = 2; k < t->n_live + 2; k++)
		t->first_before[k] += t->first_before[k - 1];
	t->before = malloc(((size_t)t->first_before[t->n_live + 1] + 1) * sizeof(*t->before));
	for (uint32_t k = 0; t->before && k < t->n_live; k++)
		for (uint32_t e = o->first_edge[t->order[k]]; e < o->first_edge[t->order[k] + 1]; e++)
			t->before[t->first_before[t->number[o->edges[e]] + 1]++] = k;
	return t->before ? 0 : -ENOMEM;
}

/* Of the way from the last node that is not below `from` down to k: the node with the least semidominator. The way is
 * shortened for the next time. */
static uint32_t least_above(struct tree *t, uint32_t k, uint32_t from)
{
	uint32_t n_stack = 0;

	if (t->parent[k] < from)
		return t->label[k];
	for (; t->parent[k] >= from; k = t->parent[k])
		t->stack[n_stack++] = k;
	for (uint32_t above = k; n_stack > 0; above = k) {
		k = t->stack[--n_stack];
		t->parent[k] = t->parent[above];
		if (t->semi[t->label[above]] < t->semi[t->label[k]])
			t->label[k] = t->label[above];
	}
	return t->label[k];
}

static void find_dominators(struct tree *t)
{
	for (uint32_t k = 0; k < t->n_live; k++) {
		t->idom[k] = t->parent[k];
		t->semi[k] = t->label[k] = k;
	}
	for (uint32_t k = t->n_live - 1; k > 0; k--) {
		t->semi[k] = t->idom[k];
		for (uint32_t e = t->first_before[k]; e < t->first_before[k + 1]; e++) {
			uint32_t semi = t->semi[least_above(t, t->before[e], k + 1)];
			t->semi[k] = MIN(t->semi[k], semi);
		}
	}
	for (uint32_t k = 1; k < t->n_live; k++)
		while (t->idom[k] > t->semi[k])
			t->idom[k] = t->idom[t->idom[k]];
}

/* A node's number is above that of the one that dominates it. */
static void add_up(struct objects *o, const struct tree *t)
{
	for (uint32_t k = t->n_live - 1; k > 0; k--) {
		uint32_t i = t->order[k], above = t->order[t->idom[k]];
		o->retained_bytes[i] += blocks_n_bytes(&o->blocks, i);
		o->n_retained[i]++;
		o->dominator[i] = above;
		if (above == t->n)
			continue;
		o->retained_bytes[above] += o->retained_bytes[i];
		o->n_retained[above] += o->n_retained[i];
	}
}

int dominators(struct objects *o)
{
	enum { N_TABLES = 8 };
	struct tree t = { .o = o, .n = (uint32_t)o->blocks.n_extents };
	size_t room = (size_t)t.n + 1;
	uint32_t *tables = malloc(N_TABLES * room * sizeof(*tables));
	int error = -ENOMEM;

	o->dominator = malloc(room * sizeof(*o->dominator));
	o->retained_bytes = calloc(room, sizeof(*o->retained_bytes));
	o->n_retained = calloc(room, sizeof(*o->n_retained));
	if (tables && o->dominator && o->retained_bytes && o->n_retained) {
		uint32_t **const all[] = { &t.order, &t.number, &t.parent, &t.idom, &t.semi, &t.label, &t.stack };
		for (size_t i = 0; i < ARRAY_SIZE(all); i++)
			*all[i] = tables + i * room;
		number_nodes(&t, tables + ARRAY_SIZE(all) * room);
		error = turn_edges(&t);
	}
	if (error == 0) {
		for (uint32_t i = 0; i < t.n; i++)
			o->dominator[i] = OBJECT_NONE;
		find_dominators(&t);
		add_up(o, &t);
	}
	free(tables);
	free(t.before);
	free(t.first_before);
	return error;
}
