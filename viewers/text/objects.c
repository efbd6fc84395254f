#include <inttypes.h>

#include "memprof/base/number.h"
#include "memprof/viewers/view.h"
#include "text/column.h"
#include "text/parts.h"

static void say_sum(struct strbuf *out, const struct objects_sum *s, const struct text_style *style)
{
	strbuf_printf(out, "%s in %s object%s", human_words(s->n_bytes, style).text,
		      count_words(s->n_objects, style).text, s->n_objects == 1 ? "" : "s");
}

void text_objects_totals(struct strbuf *out, const struct objects_view *v, const struct text_style *style)
{
	const struct objects_totals *t = &v->report->totals;

	strbuf_printf(out, "%s of %s%s are used: ", human_words(t->used_bytes, style).text,
		      t->at_least ? "at least " : "", human_words(t->total_bytes, style).text);
	say_sum(out, &t->live, style);
	strbuf_puts(out, " are live, ");
	say_sum(out, &t->collectable, style);
	strbuf_puts(out, " collectable now.\n");
	if (t->at_least)
		strbuf_puts(out, TEXT_MORE_AREAS);
	if (t->is_upper_bound)
		strbuf_puts(
			out,
			"The end of the collector's roots, or of the stack, was not found: some of what is called live may be"
			" collectable.\n");
	if (!t->has_stack)
		strbuf_puts(out, "The stack was not found: what only the stack holds is called collectable.\n");
	if (!t->has_registers)
		strbuf_puts(out, "Registers were not read: what only they hold is called collectable.\n");
	if (v->cost.n_reads)
		strbuf_printf(out, "Reading it took %s reads of %s in all, and %.2g s.\n",
			      count_words(v->cost.n_reads, style).text, exact_words(v->cost.n_bytes, style).text,
			      (double)v->cost.us / 1e6);
	if (v->freed && v->freed->exact)
		strbuf_printf(out, "gc.collect() freed exactly those: %s.\n",
			      exact_words(v->freed->freed_bytes, style).text);
	else if (v->freed)
		strbuf_printf(out, "gc.collect() freed other blocks: %s, not these %s.\n",
			      exact_words(v->freed->freed_bytes, style).text,
			      exact_words(v->freed->predicted_bytes, style).text);
}

static void head(struct strbuf *out, const struct text_style *style, const char *text)
{
	strbuf_putc(out, '\n');
	text_size_head(out, style, text);
}

static void more(struct strbuf *out, size_t n_all, uint64_t n_top, const struct text_style *style)
{
	if (n_all > n_top)
		strbuf_printf(out, "  ... and %s more (--top 0 lists all)\n", count_words(n_all - n_top, style).text);
}

/* Behind the titles of tables. */
static void indent(struct strbuf *out) { strbuf_repeat(out, " ", 10); }

/* "list", "instance of Dev". */
static void say_kind(struct strbuf *out, const struct object *object)
{
	strbuf_puts(out, object->class ? object->class : object->kind);
}

/* "handlers: list". */
static void say_name(struct strbuf *out, const struct objects_view *v, uint32_t i)
{
	struct object object;
	size_t before = out->n_bytes;

	objects_get(v->objects, i, &object);
	objects_path(v->objects, i, out);
	if (out->n_bytes == before)
		strbuf_puts(out, object.live ? "(no name leads there)" : "(collectable)");
	strbuf_puts(out, ": ");
	say_kind(out, &object);
	strbuf_putc(out, '\n');
}

static void say_object(struct strbuf *out, const struct objects_view *v, uint32_t i, const struct text_style *style)
{
	struct object object;

	objects_get(v->objects, i, &object);
	text_size(out, 17, object.n_bytes, style);
	text_size(out, 11, object.retained_bytes, style);
	strbuf_printf(out, "  0x%" PRIx64 "  ", object.address);
	say_name(out, v, i);
}

static void say_globals(struct strbuf *out, const struct objects_view *v, const struct text_style *style)
{
	const struct objects_report *r = v->report;

	head(out, style, "GLOBALS      retained    objects  name\n");
	for (size_t i = 0; i < r->n_globals && i < v->n_top; i++) {
		const struct objects_global *g = &r->globals[i];
		struct object object;
		objects_get(v->objects, g->object, &object);
		indent(out);
		text_size(out, 11, g->retained_bytes, style);
		text_count(out, 11, g->n_retained, style);
		strbuf_printf(out, "  %s: ", g->path);
		say_kind(out, &object);
		strbuf_putc(out, '\n');
	}
	more(out, r->n_globals, v->n_top, style);
}

static void say_modules(struct strbuf *out, const struct objects_view *v, const struct text_style *style)
{
	const struct objects_report *r = v->report;

	head(out, style, "MODULES      retained    objects  name\n");
	for (size_t i = 0; i < r->n_modules && i < v->n_top; i++) {
		indent(out);
		text_size(out, 11, r->modules[i].retained_bytes, style);
		text_count(out, 11, r->modules[i].n_retained, style);
		strbuf_printf(out, "  %s\n", r->modules[i].name);
	}
	more(out, r->n_modules, v->n_top, style);
}

static void say_classes(struct strbuf *out, const struct objects_view *v, const struct text_style *style)
{
	const struct objects_report *r = v->report;

	if (r->n_classes == 0)
		return;
	head(out, style, "CLASSES      retained      bytes  instances  name\n");
	for (size_t i = 0; i < r->n_classes && i < v->n_top; i++) {
		indent(out);
		text_size(out, 11, r->classes[i].retained_bytes, style);
		text_size(out, 11, r->classes[i].n_bytes, style);
		text_count(out, 11, r->classes[i].n_objects, style);
		strbuf_printf(out, "  %s\n", r->classes[i].name);
	}
	more(out, r->n_classes, v->n_top, style);
}

static void say_kinds(struct strbuf *out, const struct objects_view *v, const struct text_style *style)
{
	const struct objects_report *r = v->report;

	head(out, style, "KINDS           bytes    objects  kind\n");
	for (size_t i = 0; i < r->n_kinds && i < v->n_top; i++) {
		indent(out);
		text_size(out, 11, r->kinds[i].sum.n_bytes, style);
		text_count(out, 11, r->kinds[i].sum.n_objects, style);
		strbuf_printf(out, "  %s\n", r->kinds[i].name);
	}
	more(out, r->n_kinds, v->n_top, style);
}

static void say_duplicates(struct strbuf *out, const struct objects_view *v, const struct text_style *style)
{
	const struct objects_report *r = v->report;

	if (r->n_duplicates == 0)
		return;
	head(out, style, "DUPLICATES      bytes     copies  string\n");
	for (size_t i = 0; i < r->n_duplicates && i < v->n_top; i++) {
		indent(out);
		text_size(out, 11, r->duplicates[i].n_bytes, style);
		text_count(out, 11, r->duplicates[i].count, style);
		strbuf_printf(out, "  '%s'\n", r->duplicates[i].text);
	}
	more(out, r->n_duplicates, v->n_top, style);
}

static void say_slack(struct strbuf *out, const struct objects_view *v, const struct text_style *style)
{
	const struct objects_report *r = v->report;

	if (r->n_slack == 0)
		return;
	head(out, style, "UNUSED ROOM     bytes      items       room  container\n");
	for (size_t i = 0; i < r->n_slack && i < v->n_top; i++) {
		const struct objects_slack *slack = &r->slack[i];
		indent(out);
		text_size(out, 11, slack->n_bytes, style);
		text_count(out, 11, slack->n_used, style);
		text_count(out, 11, slack->n_room, style);
		strbuf_puts(out, "  ");
		say_name(out, v, slack->object);
	}
	more(out, r->n_slack, v->n_top, style);
}

/* ---- single objects ---- */

static void say_rows(struct strbuf *out, const struct objects_view *v, const struct objects_list *list, uint64_t n_top,
		     const struct text_style *style)
{
	for (size_t i = 0; i < list->n_rows && i < n_top; i++)
		say_object(out, v, list->rows[i].object, style);
}

static void say_path(struct strbuf *out, const struct objects_view *v, const struct text_style *style)
{
	uint64_t n_referrers = v->all_referrers ? NOT_KNOWN : v->n_top;

	head(out, style, "OBJECT      bytes   retained  address\n");
	say_object(out, v, v->object, style);
	if (v->holders->n_rows) {
		head(out, style, "HELD BY     bytes   retained  if one of them goes, it goes\n");
		say_rows(out, v, v->holders, NOT_KNOWN, style);
	} else {
		struct object object;
		objects_get(v->objects, v->object, &object);
		head(out, style,
		     object.live ? "HELD BY     no single object: several refer to it, or only a root does\n" :
				   "HELD BY     nothing: no root reaches it\n");
	}
	if (v->referrers->n_rows == 0)
		return;
	head(out, style, "REFERRED TO BY\n");
	say_rows(out, v, v->referrers, n_referrers, style);
	if (v->referrers->n_rows > n_referrers)
		strbuf_printf(out, "  ... and %s more (--referrers lists all)\n",
			      count_words(v->referrers->n_rows - n_referrers, style).text);
}

static void say_tree(struct strbuf *out, const struct objects_view *v, const struct text_style *style)
{
	head(out, style, "TREE         retained    objects  name\n");
	for (size_t i = 0; i < v->tree->n_rows; i++) {
		const struct objects_row *row = &v->tree->rows[i];
		struct object object;
		if (row->object == OBJECT_NONE) {
			indent(out);
			text_size(out, 11, row->n_more_bytes, style);
			strbuf_printf(out, " %10s  %*s... and %s more\n", "", (int)row->depth * 2, "",
				      count_words(row->n_more, style).text);
			continue;
		}
		objects_get(v->objects, row->object, &object);
		indent(out);
		text_size(out, 11, object.retained_bytes, style);
		text_count(out, 11, object.n_retained, style);
		strbuf_repeat(out, " ", 2 + row->depth * 2);
		say_name(out, v, row->object);
	}
}

static void say_selected(struct strbuf *out, const struct objects_view *v, const struct text_style *style)
{
	uint64_t n_bytes = 0;

	for (size_t i = 0; i < v->selected->n_rows; i++) {
		struct object object;
		objects_get(v->objects, v->selected->rows[i].object, &object);
		n_bytes += object.n_bytes;
	}
	head(out, style, "OBJECTS     bytes   retained  address\n");
	say_rows(out, v, v->selected, v->n_top, style);
	more(out, v->selected->n_rows, v->n_top, style);
	strbuf_printf(out, "%s object%s, %s\n", count_words(v->selected->n_rows, style).text,
		      v->selected->n_rows == 1 ? "" : "s", human_words(n_bytes, style).text);
}

/* ---- two moments ---- */

static void say_change(struct strbuf *out, int64_t n_bytes, int64_t n_objects, const struct text_style *style)
{
	text_change(out, 18, n_bytes, style);
	text_right(out, 11, count_change_words(n_objects, style).text);
	strbuf_puts(out, "  ");
}

static void say_owned(struct strbuf *out, const struct objects_owners *owners, const struct objects_owned *owner,
		      uint64_t n_top, const struct text_style *style)
{
	say_change(out, (int64_t)owner->sum.n_bytes, (int64_t)owner->sum.n_objects, style);
	strbuf_printf(out, "%s: ", owner->name);
	for (size_t k = 0; k < owner->n_parts && k < n_top; k++) {
		const struct objects_owned *part = &owners->parts[owner->i_part + k];
		strbuf_puts(out, k ? ", " : "");
		if (part->sum.n_objects)
			strbuf_printf(out, "%s ", count_words(part->sum.n_objects, style).text);
		strbuf_puts(out, part->name);
		if (part->sum.n_objects == 0)
			strbuf_puts(out, " in new blocks");
	}
	strbuf_puts(out, owner->n_parts > n_top ? ", ...\n" : "\n");
}

static void say_changes(struct strbuf *out, const struct objects_view *v, const struct text_style *style,
			const char *title, const struct objects_change *changes, size_t n)
{
	if (n == 0)
		return;
	head(out, style, title);
	for (size_t i = 0; i < n && i < v->n_top; i++) {
		say_change(out, changes[i].n_bytes, changes[i].n_objects, style);
		strbuf_printf(out, "%s\n", changes[i].name);
	}
	more(out, n, v->n_top, style);
}

static void say_since(struct strbuf *out, const struct objects_view *v, const struct text_style *style)
{
	const struct objects_since *s = v->since;
	int64_t grown = (int64_t)v->report->totals.live.n_bytes - (int64_t)s->before.live.n_bytes;

	strbuf_printf(out, "Since %s, live memory has changed by %s", v->since_name,
		      exact_change_words(grown, style).text);
	if (s->is_same_start) {
		strbuf_puts(out, ": ");
		say_sum(out, &s->came.sum, style);
		strbuf_puts(out, " came and stayed, ");
		say_sum(out, &s->gone, style);
		strbuf_puts(out, " went.\n");
		if (s->came.n_owners)
			head(out, style, "CAME         bytes    objects  owner: what\n");
		for (size_t i = 0; i < s->came.n_owners && i < v->n_top; i++)
			say_owned(out, &s->came, &s->came.owners[i], v->n_top, style);
		more(out, s->came.n_owners, v->n_top, style);
	} else {
		strbuf_puts(out,
			    ".\nThe heap is not where it was: the board, or its interpreter, was started again. So only"
			    " names are compared.\n");
	}
	say_changes(out, v, style, "GLOBALS   retained    objects  name\n", s->globals, s->n_globals);
	say_changes(out, v, style, "CLASSES      bytes  instances  name\n", s->classes, s->n_classes);
	say_changes(out, v, style, "KINDS        bytes    objects  kind\n", s->kinds, s->n_kinds);
}

/* ---- what to do ---- */

static void say_advice(struct strbuf *out, const struct objects_view *v, const struct text_style *style)
{
	if (v->advice->n_list == 0)
		strbuf_puts(out, "\nNothing to advise.\n");
	else
		head(out, style, "ADVICE          bytes  what to do, and how that is worked out\n");
	for (size_t i = 0; i < v->advice->n_list && i < v->n_top; i++) {
		const struct advice *advice = &v->advice->list[i];
		indent(out);
		text_size(out, 11, advice->saved_bytes, style);
		strbuf_printf(out, "  %s\n%23s%s\n", advice->text, "", advice->basis);
	}
	more(out, v->advice->n_list, v->n_top, style);
}

static void say_report(struct strbuf *out, const struct objects_view *v, const struct text_style *style)
{
	say_globals(out, v, style);
	say_modules(out, v, style);
	say_classes(out, v, style);
	say_kinds(out, v, style);
	head(out, style, "LARGEST     bytes   retained  address\n");
	for (size_t i = 0; i < v->report->n_largest && i < v->n_top; i++)
		say_object(out, v, v->report->largest[i], style);
	say_duplicates(out, v, style);
	say_slack(out, v, style);
}

void text_objects(struct strbuf *out, const struct objects_view *v, const struct text_style *style)
{
	text_objects_totals(out, v, style);
	if (v->object != OBJECT_NONE)
		say_path(out, v, style);
	if (v->tree)
		say_tree(out, v, style);
	if (v->selected)
		say_selected(out, v, style);
	if (v->since)
		say_since(out, v, style);
	if (v->advice)
		say_advice(out, v, style);
	if (v->object == OBJECT_NONE && !v->tree && !v->selected && !v->since && !v->advice)
		say_report(out, v, style);
}
