#include "document/tests.h"

#include <string.h>

#include "shared/number_words.h"

/* ---- the answer ---- */

/* Functions stand for their file, if it has some, unless it failed for another reason. */
static bool counts(const struct tests *tests, size_t i)
{
	const struct test_row *row = &tests->rows[i];
	bool has_functions = i + 1 < tests->n_rows && tests->rows[i + 1].file == i;

	return row->file != TESTS_NONE || !has_functions || (test_is_bad(row) && !tests_is_told(tests, i));
}

void tests_answer(struct document *d, const struct tests *tests)
{
	enum doc_severity severity = tests_any_bad(tests) ? DOC_ACT : DOC_FINE;
	size_t n = 0, n_of[N_TEST_OUTCOMES] = { 0 };

	for (size_t i = 0; i < tests->n_rows; i++) {
		n += counts(tests, i);
		n_of[tests->rows[i].outcome] += counts(tests, i);
	}
	if (n == 0)
		doc_answer(d, DOC_LOOK, DOC_T("no test was run"));
	else if (n_of[TEST_PASSED] == n)
		doc_answer(d, severity, DOC_T(n == 1 ? "" : "all "), DOC_OF(n, "test"), DOC_T(" passed"));
	else
		doc_answer(d, severity, DOC_N(n_of[TEST_PASSED]), DOC_T(" of "), DOC_OF(n, "test"), DOC_T(" passed"));
	if (n_of[TEST_FAILED])
		doc_answer(d, severity, DOC_T(", "), DOC_N(n_of[TEST_FAILED]), DOC_T(" failed"));
	if (n_of[TEST_CUT])
		doc_answer(d, severity, DOC_T(", "), DOC_N(n_of[TEST_CUT]), DOC_T(" did not end"));
	if (n_of[TEST_SKIPPED])
		doc_answer(d, severity, DOC_T(", "), DOC_N(n_of[TEST_SKIPPED]), DOC_T(" skipped"));
	if (tests->n_more)
		doc_answer(d, severity, DOC_T(", "), DOC_N(tests->n_more), DOC_T(" more could not be listed"));
	if (tests->n_more_bad)
		doc_answer(d, severity, DOC_T(" ("), DOC_N(tests->n_more_bad), DOC_T(" failed)"));
}

/* ---- a test ---- */

/* Without the file of a function; of a file its path. */
static const char *name_of(const struct tests *tests, const struct test_row *row)
{
	return row->file == TESTS_NONE ? row->name : row->name + strlen(tests->rows[row->file].name) + strlen("::");
}

static const char *outcome_words(const struct test_row *row)
{
	return row->outcome == TEST_PASSED ? "" :
	       row->outcome == TEST_CUT    ? "did not end" :
					     test_outcome_name(row->outcome);
}

/* "failed: OSError: 5"; of one that passed: "" */
static const char *outcome_of(struct document *d, const struct test_row *row)
{
	const char *words = outcome_words(row), *message = row->message && *words ? row->message : "";

	return arena_printf(&d->arena, "%s%s%s", words, *message ? ": " : "", message);
}

/* As pytest names them: "tests.test_net.TestNet" of tests/test_net.py::TestNet.test_read, and what is left:
 * "test_read". */
static const char *suite_of(struct document *d, const struct tests *tests, const struct test_row *row,
			    const char **ret_name)
{
	struct strbuf suite CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool is_function = row->file != TESTS_NONE;
	const char *name = name_of(tests, row), *dot = is_function ? strrchr(name, '.') : NULL;
	const char *file = is_function ? tests->rows[row->file].name : name;

	file += strncmp(file, "./", 2) == 0 ? 2 : *file == '/';
	size_t n = strlen(file), n_stem = n > 3 && strcmp(file + n - 3, ".py") == 0 ? n - 3 : n;
	for (size_t i = 0; i < n_stem; i++)
		strbuf_putc(&suite, file[i] == '/' ? '.' : file[i]);
	if (dot)
		strbuf_printf(&suite, ".%.*s", (int)(dot - name), name);
	*ret_name = dot ? dot + 1 : is_function ? name : "(file)";
	return doc_keep(d, strbuf_text(&suite));
}

struct test {
	const struct tests *tests;
	const struct test_row *row;
	const char *outcome;
	struct doc_block message;
};

static struct doc_finding finding_of(struct document *d, struct test *test, bool is_case)
{
	static const struct {
		enum doc_outcome outcome;
		const char *type;
	} outcomes[N_TEST_OUTCOMES] = {
		[TEST_SKIPPED] = { DOC_SKIPPED, "skipped" },
		[TEST_FAILED] = { DOC_FAILED, "test failed" },
		[TEST_CUT] = { DOC_ERRED, "test did not end" },
	};
	const struct tests *tests = test->tests;
	const struct test_row *row = test->row;
	bool is_told = tests_is_told(tests, (size_t)(row - tests->rows)), is_function = row->file != TESTS_NONE;
	struct doc_finding ret = { .outcome = outcomes[is_told ? TEST_PASSED : row->outcome].outcome,
				   .type = outcomes[row->outcome].type,
				   .at.file = is_function ? tests->rows[row->file].name : row->name,
				   .message = &test->message,
				   .duration_us = row->duration_us };

	if (is_case)
		ret.suite = suite_of(d, tests, row, &ret.name);
	else
		ret.name = row->name;
	if (!is_case && is_function)
		doc_put(d, &test->message, DOC_T(name_of(tests, row)), DOC_T(" "));
	doc_put(d, &test->message, DOC_T(test->outcome));
	return ret;
}

/* ---- tables ---- */

enum { TEST, OUTCOME, PEAK, KEPT, LARGEST, COLLECTIONS, COLLECTING, ALLOCATED, REASON, N_COLUMNS };

static const struct doc_column columns[N_COLUMNS] = {
	[TEST] = { NULL, "test", DOC_TEXT, DOC_CUT_BEGINNING, .is_name = true },
	[OUTCOME] = { NULL, "outcome", DOC_TEXT },
	[PEAK] = { NULL, "peak", DOC_SIZE },
	[KEPT] = { NULL, "kept", DOC_CHANGE },
	[LARGEST] = { NULL, "least largest free", DOC_SIZE },
	[COLLECTIONS] = { NULL, "collections", DOC_COUNT, .drop = 3 },
	[COLLECTING] = { NULL, "GC ms", DOC_TIME, .drop = 1 },
	[ALLOCATED] = { NULL, "allocated, by size", DOC_TEXT, .drop = 4 },
	[REASON] = { NULL, "reason", DOC_TEXT, .drop = 5 },
};

static void add_sizes(struct strbuf *out, const struct test_row *row)
{
	size_words(out, row->n_by_size, NULL);
	if (out->n_bytes && row->sizes_are_least)
		strbuf_puts(out, ", and more");
}

static void fill_test(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct test *test = (const struct test *)ctx + i;
	const struct test_row *row = test->row;

	ret->depth = row->file != TESTS_NONE;
	ret->role = test_is_bad(row) ? ROLE_WARNING : row->outcome == TEST_SKIPPED ? ROLE_FAINT : ROLE_PLAIN;
	ret->cells[TEST] = DOC_T(name_of(test->tests, row));
	ret->cells[OUTCOME] = DOC_T(outcome_words(row));
	ret->cells[REASON] = doc_text_or_none(row->message);
	ret->cells[PEAK] = DOC_BYTES(row->peak_bytes);
	ret->cells[PEAK].bound = row->peak_is_least ? DOC_AT_LEAST : DOC_IS;
	if (row->measured)
		ret->cells[KEPT] = DOC_MORE(row->kept_bytes);
	ret->cells[LARGEST] = DOC_BYTES(row->lfb_bytes);
	ret->cells[COLLECTIONS] = DOC_N(row->n_collections);
	ret->cells[COLLECTING] = DOC_MS(row->collecting_us);
	ret->cells[COLLECTING].bound = row->time_is_estimated ? DOC_ABOUT : DOC_IS;
	add_sizes(doc_make(ret, ALLOCATED), row);
}

static void fill_bad(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct test *test = (const struct test *)ctx + i;

	ret->cells[TEST] = DOC_T(test->row->name);
	ret->cells[OUTCOME] = DOC_T(test->outcome);
}

/* What is too wide to stand beside the other figures at a terminal. */
static const struct doc_column sizes_columns[] = {
	{ NULL, "test", DOC_TEXT, DOC_CUT_BEGINNING, .whole = true, .is_name = true },
	{ NULL, "allocated, by size", DOC_TEXT },
};

static void fill_sizes(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct test *test = (const struct test *)ctx + i;

	ret->depth = test->row->file != TESTS_NONE;
	ret->cells[0] = DOC_T(name_of(test->tests, test->row));
	add_sizes(doc_make(ret, 1), test->row);
}

static bool is_bad(const struct tests *tests, size_t i)
{
	return test_is_bad(&tests->rows[i]) && !tests_is_told(tests, i);
}

/* is_case: of a server, once for each test. */
static void add_table(struct document *d, const struct tests *tests, const struct doc_table *of, bool is_case)
{
	struct test *rows = arena_zeroed(&d->arena, tests->n_rows, sizeof(*rows));
	struct doc_finding *findings = arena_zeroed(&d->arena, tests->n_rows, sizeof(*findings));
	struct doc_table table = *of;

	table.ctx = rows;
	for (size_t i = 0; rows && findings && i < tests->n_rows; i++) {
		const struct test_row *row = &tests->rows[i];
		size_t n = table.n_rows;
		if (table.as_lines && !is_bad(tests, i))
			continue;
		rows[n] = (struct test){ .tests = tests, .row = row, .outcome = outcome_of(d, row) };
		findings[n] = finding_of(d, &rows[n], is_case);
		table.n_rows++;
	}
	if (is_case || table.as_lines)
		table.findings = findings;
	if (table.as_lines)
		table.title = arena_printf(&d->arena, "%s: %zu", of->title, table.n_rows);
	if (table.n_rows > 0)
		doc_table(d, &table);
}

void tests_tables(struct document *d, const struct tests *tests, bool all)
{
	static const struct doc_table bad = {
		.title = "Failed tests", .columns = columns, .n_columns = PEAK, .row = fill_bad, .as_lines = true
	};
	static const struct doc_table every = {
		.title = "Tests",
		.note = "sizes in bytes",
		.columns = columns,
		.n_columns = N_COLUMNS,
		.row = fill_test,
		.exact = true,
	};
	static const struct doc_table sizes = {
		.title = "What tests allocated",
		.columns = sizes_columns,
		.n_columns = 2,
		.row = fill_sizes,
	};

	add_table(d, tests, &bad, false);
	add_table(d, tests, &every, true);
	if (all)
		add_table(d, tests, &sizes, false);
}
