/* The imports of an older run are read as they were written, or refused with a place. */

#include "memprof/analysis/imports.h"
#include "unit.h"

static struct imports read_text(const char *text, int error, const char *summary, unsigned line, unsigned col)
{
	struct imports imports = { .n_more = 0 };
	struct diag diag = { .text = "" };

	assert_int_equal(imports_read(&imports, text, strlen(text), "old.json", &diag), error);
	if (error < 0) {
		assert_string_equal(diag.at.file, "old.json");
		if (!strstr(diag.text, summary) || diag.at.line != line || diag.at.col != col)
			fail_msg("%u:%u: %s", (unsigned)diag.at.line, (unsigned)diag.at.col, diag.text);
	}
	return imports;
}

#define ROW(name, kept)                                                                                          \
	"{\"name\":" name ",\"kept\":" kept                                                                      \
	",\"own\":0,\"peak\":9,\"before_largest_free\":null,\"after_largest_free\":null,\"peak_is_least\":true," \
	"\"raised\":false,\"again\":true,\"cut\":false}"
#define DOCUMENT(rows) "{\"schema\":\"memprof.report/1\",\"imports\":{\"rows\":[" rows "]}}"

UNIT_TEST(rows_are_what_was_written)
{
	struct imports imports = read_text(DOCUMENT(ROW("\"app\"", "4416") "," ROW("\"b\\u00e9.c\"", "-32")), 0, "", 0,
					   0);

	assert_int_equal(imports.n_rows, 2);
	assert_string_equal(imports.rows[0].name, "app");
	assert_int_equal(imports.rows[0].kept_bytes, 4416);
	assert_int_equal(imports.rows[0].peak_bytes, 9);
	assert_true(imports.rows[0].after_lfb_bytes == NOT_KNOWN);
	assert_true(imports.rows[0].peak_is_least && imports.rows[0].again && !imports.rows[0].raised);
	assert_string_equal(imports.rows[1].name, "b\xc3\xa9.c");
	assert_int_equal(imports.rows[1].kept_bytes, -32);
	imports_deinit(&imports);
	imports_deinit(&imports);
}

UNIT_TEST(invalid_input_is_refused)
{
	static const struct {
		const char *text, *summary;
		unsigned line, col;
	} cases[] = {
		{ "", "", 1, 1 },
		{ "[]", "what run --imports --json, or test -o json:FILE, has written", 1, 1 },
		{ "{\"schema\":\"memprof.check/1\"}", "no baseline: a JSON baseline", 1, 11 },
		{ "{\"schema\":7}", "a number", 1, 11 },
		{ "{\"schema\":\"memprof.report/1\"}", "there are no imports in it", 1, 1 },
		{ "{\"schema\":\"memprof.report/1\",\n\"imports\":null}", "there are no imports in it", 1, 1 },
		{ "{\"schema\":\"memprof.report/1\",\n\"imports\":{}}", "rows", 2, 11 },
		{ DOCUMENT("{}"), "name", 1, 49 },
		{ DOCUMENT(ROW("7", "1")), "a number", 1, 57 },
		{ DOCUMENT(ROW("\"a\"", "\"x\"")), "a string", 1, 68 },
		{ DOCUMENT(ROW("\"a\"", "1e99")), "kept must be a whole number between -10^15 and 10^15; found 1e+99",
		  1, 68 },
		{ DOCUMENT(ROW("\"a\"", "1.5")), "kept must be a whole number between -10^15 and 10^15; found 1.5", 1,
		  68 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct imports imports = read_text(cases[i].text, -EINVAL, cases[i].summary, cases[i].line,
						   cases[i].col);
		imports_deinit(&imports);
	}
}
