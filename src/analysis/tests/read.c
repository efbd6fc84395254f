/* Tests out of a document that `check --per-test --json` wrote. */
#include <errno.h>
#include <string.h>

#include "memprof/analysis/tests.h"
#include "memprof/base/json_read.h"

static const char schema[] = "memprof.check/1";

static int read_outcome(const struct json_value *of, enum test_outcome *ret, struct diag *diag)
{
	const char *text;
	int r = json_member_text(of, "outcome", &text, diag);

	if (r < 0)
		return r;
	for (unsigned i = 0; i < N_TEST_OUTCOMES; i++) {
		if (strcmp(test_outcome_name(i), text) == 0) {
			*ret = i;
			return 0;
		}
	}
	return diag_at(diag, json_value_place(json_value_member(of, "outcome")), -EINVAL,
		       "the outcome of a test is passed, skipped, failed or cut");
}

/* Null where its heap could not be read. */
static int read_kept(const struct json_value *of, struct test_row *row, struct diag *diag)
{
	const struct json_value *kept = json_value_member(of, "kept");

	row->measured = !kept || json_value_kind(kept) != JSON_NULL;
	return row->measured ? json_member_i64(of, "kept", &row->kept_bytes, diag) : 0;
}

static int read_figures(const struct json_value *of, struct test_row *row, struct diag *diag)
{
	int r = read_outcome(of, &row->outcome, diag);

	if (r == 0)
		r = read_kept(of, row, diag);
	if (r == 0)
		r = json_member_u64(of, "peak", &row->peak_bytes, diag);
	if (r == 0)
		r = json_member_bool(of, "peak_is_least", &row->peak_is_least, diag);
	if (r == 0)
		r = json_member_u64(of, "largest_free", &row->lfb_bytes, diag);
	if (r == 0)
		r = json_member_u64(of, "collections", &row->n_collections, diag);
	if (r == 0)
		r = json_member_u64(of, "collecting_us", &row->collecting_us, diag);
	return r;
}

static int read_row(struct tests *t, const struct json_value *of, struct diag *diag)
{
	struct test_row row = { .file = TESTS_NONE, .duration_us = NOT_KNOWN };
	const char *name = NULL;
	int r = json_member_text(of, "name", &name, diag);

	if (r == 0)
		r = read_figures(of, &row, diag);
	if (r < 0)
		return r;
	row.name = arena_text(&t->arena, name, strlen(name));
	return vec_push(t, rows, row) < 0 ? diag_set(diag, -ENOMEM, "out of memory") : 0;
}

static int find_rows(const struct json_value *root, const struct json_value **ret, struct diag *diag)
{
	const struct json_value *named = json_value_member(root, "schema");
	const char *text = "";
	int r = named ? json_value_text(named, &text, diag) : 0;

	if (r < 0)
		return r;
	*ret = json_value_member(root, "tests");
	if (strcmp(text, schema) != 0 || !*ret || json_value_kind(*ret) != JSON_ARRAY)
		return diag_at(diag, json_value_place(root), -EINVAL,
			       "there are no tests in it; check --per-test -o json:FILE writes them");
	if (json_value_count(*ret) > TESTS_MAX)
		return diag_at(diag, json_value_place(*ret), -EFBIG, "more than %d tests", TESTS_MAX);
	return 0;
}

int tests_read(struct tests *ret, const char *text, size_t n_bytes, const char *name, struct diag *diag)
{
	struct json_document *document = NULL;
	const struct json_value *rows = NULL;
	int r = json_document_read(text, n_bytes, name, &document, diag);

	if (r == 0)
		r = find_rows(json_document_root(document), &rows, diag);
	for (const struct json_value *v = r < 0 ? NULL : json_value_first(rows); v && r == 0; v = json_value_next(v))
		r = read_row(ret, v, diag);
	json_document_free(document);
	if (r == 0 && arena_error(&ret->arena))
		r = diag_set(diag, -ENOMEM, "out of memory");
	return r;
}
