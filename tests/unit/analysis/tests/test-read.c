/* The tests of an older run are read as they were written, or refused with a place. */

#include "memprof/analysis/tests.h"
#include "unit.h"

static struct tests read_text(const char *text, int error, const char *summary, unsigned line, unsigned col)
{
	struct tests tests = { .n_more = 0 };
	struct diag diag = { .text = "" };

	assert_int_equal(tests_read(&tests, text, strlen(text), "old.json", &diag), error);
	if (error < 0) {
		assert_string_equal(diag.at.file, "old.json");
		if (!strstr(diag.text, summary) || diag.at.line != line || diag.at.col != col)
			fail_msg("%s\n%u:%u: %s", text, (unsigned)diag.at.line, (unsigned)diag.at.col, diag.text);
	}
	return tests;
}

#define MORE                                                                            \
	"\"peak\":9000,\"peak_is_least\":true,\"largest_free\":null,\"collections\":2," \
	"\"collecting_us\":1300"
#define ROW(name, outcome, kept) "{\"name\":" name ",\"outcome\":" outcome ",\"kept\":" kept ",\n" MORE "}"
#define DOCUMENT(rows)           "{\"schema\":\"memprof.check/1\",\n\"tests\":[" rows "]}"

UNIT_TEST(rows_are_what_was_written)
{
	struct tests tests = read_text(
		DOCUMENT(ROW("\"t/a.py\"", "\"passed\"", "4416") "," ROW("\"b\\u00e9::f\"", "\"failed\"", "-32")), 0,
		"", 0, 0);

	assert_int_equal(tests.n_rows, 2);
	assert_string_equal(tests.rows[0].name, "t/a.py");
	assert_int_equal(tests.rows[0].outcome, TEST_PASSED);
	assert_true(tests.rows[0].measured && tests.rows[0].peak_is_least);
	assert_int_equal(tests.rows[0].kept_bytes, 4416);
	assert_u64_equal(tests.rows[0].peak_bytes, 9000);
	assert_u64_equal(tests.rows[0].lfb_bytes, NOT_KNOWN);
	assert_u64_equal(tests.rows[0].n_collections, 2);
	assert_u64_equal(tests.rows[0].collecting_us, 1300);
	assert_u64_equal(tests.rows[0].duration_us, NOT_KNOWN);
	assert_string_equal(tests.rows[1].name, "b\xc3\xa9::f");
	assert_int_equal(tests.rows[1].outcome, TEST_FAILED);
	assert_int_equal(tests.rows[1].kept_bytes, -32);
	tests_deinit(&tests);
	tests_deinit(&tests);
}

UNIT_TEST(what_was_not_known_is_not_known)
{
	struct tests tests = read_text(DOCUMENT("{\"name\":\"a\",\"outcome\":\"cut\",\"kept\":null,\"peak\":null,"
						"\"peak_is_least\":false,\"largest_free\":null,\"collections\":null,"
						"\"collecting_us\":null,\"later\":[]}"),
				       0, "", 0, 0);

	assert_int_equal(tests.n_rows, 1);
	assert_int_equal(tests.rows[0].outcome, TEST_CUT);
	assert_false(tests.rows[0].measured || tests.rows[0].peak_is_least);
	assert_int_equal(tests.rows[0].kept_bytes, 0);
	assert_u64_equal(tests.rows[0].peak_bytes, NOT_KNOWN);
	assert_u64_equal(tests.rows[0].n_collections, NOT_KNOWN);
	assert_u64_equal(tests.rows[0].collecting_us, NOT_KNOWN);
	tests_deinit(&tests);
}

UNIT_TEST(no_tests_are_some)
{
	struct tests tests = read_text(DOCUMENT(""), 0, "", 0, 0);

	assert_int_equal(tests.n_rows, 0);
	tests_deinit(&tests);
}

UNIT_TEST(invalid_input_is_refused)
{
#define NONE "there are no tests in it; check --per-test -o json:FILE writes them"
	static const struct {
		const char *text, *summary;
		unsigned line, col;
	} cases[] = {
		{ "", "", 1, 1 },
		{ "[]", NONE, 1, 1 },
		{ "{\"schema\":7}", "a number", 1, 11 },
		{ "{\"tests\":[]}", NONE, 1, 1 },
		{ "{\"schema\":\"memprof.report/1\",\"tests\":[]}", NONE, 1, 1 },
		{ "{\"schema\":\"memprof.check/1\"}", NONE, 1, 1 },
		{ "{\"schema\":\"memprof.check/1\",\"tests\":null}", NONE, 1, 1 },
		{ "{\"schema\":\"memprof.check/1\",\"tests\":{}}", NONE, 1, 1 },
		{ DOCUMENT("5"), "must be an object", 2, 10 },
		{ DOCUMENT("{}"), "name", 2, 10 },
		{ DOCUMENT("{\"name\":\"a\"}"), "outcome", 2, 10 },
		{ DOCUMENT("{\"name\":\"a\",\"outcome\":\"passed\"}"), "kept", 2, 10 },
		{ DOCUMENT("{\"name\":\"a\",\"outcome\":\"passed\",\"kept\":1}"), "peak", 2, 10 },
		{ DOCUMENT(ROW("7", "\"passed\"", "1")), "a number", 2, 18 },
		{ DOCUMENT(ROW("\"a\"", "null", "1")), "null", 2, 32 },
		{ DOCUMENT(ROW("\"a\"", "\"lost\"", "1")), "the outcome of a test is passed, skipped, failed or cut", 2,
		  32 },
		{ DOCUMENT(ROW("\"a\"", "\"Passed\"", "1")), "passed, skipped", 2, 32 },
		{ DOCUMENT(ROW("\"a\"", "\"cut\"", "\"x\"")), "a string", 2, 45 },
		{ DOCUMENT(ROW("\"a\"", "\"cut\"", "1e99")),
		  "kept must be a whole number between -10^15 and 10^15; found 1e+99", 2, 45 },
		{ DOCUMENT(ROW("\"a\"", "\"cut\"", "1.5")), "kept must be a whole number", 2, 45 },
		{ DOCUMENT("{\"name\":\"a\",\"outcome\":\"cut\",\"kept\":1,\n\"peak\":-1}"), "peak", 3, 8 },
		{ DOCUMENT("{\"name\":\"a\",\"outcome\":\"cut\",\"kept\":1,\n\"peak\":1,\"peak_is_least\":null}"),
		  "true or false", 3, 26 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tests tests = read_text(cases[i].text, -EINVAL, cases[i].summary, cases[i].line, cases[i].col);
		tests_deinit(&tests);
	}
}

/* They are counted before one is read. */
UNIT_TEST(too_many)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (int more = 0; more < 2; more++) {
		strbuf_reset(&text);
		strbuf_puts(&text, "{\"schema\":\"memprof.check/1\",\n\"tests\":[0");
		strbuf_repeat(&text, ",0", TESTS_MAX - 1 + (size_t)more);
		strbuf_puts(&text, "]}");
		struct tests tests = more ? read_text(strbuf_text(&text), -EFBIG, "more than 4096 tests", 2, 9) :
					    read_text(strbuf_text(&text), -EINVAL, "must be an object", 2, 10);
		assert_int_equal(tests.n_rows, 0);
		tests_deinit(&tests);
	}
}
