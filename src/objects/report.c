#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "private.h"

enum { LARGEST = 100 };

/* ---- globals and modules ---- */

static int add_global(struct objects *o, struct objects_report *report, const char *prefix, const char *module,
		      const struct table_key *key, uint32_t object)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (*prefix)
		strbuf_printf(&path, "%s.", prefix);
	path_key(o, key, KEY_MAX_BYTES, &path);
	if (strbuf_error(&path))
		return -ENOMEM;
	return vec_push(report, globals,
			(struct objects_global){ .path = arena_text(&report->arena, path.text, path.n_bytes),
						 .module = module,
						 .object = object,
						 .retained_bytes = o->retained_bytes[object],
						 .n_retained = o->n_retained[object] });
}

/* Those of a table of names; modules in it are listed as modules. */
static int add_globals(struct objects *o, struct objects_report *report, const char *prefix, const char *module,
		       uint32_t table)
{
	int error = 0;

	for (size_t k = 0; k + 1 < n_words_of(o, table) && error == 0; k += 2) {
		const struct table_key key = { object_word(o, table, k), k / 2, true };
		uint32_t object = blocks_object(&o->blocks, object_word(o, table, k + 1));
		uint16_t type = object == OBJECT_NONE ? TYPE_NONE : o->nodes[object].type;
		bool is_module = type != TYPE_NONE && o->types[type].shape == SHAPE_MODULE;
		if (!is_empty_key(key.word) && object != OBJECT_NONE && !is_module && o->nodes[object].live &&
		    !is_probe(o, &key))
			error = add_global(o, report, prefix, module, &key, object);
	}
	return error;
}

static int add_module(const struct objects *o, struct objects_report *report, const char *name, uint32_t object)
{
	struct objects_module module = { name, object, o->n_retained[object], o->retained_bytes[object] };

	return vec_push(report, modules, module);
}

static int add_modules(struct objects *o, struct objects_report *report)
{
	uint32_t table = table_of(o, o->ids.id_modules), main_table = table_of(o, o->ids.id_globals);
	uint8_t *seen = calloc(o->blocks.n_extents + 1, 1); /* one module may have several names */
	int error = seen ? 0 : -ENOMEM;

	if (error == 0 && main_table != OBJECT_NONE)
		error = add_module(o, report, "__main__", main_table);
	if (error == 0 && main_table != OBJECT_NONE)
		error = add_globals(o, report, "", "__main__", main_table);
	for (size_t k = 0; table != OBJECT_NONE && k + 1 < n_words_of(o, table) && error == 0; k += 2) {
		uint32_t module = blocks_object(&o->blocks, object_word(o, table, k + 1));
		uint64_t qstr, key = object_word(o, table, k);
		if (module == OBJECT_NONE || !is_qstr(o, key, &qstr) || !name_of(o, qstr) || seen[module])
			continue;
		seen[module] = 1;
		error = add_module(o, report, name_of(o, qstr), module);
		uint32_t dict = blocks_object(&o->blocks, object_word(o, module, 1));
		uint32_t names = dict == OBJECT_NONE ? OBJECT_NONE : blocks_object(&o->blocks, object_word(o, dict, 3));
		if (error == 0 && names != OBJECT_NONE)
			error = add_globals(o, report, name_of(o, qstr), name_of(o, qstr), names);
	}
	free(seen);
	return error;
}

/* ---- classes ---- */

/* The tree of holders, walked in depth: within how many instances of each type it is. */
struct class_walk {
	struct objects *o;
	struct objects_report *report;
	uint32_t *first, *held; /* of each object, and of the roots, those that it holds */
	uint32_t *stack, *next; /* the way down, and the next one of each */
	uint32_t *index;        /* of a type: in classes, from 1 */
	uint32_t *depth;        /* of a type */
	int error;
};

static void find_held(struct class_walk *w)
{
	const struct objects *o = w->o;
	uint32_t n = (uint32_t)o->blocks.n_extents;

	for (uint32_t i = 0; i < n; i++)
		if (o->nodes[i].live)
			w->first[o->dominator[i] + 2]++;
	for (uint32_t i = 2; i < n + 3; i++)
		w->first[i] += w->first[i - 1];
	for (uint32_t i = 0; i < n; i++)
		if (o->nodes[i].live)
			w->held[w->first[o->dominator[i] + 1]++] = i;
}

/* Of an instance of a class in Python; NULL. */
static uint32_t *depth_of(const struct class_walk *w, uint32_t i)
{
	const struct node *node = i < w->o->blocks.n_extents ? &w->o->nodes[i] : NULL;
	bool is_instance = node && node->role == ROLE_TYPED && node->type != TYPE_NONE &&
			   w->o->types[node->type].in_heap;

	return is_instance ? &w->depth[node->type] : NULL;
}

static void add_instance(struct class_walk *w, uint32_t i)
{
	uint16_t type = w->o->nodes[i].type;

	if (!w->index[type]) {
		w->error = vec_push(w->report, classes, (struct objects_class){ .name = w->o->types[type].text });
		w->index[type] = (uint32_t)w->report->n_classes;
	}
	if (w->error < 0)
		return;
	struct objects_class *class = &w->report->classes[w->index[type] - 1];
	class->n_objects++;
	class->n_bytes += blocks_n_bytes(&w->o->blocks, i);
	if (w->depth[type]++ == 0)
		class->retained_bytes += w->o->retained_bytes[i];
}

static void walk_holders(struct class_walk *w)
{
	uint32_t n_stack = 0;

	w->stack[n_stack++] = (uint32_t)w->o->blocks.n_extents;
	w->next[w->stack[0]] = w->first[w->stack[0]];
	while (n_stack > 0 && w->error == 0) {
		uint32_t at = w->stack[n_stack - 1];
		if (w->next[at] == w->first[at + 1]) {
			n_stack--;
			if (depth_of(w, at))
				--*depth_of(w, at);
			continue;
		}
		uint32_t i = w->held[w->next[at]++];
		if (depth_of(w, i))
			add_instance(w, i);
		w->next[i] = w->first[i];
		w->stack[n_stack++] = i;
	}
}

static int add_classes(struct objects *o, struct objects_report *report)
{
	size_t n = o->blocks.n_extents + 3;
	struct class_walk w = { .o = o,
				.report = report,
				.first = calloc(n, sizeof(*w.first)),
				.held = calloc(n, sizeof(*w.held)),
				.stack = calloc(n, sizeof(*w.stack)),
				.next = calloc(n, sizeof(*w.next)),
				.index = calloc(o->n_types + 1, sizeof(*w.index)),
				.depth = calloc(o->n_types + 1, sizeof(*w.depth)) };

	if (!w.first || !w.held || !w.stack || !w.next || !w.index || !w.depth) {
		w.error = -ENOMEM;
	} else {
		find_held(&w);
		walk_holders(&w);
	}
	free(w.first);
	free(w.held);
	free(w.stack);
	free(w.next);
	free(w.index);
	free(w.depth);
	return w.error;
}

/* ---- kinds ---- */

/* First by type and role, of which there are few; several may have one name. */
static int add_kinds(const struct objects *o, struct objects_report *report)
{
	size_t n_keys = o->n_types + N_ROLES;
	struct objects_kind *kinds = calloc(n_keys, sizeof(*kinds));
	int error = kinds ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < o->blocks.n_extents && error == 0; i++) {
		const struct node *node = &o->nodes[i];
		struct object object;
		if (!node->live)
			continue;
		objects_get(o, i, &object);
		size_t key = node->role == ROLE_TYPED && node->type != TYPE_NONE ? node->type : o->n_types + node->role;
		kinds[key].name = object.kind;
		kinds[key].sum.n_objects++;
		kinds[key].sum.n_bytes += object.n_bytes;
	}
	for (size_t key = 0; key < n_keys && error == 0; key++) {
		size_t k = 0;
		if (!kinds[key].name)
			continue;
		while (k < report->n_kinds && strcmp(report->kinds[k].name, kinds[key].name) != 0)
			k++;
		if (k == report->n_kinds)
			error = vec_push(report, kinds, (struct objects_kind){ .name = kinds[key].name });
		if (error == 0) {
			report->kinds[k].sum.n_objects += kinds[key].sum.n_objects;
			report->kinds[k].sum.n_bytes += kinds[key].sum.n_bytes;
		}
	}
	free(kinds);
	return error;
}

/* ---- the largest ---- */

static int add_largest(const struct objects *o, struct objects_report *report)
{
	int error = 0;

	for (uint32_t i = 0; i < o->blocks.n_extents && error == 0; i++) {
		size_t at = report->n_largest;
		if (!o->nodes[i].live || !o->nodes[i].reached)
			continue;
		while (at > 0 && blocks_n_bytes(&o->blocks, report->largest[at - 1]) < blocks_n_bytes(&o->blocks, i))
			at--;
		if (at == LARGEST)
			continue;
		if (report->n_largest < LARGEST)
			error = vec_push(report, largest, 0);
		if (error < 0)
			break;
		memmove(&report->largest[at + 1], &report->largest[at],
			(report->n_largest - 1 - at) * sizeof(*report->largest));
		report->largest[at] = i;
	}
	return error;
}

/* ---- all of it ---- */

static int by_retained(const void *a, const void *b)
{
	const struct objects_global *x = a, *y = b;

	return x->retained_bytes != y->retained_bytes ? (x->retained_bytes < y->retained_bytes ? 1 : -1) :
							strcmp(x->path, y->path);
}

static int by_module(const void *a, const void *b)
{
	const struct objects_module *x = a, *y = b;

	return (x->retained_bytes < y->retained_bytes) - (x->retained_bytes > y->retained_bytes);
}

static int by_class(const void *a, const void *b)
{
	const struct objects_class *x = a, *y = b;

	return (x->retained_bytes < y->retained_bytes) - (x->retained_bytes > y->retained_bytes);
}

static int by_kind(const void *a, const void *b)
{
	const struct objects_kind *x = a, *y = b;

	return (x->sum.n_bytes < y->sum.n_bytes) - (x->sum.n_bytes > y->sum.n_bytes);
}

#define sort(report, list, compare)                                                                    \
	do {                                                                                           \
		if ((report)->n_##list)                                                                \
			qsort((report)->list, (report)->n_##list, sizeof(*(report)->list), (compare)); \
	} while (0)

int objects_report(struct objects *o, struct objects_report *ret)
{
	int error;

	*ret = (struct objects_report){
		.totals = { .total_bytes = o->areas.total_bytes,
			    .at_least = o->areas.lacks,
			    .used_bytes = o->live.n_bytes + o->collectable.n_bytes,
			    .live = o->live,
			    .collectable = o->collectable,
			    .is_upper_bound = !o->roots_end_known || (o->stack_end && !o->stack_known),
			    .has_stack = o->stack_end != 0,
			    .has_registers = o->ids.n_registers > 0 || o->ids.stack_used_bytes > 0 }
	};
	error = add_modules(o, ret);
	if (error == 0)
		error = add_classes(o, ret);
	if (error == 0)
		error = add_kinds(o, ret);
	if (error == 0)
		error = add_largest(o, ret);
	if (error == 0)
		error = add_duplicates(o, ret);
	if (error == 0)
		error = add_slack(o, ret);
	sort(ret, globals, by_retained);
	sort(ret, modules, by_module);
	sort(ret, classes, by_class);
	sort(ret, kinds, by_kind);
	return error < 0 ? error : arena_error(&ret->arena);
}

void objects_report_deinit(struct objects_report *report)
{
	arena_deinit(&report->arena);
	vec_deinit(report, globals);
	vec_deinit(report, modules);
	vec_deinit(report, classes);
	vec_deinit(report, kinds);
	vec_deinit(report, largest);
	vec_deinit(report, duplicates);
	vec_deinit(report, slack);
}
