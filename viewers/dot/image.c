/* Who pulls in whom as a graph of Graphviz: archives, and the objects outside of archives that need them. The edges are
 * of the cross reference table where the map has one, which lists every symbol that is used; else only the first use of
 * each member is known. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dot/text.h"
#include "memprof/base/names.h"
#include "memprof/base/number.h"
#include "memprof/viewers/image_view.h"

enum { LABEL_LINES = 3 };

struct edge {
	uint32_t from, to; /* nodes */
	uint32_t n_symbols;
	struct image_slice symbols[LABEL_LINES]; /* the first ones that it needs */
	struct image_slice last;
};
struct graph {
	const struct image *image;
	struct arena arena;
	struct names nodes; /* paths; node 0 is the link itself */
	struct names pairs; /* "from to", by number the edges */
	VEC(struct edge, edges);
	bool from_link;
};

static bool is_member(const char *object) { return image_member_index(object, strlen(object)) > 0; }

/* "lib/libc.a" of "lib/libc.a(memcpy.o)". */
static uint32_t node_of(struct graph *g, const char *object)
{
	size_t n = object ? strlen(object) : 0, i_member = object ? image_member_index(object, n) : 0;

	return object ? names_add(&g->nodes, object, i_member ? i_member : n) : 0;
}

/* The table has a symbol twice where two members of an archive use it: one after the other. */
static void add_symbol(struct edge *e, struct image_slice symbol)
{
	if (e->last.n_bytes == symbol.n_bytes && memcmp(e->last.text, symbol.text, symbol.n_bytes) == 0)
		return;
	e->last = symbol;
	if (e->n_symbols < LABEL_LINES)
		e->symbols[e->n_symbols] = symbol;
	e->n_symbols++;
}

static int add_edge(struct graph *g, const struct image_pull *pull)
{
	uint32_t from = node_of(g, pull->by), to = node_of(g, pull->what);
	char text[40];

	if (from == NAMES_NONE || to == NAMES_NONE)
		return -ENOMEM;
	if (from == to || !pull->symbol.n_bytes)
		return 0;
	g->from_link |= from == 0;
	int n = snprintf(text, sizeof(text), "%" PRIu32 " %" PRIu32, from, to);
	uint32_t pair = names_add(&g->pairs, text, (size_t)n);
	if (pair == NAMES_NONE)
		return -ENOMEM;
	if (pair == g->n_edges && vec_push(g, edges, (struct edge){ .from = from, .to = to }) < 0)
		return -ENOMEM;
	add_symbol(&g->edges[pair], pull->symbol);
	return 0;
}

static int add_edges_of(struct graph *g)
{
	const struct image *image = g->image;

	for (size_t i = 0; i < image->n_pulls; i++) {
		bool is_first = !image->n_references || !image->pulls[i].by; /* else the table has it */
		if (is_first && add_edge(g, &image->pulls[i]) < 0)
			return -ENOMEM;
	}
	for (size_t i = 0; i < image->n_references; i++)
		if (is_member(image->references[i].what) && add_edge(g, &image->references[i]) < 0)
			return -ENOMEM;
	return 0;
}

static int make_graph(struct graph *g)
{
	static const char link[] = "the link";

	g->nodes.arena = g->pairs.arena = &g->arena;
	if (names_add(&g->nodes, link, sizeof(link) - 1) == NAMES_NONE)
		return -ENOMEM;
	return add_edges_of(g);
}

static void add_sizes(const struct graph *g, uint64_t *sizes)
{
	for (size_t i = 0; i < g->image->n_objects; i++) {
		const struct image_object *o = &g->image->objects[i];
		uint32_t node = names_find(&g->nodes, o->path, strlen(o->path));
		if (node != NAMES_NONE)
			sizes[node] += o->size_bytes;
	}
}

static void add_node(struct strbuf *out, const struct graph *g, uint32_t i, uint64_t size_bytes)
{
	const char *path = names_text(&g->nodes, i), *leaf = path;
	char human[NUMBER_HUMAN_BYTES];

	for (const char *p = path; *p; p++)
		if ((*p == '/' || *p == '\\') && p[1])
			leaf = p + 1;
	strbuf_printf(out, "\tn%" PRIu32 " [label=\"", i);
	dot_text(out, leaf, strlen(leaf));
	if (i)
		strbuf_printf(out, "\\n%s", number_human(size_bytes, human));
	strbuf_puts(out, "\", tooltip=\"");
	dot_text(out, path, strlen(path));
	strbuf_puts(out, "\"];\n");
}

static void add_label(struct strbuf *out, const struct edge *e)
{
	uint32_t n = MIN(e->n_symbols, (uint32_t)LABEL_LINES);

	for (uint32_t i = 0; i < n; i++) {
		strbuf_puts(out, i ? "\\n" : "");
		dot_text(out, e->symbols[i].text, e->symbols[i].n_bytes);
	}
	if (e->n_symbols > n)
		strbuf_printf(out, "\\nand %" PRIu32 " more", e->n_symbols - n);
}

static void add_edges(struct strbuf *out, const struct graph *g)
{
	for (size_t i = 0; i < g->n_edges; i++) {
		const struct edge *e = &g->edges[i];
		strbuf_printf(out, "\tn%" PRIu32 " -> n%" PRIu32 " [label=\"", e->from, e->to);
		add_label(out, e);
		strbuf_puts(out, "\"];\n");
	}
}

void dot_image(struct strbuf *out, const struct image_view *view)
{
	struct graph g = { .image = view->image };
	uint64_t *sizes = NULL;

	if (make_graph(&g) == 0)
		sizes = arena_zeroed(&g.arena, g.nodes.n_entries, sizeof(*sizes));
	if (sizes) {
		add_sizes(&g, sizes);
		strbuf_puts(out, "digraph archives {\n\trankdir=LR;\n\tnode [shape=box, fontname=\"Helvetica\"];\n");
		for (uint32_t i = g.from_link ? 0 : 1; i < g.nodes.n_entries; i++)
			add_node(out, &g, i, sizes[i]);
		add_edges(out, &g);
		strbuf_puts(out, "}\n");
	} else {
		out->error = -ENOMEM;
	}
	names_deinit(&g.nodes);
	names_deinit(&g.pairs);
	vec_deinit(&g, edges);
	arena_deinit(&g.arena);
}
