#include "memprof/base/text.h"
#include "memprof/protocol/import_hook.h"
#include "unit.h"

static int read_frame(const char *text, struct imports_frame *ret)
{
	size_t n, n_text = strlen(text);
	char *copy = exact_copy(text, n_text);

	int r = imports_frame_read(copy, n_text, ret, &n);
	if (r == 0)
		assert_true(n <= n_text && copy[n - 1] == '\n');
	free(copy);
	return r;
}

UNIT_TEST(a_beginning_and_an_end)
{
	struct imports_frame frame;

	assert_int_equal(read_frame("import[0, 2, 6944, 67, 'app.net', None, 0, 0, 6688]\r\n", &frame), 0);
	assert_false(frame.ends);
	assert_int_equal(frame.depth, 2);
	assert_u64_equal(frame.used_bytes, 6944);
	assert_u64_equal(frame.n_touched_blocks, 67);
	assert_u64_equal(frame.collected_bytes, 6688);
	assert_string_equal(frame.name, "app.net");
	assert_string_equal(frame.file, "");
	assert_int_equal(frame.origin, IMPORT_UNKNOWN);
	assert_int_equal(read_frame("import[1, 0, 1, -1, 'a', '/lib/a.mpy', 3, 1, 2]\r\r\n", &frame), 0);
	assert_true(frame.ends && frame.raised);
	assert_u64_equal(frame.n_touched_blocks, NOT_KNOWN);
	assert_string_equal(frame.file, "/lib/a.mpy");
	assert_int_equal(frame.origin, IMPORT_MPY);
}

UNIT_TEST(names_as_repr_writes_them)
{
	static const struct {
		const char *text, *name;
	} names[] = {
		{ "\"it's\"", "it's" },
		{ "'a\\'b\"'", "a'b\"" },
		{ "'\\x1f\\n\\r\\t\\\\'", "\x1f\n\r\t\\" },
		{ "'\\u00e9\\U0001f600'", "\xc3\xa9\xf0\x9f\x98\x80" },
		{ "'\xc3\xa9'", "\xc3\xa9" },
		{ "''", "" },
		{ "'\\x00rest'", "" },
	};
	struct imports_frame frame;
	char text[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(text, sizeof(text), "import[0, 0, 1, 1, %s, None, 0, 0, 1]\n", names[i].text);
		assert_int_equal(read_frame(text, &frame), 0);
		assert_string_equal(frame.name, names[i].name);
	}
}

UNIT_TEST(long_names_are_cut)
{
	struct imports_frame frame;
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_puts(&text, "import[1, 0, 1, 1, '");
	strbuf_repeat(&text, "n", 600);
	strbuf_puts(&text, "', '");
	strbuf_repeat(&text, "\xc3\xa9", 700);
	strbuf_puts(&text, "', 4, 0, 1]\n");
	assert_int_equal(read_frame(strbuf_text(&text), &frame), 0);
	assert_int_equal(strlen(frame.name), IMPORTS_NAME_BYTES - 1);
	assert_true(strlen(frame.file) < IMPORTS_FILE_BYTES);
	assert_int_equal(frame.origin, IMPORT_SOURCE);
}

UNIT_TEST(others_are_refused)
{
	struct imports_frame frame;

	FOR_PARTS(part,
		  "|import|import[|import[0]|mem: total=1|import[0, 0, 1, 1, 'a', None, 0, 0, 1]|"
		  "import[0, 0, 1, 1, 'a', None, 0, 0, 1]x\n|import[2, 0, 1, 1, 'a', None, 0, 0, 1]\n|"
		  "import[0, 0, 1, 1, 'a', None, 5, 0, 1]\n|import[0, 0, 1, 1, 'a', None, 0, 2, 1]\n|"
		  "import[0, 0, 1, 1, a, None, 0, 0, 1]\n|import[0, 0, 1, 1, b'a', None, 0, 0, 1]\n|"
		  "import[0, 0, 1, 1, 'a, None, 0, 0, 1]\n|import[0, 0, 1, 1, 'a\\', None, 0, 0, 1]\n|"
		  "import[0, 0, 1, 1, 'a\\q', None, 0, 0, 1]\n|import[0, 0, 1, 1, '\\ud800', None, 0, 0, 1]\n|"
		  "import[0, 0, 1, 1, '\\U00110000', None, 0, 0, 1]\n|"
		  "import[0, 0, 1, 1, '\\x1', None, 0, 0, 1]\n|import[0, -1, 1, 1, 'a', None, 0, 0, 1]\n|"
		  "import[0, 4294967296, 1, 1, 'a', None, 0, 0, 1]\n|"
		  "import[0, 0, 1, 1, 'a\n', None, 0, 0, 1]\n|import[0, 0, 1,1, 'a', None, 0, 0, 1]\n|"
		  "import[0, 0, 99999999999999999999, 1, 'a', None, 0, 0, 1]\n")
		assert_int_not_equal(read_frame(part, &frame), 0);
}

UNIT_TEST(cut_anywhere)
{
	static const char text[] = "import[1, 0, 1, 77, 'a\\x41b', 'a/b.py', 4, 0, 5]\r\n";
	struct imports_frame frame;
	char part[sizeof(text)];

	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		memcpy(part, text, n);
		part[n] = '\0';
		assert_int_not_equal(read_frame(part, &frame), 0);
	}
	assert_int_equal(read_frame(text, &frame), 0);
	assert_string_equal(frame.name, "aAb");
}

/* ---- the code ---- */

static bool has(const struct strbuf *code, const char *what)
{
	return text_find(strbuf_text(code), code->n_bytes, what) != NULL;
}

UNIT_TEST(code_for_each_kind_of_heap)
{
	static const struct {
		struct gc_layout heap;
		const char *has[4], *has_not;
	} cases[] = {
		{ { 0x20001000, 4, 16, 2, false }, { "A=536875008", "s[4]", "p[j+3]", "a=0\n" }, "p[j+4]" },
		{ { 0x20001000, 4, 16, 1, true }, { "s[3]", "a=s[0]\n", "i*4", "*16==u()" }, "<<32" },
		{ { 0x7f0000001000, 8, 32, 2, true },
		  { "s[8]&0xffffffff|s[9]<<32", "a=s[0]&0xffffffff|s[1]<<32", "p[j+7]", "*32==u()" },
		  "p[j+8]" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
		for (size_t k = 0; imports_hook_code(&code, k, &cases[i].heap, true);)
			k++;
		for (size_t k = 0; k < 4; k++)
			assert_true(has(&code, cases[i].has[k]));
		assert_false(has(&code, cases[i].has_not));
	}
}

/* Paste mode ends a statement at an empty line, and a line with a control key would never arrive. */
UNIT_TEST(code_that_can_be_typed)
{
	const struct gc_layout heap = { 0x20001000, 4, 16, 2, true };

	for (int i = 0; i < 4; i++) {
		struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
		size_t n_parts = 0, n_before = 0;
		while (imports_hook_code(&code, n_parts, i & 1 ? &heap : NULL, i & 2)) {
			assert_true(code.n_bytes - n_before > 20 && code.n_bytes - n_before < 1500);
			n_before = code.n_bytes;
			n_parts++;
		}
		assert_int_equal(n_parts, 6);
		assert_int_equal(strbuf_error(&code), 0);
		assert_false(has(&code, "\n\n"));
		assert_int_equal(has(&code, "@micropython.viper"), i & 1);
		assert_int_equal(has(&code, "@micropython.native"), (i & 2) != 0);
		for (size_t k = 0; k < code.n_bytes; k++)
			assert_true(code.text[k] == '\n' || (code.text[k] >= ' ' && code.text[k] < 0x7f));
	}
	assert_null(strchr(imports_hook_gone_code, '\x1e'));
}
