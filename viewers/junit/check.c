/* JUnit's XML. There is no standard, so it has only what all readers take: those of Jenkins
 * (xunit-plugin, junit-10.xsd and the older junit-4.xsd, which the tests hold it to) and GitLab
 * (lib/gitlab/ci/parsers/test/junit.rb), which forgets the attributes of a failure that has a text, and
 * takes cases of one name and class for one. Hence the message stands in both, and names are numbered
 * where there are two. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/names.h"
#include "shared/check_words.h"
#include "shared/tests_words.h"
#include "shared/xml.h"

struct suite {
	struct strbuf *out;
	const struct check *check;
	struct arena arena;
	struct names names;  /* classes and names there are by now */
	VEC(uint32_t, n_of); /* by name: how often */
};

/* ---- text ---- */

static void attribute(struct strbuf *out, const char *name, const char *value)
{
	strbuf_printf(out, " %s=\"", name);
	xml_text(out, value);
	strbuf_putc(out, '"');
}

/* "limit: at most 337920 B" */
static void line_of(struct strbuf *out, const char *what, const struct check_row *row,
		    void (*words)(struct strbuf *out, const struct check_row *row))
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	words(&text, row);
	if (text.n_bytes == 0)
		return;
	strbuf_puts(out, what);
	xml_text(out, strbuf_text(&text));
	strbuf_putc(out, '\n');
}

static void because(struct strbuf *out, const struct check_row *row)
{
	for (size_t i = 0; i < row->n_causes; i++) {
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		check_words_cause(&text, &row->causes[i], NULL);
		strbuf_puts(out, "because: ");
		xml_text(out, strbuf_text(&text));
		strbuf_putc(out, '\n');
	}
}

static void body(struct strbuf *out, const struct check *check, const struct check_row *row)
{
	line_of(out, "", row, check_words_row);
	line_of(out, "", row, check_words_advice);
	line_of(out, "what: ", row, check_words_what);
	line_of(out, "moment: ", row, check_words_moment);
	line_of(out, "limit: ", row, check_words_limit);
	line_of(out, "value: ", row, check_words_value);
	line_of(out, "margin: ", row, check_words_margin);
	because(out, row);
	line_of(out, "others: ", row, check_words_others);
	strbuf_puts(out, "at: ");
	xml_text(out, check_words_file(check, row));
	if (row->at.line)
		strbuf_printf(out, ":%" PRIu64, row->at.line);
	strbuf_putc(out, '\n');
}

/* ---- cases ---- */

/* Servers take what stands before the last dot for a package: "ci/budget.region". */
static void class_of(struct strbuf *out, const struct check *check, const char *subject)
{
	const char *file = check->name ? check->name : "budget";
	size_t n = strlen(file);

	strbuf_add(out, file, n > 5 && strcmp(file + n - 5, ".json") == 0 ? n - 5 : n);
	strbuf_printf(out, ".%s", subject);
}

/* Of an entry with a fault the subject may not be known. */
static const char *subject_of(const struct check_row *row)
{
	if (!row->entry)
		return "file";
	return row->limit || row->entry->pattern ? figure_subject_name(row->entry->subject) : "entry";
}

/* How many were called so before. */
static uint32_t n_before(struct suite *suite, const char *class, const char *name)
{
	struct strbuf key CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(&key, "%s\n%s", class, name);
	uint32_t i = names_add(&suite->names, strbuf_text(&key), key.n_bytes);
	if (i != NAMES_NONE && i == suite->n_n_of && !vec_add(suite, n_of))
		i = NAMES_NONE;
	if (i == NAMES_NONE)
		suite->out->error = -ENOMEM;
	return i == NAMES_NONE ? 0 : suite->n_of[i]++;
}

/* Its first tag, open. */
static void begin_case_of(struct suite *suite, const char *class, const char *name)
{
	uint32_t n = n_before(suite, class, name);

	strbuf_puts(suite->out, "    <testcase");
	attribute(suite->out, "classname", class);
	strbuf_puts(suite->out, " name=\"");
	xml_text(suite->out, name);
	if (n > 0)
		strbuf_printf(suite->out, " #%" PRIu32, n + 1);
	strbuf_putc(suite->out, '"');
}

static void begin_case(struct suite *suite, const char *subject, const char *name)
{
	struct strbuf class CLEANUP(strbuf_deinit) = STRBUF_INIT;

	class_of(&class, suite->check, subject);
	begin_case_of(suite, strbuf_text(&class), name);
}

/* What became of it. A type must not be the name of one of GitLab's own ("integer", "yaml"). */
static const struct outcome {
	const char *tag, *type; /* type NULL: no attributes, as the older schema has none there */
} outcomes[N_CHECK_STATUSES] = {
	[CHECK_FAIL] = { "failure", "limit broken" },
	[CHECK_ERROR] = { "error", "not judged" },
	[CHECK_SKIP] = { "skipped", NULL },
};

static void begin_outcome(struct strbuf *out, const struct outcome *outcome, const char *message)
{
	strbuf_printf(out, ">\n      <%s", outcome->tag);
	if (outcome->type) {
		attribute(out, "type", outcome->type);
		attribute(out, "message", message);
	}
	strbuf_putc(out, '>');
}

static void end_outcome(struct strbuf *out, const char *tag) { strbuf_printf(out, "</%s>\n    </testcase>\n", tag); }

static void case_of(struct suite *suite, const struct check_row *row)
{
	const struct outcome *outcome = &outcomes[row->status];
	struct strbuf message CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;

	check_words_title(&name, row);
	begin_case(suite, subject_of(row), strbuf_text(&name));
	check_words_row(&message, row);
	if (outcome->tag) {
		begin_outcome(suite->out, outcome, strbuf_text(&message));
		body(suite->out, suite->check, row);
		end_outcome(suite->out, outcome->tag);
	} else if (row->warned) {
		strbuf_puts(suite->out, ">\n      <system-out>warning: ");
		body(suite->out, suite->check, row);
		end_outcome(suite->out, "system-out");
	} else {
		strbuf_puts(suite->out, "/>\n");
	}
}

/* A run that came to grief is no success, whatever the limits say. */
static void trouble_of(struct suite *suite, const struct check_view *view)
{
	static const struct outcome outcome = { "error", "run failed" };
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	check_words_trouble(&text, view);
	begin_case(suite, "run", "run");
	begin_outcome(suite->out, &outcome, strbuf_text(&text));
	xml_text(suite->out, strbuf_text(&text));
	end_outcome(suite->out, outcome.tag);
}

/* ---- tests ---- */

/* As pytest names them: "tests.test_net.TestNet" of tests/test_net.py::TestNet.test_read, and what is left:
 * "test_read". */
static void test_class(struct strbuf *out, const struct tests *tests, const struct test_row *row, const char **ret_name)
{
	bool is_function;
	const char *name = tests_name(tests, row, &is_function), *dot = is_function ? strrchr(name, '.') : NULL;
	const char *file = is_function ? tests->rows[row->file].name : name;

	file += strncmp(file, "./", 2) == 0 ? 2 : *file == '/';
	size_t n = strlen(file), n_stem = n > 3 && strcmp(file + n - 3, ".py") == 0 ? n - 3 : n;
	for (size_t i = 0; i < n_stem; i++)
		strbuf_putc(out, file[i] == '/' ? '.' : file[i]);
	if (dot)
		strbuf_printf(out, ".%.*s", (int)(dot - name), name);
	*ret_name = dot ? dot + 1 : is_function ? name : "(file)";
}

static void test_figures(struct strbuf *out, const struct test_row *row)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_puts(out, "      <system-out>");
	for (const struct tests_column *c = tests_columns; c->head; c++) {
		strbuf_reset(&text);
		c->words(&text, row, NULL);
		strbuf_printf(out, "%s: ", c->head);
		xml_text(out, strbuf_text(&text));
		strbuf_printf(out, "%s\n", c->unit);
	}
	tests_words_sizes(out, row, NULL);
	strbuf_puts(out, "</system-out>\n");
}

static void test_of(struct suite *suite, const struct tests *tests, const struct test_row *row)
{
	static const struct outcome kinds[N_TEST_OUTCOMES] = {
		[TEST_SKIPPED] = { "skipped", NULL },
		[TEST_FAILED] = { "failure", "test failed" },
		[TEST_CUT] = { "error", "test did not end" },
	};
	const struct outcome *outcome =
		&kinds[tests_is_told(tests, (size_t)(row - tests->rows)) ? TEST_PASSED : row->outcome];
	struct strbuf class CLEANUP(strbuf_deinit) = STRBUF_INIT, message CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *name;

	test_class(&class, tests, row, &name);
	begin_case_of(suite, strbuf_text(&class), name);
	if (row->duration_us != NOT_KNOWN)
		strbuf_printf(suite->out, " time=\"%" PRIu64 ".%03" PRIu64 "\"", row->duration_us / 1000000,
			      row->duration_us / 1000 % 1000);
	tests_words_outcome(&message, row);
	if (outcome->tag) {
		begin_outcome(suite->out, outcome, strbuf_text(&message));
		xml_text(suite->out, strbuf_text(&message));
		strbuf_printf(suite->out, "</%s>\n", outcome->tag);
	} else {
		strbuf_puts(suite->out, ">\n");
	}
	test_figures(suite->out, row);
	strbuf_puts(suite->out, "    </testcase>\n");
}

static size_t n_tests(const struct check_view *view, enum test_outcome outcome)
{
	size_t n = 0;

	for (size_t i = 0; view->tests && i < view->tests->n_rows; i++) {
		const struct test_row *row = &view->tests->rows[i];
		n += row->outcome == outcome && !tests_is_told(view->tests, i);
	}
	return n;
}

/* ---- the suite ---- */

static void property(struct strbuf *out, const char *name, const char *value)
{
	strbuf_puts(out, "      <property");
	attribute(out, "name", name);
	attribute(out, "value", value);
	strbuf_puts(out, "/>\n");
}

static void properties(struct strbuf *out, const struct check_view *view)
{
	struct strbuf verdict CLEANUP(strbuf_deinit) = STRBUF_INIT;

	check_words_verdict(&verdict, view);
	strbuf_puts(out, "    <properties>\n");
	property(out, "verdict", strbuf_text(&verdict));
	for (size_t i = 0; i < view->n_inputs; i++)
		property(out, view->inputs[i].role, view->inputs[i].name);
	strbuf_puts(out, "    </properties>\n");
}

static void numbers(struct strbuf *out, const struct check_view *view)
{
	const struct check *check = view->check;
	size_t n_more = check_words_failed(view), n_rows = view->tests ? view->tests->n_rows : 0;

	strbuf_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", check->n_rows + n_rows + n_more,
		      check->n_of[CHECK_FAIL] + n_tests(view, TEST_FAILED),
		      check->n_of[CHECK_ERROR] + n_tests(view, TEST_CUT) + n_more);
}

void junit_check(struct strbuf *out, const struct check_view *view)
{
	const struct check *check = view->check;
	struct suite suite = { .out = out, .check = check };

	suite.names.arena = &suite.arena;
	strbuf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"memprof check\"");
	numbers(out, view);
	strbuf_puts(out, ">\n  <testsuite");
	attribute(out, "name", check->name ? check->name : view->tests ? "tests" : "budget");
	numbers(out, view);
	strbuf_printf(out, " skipped=\"%zu\">\n", check->n_of[CHECK_SKIP] + n_tests(view, TEST_SKIPPED));
	properties(out, view);
	if (check_words_failed(view))
		trouble_of(&suite, view);
	for (size_t i = 0; i < check->n_rows; i++)
		case_of(&suite, &check->rows[i]);
	for (size_t i = 0; view->tests && i < view->tests->n_rows; i++)
		test_of(&suite, view->tests, &view->tests->rows[i]);
	strbuf_puts(out, "  </testsuite>\n</testsuites>\n");
	vec_deinit(&suite, n_of);
	names_deinit(&suite.names);
	arena_deinit(&suite.arena);
}
