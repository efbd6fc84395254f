/* Imports out of a document that `run --imports --json` wrote. */
#include "memprof/analysis/imports.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/fields.h"

static const char schema[] = "memprof.report/1";

const struct field import_fields[N_IMPORT_FIELDS] = {
	FIELD_AS(struct import_row, kept_bytes, "kept", FIELD_I64, 0),
	FIELD_AS(struct import_row, own_bytes, "own", FIELD_I64, 0),
	FIELD_AS(struct import_row, peak_bytes, "peak", FIELD_U64, 0),
	FIELD(struct import_row, peak_is_least, FIELD_BOOL, 0),
	FIELD_AS(struct import_row, before_lfb_bytes, "before_largest_free", FIELD_U64, 0),
	FIELD_AS(struct import_row, after_lfb_bytes, "after_largest_free", FIELD_U64, 0),
	FIELD(struct import_row, raised, FIELD_BOOL, 0),
	FIELD(struct import_row, again, FIELD_BOOL, 0),
	FIELD(struct import_row, cut, FIELD_BOOL, 0),
};

static int read_row(struct imports *imports, const struct json_value *row, struct diag *diag)
{
	struct import_row read = { .parent = IMPORTS_NONE };
	const struct json_value *name;
	int r = json_value_require(row, "name", &name, diag);

	if (r == 0)
		r = json_value_text(name, &read.name, diag);
	if (r == 0)
		r = json_fields_read(row, import_fields, N_IMPORT_FIELDS, &read, diag);
	if (r < 0)
		return r;
	struct import_row *added = vec_add(imports, rows);
	if (!added)
		return diag_set(diag, -ENOMEM, "out of memory");
	*added = read;
	added->name = arena_text(&imports->arena, read.name, strlen(read.name));
	return 0;
}

static int check_schema(const struct json_value *root, struct diag *diag)
{
	const struct json_value *named = json_value_member(root, "schema");
	const char *text = "";
	int r = named ? json_value_text(named, &text, diag) : 0;

	if (r < 0 || strcmp(text, schema) == 0)
		return r;
	return diag_at(diag, json_value_place(named ? named : root), -EINVAL,
		       "no baseline: a JSON baseline is what run --imports --json, or test -o json:FILE, has written");
}

static int find_rows(const struct json_value *root, const struct json_value **ret, struct diag *diag)
{
	const struct json_value *of = json_value_member(root, "imports");
	int r = check_schema(root, diag);

	if (r < 0)
		return r;
	if (!of || json_value_kind(of) == JSON_NULL)
		return diag_at(diag, json_value_place(root), -EINVAL,
			       "there are no imports in it; run --imports --json writes them");
	r = json_value_require(of, "rows", ret, diag);
	if (r == 0)
		r = json_value_expect(*ret, JSON_ARRAY, diag);
	if (r == 0 && json_value_count(*ret) > IMPORTS_MAX)
		r = diag_at(diag, json_value_place(*ret), -EFBIG, "more than %d imports", IMPORTS_MAX);
	return r;
}

static int read_rows(struct imports *imports, const struct json_value *root, struct diag *diag)
{
	const struct json_value *rows, *row;
	int r = find_rows(root, &rows, diag);

	for (row = r < 0 ? NULL : json_value_first(rows); row && r == 0; row = json_value_next(row))
		r = read_row(imports, row, diag);
	return r;
}

int imports_read(struct imports *ret, const char *text, size_t n_bytes, const char *name, struct diag *diag)
{
	struct json_document *document = NULL;
	int r = json_document_read(text, n_bytes, name, &document, diag);

	if (r == 0)
		r = read_rows(ret, json_document_root(document), diag);
	json_document_free(document);
	if (r == 0 && arena_error(&ret->arena))
		r = diag_set(diag, -ENOMEM, "out of memory");
	return r;
}
