/* The first allocation in a function as memprof.first-alloc/1. */
#include "memprof/base/number.h"
#include "memprof/viewers/first_alloc_view.h"

static void add_lines(struct json *j, const struct first_alloc *a)
{
	for (size_t i = 0; json_rows(j, "stack", i, a->n_lines); i++) {
		const struct first_alloc_line *line = &a->lines[i];
		json_name(j, "file", line->file[0] ? line->file : NULL);
		json_u64(j, "line", line->line ? line->line : NOT_KNOWN);
		json_name(j, "function", line->function[0] ? line->function : NULL);
		json_bool(j, "inside", i < a->n_inside);
	}
}

void json_first_alloc(struct json *j, const struct first_alloc *a)
{
	const char *doubt = first_alloc_doubt(a);

	json_object(j, NULL);
	json_text(j, "schema", "memprof.first-alloc/1");
	json_name(j, "program", a->script);
	json_name(j, "function", a->function);
	if (doubt)
		json_null(j, "allocates");
	else
		json_bool(j, "allocates", a->is_found);
	json_name(j, "unknown", doubt);
	json_u64(j, "calls", a->n_calls);
	json_u64(j, "raised", a->n_raised);
	json_bool(j, "stopped", a->is_stopped);
	json_name(j, "exception", a->is_found ? a->exception : NULL);
	json_bool(j, "caught", a->is_exception);
	json_bool(j, "gap", a->has_gap);
	add_lines(j, a);
	json_object_end(j);
}
