#include "memprof/base/text.h"
#include "memprof/protocol/unittest_hook.h"
#include "unit.h"

static int read_frame(const char *text, struct unittest_frame *ret)
{
	size_t n = 0, n_text = strlen(text);
	char *copy = exact_copy(text, n_text);

	int r = unittest_frame_read(copy, n_text, ret, &n);
	if (r == 0)
		assert_true(n <= n_text && copy[n - 1] == '\n');
	else
		assert_int_equal(r, -EINVAL);
	free(copy);
	return r;
}

UNIT_TEST(each_kind_of_frame)
{
	struct unittest_frame frame;

	assert_int_equal(read_frame("test[0, 3, 5424, 610, 0, 'TestNet.test_read', None]\n", &frame), 0);
	assert_int_equal(frame.at, UNITTEST_BEGINS);
	assert_u64_equal(frame.n_collections, 3);
	assert_u64_equal(frame.used_bytes, 5424);
	assert_u64_equal(frame.took_us, 610);
	assert_int_equal(frame.outcome, UNITTEST_PASSED);
	assert_string_equal(frame.name, "TestNet.test_read");
	assert_string_equal(frame.message, "");
	assert_int_equal(read_frame("test[1, 4, 9000, 52000, 2, 'test_read', 'OSError: 5']\r\n", &frame), 0);
	assert_int_equal(frame.at, UNITTEST_ENDS);
	assert_u64_equal(frame.took_us, 52000);
	assert_int_equal(frame.outcome, UNITTEST_FAILED);
	assert_string_equal(frame.message, "OSError: 5");
	assert_int_equal(read_frame("test[1, 4, 9000, 52000, 1, 't', '']\r\r\n", &frame), 0);
	assert_int_equal(frame.outcome, UNITTEST_SKIPPED);
	assert_string_equal(frame.message, "");
	assert_int_equal(read_frame("test[2, 6, 5520, 620, 0, 't', None]\n", &frame), 0);
	assert_int_equal(frame.at, UNITTEST_COLLECTED);
}

/* A build without the hook of collections, or without a clock. */
UNIT_TEST(what_the_board_cannot_count)
{
	struct unittest_frame frame;

	assert_int_equal(read_frame("test[1, -1, 0, -1, 0, 't', None]\n", &frame), 0);
	assert_u64_equal(frame.n_collections, NOT_KNOWN);
	assert_u64_equal(frame.took_us, NOT_KNOWN);
	assert_u64_equal(frame.used_bytes, 0);
}

UNIT_TEST(texts_as_repr_writes_them)
{
	static const struct {
		const char *text, *name;
	} texts[] = {
		{ "\"it's\"", "it's" },
		{ "'a\\'b\"'", "a'b\"" },
		{ "'\\x1f\\n\\r\\t\\\\'", "\x1f\n\r\t\\" },
		{ "'\\u00e9\\U0001f600'", "\xc3\xa9\xf0\x9f\x98\x80" },
		{ "'\xc3\xa9'", "\xc3\xa9" },
		{ "''", "" },
		{ "'\\x00rest'", "" },
		{ "'], None]'", "], None]" },
	};
	struct unittest_frame frame;
	char text[128];

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		snprintf(text, sizeof(text), "test[1, 0, 1, 1, 2, %s, %s]\n", texts[i].text, texts[i].text);
		assert_int_equal(read_frame(text, &frame), 0);
		assert_string_equal(frame.name, texts[i].name);
		assert_string_equal(frame.message, texts[i].name);
	}
}

UNIT_TEST(long_texts_are_cut)
{
	struct unittest_frame frame;
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_puts(&text, "test[1, 0, 1, 1, 2, '");
	strbuf_repeat(&text, "n", 600);
	strbuf_puts(&text, "', '");
	strbuf_repeat(&text, "\\u20ac", 300);
	strbuf_puts(&text, "']\n");
	assert_int_equal(read_frame(strbuf_text(&text), &frame), 0);
	assert_int_equal(strlen(frame.name), UNITTEST_NAME_BYTES - 1);
	assert_int_equal(strlen(frame.message), (UNITTEST_MESSAGE_BYTES - 1) / 3 * 3); /* no part of a character */
}

UNIT_TEST(others_are_refused)
{
	struct unittest_frame frame = { .used_bytes = 77 };

	FOR_PARTS(part,
		  "|test|test[|test[0]|import[0, 0, 1, 1, 'a', None, 0, 0, 1]\n|test[0, 0, 1, 1, 0, 'a', None]|"
		  "test[0, 0, 1, 1, 0, 'a', None]\r|test[0, 0, 1, 1, 0, 'a', None]x\n|"
		  "test[0, 0, 1, 1, 0, 'a', None, 1]\n|test[0, 0, 1, 1, 0, 'a']\n|"
		  "test[4, 0, 1, 1, 0, 'a', None]\n|test[-1, 0, 1, 1, 0, 'a', None]\n|"
		  "test[0, -2, 1, 1, 0, 'a', None]\n|test[0, 0, -1, 1, 0, 'a', None]\n|"
		  "test[0, 0, 1, -5, 0, 'a', None]\n|test[0, 0, 1, 1, 3, 'a', None]\n|"
		  "test[0, 0, 1, 1, -1, 'a', None]\n|test[0, 0, 1, 1, 0, None, None]\n|"
		  "test[0, 0, 1, 1, 0, a, None]\n|test[0, 0, 1, 1, 0, b'a', None]\n|"
		  "test[0, 0, 1, 1, 0, 'a, None]\n|test[0, 0, 1, 1, 0, 'a\\', None]\n|"
		  "test[0, 0, 1, 1, 0, 'a\\q', None]\n|test[0, 0, 1, 1, 0, '\\ud800', None]\n|"
		  "test[0, 0, 1, 1, 0, '\\U00110000', None]\n|test[0, 0, 1, 1, 0, '\\x1', None]\n|"
		  "test[0, 0, 1, 1, 0, 'a\n', None]\n|test[0, 0, 1, 1, 0, 'a', 7]\n|"
		  "test[0, 0, 1,1, 0, 'a', None]\n|test[0, 0, 99999999999999999999, 1, 0, 'a', None]\n|"
		  " test[0, 0, 1, 1, 0, 'a', None]\n")
		if (read_frame(part, &frame) == 0)
			fail_msg("%s", part);
	assert_u64_equal(frame.used_bytes, 77);
}

UNIT_TEST(cut_anywhere)
{
	static const char text[] = "test[1, -1, 77, 5, 2, 'a\\x41b', 'E: \\'x\\'']\r\n";
	struct unittest_frame frame;
	char part[sizeof(text)];

	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		memcpy(part, text, n);
		part[n] = '\0';
		assert_int_not_equal(read_frame(part, &frame), 0);
	}
	assert_int_equal(read_frame(text, &frame), 0);
	assert_string_equal(frame.name, "aAb");
	assert_string_equal(frame.message, "E: 'x'");
}

/* What mem_info() prints stands behind the line. */
UNIT_TEST(the_line_has_an_end)
{
	static const char text[] = "test[2, 1, 2, 3, 0, 'a', None]\r\nGC: total: 4, used: 2, free: 2\r\n";
	struct unittest_frame frame;
	size_t n;

	assert_int_equal(unittest_frame_read(text, sizeof(text) - 1, &frame, &n), 0);
	assert_int_equal(strncmp(text + n, "GC: total", 9), 0);
}

/* ---- the code ---- */

static bool has(const struct strbuf *code, const char *what)
{
	return text_find(strbuf_text(code), code->n_bytes, what) != NULL;
}

/* Paste mode ends a statement at an empty line, and a line with a control key would never arrive. */
UNIT_TEST(code_that_can_be_typed)
{
	for (int counts = 0; counts < 2; counts++) {
		struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
		unittest_hook_code(&code, counts);
		assert_int_equal(strbuf_error(&code), 0);
		assert_false(has(&code, "\n\n"));
		assert_int_equal(has(&code, "G['__memprof'](k)"), counts);
		assert_int_equal(has(&code, "from memprof import snapshot"), !counts);
		assert_true(code.text[code.n_bytes - 1] == '\n');
		for (size_t k = 0; k < code.n_bytes; k++)
			assert_true(code.text[k] == '\n' || (code.text[k] >= ' ' && code.text[k] < 0x7f));
	}
	assert_non_null(strstr(unittest_hook_run_code, "__memprof_t()"));
	assert_non_null(strstr(unittest_hook_end_code, "del __memprof_t\n"));
}
