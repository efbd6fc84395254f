#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/viewers/objects_view.h"
#include "memprof/viewers/view.h"

static void say_sum(struct strbuf *out, const struct objects_sum *s)
{
	char human[NUMBER_HUMAN_BYTES];

	strbuf_printf(out, "%s in %" PRIu64 " object%s", number_human(s->n_bytes, human), s->n_objects,
		      s->n_objects == 1 ? "" : "s");
}

static void say_totals(struct strbuf *out, const struct objects_view *v)
{
	const struct objects_totals *t = &v->report->totals;
	char used[NUMBER_HUMAN_BYTES], total[NUMBER_HUMAN_BYTES];

	strbuf_printf(out, "%s of %s are used: ", number_human(t->used_bytes, used),
		      number_human(t->total_bytes, total));
	say_sum(out, &t->live);
	strbuf_puts(out, " are live, ");
	say_sum(out, &t->collectable);
	strbuf_puts(out, " collectable now.\n");
	if (t->is_upper_bound)
		strbuf_puts(
			out,
			"The end of the collector's roots, or of the stack, was not found: some of what is called live may be"
			" collectable.\n");
	if (!t->has_stack)
		strbuf_puts(out, "The stack was not found: what only the stack holds is called collectable.\n");
	if (v->n_reads)
		strbuf_printf(out, "Reading it took %" PRIu64 " reads of %" PRIu64 " B in all.\n", v->n_reads,
			      v->n_read_bytes);
	if (v->freed && v->freed->exact)
		strbuf_printf(out, "gc.collect() freed exactly those: %" PRIu64 " B.\n", v->freed->freed_bytes);
	else if (v->freed)
		strbuf_printf(out, "gc.collect() freed other blocks: %" PRIu64 " B, not these %" PRIu64 " B.\n",
			      v->freed->freed_bytes, v->freed->predicted_bytes);
}

static void head(struct strbuf *out, const struct text_style *style, const char *text)
{
	strbuf_putc(out, '\n');
	text_in_role(out, style, ROLE_HEAD, text);
}

static void more(struct strbuf *out, size_t n_all, uint64_t n_top)
{
	if (n_all > n_top)
		strbuf_printf(out, "  ... and %zu more (--top 0 lists all)\n", n_all - (size_t)n_top);
}

/* "list", "instance of Dev". */
static void say_kind(struct strbuf *out, const struct object *object)
{
	strbuf_puts(out, object->class ? object->class : object->kind);
}

static void say_object(struct strbuf *out, const struct objects_view *v, uint32_t i)
{
	struct object object;

	objects_get(v->objects, i, &object);
	strbuf_printf(out, "%10" PRIu64 " %10" PRIu64 "  0x%" PRIx64 "  ", object.n_bytes, object.retained_bytes,
		      object.address);
	say_kind(out, &object);
	strbuf_puts(out, "  ");
	size_t before = out->n_bytes;
	objects_path(v->objects, i, out);
	if (out->n_bytes == before)
		strbuf_puts(out, object.live ? "(no name leads there)" : "(collectable)");
	strbuf_putc(out, '\n');
}

static void say_globals(struct strbuf *out, const struct objects_view *v, const struct text_style *style)
{
	const struct objects_report *r = v->report;

	head(out, style, "GLOBALS      retained    objects  name\n");
	for (size_t i = 0; i < r->n_globals && i < v->n_top; i++) {
		const struct objects_global *g = &r->globals[i];
		struct object object;
		objects_get(v->objects, g->object, &object);
		strbuf_printf(out, "           %10" PRIu64 " %10" PRIu32 "  %s: ", g->retained_bytes, g->n_retained,
			      g->path);
		say_kind(out, &object);
		strbuf_putc(out, '\n');
	}
	more(out, r->n_globals, v->n_top);
}

static void say_modules(struct strbuf *out, const struct objects_view *v, const struct text_style *style)
{
	const struct objects_report *r = v->report;

	head(out, style, "MODULES      retained    objects  name\n");
	for (size_t i = 0; i < r->n_modules && i < v->n_top; i++)
		strbuf_printf(out, "           %10" PRIu64 " %10" PRIu32 "  %s\n", r->modules[i].retained_bytes,
			      r->modules[i].n_retained, r->modules[i].name);
	more(out, r->n_modules, v->n_top);
}

static void say_classes(struct strbuf *out, const struct objects_view *v, const struct text_style *style)
{
	const struct objects_report *r = v->report;

	if (r->n_classes == 0)
		return;
	head(out, style, "CLASSES      retained      bytes  instances  name\n");
	for (size_t i = 0; i < r->n_classes && i < v->n_top; i++)
		strbuf_printf(out, "           %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "  %s\n",
			      r->classes[i].retained_bytes, r->classes[i].n_bytes, r->classes[i].n_objects,
			      r->classes[i].name);
	more(out, r->n_classes, v->n_top);
}

static void say_kinds(struct strbuf *out, const struct objects_view *v, const struct text_style *style)
{
	const struct objects_report *r = v->report;

	head(out, style, "KINDS           bytes    objects  kind\n");
	for (size_t i = 0; i < r->n_kinds && i < v->n_top; i++)
		strbuf_printf(out, "           %10" PRIu64 " %10" PRIu64 "  %s\n", r->kinds[i].sum.n_bytes,
			      r->kinds[i].sum.n_objects, r->kinds[i].name);
	more(out, r->n_kinds, v->n_top);
}

static void say_duplicates(struct strbuf *out, const struct objects_view *v, const struct text_style *style)
{
	const struct objects_report *r = v->report;

	if (r->n_duplicates == 0)
		return;
	head(out, style, "DUPLICATES      bytes     copies  string\n");
	for (size_t i = 0; i < r->n_duplicates && i < v->n_top; i++)
		strbuf_printf(out, "           %10" PRIu64 " %10" PRIu32 "  '%s'\n", r->duplicates[i].n_bytes,
			      r->duplicates[i].count, r->duplicates[i].text);
	more(out, r->n_duplicates, v->n_top);
}

void text_objects(struct strbuf *out, const struct objects_view *v, const struct text_style *style)
{
	uint32_t wanted = v->address == NOT_KNOWN ? OBJECT_NONE : objects_at(v->objects, v->address);

	say_totals(out, v);
	if (v->address != NOT_KNOWN) {
		head(out, style, "OBJECT      bytes   retained  address\n");
		if (wanted == OBJECT_NONE)
			strbuf_printf(out, "  no object of the heap is at 0x%" PRIx64 "\n", v->address);
		else
			say_object(out, v, wanted);
		return;
	}
	say_globals(out, v, style);
	say_modules(out, v, style);
	say_classes(out, v, style);
	say_kinds(out, v, style);
	head(out, style, "LARGEST     bytes   retained  address\n");
	for (size_t i = 0; i < v->report->n_largest && i < v->n_top; i++)
		say_object(out, v, v->report->largest[i]);
	say_duplicates(out, v, style);
}
