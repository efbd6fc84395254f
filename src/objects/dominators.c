/* An object is retained by another if each way to it from the roots leads through that one: if the other goes, it goes
 * as well. Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm". */
#include <errno.h>
#include <stdlib.h>

#include "private.h"

struct tree {
	const struct objects *o;
	uint32_t n;                      /* objects; the roots are one more */
	uint32_t n_live;                 /* with the roots */
	uint32_t *order;                 /* nodes in postorder: the roots are the last */
	uint32_t *number;                /* of a node in that order; OBJECT_NONE: not live */
	uint32_t *before, *first_before; /* the edges backwards, by number */
	uint32_t *idom;                  /* by number */
};

/* Depth first, without recursion: a stack of nodes, and the next edge of each. */
static int number_nodes(struct tree *t)
{
	const struct objects *o = t->o;
	uint32_t *stack = malloc(((size_t)t->n + 1) * sizeof(*stack));
	uint32_t *next = malloc(((size_t)t->n + 1) * sizeof(*next));
	uint32_t n_stack = 0;

	if (!stack || !next) {
		free(stack);
		free(next);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i <= t->n; i++)
		t->number[i] = OBJECT_NONE;
	stack[n_stack++] = t->n;
	next[t->n] = o->first_edge[t->n];
	t->number[t->n] = 0; /* seen */
	while (n_stack > 0) {
		uint32_t at = stack[n_stack - 1];
		if (next[at] == o->first_edge[at + 1]) {
			t->number[at] = t->n_live;
			t->order[t->n_live++] = at;
			n_stack--;
			continue;
		}
		uint32_t to = o->edges[next[at]++];
		if (t->number[to] != OBJECT_NONE)
			continue;
		t->number[to] = 0;
		next[to] = o->first_edge[to];
		stack[n_stack++] = to;
	}
	free(stack);
	free(next);
	return 0;
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

static uint32_t intersect(const struct tree *t, uint32_t a, uint32_t b)
{
	while (a != b) {
		while (a < b)
			a = t->idom[a];
		while (b < a)
			b = t->idom[b];
	}
	return a;
}

static void find_dominators(struct tree *t)
{
	uint32_t root = t->n_live - 1;
	bool changed = true;

	for (uint32_t k = 0; k < t->n_live; k++)
		t->idom[k] = OBJECT_NONE;
	t->idom[root] = root;
	while (changed) {
		changed = false;
		for (uint32_t k = root; k-- > 0;) {
			uint32_t idom = OBJECT_NONE;
			for (uint32_t e = t->first_before[k]; e < t->first_before[k + 1]; e++) {
				uint32_t from = t->before[e];
				if (t->idom[from] != OBJECT_NONE)
					idom = idom == OBJECT_NONE ? from : intersect(t, from, idom);
			}
			changed |= t->idom[k] != idom;
			t->idom[k] = idom;
		}
	}
}

/* In postorder, a node comes before the one that dominates it. */
static void add_up(struct objects *o, const struct tree *t)
{
	for (uint32_t k = 0; k + 1 < t->n_live; k++) {
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
	struct tree t = { .o = o, .n = (uint32_t)o->blocks.n_extents };
	size_t room = (size_t)t.n + 1;
	int error = -ENOMEM;

	t.order = malloc(room * sizeof(*t.order));
	t.number = malloc(room * sizeof(*t.number));
	t.idom = malloc(room * sizeof(*t.idom));
	o->dominator = malloc(room * sizeof(*o->dominator));
	o->retained_bytes = calloc(room, sizeof(*o->retained_bytes));
	o->n_retained = calloc(room, sizeof(*o->n_retained));
	if (t.order && t.number && t.idom && o->dominator && o->retained_bytes && o->n_retained)
		error = number_nodes(&t);
	if (error == 0)
		error = turn_edges(&t);
	if (error == 0) {
		for (uint32_t i = 0; i < t.n; i++)
			o->dominator[i] = OBJECT_NONE;
		find_dominators(&t);
		add_up(o, &t);
	}
	free(t.order);
	free(t.number);
	free(t.idom);
	free(t.before);
	free(t.first_before);
	return error;
}
