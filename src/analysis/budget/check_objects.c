/* What globals, modules and classes of a heap retain, against their limits. */
#include <string.h>

#include "budget/filter.h"

/* Rows of one subject. */
struct owners {
	enum figure_subject subject;
	const struct objects_report *report; /* NULL: there are none */
};
struct owner {
	const char *name;
	uint64_t n_objects, retained_bytes;
};

static size_t n_owners(const struct owners *o)
{
	if (!o->report)
		return 0;
	return o->subject == SUBJECT_GLOBAL ? o->report->n_globals :
	       o->subject == SUBJECT_MODULE ? o->report->n_modules :
					      o->report->n_classes;
}

static struct owner owner_at(const struct owners *o, size_t i)
{
	const struct objects_report *r = o->report;

	if (o->subject == SUBJECT_GLOBAL)
		return (struct owner){ r->globals[i].path, r->globals[i].n_retained, r->globals[i].retained_bytes };
	if (o->subject == SUBJECT_MODULE)
		return (struct owner){ r->modules[i].name, r->modules[i].n_retained, r->modules[i].retained_bytes };
	return (struct owner){ r->classes[i].name, r->classes[i].n_objects, r->classes[i].retained_bytes };
}

/* All of a name: two classes may have the same. What was not there retained nothing. */
static struct owner owner_of(const struct owners *o, const char *name, size_t *ret_first)
{
	struct owner ret = { .name = name };

	*ret_first = SIZE_MAX;
	for (size_t i = 0; i < n_owners(o); i++) {
		struct owner owner = owner_at(o, i);
		if (strcmp(owner.name, name) != 0)
			continue;
		*ret_first = MIN(*ret_first, i);
		ret.n_objects += owner.n_objects;
		ret.retained_bytes += owner.retained_bytes;
	}
	return ret;
}

static int list_owners(const void *now, const void *base_owners, figure_sink *sink, void *ctx)
{
	const struct owners *base = base_owners;

	for (size_t i = 0; i < n_owners(now); i++) {
		size_t i_first, unused;
		struct owner owner = owner_of(now, owner_at(now, i).name, &i_first), was = { NULL };
		struct figure figure = { .name = slice_of(owner.name), .capacity_bytes = NOT_KNOWN };
		if (i_first < i)
			continue;
		bool compares = base && base->report;
		if (compares)
			was = owner_of(base, owner.name, &unused);
		figure.kind = FIGURE_RETAINED;
		figure.value = figure_bytes(owner.retained_bytes);
		figure.base = figure_bytes(compares ? was.retained_bytes : NOT_KNOWN);
		int r = sink(ctx, &figure);
		figure.kind = FIGURE_OBJECTS;
		figure.value = figure_bytes(owner.n_objects);
		figure.base = figure_bytes(compares ? was.n_objects : NOT_KNOWN);
		if (r == 0)
			r = sink(ctx, &figure);
		if (r < 0)
			return r;
	}
	return 0;
}

int check_objects(struct check *c, const struct objects_report *now, const struct objects_report *base)
{
	static const enum figure_subject subjects[] = { SUBJECT_GLOBAL, SUBJECT_MODULE, SUBJECT_CLASS };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(subjects) && r == 0; i++) {
		const struct owners owners = { subjects[i], now }, older = { subjects[i], base };
		struct filter f;
		r = filter_begin(&f, c, subjects[i], list_owners, &owners, &older);
		r = filter_end(&f, r);
	}
	return r;
}
