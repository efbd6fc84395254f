/* Who holds what as a graph of Graphviz: the objects that retain most, below those that hold them. A holder retains
 * more than what it holds, so it is one of them too. Parts, such as the items of a list, are their owner's where that
 * holds them. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dot/text.h"
#include "memprof/base/number.h"
#include "memprof/viewers/objects_view.h"

struct ranked {
	uint64_t retained_bytes;
	uint32_t object;
};

static int by_rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->retained_bytes != y->retained_bytes)
		return x->retained_bytes < y->retained_bytes ? 1 : -1;
	return (x->object > y->object) - (x->object < y->object);
}

/* Whether it is shown as its holder. */
static bool is_folded(const struct objects *o, uint32_t i)
{
	struct object object;
	uint32_t holder = objects_holder(o, i);

	objects_get(o, i, &object);
	return object.is_part && holder != OBJECT_NONE && holder == objects_parent(o, i);
}

static uint32_t shown_holder(const struct objects *o, uint32_t i)
{
	do
		i = objects_holder(o, i);
	while (i != OBJECT_NONE && is_folded(o, i));
	return i;
}

static void add_object(struct strbuf *out, const struct objects *o, uint32_t i, struct strbuf *path)
{
	struct object object;
	char human[NUMBER_HUMAN_BYTES];
	uint32_t holder = shown_holder(o, i);

	objects_get(o, i, &object);
	strbuf_reset(path);
	objects_path(o, i, path);
	strbuf_printf(out, "\t\"0x%" PRIx64 "\" [label=\"", object.address);
	const char *name = path->n_bytes ? strbuf_text(path) : "(no name leads there)";
	dot_text(out, name, strlen(name));
	strbuf_puts(out, "\\n");
	const char *class = object.class ? object.class : object.kind;
	dot_text(out, class, strlen(class));
	strbuf_printf(out, "\\n%s\"];\n", number_human(object.retained_bytes, human));
	if (holder == OBJECT_NONE) {
		strbuf_puts(out, "\tlive");
	} else {
		struct object of;
		objects_get(o, holder, &of);
		strbuf_printf(out, "\t\"0x%" PRIx64 "\"", of.address);
	}
	strbuf_printf(out, " -> \"0x%" PRIx64 "\";\n", object.address);
}

void dot_objects(struct strbuf *out, const struct objects_view *v)
{
	const struct objects *o = v->objects;
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct ranked *ranked = calloc(objects_count(o) + 1, sizeof(*ranked));
	char human[NUMBER_HUMAN_BYTES];
	size_t n = 0;

	if (!ranked) {
		out->error = -ENOMEM;
		return;
	}
	for (uint32_t i = 0; i < objects_count(o); i++) {
		struct object object;
		objects_get(o, i, &object);
		if (object.live && !is_folded(o, i))
			ranked[n++] = (struct ranked){ object.retained_bytes, i };
	}
	if (n)
		qsort(ranked, n, sizeof(*ranked), by_rank);
	strbuf_puts(out, "digraph objects {\n\trankdir=LR;\n\tnode [shape=box, fontname=\"Helvetica\"];\n");
	strbuf_printf(out, "\tlive [label=\"live\\n%s\"];\n", number_human(v->report->totals.live.n_bytes, human));
	for (size_t k = 0; k < n && k < v->n_top; k++)
		add_object(out, o, ranked[k].object, &path);
	strbuf_puts(out, "}\n");
	free(ranked);
}
