/* The member "imports" of memprof.report/1. */
#include "memprof/viewers/imports_view.h"

static void row(struct json *j, const struct import_row *r)
{
	json_text(j, "name", r->name);
	json_text(j, "file", r->file);
	json_text(j, "origin", import_origin_name(r->origin));
	json_u64(j, "depth", r->depth);
	json_u64(j, "parent", r->parent == IMPORTS_NONE ? NOT_KNOWN : r->parent);
	json_fields(j, import_fields, N_IMPORT_FIELDS, r);
}

static void order(struct json *j, const struct imports *imports)
{
	struct import_order best;

	if (!json_object_if(j, "order", import_order(imports, &best) == 0))
		return;
	json_bool(j, "same", best.same);
	json_u64(j, "need_now", best.now_bytes);
	json_u64(j, "need_then", best.then_bytes);
	json_array(j, "rows");
	for (size_t i = 0; i < best.n_rows; i++)
		json_u64(j, NULL, best.rows[i]);
	json_array_end(j);
	json_object_end(j);
	import_order_deinit(&best);
}

void json_imports(struct json *j, const char *key, const struct imports *imports)
{
	if (!json_object_if(j, key, imports != NULL))
		return;
	for (size_t i = 0; json_rows(j, "rows", i, imports->n_rows); i++)
		row(j, &imports->rows[i]);
	json_u64(j, "more", imports->n_more);
	order(j, imports);
	json_object_end(j);
}
