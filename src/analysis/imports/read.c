/* Imports out of a document that `run --imports --json` wrote. */
#include "memprof/analysis/imports.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/json_read.h"

static const char schema[] = "memprof.report/1";

/* NULL stays NOT_KNOWN. */
static int read_bytes(const struct json_value *row, const char *name, uint64_t *ret, struct diag *diag)
{
	const struct json_value *value;
	int r = json_value_require(row, name, &value, diag);

	*ret = NOT_KNOWN;
	return r < 0 || json_value_kind(value) == JSON_NULL ? r : json_value_u64(value, ret, diag);
}

/* It may be less than nothing. */
static int read_kept(const struct json_value *row, int64_t *ret, struct diag *diag)
{
	const struct json_value *value;
	double bytes = 0;
	int r = json_value_require(row, "kept", &value, diag);

	if (r == 0)
		r = json_value_double(value, &bytes, diag);
	if (r == 0 && !(bytes > -1e15 && bytes < 1e15))
		return diag_at(diag, json_value_place(value), -EINVAL, "no board has so many bytes");
	*ret = (int64_t)bytes;
	if (r == 0 && (double)*ret != bytes)
		return diag_at(diag, json_value_place(value), -EINVAL,
			       "there are no parts of bytes;"
			       " found %g",
			       bytes);
	return r;
}

static int read_flag(const struct json_value *row, const char *name, bool *ret, struct diag *diag)
{
	const struct json_value *value;
	int r = json_value_require(row, name, &value, diag);

	return r < 0 ? r : json_value_bool(value, ret, diag);
}

static int read_row(struct imports *imports, const struct json_value *row, struct diag *diag)
{
	struct import_row read = { .parent = IMPORTS_NONE, .before_lfb_bytes = NOT_KNOWN };
	const struct json_value *name;
	int r = json_value_require(row, "name", &name, diag);

	if (r == 0)
		r = json_value_text(name, &read.name, diag);
	if (r == 0)
		r = read_kept(row, &read.kept_bytes, diag);
	if (r == 0)
		r = read_bytes(row, "peak", &read.peak_bytes, diag);
	if (r == 0)
		r = read_bytes(row, "after_largest_free", &read.after_lfb_bytes, diag);
	if (r == 0)
		r = read_flag(row, "peak_is_least", &read.peak_is_least, diag);
	if (r == 0)
		r = read_flag(row, "raised", &read.raised, diag);
	if (r == 0)
		r = read_flag(row, "again", &read.again, diag);
	if (r == 0)
		r = read_flag(row, "cut", &read.cut, diag);
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
		       "the only document that can be a baseline has the"
		       " schema %s: run --imports --json writes it",
		       schema);
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
