/* Dominators of small graphs at random, against what they mean: without it, the object cannot be reached. */

#include "private.h"
#include "unit.h"

enum { N_MAX = 14, EDGES_MAX = N_MAX * 3 + 4, N_GRAPHS = 3000, N_LONG = 100000, BLOCK_BYTES = 16 };

struct graph {
	uint32_t n, n_edges[N_MAX + 1], to[N_MAX + 1][EDGES_MAX]; /* of the roots: n */
};

static uint32_t seed;

static uint32_t chance(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static void make_graph(struct graph *g)
{
	memset(g, 0, sizeof(*g));
	g->n = 1 + chance(N_MAX);
	for (uint32_t i = 0; i <= g->n; i++)
		for (uint32_t k = chance(4); k > 0; k--)
			g->to[i][g->n_edges[i]++] = chance(g->n);
	g->to[g->n][g->n_edges[g->n]++] = chance(g->n);
}

/* Which objects the roots reach without one. */
static void reach(const struct graph *g, uint32_t without, bool ret[N_MAX])
{
	uint32_t stack[N_MAX * EDGES_MAX], n_stack = 0;

	memset(ret, 0, N_MAX * sizeof(*ret));
	for (uint32_t from = g->n;; from = stack[--n_stack]) {
		for (uint32_t k = 0; k < g->n_edges[from]; k++) {
			uint32_t to = g->to[from][k];
			if (to == without || ret[to])
				continue;
			ret[to] = true;
			stack[n_stack++] = to;
		}
		if (n_stack == 0)
			return;
	}
}

static struct objects *objects_of(uint32_t n, uint32_t n_edges)
{
	struct objects *o = calloc(1, sizeof(*o));

	assert_non_null(o);
	o->blocks.block_bytes = BLOCK_BYTES;
	o->first_edge = calloc(n + 2, sizeof(*o->first_edge));
	o->edges = calloc(n_edges + 1, sizeof(*o->edges));
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(vec_push(&o->blocks, extents, (struct extent){ i, 1 }), 0);
	return o;
}

static void check_graph(const struct graph *g)
{
	struct objects *o = objects_of(g->n, N_MAX * EDGES_MAX);
	bool all[N_MAX], without[N_MAX];
	uint32_t n_edges = 0;

	for (uint32_t i = 0; i <= g->n; i++) {
		o->first_edge[i] = n_edges;
		for (uint32_t k = 0; k < g->n_edges[i]; k++)
			o->edges[n_edges++] = g->to[i][k];
	}
	o->first_edge[g->n + 1] = n_edges;
	assert_int_equal(dominators(o), 0);
	reach(g, OBJECT_NONE, all);
	for (uint32_t i = 0; i < g->n; i++) {
		uint32_t n_retained = 0;
		reach(g, i, without);
		for (uint32_t k = 0; k < g->n; k++) {
			bool is_retained = all[i] && all[k] && !without[k];
			bool is_above = false;
			n_retained += is_retained;
			for (uint32_t at = k; all[k] && at < g->n; at = o->dominator[at])
				is_above |= at == i;
			assert_int_equal(is_above, is_retained);
		}
		assert_int_equal(o->n_retained[i], n_retained);
		assert_u64_equal(o->retained_bytes[i], (uint64_t)n_retained * BLOCK_BYTES);
		assert_true(all[i] || o->dominator[i] == OBJECT_NONE);
	}
	objects_free(o);
}

UNIT_TEST(they_are_what_they_mean)
{
	struct graph g;

	for (uint32_t i = 0; i < N_GRAPHS; i++) {
		seed = i;
		make_graph(&g);
		check_graph(&g);
	}
}

/* A linked list, and a list of what is in it: the way up from each is long. Only its time would tell that it is walked
 * each time: minutes. */
UNIT_TEST(a_long_list_with_an_index)
{
	struct objects *o = objects_of(N_LONG, 3 * N_LONG);
	uint32_t n_edges = 0;

	for (uint32_t i = 0; i < N_LONG; i++) {
		o->first_edge[i] = n_edges;
		if (i + 1 < N_LONG)
			o->edges[n_edges++] = i + 1;
	}
	o->first_edge[N_LONG] = n_edges;
	for (uint32_t i = N_LONG; i > 0; i -= 2)
		o->edges[n_edges++] = i - 1;
	o->edges[n_edges++] = 0;
	o->first_edge[N_LONG + 1] = n_edges;
	assert_int_equal(dominators(o), 0);
	for (uint32_t i = 0; i < N_LONG; i++) /* every second one is in the index */
		assert_int_equal(o->dominator[i], i % 2 || i == 0 ? N_LONG : i - 1);
	objects_free(o);
}
