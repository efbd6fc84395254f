#include "memprof/base/text.h"

#include "unit.h"

static size_t utf8(const char *bytes, size_t n, uint32_t *ret)
{
	const uint8_t *p = (const uint8_t *)bytes;

	return text_utf8(p, p + n, ret);
}

UNIT_TEST(knows_sequences_of_every_length)
{
	static const struct {
		const char *bytes;
		size_t n;
		uint32_t code;
	} rows[] = {
		{ "\0", 1, 0 },
		{ "A", 1, 'A' },
		{ "\x7f", 1, 0x7f },
		{ "\xc2\x80", 2, 0x80 },
		{ "\xdf\xbf", 2, 0x7ff },
		{ "\xe0\xa0\x80", 3, 0x800 },
		{ "\xed\x9f\xbf", 3, 0xd7ff },
		{ "\xee\x80\x80", 3, 0xe000 },
		{ "\xef\xbf\xbf", 3, 0xffff },
		{ "\xf0\x90\x80\x80", 4, 0x10000 },
		{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t code = 7;
		assert_int_equal(utf8(rows[i].bytes, rows[i].n, &code), rows[i].n);
		assert_int_equal(code, rows[i].code);
		assert_int_equal(utf8(rows[i].bytes, rows[i].n, NULL), rows[i].n);
		char written[4];
		assert_int_equal(text_put_utf8(rows[i].code, written), rows[i].n);
		assert_memory_equal(written, rows[i].bytes, rows[i].n);
		for (size_t n = 0; n < rows[i].n; n++) /* cut */
			assert_int_equal(utf8(rows[i].bytes, n, &code), 0);
	}
}

UNIT_TEST(refuses_broken_sequences)
{
	FOR_PARTS(part,
		  "\x80|\xbf|\xc0\x80|\xc1\xbf|\xc2\x41|\xe0\x80\x80|\xe0\x9f\xbf|\xed\xa0\x80|\xed\xbf\xbf|"
		  "\xf0\x80\x80\x80|\xf0\x8f\xbf\xbf|\xf4\x90\x80\x80|\xf5\x80\x80\x80|\xfe|\xff|\xe2\x28\xa1|"
		  "\xe2\x82\x28")
		assert_int_equal(utf8(part, strlen(part), NULL), 0);
}

static void assert_visible(const char *bytes, size_t n, bool keep_lines, const char *expected)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	text_visible(&s, bytes, n, keep_lines);
	assert_string_equal(strbuf_text(&s), expected);
}

UNIT_TEST(plain_text_stays_as_it_is)
{
	static const char text[] = "h=BL ü € 🐍 100 % \\ \"quoted\" ~";

	assert_visible(text, strlen(text), false, text);
	assert_visible(NULL, 0, false, "");
}

UNIT_TEST(controls_are_made_visible)
{
	assert_visible("\x1b[2J\x07", 5, false, "\\x1b[2J\\x07");
	assert_visible("a\0b", 3, false, "a\\x00b");
	assert_visible("\x7f", 1, false, "\\x7f");
	assert_visible(
		"\xc2\x9b"
		"31m",
		5, false, "\\u009b31m"); /* C1: CSI in one */
	assert_visible("\xff\xe2\x82", 3, false, "\\xff\\xe2\\x82");
	assert_visible("\r\b", 2, true, "\\x0d\\x08");
}

UNIT_TEST(lines_are_kept_only_when_asked)
{
	assert_visible("a\tb\nc", 5, true, "a\tb\nc");
	assert_visible("a\tb\nc", 5, false, "a\\x09b\\x0ac");
}

/* U+202E turns round how the rest of a line is drawn. */
UNIT_TEST(invisible_code_points_are_named)
{
	static const struct {
		const char *bytes, *expected;
	} rows[] = {
		{ "\u202e", "\\u202e" },         { "\u200b", "\\u200b" }, { "\ufeff", "\\ufeff" },
		{ "\u2066", "\\u2066" },         { "\u2028", "\\u2028" }, { "\u00ad", "\\u00ad" },
		{ "\U000e0041", "\\U000e0041" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_visible(rows[i].bytes, strlen(rows[i].bytes), true, rows[i].expected);
}

/* Whatever comes in, what comes out is valid UTF-8 without a control character. */
UNIT_TEST(any_bytes_come_out_harmless)
{
	uint32_t random = 0x6d656d70;

	for (int round = 0; round < 2000; round++) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		uint8_t bytes[64];
		size_t n = next_random(&random) % sizeof(bytes);
		for (size_t i = 0; i < n; i++)
			bytes[i] = (uint8_t)next_random(&random);
		text_visible(&s, bytes, n, false);
		const uint8_t *p = (const uint8_t *)strbuf_text(&s), *end = p + s.n_bytes;
		while (p < end) {
			uint32_t code = 0;
			size_t n_code = text_utf8(p, end, &code);
			assert_true(n_code > 0);
			assert_true(code >= 0x20 && (code < 0x7f || code >= 0xa0));
			p += n_code;
		}
	}
}

/* Bytes are looked at in words: in each place of one, every byte must be seen for what it is alone. */
UNIT_TEST(a_byte_is_the_same_in_any_place)
{
	for (unsigned c = 0; c < 256; c++)
		for (size_t at = 0; at < 17; at++) {
			CLEANUP(strbuf_deinit) struct strbuf all = STRBUF_INIT, expected = STRBUF_INIT;
			char bytes[] = "~ it is plain..!~", byte = (char)c;
			bytes[at] = byte;
			text_visible(&all, bytes, 17, false);
			strbuf_add(&expected, bytes, at);
			text_visible(&expected, &byte, 1, false);
			strbuf_add(&expected, bytes + at + 1, 16 - at);
			assert_string_equal(strbuf_text(&all), strbuf_text(&expected));
		}
}

UNIT_TEST(finds_words)
{
	static const char text[] = "GC: total: 1\0hidden";

	assert_ptr_equal(text_find(text, sizeof(text), "total"), text + 4);
	assert_ptr_equal(text_find(text, sizeof(text), "hidden"), text + 13);
	assert_null(text_find(text, 6, "total"));
	assert_null(text_find(text, 12, "hidden"));
	assert_null(text_find(NULL, 0, "x"));
	assert_true(text_starts("GC: x", 5, "GC:"));
	assert_true(text_starts("GC:", 3, "GC:"));
	assert_false(text_starts("GC", 2, "GC:"));
	assert_true(text_starts("GC", 2, ""));
}

UNIT_TEST(no_line_is_a_command_to_github)
{
	static const char *const rows[][2] = {
		{ "::error::x", "\\x3a:error::x" },
		{ " \t\xc3\xa4::error::x\n::y", " \t\xc3\xa4\\x3a:error::x\n\\x3a:y" },
		{ "a ##[error] ## b", "a \\x23#[error] ## b" },
		{ "std::vector at 12:30\n: :", "std::vector at 12:30\n: :" },
		{ "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		strbuf_puts(&s, rows[i][0]);
		text_disarm(&s);
		assert_string_equal(strbuf_text(&s), rows[i][1]);
	}
}
