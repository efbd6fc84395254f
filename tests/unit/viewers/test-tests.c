/* What is said of tests, in all forms, and nothing that a name could do to any of them. */
#include "check-made.h"
#include "memprof/base/text.h"
#include "unit.h"

static struct strbuf out;

UNIT_AFTER(tear_down) { strbuf_deinit(&out); }

/* ---- tests made by hand ---- */

struct made_tests {
	struct made made;
	struct tests tests;
	uint32_t i_file;
};

static struct made_tests m;

UNIT_BEFORE(begin)
{
	m = (struct made_tests){ .made = { .check = { .name = NULL } } };
	m.made.check.budget = &m.made.budget;
	m.made.view = (struct check_view){ .check = &m.made.check, .tests = &m.tests };
}

UNIT_AFTER(end)
{
	tests_deinit(&m.tests);
	made_end(&m.made);
}

/* A file, or with "::" in its name a function of the last one. */
static struct test_row *add(const char *name, enum test_outcome outcome)
{
	struct test_row *row = vec_add(&m.tests, rows);
	bool is_file = !strstr(name, "::");

	assert_non_null(row);
	m.i_file = is_file ? (uint32_t)m.tests.n_rows - 1 : m.i_file;
	*row = (struct test_row){
		.name = name,
		.file = is_file ? TESTS_NONE : m.i_file,
		.outcome = outcome,
		.duration_us = 52600,
		.measured = true,
		.kept_bytes = 96,
		.peak_bytes = 9000,
		.lfb_bytes = 30000,
		.n_collections = 2,
		.collecting_us = 1390,
	};
	return row;
}

/* As it is where the board was gone. */
static struct test_row *add_unknown(const char *name)
{
	struct test_row *row = add(name, TEST_CUT);

	row->measured = false;
	row->duration_us = row->peak_bytes = row->lfb_bytes = row->n_collections = row->collecting_us = NOT_KNOWN;
	return row;
}

static void draw(const char *format)
{
	strbuf_reset(&out);
	assert_true(made_draw(&out, &m.made.view, format));
	assert_int_equal(strbuf_error(&out), 0);
}

static void assert_answers(const char *expected)
{
	static const struct text_style wide = { .columns = 200 };
	struct document d;

	strbuf_reset(&out);
	document_check(&d, &m.made.view);
	print_plain(&out, &d.answer, &wide);
	doc_deinit(&d);
	assert_string_equal(strbuf_text(&out), expected);
}

static void assert_has(const char *what)
{
	if (!strstr(strbuf_text(&out), what))
		fail_msg("'%s' is not in:\n%s", what, strbuf_text(&out));
}

static size_t n_of(const char *text, const char *word)
{
	size_t n = 0;

	for (; (text = strstr(text, word)); text += strlen(word))
		n++;
	return n;
}

/* ---- words ---- */

UNIT_TEST(verdicts)
{
	static const struct {
		const char *names; /* a letter each: a file, or in lower case a function of it */
		const char *summary;
	} rows[] = {
		{ "", "no test was run" },
		{ "P", "1 test passed" },
		{ "PP", "all 2 tests passed" },
		{ "Ppp", "all 2 tests passed" }, /* a file stands for its functions */
		{ "PpP", "all 2 tests passed" },
		{ "F", "0 of 1 test passed, 1 failed" },
		{ "Fpf", "1 of 2 tests passed, 1 failed" },
		{ "FpfsPS", "2 of 5 tests passed, 1 failed, 2 skipped" },
		{ "Cp", "1 of 2 tests passed, 1 did not end" },
		{ "Fpc", "1 of 2 tests passed, 1 did not end" },
		{ "S", "0 of 1 test passed, 1 skipped" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		strbuf_reset(&out);
		begin();
		for (const char *p = rows[i].names; *p; p++)
			add(*p >= 'a' ? "a::b" : "a", (enum test_outcome)(strchr("PpSsFfCc", *p) - "PpSsFfCc") / 2);
		assert_answers(rows[i].summary);
		end();
	}
}

/* It raised behind its functions, which passed. */
UNIT_TEST(a_file_that_failed_alone_counts)
{
	add("a", TEST_FAILED)->message = "OSError: 5";
	add("a::b", TEST_PASSED);
	m.made.view.exit_code = 1;
	assert_answers("1 of 2 tests passed, 1 failed");
}

UNIT_TEST(verdicts_with_limits)
{
	add("a", TEST_FAILED);
	m.made.view.exit_code = 1;
	assert_answers("0 of 1 test passed, 1 failed");
	strbuf_reset(&out);
	m.tests.rows[0].outcome = TEST_PASSED;
	assert_answers("the run failed: exit code 1, its messages say why; 1 test passed");
	strbuf_reset(&out);
	m.made.view.exit_code = 0;
	made_row(&m.made, SUBJECT_TEST, MADE_USED, "*", 9, 10);
	m.made.check.n_of[CHECK_PASS] = 1;
	assert_answers("1 test passed; 1 limit kept, with 1 B left (10.0 %)");
}

/* ---- text ---- */

UNIT_TEST(the_table)
{
	static const char expected[] =
		"0 of 3 tests passed, 1 failed, 1 did not end, 1 skipped\n"
		"t/test_a.py: error: TestNet.test_read failed: OSError: 5\n"
		"t/test_a.py: error: test_gone did not end\n"
		"\n"
		"Tests: sizes in bytes\n"
		"test                outcome        peak kept least largest free GC ms\n"
		"t/test_a.py                        9000  +96              30000   1.3\n"
		"  TestNet.test_read failed      >= 9000  +96              30000  ~1.3\n"
		"  test_skip         skipped        9000  +96              30000   1.3\n"
		"  test_gone         did not end\n";

	add("t/test_a.py", TEST_PASSED);
	struct test_row *row = add("t/test_a.py::TestNet.test_read", TEST_FAILED);
	row->message = "OSError: 5";
	row->peak_is_least = row->time_is_estimated = true;
	add("t/test_a.py::test_skip", TEST_SKIPPED);
	add_unknown("t/test_a.py::test_gone");
	m.made.view.exit_code = 1;
	draw("text");
	assert_string_equal(out.text, expected);
}

UNIT_TEST(what_was_allocated)
{
	struct test_row *row = add("a.py", TEST_PASSED);
	row->has_sizes = row->sizes_are_least = true;
	row->n_by_size[1] = 120;
	row->n_by_size[HEAP_SIZE_CLASSES - 1] = 5;
	draw("text");
	assert_null(strstr(out.text, "allocated"));
	draw("all");
	assert_has("\na.py  120 to 16, 5 above 131072, and more\n");
	draw("junit");
	assert_has("\nallocated, by size: 120 to 16, 5 above 131072, and more\n");
}

/* GitHub takes no line of a log for a command (actions/runner, ActionCommand.cs). */
UNIT_TEST(text_is_no_command)
{
	static const char *const names[] = {
		"::error::x", " ::error::x", "\xc2\xa0::error::x", "\xe3\x80\x80 ::error::x",
		"##[error]x", "a##[error]x", "###[error]x",        ":::error::x",
	};

	for (size_t i = 0; i < 2 * ARRAY_SIZE(names); i++) {
		begin();
		add("t", TEST_FAILED)->message = names[i / 2];
		const char *name = arena_printf(&m.tests.arena, "t%s%s", i & 1 ? "::" : "", names[i / 2]);
		struct test_row *row = add(name, TEST_FAILED);
		row->file = i & 1 ? 0 : TESTS_NONE;
		row->name = i & 1 ? name : name + 1;
		row->message = names[i / 2];
		draw("all");
		assert_null(strstr(out.text, "##["));
		for (const char *line = out.text; *line; line = strchr(line, '\n') + 1) {
			while (*line == ' ' || *line & 0x80)
				line++;
			if (strncmp(line, "::", 2) == 0)
				fail_msg("%s: %.*s", names[i / 2], (int)strcspn(line, "\n"), line);
		}
		end();
	}
}

/* A long name is cut, never its figures. */
UNIT_TEST(long_names_leave_room)
{
	static char name[300];

	memset(name, 'n', sizeof(name) - 1);
	memcpy(name, "t::", 3);
	add("t", TEST_PASSED);
	add(name, TEST_PASSED);
	draw("text");
	assert_has("\n  ..nnnn");
	for (const char *line = out.text, *next; *line; line = next) {
		next = strchr(line, '\n') + 1;
		if (next - line > 81)
			fail_msg("%.*s", (int)(next - line), line);
	}
}

/* ---- JUnit ---- */

/* As pytest has them: https://docs.pytest.org/en/stable/how-to/output.html */
UNIT_TEST(junit_names)
{
	static const struct {
		const char *file, *name, *expected;
	} rows[] = {
		{ NULL, "tests/test_net.py", "classname=\"tests.test_net\" name=\"(file)\"" },
		{ "tests/test_net.py", "tests/test_net.py::TestNet.test_read",
		  "classname=\"tests.test_net.TestNet\" name=\"test_read\"" },
		{ "tests/test_net.py", "tests/test_net.py::test_read",
		  "classname=\"tests.test_net\" name=\"test_read\"" },
		{ "test_net.py", "test_net.py::A.B.test_read", "classname=\"test_net.A.B\" name=\"test_read\"" },
		{ NULL, "./tests/a.py", "classname=\"tests.a\"" },
		{ NULL, "/tests/a.py", "classname=\"tests.a\"" },
		{ NULL, "test_net", "classname=\"test_net\" name=\"(file)\"" },
		{ NULL, ".py", "classname=\".py\" name=\"(file)\"" },
		{ "a.py", "a.py::T.<b>&\"", "classname=\"a.T\" name=\"&#60;b&#62;&#38;&#34;\"" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		strbuf_reset(&out);
		begin();
		if (rows[i].file)
			add(rows[i].file, TEST_PASSED);
		add(rows[i].name, TEST_PASSED);
		draw("junit");
		assert_has(rows[i].expected);
		end();
	}
}

UNIT_TEST(junit_counts_and_outcomes)
{
	add("a.py", TEST_FAILED)->message = "1 of 4 tests failed";
	add("a.py::ok", TEST_PASSED);
	add("a.py::bad", TEST_FAILED)->message = "E: <1>";
	add("a.py::no", TEST_SKIPPED)->message = "no net";
	add_unknown("a.py::gone");
	made_row(&m.made, SUBJECT_TEST, MADE_USED, "*", 9, 10);
	m.made.check.n_of[CHECK_PASS] = 1;
	m.made.view.exit_code = 1;
	draw("junit");
	assert_u64_equal(n_of(out.text, " tests=\"6\" failures=\"1\" errors=\"1\""), 2);
	assert_has(" skipped=\"1\">\n");
	assert_has("<testsuite name=\"tests\"");
	assert_u64_equal(n_of(out.text, "<testcase "), 6);
	assert_u64_equal(n_of(out.text, "</testcase>"), 5); /* the limit's is empty */
	assert_has(
		"name=\"bad\" time=\"0.052\">\n      <failure type=\"test failed\" message=\"failed: E: &#60;1&#62;\">"
		"failed: E: &#60;1&#62;\ntest: bad\noutcome: failed\npeak: ");
	assert_has("name=\"no\" time=\"0.052\">\n      <skipped>skipped: no net\n");
	assert_has("name=\"gone\">\n      <error type=\"test did not end\" message=\"did not end\">did not end\n");
	assert_has(
		"name=\"ok\" time=\"0.052\">\n      <system-out>test: ok\npeak: 9000 B\nkept: +96 B\nleast largest free: 30000 B\n"
		"collections: 2\nGC ms: 1.3\nat: a.py\n</system-out>\n    </testcase>\n");
}

UNIT_TEST(junit_times)
{
	static const struct {
		uint64_t us;
		const char *expected;
	} rows[] = {
		{ 0, " time=\"0.000\"" },         { 999, " time=\"0.000\"" },           { 1000, " time=\"0.001\"" },
		{ 61020000, " time=\"61.020\"" }, { 3600000000, " time=\"3600.000\"" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		strbuf_reset(&out);
		begin();
		add("a", TEST_PASSED)->duration_us = rows[i].us;
		draw("junit");
		assert_has(rows[i].expected);
		end();
	}
}

UNIT_TEST(junit_has_no_two_of_a_name)
{
	add("a.py", TEST_PASSED);
	add("a.py", TEST_PASSED);
	draw("junit");
	assert_u64_equal(n_of(out.text, "name=\"(file)\""), 1);
	assert_u64_equal(n_of(out.text, "name=\"(file) #2\""), 1);
}

/* ---- Markdown ---- */

UNIT_TEST(markdown_has_what_failed_first)
{
	add("a.py", TEST_PASSED);
	add("b.py", TEST_SKIPPED);
	add("c.py", TEST_FAILED)->message = "a|b";
	add_unknown("d.py");
	m.made.view.exit_code = 1;
	draw("markdown");
	assert_has(
		"| test | outcome | peak | kept | least largest free | collections | GC ms | reason |\n"
		"|---|---|---:|---:|---:|---:|---:|---|\n");
	const char *a = strstr(out.text, "| a"), *b = strstr(out.text, "b.py"), *c = strstr(out.text, "| c");
	const char *d = strstr(out.text, "| d");
	assert_true(a && b && c && d && c < d && d < a && a < b);
	assert_has("| 9000 | +96 | 30000 | 2 | 1.3 |");
	assert_null(strstr(out.text, "a|b"));
	assert_null(strstr(out.text, "Checked against")); /* there is no budget */
}

UNIT_TEST(markdown_of_many)
{
	for (size_t i = 0; i < 3000; i++)
		add("test_with_a_name.py", i % 100 == 99 ? TEST_FAILED : TEST_PASSED);
	m.made.view.exit_code = 1;
	draw("markdown");
	assert_true(out.n_bytes < CHECK_MARKDOWN_MAX && out.n_bytes > CHECK_MARKDOWN_MAX / 2);
	assert_has("### Failed tests: 30\n");
	assert_true(n_of(out.text, "| failed |") >= 30);
	assert_has("rows are left out");
}

/* ---- JSON ---- */

UNIT_TEST(json_of_tests)
{
	struct json j;

	add("a.py", TEST_PASSED)->message = NULL;
	struct test_row *row = add("a.py::f", TEST_SKIPPED);
	row->message = "no net";
	row->has_sizes = true;
	row->n_by_size[1] = 3;
	add_unknown("b.py");
	j = (struct json){ .out = &out, .compact = true };
	json_object(&j, NULL);
	json_tests(&j, "tests", &m.tests);
	json_object_end(&j);
	assert_has(
		"{\"name\":\"a.py\",\"file\":\"a.py\",\"is_file\":true,\"outcome\":\"passed\",\"message\":null,"
		"\"duration_us\":52600,\"peak\":9000,\"peak_is_least\":false,\"kept\":96,\"largest_free\":30000,"
		"\"collections\":2,\"collecting_us\":1390,\"collecting_is_estimated\":false,\"sizes\":null,"
		"\"sizes_are_least\":false}");
	assert_has(
		"{\"name\":\"a.py::f\",\"file\":\"a.py\",\"is_file\":false,\"outcome\":\"skipped\","
		"\"message\":\"no net\"");
	assert_has("\"sizes\":[{\"from\":9,\"to\":16,\"requests\":3}]");
	assert_has(
		"\"name\":\"b.py\",\"file\":\"b.py\",\"is_file\":true,\"outcome\":\"cut\",\"message\":null,"
		"\"duration_us\":null,\"peak\":null,\"peak_is_least\":false,\"kept\":null,\"largest_free\":null,"
		"\"collections\":null,\"collecting_us\":null");
}

/* Nothing was run test by test; or there was nothing to run. */
UNIT_TEST(without_tests)
{
	draw("text");
	assert_string_equal(out.text, "no test was run\n");
	draw("json");
	assert_has("\"tests\": []");
	draw("markdown");
	assert_null(strstr(out.text, "Tests"));
	m.made.view.tests = NULL;
	draw("json");
	assert_has("\"tests\": null");
	draw("text");
	assert_string_equal(out.text, "no limit judged\n");
	draw("junit");
	assert_has("<testsuite name=\"budget\" tests=\"0\"");
}

/* ---- what things are called ---- */

UNIT_TEST(names_do_nothing)
{
	static const char *const formats[] = { "text", "all", "color", "json", "markdown", "junit", "limits" };

	for (size_t f = 0; f < ARRAY_SIZE(formats); f++) {
		begin();
		struct test_moment moment = { .used_bytes = 1 };
		for (size_t i = 0; i < ARRAY_SIZE(made_evils); i++) {
			tests_begin(&m.tests, TEST_FILE, made_evils[i], &moment);
			tests_begin(&m.tests, TEST_FUNCTION, made_evils[i], &moment);
			tests_outcome(&m.tests, TEST_FUNCTION, TEST_FAILED, made_evils[i]);
		}
		tests_finish(&m.tests);
		draw(formats[f]);
		const uint8_t *p = (const uint8_t *)out.text, *last = p + out.n_bytes;
		for (size_t n; p < last; p += n) {
			uint32_t code = 0;
			n = text_utf8(p, last, &code);
			assert_true(n > 0);
			if (text_unseen(code) && code != '\n' && !(strcmp(formats[f], "color") == 0 && code == 0x1b))
				fail_msg("%s has U+%04X", formats[f], (unsigned)code);
		}
		bool is_markup = strcmp(formats[f], "junit") == 0 || strcmp(formats[f], "limits") == 0;
		if (is_markup && (strstr(out.text, "<evil") || strstr(out.text, "<script>alert")))
			fail_msg("%s has tags of a test", formats[f]);
		end();
	}
}
