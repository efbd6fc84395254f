/* Functions that should not allocate, against their limits. */
#include <errno.h>
#include <inttypes.h>

#include "budget/check_private.h"
#include "memprof/analysis/first_alloc.h"

/* With its place, as the row is about the budget. */
static const char *why_unknown(struct check *c, const struct first_alloc *a)
{
	const char *doubt = first_alloc_doubt(a);

	if (!doubt || !a->fault.at.file)
		return doubt;
	if (!a->fault.at.line)
		return arena_printf(&c->arena, "%s: %s", a->fault.at.file, doubt);
	return arena_printf(&c->arena, "%s:%" PRIu64 ": %s", a->fault.at.file, a->fault.at.line, doubt);
}

static void offer(struct check *c, struct check_row *row, const struct first_alloc *a)
{
	struct strbuf chain CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct figure figure = { .kind = FIGURE_ALLOCATIONS,
				 .name = slice_of(a->function),
				 .capacity_bytes = NOT_KNOWN,
				 .unknown = why_unknown(c, a) };

	first_alloc_chain(&chain, a);
	const struct figure_part part = { .name = strbuf_text(&chain),
					  .delta_bytes = FIGURE_NO_DELTA,
					  .size_bytes = NOT_KNOWN };
	if (!figure.unknown)
		figure.value = figure_bytes(a->is_found);
	figure.parts = &part;
	figure.n_parts = a->is_found;
	check_offer(c, row, &figure);
}

int check_functions(struct check *c, const struct first_alloc *functions, size_t n)
{
	for (size_t i = 0; i < c->n_rows; i++) {
		struct check_row *row = &c->rows[i];
		if (!row->limit || row->entry->subject != SUBJECT_FUNCTION)
			continue;
		for (size_t k = 0; k < n; k++)
			if (strcmp(row->entry->pattern, functions[k].function) == 0)
				offer(c, row, &functions[k]);
	}
	return arena_error(&c->arena);
}
