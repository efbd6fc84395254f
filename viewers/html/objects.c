/* The objects of a heap and who holds them, as a page: the document, and all objects as numbers (assets/graph.js). */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "html/page.h"
#include "memprof/base/json.h"
#include "memprof/base/number.h"
#include "memprof/base/search.h"
#include "memprof/base/vec.h"
#include "memprof/viewers/objects_view.h"
#include "print/print.h"

/* ---- kinds and classes: a list of each, and an index of each object ---- */

struct words {
	VEC(const char *, list); /* sorted */
	const char *last;
	int error;
};

static size_t words_find(const struct words *w, const char *word)
{
	return search_while(w->n_list, i, strcmp(w->list[i], word) < 0);
}

static void words_add(struct words *w, const char *word)
{
	if (!word || word == w->last || w->error < 0)
		return;
	w->last = word; /* neighbours often are alike */
	size_t at = words_find(w, word);
	if (at < w->n_list && strcmp(w->list[at], word) == 0)
		return;
	w->error = vec_push(w, list, word);
	if (w->error < 0)
		return;
	memmove(w->list + at + 1, w->list + at, (w->n_list - 1 - at) * sizeof(*w->list));
	w->list[at] = word;
}

static void words_show(struct json *j, const char *key, const struct words *w)
{
	json_array(j, key);
	for (size_t i = 0; i < w->n_list; i++)
		json_text(j, NULL, w->list[i]);
	json_array_end(j);
}

/* ---- numbers: seven bits a byte, the lowest first, the eighth is set in all but the last ---- */

static void put(struct strbuf *out, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		strbuf_putc(out, (char)(uint8_t)(value | 0x80));
	strbuf_putc(out, (char)(uint8_t)value);
}

/* By how much it is more than a number near to it; the sign is the lowest bit. */
static void put_change(struct strbuf *out, uint64_t value, uint64_t from)
{
	put(out, value >= from ? (value - from) << 1 : ((from - value) << 1) - 1);
}

/* 0: none. */
static void put_index(struct strbuf *out, uint32_t index, uint32_t from)
{
	if (index == OBJECT_NONE)
		put(out, 0);
	else
		put(out, 1 + (index >= from ? (uint64_t)(index - from) << 1 : ((uint64_t)(from - index) << 1) - 1));
}

static void put_references(struct strbuf *out, const struct objects *o, uint32_t i)
{
	size_t n;
	const uint32_t *to = objects_references(o, i, &n);
	uint64_t last = i == OBJECT_NONE ? 0 : i;

	put(out, n);
	for (size_t k = 0; k < n; k++) {
		put_change(out, to[k], last);
		last = to[k];
	}
}

/* Columns, one after the other: most numbers of one are alike, so they pack well. */
static void put_graph(struct strbuf *out, const struct objects_view *v, uint64_t base, const struct words *kinds,
		      const struct words *classes)
{
	const struct objects *o = v->objects;
	uint32_t n = (uint32_t)objects_count(o);
	struct object object;
	uint64_t behind = base;

	for (uint32_t i = 0; i < n; i++) {
		objects_get(o, i, &object);
		put_change(out, object.address, behind);
		behind = object.address + object.n_bytes;
	}
	for (uint32_t i = 0; i < n; i++) {
		objects_get(o, i, &object);
		put(out, object.n_bytes);
	}
	for (uint32_t i = 0; i < n; i++) {
		objects_get(o, i, &object);
		put(out, (uint64_t)object.live | (uint64_t)object.is_part << 1);
	}
	for (uint32_t i = 0; i < n; i++) {
		objects_get(o, i, &object);
		put(out, words_find(kinds, object.kind));
	}
	for (uint32_t i = 0; i < n; i++) {
		objects_get(o, i, &object);
		put(out, object.class ? 1 + words_find(classes, object.class) : 0);
	}
	for (uint32_t i = 0; i < n; i++)
		put_index(out, objects_holder(o, i), i);
	for (uint32_t i = 0; i < n; i++)
		put_index(out, objects_parent(o, i), i);
	for (uint32_t i = 0; i < n; i++)
		put_references(out, o, i);
	put_references(out, o, OBJECT_NONE);
}

/* A line for each object. An attribute has its dot, which objects_step leaves to what is before it. */
static void put_steps(struct strbuf *out, const struct objects *o)
{
	struct strbuf step CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct object parent;

	for (uint32_t i = 0; i < objects_count(o); i++) {
		uint32_t i_parent = objects_parent(o, i);
		strbuf_reset(&step);
		objects_step(o, i, &step);
		if (i_parent != OBJECT_NONE && strcmp(strbuf_text(&step), ".<key>") != 0) {
			objects_get(o, i_parent, &parent);
			if (strcmp(parent.kind, "attributes") == 0)
				strbuf_putc(out, '.');
		}
		strbuf_puts(out, strbuf_text(&step));
		strbuf_putc(out, '\n');
	}
}

/* ---- the page ---- */

/* The tables in which names begin have a path, but none of its steps is theirs. */
static void put_roots(struct json *j, const struct objects *o)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;

	json_array(j, "roots");
	for (uint32_t i = 0; i < objects_count(o); i++) {
		size_t n_bytes = 0;
		if (objects_parent(o, i) != OBJECT_NONE)
			continue;
		strbuf_reset(&path);
		objects_step(o, i, &path);
		n_bytes = path.n_bytes;
		objects_path(o, i, &path);
		if (n_bytes || !path.n_bytes)
			continue;
		json_object(j, NULL);
		json_u64(j, "object", i);
		json_text(j, "name", strbuf_text(&path));
		json_object_end(j);
	}
	json_array_end(j);
}

/* What the document does not have as numbers: totals, lists that the graph refers to, and which object is asked for. */
static void put_lists(struct json *j, const struct objects_view *v, uint64_t base, const struct words *kinds,
		      const struct words *classes)
{
	json_object(j, NULL);
	json_u64(j, "objects", objects_count(v->objects));
	json_address(j, "base", base);
	words_show(j, "kinds", kinds);
	words_show(j, "classes", classes);
	json_u64(j, "total", v->report->totals.total_bytes);
	json_u64(j, "used", v->report->totals.used_bytes);
	json_u64(j, "live", v->report->totals.live.n_bytes);
	json_u64(j, "live_objects", v->report->totals.live.n_objects);
	json_u64(j, "collectable", v->report->totals.collectable.n_bytes);
	json_u64(j, "collectable_objects", v->report->totals.collectable.n_objects);
	put_roots(j, v->objects);
	json_u64(j, "chosen", v->object == OBJECT_NONE ? NOT_KNOWN : v->object);
	json_object_end(j);
}

void html_objects(struct strbuf *out, const struct objects_view *v)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct words kinds = { .error = 0 }, classes = { .error = 0 };
	struct html_kind kind = { .name = "objects",
				  .assets = { "kinds.css", "icicle.css", "objects.css", "graph.js", "icicle.js",
					      "holders.js", "objects.js" } };
	struct object object;
	uint64_t base = UINT64_MAX;
	struct document d;
	struct json j = { .out = &text, .compact = true };

	for (uint32_t i = 0; i < objects_count(v->objects); i++) {
		objects_get(v->objects, i, &object);
		base = MIN(base, object.address);
		words_add(&kinds, object.kind);
		words_add(&classes, object.class);
	}
	document_objects_page(&d, v);
	print_html_begin(out, &d, NULL, &kind);
	print_html_document(out, &d);
	doc_deinit(&d);
	put_lists(&j, v, base, &kinds, &classes);
	html_data_packed(out, "lists", &text);
	strbuf_reset(&text);
	put_graph(&text, v, base, &kinds, &classes);
	html_data_packed(out, "graph", &text);
	strbuf_reset(&text);
	put_steps(&text, v->objects);
	html_data_packed(out, "steps", &text);
	html_end(out, &kind);
	if (kinds.error < 0 || classes.error < 0)
		out->error = -ENOMEM;
	vec_deinit(&kinds, list);
	vec_deinit(&classes, list);
}
