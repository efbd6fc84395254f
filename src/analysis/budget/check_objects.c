/* What globals, modules and classes of a heap retain, against their limits. */
#include <string.h>

#include "budget/filter.h"
#include "memprof/analysis/check.h"

/* A row of a report. */
struct owner {
	const char *name;
	uint64_t n_objects, retained_bytes;
};

static size_t n_globals(const struct objects_report *r) { return r->n_globals; }
static size_t n_modules(const struct objects_report *r) { return r->n_modules; }
static size_t n_classes(const struct objects_report *r) { return r->n_classes; }

static struct owner global_at(const struct objects_report *r, size_t i)
{
	return (struct owner){ r->globals[i].path, r->globals[i].n_retained, r->globals[i].retained_bytes };
}

static struct owner module_at(const struct objects_report *r, size_t i)
{
	return (struct owner){ r->modules[i].name, r->modules[i].n_retained, r->modules[i].retained_bytes };
}

static struct owner class_at(const struct objects_report *r, size_t i)
{
	return (struct owner){ r->classes[i].name, r->classes[i].n_objects, r->classes[i].retained_bytes };
}

static const struct list {
	enum figure_subject subject;
	size_t (*n)(const struct objects_report *r);
	struct owner (*at)(const struct objects_report *r, size_t i);
} lists[] = {
	{ SUBJECT_GLOBAL, n_globals, global_at },
	{ SUBJECT_MODULE, n_modules, module_at },
	{ SUBJECT_CLASS, n_classes, class_at },
};

struct moments {
	const struct list *list;
	const struct objects_report *now, *base;
};

/* All of a name: two classes may have the same. What was not there retained nothing. */
static struct owner owner_of(const struct list *list, const struct objects_report *r, const char *name,
			     size_t *ret_first)
{
	struct owner ret = { .name = name };

	*ret_first = SIZE_MAX;
	for (size_t i = 0; i < list->n(r); i++) {
		struct owner owner = list->at(r, i);
		if (strcmp(owner.name, name) != 0)
			continue;
		*ret_first = MIN(*ret_first, i);
		ret.n_objects += owner.n_objects;
		ret.retained_bytes += owner.retained_bytes;
	}
	return ret;
}

static int list_owners(const struct moments *m, figure_sink *sink, void *ctx)
{
	int r = 0;

	for (size_t i = 0; i < m->list->n(m->now) && r >= 0; i++) {
		size_t i_first, unused;
		struct owner owner = owner_of(m->list, m->now, m->list->at(m->now, i).name, &i_first), was = { NULL };
		struct figure figure = { .name = slice_of(owner.name), .capacity_bytes = NOT_KNOWN };
		if (i_first < i)
			continue;
		if (m->base)
			was = owner_of(m->list, m->base, owner.name, &unused);
		figure.kind = FIGURE_RETAINED;
		figure.value = figure_bytes(owner.retained_bytes);
		figure.base = figure_bytes(m->base ? was.retained_bytes : NOT_KNOWN);
		r = sink(ctx, &figure);
		figure.kind = FIGURE_OBJECTS;
		figure.value = figure_bytes(owner.n_objects);
		figure.base = figure_bytes(m->base ? was.n_objects : NOT_KNOWN);
		if (r >= 0)
			r = sink(ctx, &figure);
	}
	return MIN(r, 0);
}

static int check_list(struct check *c, const struct moments *m)
{
	struct filter f;
	int r = filter_init(&f, c, m->list->subject, NULL);

	f.takes = FILTER_VALUES | FILTER_GROWTH;
	if (r == 0 && f.n_limits)
		r = list_owners(m, filter_take, &f);
	if (r == 0 && filter_misses(&f))
		r = list_owners(m, filter_suggest, &f);
	filter_report_missing(&f);
	filter_deinit(&f);
	return r;
}

int check_objects(struct check *c, const struct objects_report *now, const struct objects_report *base)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lists) && r == 0; i++)
		r = check_list(c, &(struct moments){ &lists[i], now, base });
	return r < 0 ? r : arena_error(&c->arena);
}
