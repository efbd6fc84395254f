#include "memprof/base/utf16.h"

#include "memprof/base/strbuf.h"
#include "unit.h"

/* However it is cut. */
static void assert_becomes(const char *bytes, size_t n, bool is_big, const char *expected)
{
	for (size_t step = 1; step <= n; step++) {
		struct utf16 u = { .is_big = is_big };
		struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
		char part[64];
		for (size_t at = 0; at < n; at += step) {
			size_t n_step = n - at < step ? n - at : step;
			strbuf_add(&out, part, utf16_to_utf8(&u, (const uint8_t *)bytes + at, n_step, part));
		}
		assert_string_equal(strbuf_text(&out), expected);
	}
}

UNIT_TEST(text)
{
	assert_becomes(
		"\xff\xfe"
		"a\0\xe4\0\xac\x20",
		8, false, "a\xc3\xa4\xe2\x82\xac");
	assert_becomes(
		"\xfe\xff"
		"\0a\0\xe4\x20\xac",
		8, true, "a\xc3\xa4\xe2\x82\xac");
	assert_becomes(
		"\x3d\xd8\x00\xde"
		"a",
		4, false, "\xf0\x9f\x98\x80");
	/* halves of pairs */
	assert_becomes(
		"\x3d\xd8"
		"a\0\x00\xde",
		6, false,
		"\xef\xbf\xbd"
		"a\xef\xbf\xbd");
	assert_becomes("\x3d\xd8\x3d\xd8\x00\xde", 6, false, "\xef\xbf\xbd\xf0\x9f\x98\x80");
}

UNIT_TEST(detected)
{
	static const struct {
		const char *bytes;
		size_t n;
		bool is, is_big;
	} rows[] = {
		{ "\xff\xfe"
		  "a",
		  3, true, false },
		{ "\xfe\xff", 2, true, true },
		{ "a\0b\0c\0d\0e\0", 10, true, false },
		{ "\0a\0b\0c\0d\0e", 10, true, true },
		{ "a\0b\0", 4, false, false },
		{ "abcdefghij", 10, false, false },
		{ "\0\0\0\0\0\0\0\0\0\0", 10, false, false },
		{ "a\0b\0\0\0d\0e\0", 10, false, false },
		{ "\xff\xff", 2, false, false },
		{ "", 0, false, false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct utf16 u;
		assert_int_equal(utf16_detect((const uint8_t *)rows[i].bytes, rows[i].n, &u), rows[i].is);
		assert_true(!rows[i].is || u.is_big == rows[i].is_big);
	}
}
