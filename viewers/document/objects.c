/* The objects of a heap: who holds what, single objects, what came since, what to do. */
#include <inttypes.h>

#include "memprof/viewers/objects_view.h"
#include "text/cut.h"

/* ---- words ---- */

static const char *kind_of(const struct object *object) { return object->class ? object->class : object->kind; }

/* "handlers: list" */
static void set_name(struct doc_row *ret, size_t i_cell, const struct objects_view *v, uint32_t i)
{
	struct strbuf *out = doc_make(ret, i_cell);
	struct object object;

	objects_get(v->objects, i, &object);
	objects_path(v->objects, i, out);
	if (out->n_bytes == 0)
		strbuf_puts(out, object.live ? "(no name leads there)" : "(garbage)");
	strbuf_printf(out, ": %s", kind_of(&object));
}

/* ---- tables ---- */

/* A table of some rows of a view. */
struct list {
	const struct objects_view *v;
	const void *rows;
};

static void add_table(struct document *d, const struct objects_view *v, const struct doc_table *table, const void *rows,
		      size_t n_all, uint64_t n_top, const char *more)
{
	struct list *list = arena_zeroed(&d->arena, 1, sizeof(*list));
	struct doc_table shown = *table;

	if (!list || n_all == 0)
		return;
	*list = (struct list){ v, rows };
	shown.ctx = list;
	shown.n_rows = (size_t)MIN(n_all, n_top);
	shown.n_folded = shown.name && shown.title ? n_all : 0;
	doc_table(d, &shown);
	if (n_all > shown.n_rows)
		doc_item(d, DOC_T("and "), DOC_N(n_all - shown.n_rows), DOC_T(more));
}

#define TABLE(heading, list, fill) \
	&(const struct doc_table) { .title = (heading), DOC_COLUMNS(list), .row = (fill) }
/* The first rows of a list of its owner. */
#define ADD(d, v, owner, list, id, heading, list_columns, fill)                                         \
	add_table(d, v,                                                                                 \
		  &(const struct doc_table){                                                            \
			  .title = (heading), .name = (id), DOC_COLUMNS(list_columns), .row = (fill) }, \
		  (owner)->list, (owner)->n_##list, (v)->n_top, " more (--top 0 lists all)")
/* Where it is: rows of a page lead there. */
#define PLACE                                               \
	{                                                   \
		.page_head = "address", .kind = DOC_ADDRESS \
	}
#define NAME(heading)                                                    \
	{                                                                \
		NULL, heading, DOC_TEXT, DOC_CUT_MIDDLE, .is_name = true \
	}
#define ROW(type) const type *row = &((const type *)((const struct list *)ctx)->rows)[i]

static const struct doc_column global_columns[] = { { NULL, "retained", DOC_SIZE, .has_bar = true },
						    { NULL, "objects", DOC_COUNT },
						    NAME("name"),
						    { .page_head = "own", .kind = DOC_SIZE },
						    { .page_head = "module", .kind = DOC_TEXT },
						    PLACE };

static void set_place(struct doc_row *ret, size_t i_cell, const void *ctx, uint32_t i)
{
	struct object object;

	objects_get(((const struct list *)ctx)->v->objects, i, &object);
	ret->cells[i_cell] = DOC_AT(object.address);
}

static void fill_global(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct objects_view *v = ((const struct list *)ctx)->v;
	struct object object;
	ROW(struct objects_global);

	objects_get(v->objects, row->object, &object);
	ret->cells[0] = DOC_BYTES(row->retained_bytes);
	ret->cells[1] = DOC_N(row->n_retained);
	strbuf_printf(doc_make(ret, 2), "%s: %s", row->path, kind_of(&object));
	ret->cells[3] = DOC_BYTES(object.n_bytes);
	ret->cells[4] = DOC_T(row->module);
	set_place(ret, 5, ctx, row->object);
}

static void fill_module(const void *ctx, size_t i, struct doc_row *ret)
{
	ROW(struct objects_module);

	ret->cells[0] = DOC_BYTES(row->retained_bytes);
	ret->cells[1] = DOC_N(row->n_retained);
	ret->cells[2] = DOC_T(row->name);
	set_place(ret, 5, ctx, row->object);
}

static const struct doc_column class_columns[] = { { NULL, "retained", DOC_SIZE, .has_bar = true },
						   { NULL, "own", DOC_SIZE },
						   { NULL, "instances", DOC_COUNT },
						   NAME("name") };

static void fill_class(const void *ctx, size_t i, struct doc_row *ret)
{
	ROW(struct objects_class);

	ret->cells[0] = DOC_BYTES(row->retained_bytes);
	ret->cells[1] = DOC_BYTES(row->n_bytes);
	ret->cells[2] = DOC_N(row->n_objects);
	ret->cells[3] = DOC_T(row->name);
}

static const struct doc_column kind_columns[] = { { NULL, "size", DOC_SIZE, .has_bar = true },
						  { NULL, "objects", DOC_COUNT },
						  NAME("kind") };

static void fill_kind(const void *ctx, size_t i, struct doc_row *ret)
{
	ROW(struct objects_kind);

	ret->cells[0] = DOC_BYTES(row->sum.n_bytes);
	ret->cells[1] = DOC_N(row->sum.n_objects);
	ret->cells[2] = DOC_T(row->name);
}

static const struct doc_column duplicate_columns[] = { { NULL, "size", DOC_SIZE, .has_bar = true },
						       { NULL, "copies", DOC_COUNT },
						       NAME("string") };

static void fill_duplicate(const void *ctx, size_t i, struct doc_row *ret)
{
	ROW(struct objects_duplicate);

	ret->cells[0] = DOC_BYTES(row->n_bytes);
	ret->cells[1] = DOC_N(row->count);
	strbuf_printf(doc_make(ret, 2), "'%s'", row->text);
}

static const struct doc_column slack_columns[] = { { NULL, "size", DOC_SIZE, .has_bar = true },
						   { NULL, "items", DOC_COUNT },
						   { NULL, "room", DOC_COUNT },
						   NAME("container"),
						   PLACE };

static void fill_slack(const void *ctx, size_t i, struct doc_row *ret)
{
	ROW(struct objects_slack);

	ret->cells[0] = DOC_BYTES(row->n_bytes);
	ret->cells[1] = DOC_N(row->n_used);
	ret->cells[2] = DOC_N(row->n_room);
	set_name(ret, 3, ((const struct list *)ctx)->v, row->object);
	set_place(ret, 4, ctx, row->object);
}

/* ---- single objects ---- */

static const struct doc_column object_columns[] = { { NULL, "size", DOC_SIZE },
						    { NULL, "retained", DOC_SIZE },
						    { NULL, "address", DOC_ADDRESS, .drop = 1 },
						    NAME("name") };

static void set_object(struct doc_row *ret, const struct objects_view *v, uint32_t i)
{
	struct object object;

	objects_get(v->objects, i, &object);
	ret->cells[0] = DOC_BYTES(object.n_bytes);
	ret->cells[1] = DOC_BYTES(object.retained_bytes);
	ret->cells[2] = DOC_AT(object.address);
	set_name(ret, 3, v, i);
}

static void fill_object(const void *ctx, size_t i, struct doc_row *ret)
{
	ROW(uint32_t);

	set_object(ret, ((const struct list *)ctx)->v, *row);
}

static void fill_listed(const void *ctx, size_t i, struct doc_row *ret)
{
	ROW(struct objects_row);

	set_object(ret, ((const struct list *)ctx)->v, row->object);
}

static void add_path(struct document *d, const struct objects_view *v)
{
	add_table(d, v, TABLE("Object", object_columns, fill_object), &v->object, 1, 1, NULL);
	add_table(d, v, TABLE("Held by", object_columns, fill_listed), v->holders->rows, v->holders->n_rows, UINT64_MAX,
		  NULL);
	if (v->holders->n_rows)
		doc_item(d, DOC_T("Freeing any of these frees it."));
	add_table(d, v, TABLE("Referred to by", object_columns, fill_listed), v->referrers->rows, v->referrers->n_rows,
		  v->all_referrers ? UINT64_MAX : v->n_top, " more (--referrers lists all)");
}

static void fill_branch(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct objects_view *v = ((const struct list *)ctx)->v;
	struct object object;
	ROW(struct objects_row);

	ret->depth = row->depth;
	if (row->object == OBJECT_NONE) {
		ret->cells[0] = DOC_BYTES(row->n_more_bytes);
		strbuf_printf(doc_make(ret, 2), "and %" PRIu64 " more", (uint64_t)row->n_more);
		return;
	}
	objects_get(v->objects, row->object, &object);
	ret->cells[0] = DOC_BYTES(object.retained_bytes);
	ret->cells[1] = DOC_N(object.n_retained);
	set_name(ret, 2, v, row->object);
}

/* ---- two moments ---- */

static const struct doc_column change_columns[] = { { NULL, "change", DOC_CHANGE, .has_bar = true },
						    { NULL, "objects", DOC_COUNT_CHANGE },
						    NAME("name"),
						    { NULL, "what", DOC_TEXT, .columns_max = 40 } };

static void fill_change(const void *ctx, size_t i, struct doc_row *ret)
{
	ROW(struct objects_change);

	ret->cells[0] = doc_by_sign(DOC_MORE(row->n_bytes));
	ret->cells[1] = DOC_MORE_N(row->n_objects);
	ret->cells[2] = DOC_T(row->name);
}

/* "24 Dev, 3 list", "list (moved)" */
static void add_parts(struct strbuf *out, const struct objects_owners *owners, const struct objects_owned *owner,
		      uint64_t n_top)
{
	for (size_t k = 0; k < owner->n_parts && k < n_top; k++) {
		const struct objects_owned *part = &owners->parts[owner->i_part + k];
		strbuf_puts(out, k ? ", " : "");
		if (part->sum.n_objects)
			strbuf_printf(out, "%" PRIu64 " %s", (uint64_t)part->sum.n_objects, part->name);
		else
			strbuf_printf(out, "%s (moved)", part->name);
	}
	strbuf_puts(out, owner->n_parts > n_top ? ", .." : "");
}

static void fill_owner(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct objects_view *v = ((const struct list *)ctx)->v;
	ROW(struct objects_owned);

	ret->cells[0] = doc_by_sign(DOC_MORE((int64_t)row->sum.n_bytes));
	ret->cells[1] = DOC_MORE_N((int64_t)row->sum.n_objects);
	ret->cells[2] = DOC_T(row->name);
	add_parts(doc_make(ret, 3), &v->since->came, row, v->n_top);
}

static void add_since(struct document *d, const struct objects_view *v)
{
	const struct objects_since *s = v->since;

	if (s->is_same_start)
		doc_item(d, DOC_OF(s->came.sum.n_objects, "new object"), DOC_T(" ("), DOC_BYTES(s->came.sum.n_bytes),
			 DOC_T("), "), DOC_N(s->gone.n_objects), DOC_T(" gone ("), DOC_BYTES(s->gone.n_bytes),
			 DOC_T(")"));
	else
		doc_item(d, DOC_T("The board was restarted between the two: only names are compared."));
	if (s->is_same_start)
		ADD(d, v, &s->came, owners, "came", "New, by owner", change_columns, fill_owner);
	ADD(d, v, s, globals, "since-globals", "Globals", change_columns, fill_change);
	ADD(d, v, s, classes, "since-classes", "Classes", change_columns, fill_change);
	ADD(d, v, s, kinds, "since-kinds", "Kinds", change_columns, fill_change);
}

/* ---- what to do ---- */

static void add_advice(struct document *d, const struct objects_view *v)
{
	const struct objects_advice *a = v->advice;

	if (a->n_list)
		doc_section(d, "Advice");
	for (size_t i = 0; i < a->n_list && i < v->n_top; i++) {
		doc_item(d, DOC_BYTES(a->list[i].saved_bytes), DOC_T(": "), DOC_T(a->list[i].text));
		doc_add(d, DOC_REASON, DOC_SPANS(DOC_FAINT("why: "), DOC_FAINT(a->list[i].basis)));
	}
	if (a->n_list > v->n_top)
		doc_item(d, DOC_T("and "), DOC_N(a->n_list - v->n_top), DOC_T(" more (--top 0 lists all)"));
}

enum { T_SAVED, T_GAIN, T_TEXT, T_BASIS, T_PLACE };

static const struct doc_column advice_columns[] = {
	[T_SAVED] = { NULL, "saves", DOC_SIZE },
	[T_GAIN] = { NULL, "of", DOC_TEXT },
	[T_TEXT] = { NULL, "what to do", DOC_TEXT, .is_name = true },
	[T_BASIS] = { NULL, "how that is worked out", DOC_TEXT },
	[T_PLACE] = PLACE,
};

static void fill_advice(const void *ctx, size_t i, struct doc_row *ret)
{
	static const char *const gains[] = {
		[ADVICE_USED] = "used memory", [ADVICE_GARBAGE] = "garbage", [ADVICE_LARGEST_FREE] = "largest free"
	};
	ROW(struct advice);

	ret->cells[T_SAVED] = DOC_BYTES(row->saved_bytes);
	ret->cells[T_GAIN] = DOC_T(gains[row->gain]);
	ret->cells[T_TEXT] = DOC_T(row->text);
	ret->cells[T_BASIS] = DOC_T(row->basis);
	if (row->object != OBJECT_NONE)
		set_place(ret, T_PLACE, ctx, row->object);
}

/* ---- all objects, or those that are selected: for spreadsheets ---- */

enum { A_ADDRESS, A_BYTES, A_RETAINED, A_OBJECTS, A_LIVE, A_KIND, A_CLASS, A_PATH };

static const struct doc_column all_columns[] = {
	{ .key = "address" }, { .key = "bytes" }, { .key = "retained" }, { .key = "objects" },
	{ .key = "live" },    { .key = "kind" },  { .key = "class" },    { .key = "path" },
};

static void fill_all(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct objects_view *v = ctx;
	uint32_t i_object = v->selected ? v->selected->rows[i].object : (uint32_t)i;
	struct object object;

	objects_get(v->objects, i_object, &object);
	ret->cells[A_ADDRESS] = DOC_AT(object.address);
	ret->cells[A_BYTES] = DOC_BYTES(object.n_bytes);
	ret->cells[A_RETAINED] = DOC_BYTES(object.retained_bytes);
	ret->cells[A_OBJECTS] = DOC_N(object.n_retained);
	ret->cells[A_LIVE] = DOC_T(object.live ? "yes" : "no");
	ret->cells[A_KIND] = DOC_T(object.kind);
	ret->cells[A_CLASS] = DOC_T(object.class ? object.class : "");
	objects_path(v->objects, i_object, doc_make(ret, A_PATH));
}

/* ---- the answer ---- */

/* Its path, or its address where no name leads there. */
static const char *name_of(struct document *d, const struct objects_view *v, uint32_t i)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct object object;

	objects_get(v->objects, i, &object);
	objects_path(v->objects, i, &path);
	return path.n_bytes ? doc_keep(d, strbuf_text(&path)) : arena_printf(&d->arena, "0x%" PRIx64, object.address);
}

static void answer_since(struct document *d, const struct objects_view *v)
{
	const struct objects_owners *came = &v->since->came;
	int64_t grown = (int64_t)v->report->totals.live.n_bytes - (int64_t)v->since->before.live.n_bytes;
	const struct objects_owned *owner = came->owners, *part = owner ? &came->parts[owner->i_part] : NULL;

	bool is_known = came->n_owners && owner->n_parts;
	const struct doc_figure figures[] = {
		{ "owner", DOC_T(is_known ? owner->name : "") },
		{ "n", DOC_N(is_known && part->sum.n_objects ? part->sum.n_objects : NOT_KNOWN) },
		{ "part", DOC_T(is_known ? part->name : "") },
		{ "bytes", DOC_BYTES(is_known ? owner->sum.n_bytes : NOT_KNOWN) },
		{ "grown", DOC_MORE(grown) },
		{ "file", DOC_T(text_file_of(v->since_name)) },
	};
	doc_add_pattern(d, true, "[{owner} gained ][{n} ]{part}[ ({bytes}); ]live {grown} since {file}", figures);
}

static void answer_path(struct document *d, const struct objects_view *v)
{
	struct object object;

	objects_get(v->objects, v->object, &object);
	doc_tell(d, DOC_FINE, DOC_T(name_of(d, v, v->object)),
		 DOC_T(v->holders->n_rows ? " is held by " :
		       object.live        ? " has no single holder: several objects refer to it, or only a root does" :
					    " is garbage: no root reaches it"),
		 DOC_T(v->holders->n_rows ? name_of(d, v, v->holders->rows[0].object) : ""));
}

static void answer_tree(struct document *d, const struct objects_view *v)
{
	struct object object;

	objects_get(v->objects, v->tree->rows[0].object, &object);
	doc_tell(d, DOC_FINE, DOC_T(name_of(d, v, v->tree->rows[0].object)), DOC_T(" retains "),
		 DOC_BYTES(object.retained_bytes), DOC_T(" in "), DOC_OF(object.n_retained, "object"));
}

static void answer_selected(struct document *d, const struct objects_view *v)
{
	uint64_t n_bytes = 0;

	for (size_t i = 0; i < v->selected->n_rows; i++) {
		struct object object;
		objects_get(v->objects, v->selected->rows[i].object, &object);
		n_bytes += object.n_bytes;
	}
	doc_tell(d, DOC_FINE, DOC_OF(v->selected->n_rows, "object"), DOC_T(", "), DOC_BYTES(n_bytes));
}

static void answer_advice(struct document *d, const struct objects_advice *a)
{
	if (a->n_list)
		doc_tell(d, DOC_FINE, DOC_OF(a->n_list, "piece"), DOC_T(" of advice; the first saves "),
			 DOC_BYTES(a->list[0].saved_bytes));
	else
		doc_tell(d, DOC_FINE, DOC_T("Nothing to advise"));
}

/* Of a report, who holds most. */
static void answer_report(struct document *d, const struct objects_report *r)
{
	if (r->n_globals)
		doc_answer(d, DOC_FINE, DOC_T("Largest global: "), DOC_T(r->globals[0].path), DOC_T(", "),
			   DOC_BYTES(r->globals[0].retained_bytes), DOC_T(" in "),
			   DOC_OF(r->globals[0].n_retained, "object"), DOC_T("; "));
	doc_answer(d, DOC_FINE, DOC_BYTES(r->totals.live.n_bytes), DOC_T(" live, "),
		   DOC_BYTES(r->totals.collectable.n_bytes), DOC_T(" garbage"));
}

static void add_answer(struct document *d, const struct objects_view *v)
{
	const struct objects_totals *t = &v->report->totals;

	if (v->since)
		answer_since(d, v);
	if (v->object != OBJECT_NONE)
		answer_path(d, v);
	if (v->tree)
		answer_tree(d, v);
	if (v->selected)
		answer_selected(d, v);
	if (v->advice)
		answer_advice(d, v->advice);
	if (d->answer.n_spans == 0)
		answer_report(d, v->report);
	doc_item(d, DOC_BYTES(t->used_bytes), DOC_T(t->at_least ? " of at least " : " of "), DOC_BYTES(t->total_bytes),
		 DOC_T(" used: "), DOC_BYTES(t->live.n_bytes), DOC_T(" live in "), DOC_OF(t->live.n_objects, "object"),
		 DOC_T(", "), DOC_BYTES(t->collectable.n_bytes), DOC_T(" garbage in "),
		 DOC_OF(t->collectable.n_objects, "object"));
}

static void add_totals(struct document *d, const struct objects_view *v)
{
	const struct objects_totals *t = &v->report->totals;

	doc_init(d, "objects of a heap");
	doc_title(d, text_file_of(v->source));
	add_answer(d, v);
	if (t->at_least)
		doc_item(d, DOC_T("There may be more areas, which are not in this memory."));
	if (t->is_upper_bound)
		doc_item(d,
			 DOC_T("The end of the collector's roots, or of the stack, was not found: some of what counts "
			       "as live may be garbage."));
	if (!t->has_stack)
		doc_item(d, DOC_T("The stack was not found: what only the stack holds counts as garbage."));
	if (!t->has_registers)
		doc_item(d, DOC_T("Registers were not read: what only they hold counts as garbage."));
	if (v->cost.n_reads)
		doc_item(d, DOC_T("Read "), DOC_BYTES(v->cost.n_bytes), DOC_T(" in "), DOC_OF(v->cost.n_reads, "read"),
			 DOC_T(" ("), DOC_MS(v->cost.us), DOC_T(" ms)"));
	if (v->freed && v->freed->exact)
		doc_item(d, DOC_T("gc.collect() freed exactly those: "), doc_exact(DOC_BYTES(v->freed->freed_bytes)),
			 DOC_T("."));
	else if (v->freed)
		doc_item(d, DOC_T("gc.collect() freed other blocks: "), doc_exact(DOC_BYTES(v->freed->freed_bytes)),
			 DOC_T(", not these "), doc_exact(DOC_BYTES(v->freed->predicted_bytes)), DOC_T("."));
}

static void add_report(struct document *d, const struct objects_view *v)
{
	const struct objects_report *r = v->report;
	const struct {
		const uint32_t *list;
		size_t n_list;
	} largest = { r->largest, MIN(r->n_largest, v->n_top) };

	ADD(d, v, r, globals, "globals", "Globals", global_columns, fill_global);
	ADD(d, v, r, modules, "modules", "Modules", global_columns, fill_module);
	ADD(d, v, r, classes, "classes", "Classes", class_columns, fill_class);
	ADD(d, v, r, kinds, "kinds", "Kinds", kind_columns, fill_kind);
	ADD(d, v, &largest, list, "largest", "Largest", object_columns, fill_object);
	ADD(d, v, r, duplicates, "duplicates", "Duplicate strings", duplicate_columns, fill_duplicate);
	ADD(d, v, r, slack, "slack", "Unused room", slack_columns, fill_slack);
}

void document_objects(struct document *d, const struct objects_view *v)
{
	add_totals(d, v);
	doc_table(d, &(struct doc_table){
			     DOC_COLUMNS(all_columns),
			     DOC_ROWS(v->selected ? v->selected->n_rows : objects_count(v->objects), fill_all, v) });
	if (v->object != OBJECT_NONE)
		add_path(d, v);
	if (v->tree)
		add_table(d, v, TABLE("Tree", global_columns, fill_branch), v->tree->rows, v->tree->n_rows, UINT64_MAX,
			  NULL);
	if (v->selected)
		add_table(d, v, TABLE("Objects", object_columns, fill_listed), v->selected->rows, v->selected->n_rows,
			  v->n_top, " more (--top 0 lists all)");
	if (v->since)
		add_since(d, v);
	if (v->advice)
		add_advice(d, v);
	if (v->object == OBJECT_NONE && !v->tree && !v->selected && !v->since && !v->advice)
		add_report(d, v);
}

void document_objects_page(struct document *d, const struct objects_view *v)
{
	static const struct doc_table advice = { .name = "advice", DOC_COLUMNS(advice_columns), .row = fill_advice };
	struct objects_view *all, totals = *v;

	totals.advice = NULL; /* a page always has it: it is not what was asked for */
	add_totals(d, &totals);
	all = arena_zeroed(&d->arena, 1, sizeof(*all)); /* rows refer to it until they are printed */
	if (!all)
		return;
	*all = *v;
	all->n_top = UINT64_MAX;
	if (v->since) {
		doc_section(d, arena_printf(&d->arena, "Since %s", text_file_of(v->since_name)));
		add_since(d, all);
	}
	doc_section(d, "Advice");
	if (v->advice->n_list == 0)
		doc_say(d, DOC_T("Nothing to advise."));
	add_table(d, all, &advice, v->advice->list, v->advice->n_list, UINT64_MAX, NULL);
	add_report(d, all);
}
