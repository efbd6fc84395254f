#include "json_scan.h"

#include "unit.h"

/* Scans from memory that ends where the text ends. */
static int scan(const char *text, size_t n_bytes, struct json_values *ret, struct diag *diag)
{
	char *copy = exact_copy(text, n_bytes);

	int r = json_scan(copy, n_bytes, JSON_READ_MAX_BYTES, "x.json", ret, diag);
	free(copy);
	return r;
}

UNIT_TEST(what_is_json_is_taken)
{
	FOR_PARTS(part,
		  "null|true|false|0|-0|7|-7|1.5|1E5|1e+5|1e-5|0.5e1|0e1|-0.0|\"\"|\"a\"|[]|{}|"
		  " \t\r\n[ \t\r\n] \t\r\n|[1,2]|[[],[[]],{}]|{\"a\":1}|{ \"a\" : 1 , \"b\" : [ ] }|{\"\":0}|"
		  "{\"a\":{\"a\":{\"a\":0}}}|\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"|\"\\u0001\\u00e9\\uABCD\\uabcd\"|"
		  "\"\\ud83d\\ude00\"|\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"|\"\x7f\"|\"\xc2\x80\"|"
		  "\"/* no comment */\"|\"\\uffff\"|\"\xef\xbf\xbf\"|123456789012345678901234567890|1e400|"
		  "0.12345678901234567890123456789012345678901234567890123456789|"
		  "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]") {
		struct json_values got = { 0 };
		struct diag diag = { .text = "" };
		int r = scan(part, strlen(part), &got, &diag);
		if (r != 0)
			print_error("%s: %u: %s\n", part, diag.at.col, diag.text);
		assert_int_equal(r, 0);
		assert_true(got.n_values >= 1);
		free(got.values);
	}
}

static const struct {
	const char *text;
	uint32_t line, col;
	const char *summary; /* a part of the message */
} faults[] = {
	{ "", 1, 1, "expected a value, found the end of the file" },
	{ " \n\n ", 3, 2, "the end of the file" },
	{ "\xef\xbb\xbf{}", 1, 1, "byte order mark" },
	{ "\xff", 1, 1, "the byte 0xff" },
	{ "\x0b[]", 1, 1, "the byte 0x0b" },
	{ "[1]\x0c", 1, 4, "the byte 0x0c" },
	{ "\xc2\xa0[]", 1, 1, "expected a value" },
	/* words */
	{ "nul", 1, 1, "expected a value, found 'nul'" },
	{ "True", 1, 1, "true, false or null" },
	{ "[nulll]", 1, 2, "found 'nulll'" },
	{ "NaN", 1, 1, "found 'NaN'" },
	{ "[-Infinity]", 1, 3, "a digit after '-'" },
	{ "undefined", 1, 1, "found 'undefined'" },
	/* numbers */
	{ "01", 1, 1, "leading zeros" },
	{ "[1, -012]", 1, 5, "leading zeros" },
	{ "0x1F", 1, 1, "hexadecimal" },
	{ "+1", 1, 1, "have no +" },
	{ ".5", 1, 1, "begins with a digit" },
	{ "-", 1, 2, "a digit after '-'" },
	{ "-.5", 1, 2, "a digit after '-', found '.'" },
	{ "1.", 1, 3, "a digit after the point" },
	{ "1.e5", 1, 3, "a digit after the point, found 'e5'" },
	{ "1e", 1, 3, "a digit of the exponent" },
	{ "1e+", 1, 4, "a digit of the exponent" },
	{ "1e1.5", 1, 4, "the end of the file, found '.'" },
	{ "1a", 1, 2, "expected the end of the file, found 'a'" },
	{ "[1 000]", 1, 4, "',' or the ']' for line 1, found '000'" },
	{ "1_000", 1, 2, "found '_000'" },
	{ "1234567890123456789012345678901234567890123456789012345678901234", 1, 1, "63 characters" },
	/* strings */
	{ "\"a", 1, 1, "unterminated string" },
	{ "{\n \"a", 2, 2, "unterminated string" },
	{ "\"a\n\"", 1, 3, "line break in a string" },
	{ "\"a\r\n\"", 1, 3, "line break in a string" },
	{ "\"a\tb\"", 1, 3, "the byte 0x09" },
	{ "\"\x1f\"", 1, 2, "the byte 0x1f" },
	{ "'a'", 1, 1, "double quotes" },
	{ "\"\\x41\"", 1, 3, "after a backslash, found 'x41'" },
	{ "\"\\'\"", 1, 3, "after a backslash" },
	{ "\"\\", 1, 3, "the end of the file" },
	{ "\"\\u12\"", 1, 6, "four hexadecimal digits" },
	{ "\"\\u12g4\"", 1, 6, "four hexadecimal digits" },
	{ "\"\\u\"", 1, 4, "four hexadecimal digits" },
	{ "\"a\\u0000\"", 1, 3, "\\u0000 is not allowed" },
	{ "\"\\ud800\"", 1, 2, "half of a surrogate pair" },
	{ "\"\\udc00\"", 1, 2, "half of a surrogate pair" },
	{ "\"\\ud800\\u0041\"", 1, 2, "half of a surrogate pair" },
	{ "\"\\ud800\\ud800\"", 1, 2, "half of a surrogate pair" },
	{ "\"\\ud800\\n\"", 1, 2, "half of a surrogate pair" },
	{ "\"\\ud83d\\ude0", 1, 13, "four hexadecimal digits" },
	/* UTF-8: Latin-1, overlong, surrogate, cut, beyond U+10FFFF */
	{ "\"\xe9\"", 1, 2, "expected UTF-8, found the byte 0xe9" },
	{ "\"\xc3\xa9\xe9\"", 1, 3, "save the file as UTF-8" },
	{ "\"\xc0\x80\"", 1, 2, "expected UTF-8" },
	{ "\"\xed\xa0\x80\"", 1, 2, "expected UTF-8" },
	{ "\"\xe2\x82", 1, 2, "expected UTF-8" },
	{ "\"\xf4\x90\x80\x80\"", 1, 2, "expected UTF-8" },
	/* arrays */
	{ "[", 1, 2, "expected a value, found the end of the file; is it truncated?" },
	{ "[1", 1, 3, "expected ',' or the ']' for line 1, found the end" },
	{ "[1,", 1, 4, "the end of the file" },
	{ "[1,]", 1, 4, "trailing comma" },
	{ "[,1]", 1, 2, "expected a value, found ','" },
	{ "[1,,2]", 1, 4, "expected a value, found ','" },
	{ "[1 2]", 1, 4, "',' or the ']' for line 1, found '2'" },
	{ "[\"a\" \"b\"]", 1, 6, "is a comma missing?" },
	{ "[\n1\n}", 3, 1, "the ']' for line 1, found '}'" },
	{ "[1]]", 1, 4, "expected the end of the file, found ']'" },
	{ "[] []", 1, 4, "only one value" },
	{ "]", 1, 1, "expected a value" },
	/* objects */
	{ "{", 1, 2, "a name in double quotes, found the end" },
	{ "{\"a\"", 1, 5, "':' after the name" },
	{ "{\"a\" 1}", 1, 6, "':' after the name of a member, found '1'" },
	{ "{\"a\":", 1, 6, "expected a value" },
	{ "{\"a\":}", 1, 6, "expected a value, found '}'" },
	{ "{\"a\":1,}", 1, 8, "trailing comma" },
	{ "{,\"a\":1}", 1, 2, "a name in double quotes, found ','" },
	{ "{a:1}", 1, 2, "a name in double quotes, found 'a'" },
	{ "{'a':1}", 1, 2, "double quotes" },
	{ "{1:1}", 1, 2, "a name in double quotes, found '1'" },
	{ "{null:1}", 1, 2, "a name in double quotes" },
	{ "{\"a\":1 \"b\":2}", 1, 8, "is a comma missing?" },
	{ "{\"a\":1]", 1, 7, "the '}' for line 1, found ']'" },
	{ "{\"a\"=1}", 1, 5, "found '='" },
	{ "{\"a\":1:2}", 1, 7, "',' or the '}'" },
	/* what else people write */
	{ "// hello\n{}", 1, 1, "no comments" },
	{ "{\n/* hello */}", 2, 1, "no comments" },
	{ "[1 # one\n]", 1, 4, "no comments" },
	{ "{}\n# end", 2, 1, "expected the end of the file" },
	/* nesting: the 33rd */
	{ "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", 1, 33, "more than 32" },
	/* columns count characters, lines LF */
	{ "[\"\xc3\xa9\xf0\x9f\x98\x80\", x]", 1, 8, "found 'x'" },
	{ "[\r\n\r\n  x]", 3, 3, "found 'x'" },
};

UNIT_TEST(invalid_input_is_refused_with_its_place)
{
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		struct json_values got = { 0 };
		struct diag diag = { .text = "" };
		int r = scan(faults[i].text, strlen(faults[i].text), &got, &diag);
		free(got.values);
		if (r != -EINVAL || diag.at.line != faults[i].line || diag.at.col != faults[i].col ||
		    !strstr(diag.text, faults[i].summary))
			fail_msg("%s: %d, %u:%u: %s", faults[i].text, r, (unsigned)diag.at.line, diag.at.col,
				 diag.text);
		assert_string_equal(diag.at.file, "x.json");
	}
}

UNIT_TEST(a_raw_nul_is_refused)
{
	static const char in_string[] = "\"a\0b\"", after[] = "[]\0";
	struct json_values got = { 0 };
	struct diag diag;

	assert_int_equal(scan(in_string, sizeof(in_string) - 1, &got, &diag), -EINVAL);
	assert_int_equal(diag.at.col, 3);
	free(got.values);
	got = (struct json_values){ 0 };
	assert_int_equal(scan(after, sizeof(after) - 1, &got, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "the end of the file, found the byte 0x00"));
	free(got.values);
}

/* No prefix of a document is one, but those that lack white space. */
UNIT_TEST(a_cut_document_is_refused)
{
	static const char text[] = "{\"a\": [1.5e3, \"\\ud83d\\ude00\xc3\xa9\", null], \"b\": {\"c\": true}} ";

	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		struct json_values got = { 0 };
		struct diag diag;
		int r = scan(text, n, &got, &diag);
		assert_int_equal(r, n < sizeof(text) - 2 ? -EINVAL : 0);
		free(got.values);
	}
}

UNIT_TEST(values_stand_in_order_with_their_places)
{
	static const char text[] = "{\n  \"a\": [1, \"x\", {}],\n  \"b\" :\n true\n}";
	static const struct {
		enum json_kind kind;
		uint32_t line, col, name_line, name_col, i_after, n_items;
		bool has_next;
		const char *literal;
	} expected[] = {
		{ JSON_OBJECT, 1, 1, 0, 0, 6, 2, false, text },
		{ JSON_ARRAY, 2, 8, 2, 3, 5, 3, true, "[1, \"x\", {}]" },
		{ JSON_NUMBER, 2, 9, 0, 0, 3, 0, true, "1" },
		{ JSON_STRING, 2, 12, 0, 0, 4, 0, true, "\"x\"" },
		{ JSON_OBJECT, 2, 17, 0, 0, 5, 0, false, "{}" },
		{ JSON_BOOL, 4, 2, 3, 3, 6, 0, false, "true" },
	};
	struct json_values got = { 0 };

	assert_int_equal(scan(text, sizeof(text) - 1, &got, NULL), 0);
	assert_int_equal(got.n_values, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct json_value *v = &got.values[i];
		assert_int_equal(v->kind, expected[i].kind);
		assert_int_equal(v->line, expected[i].line);
		assert_int_equal(v->col, expected[i].col);
		assert_int_equal(v->name_line, expected[i].name_line);
		assert_int_equal(v->name_col, expected[i].name_col);
		assert_int_equal(v->i_after, expected[i].i_after);
		assert_int_equal(v->n_items, expected[i].n_items);
		assert_int_equal(v->has_next, expected[i].has_next);
		assert_u64_equal(v->to_byte - v->from_byte, strlen(expected[i].literal));
		assert_memory_equal(text + v->from_byte, expected[i].literal, strlen(expected[i].literal));
	}
	free(got.values);
}

UNIT_TEST(whole_numbers_are_exact)
{
	static const struct {
		const char *text;
		uint64_t whole;
	} numbers[] = {
		{ "0", 0 },
		{ "7", 7 },
		{ "9007199254740993", 9007199254740993 },
		{ "18446744073709551614", UINT64_MAX - 1 },
		{ "18446744073709551615", NOT_KNOWN },
		{ "18446744073709551616", NOT_KNOWN },
		{ "-1", NOT_KNOWN },
		{ "-0", NOT_KNOWN },
		{ "1.0", NOT_KNOWN },
		{ "1e3", NOT_KNOWN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct json_values got = { 0 };
		assert_int_equal(scan(numbers[i].text, strlen(numbers[i].text), &got, NULL), 0);
		assert_u64_equal(got.values[0].whole, numbers[i].whole);
		free(got.values);
	}
}

UNIT_TEST(the_largest_text_is_taken_and_no_larger)
{
	size_t n = JSON_READ_MAX_BYTES;
	char *text = malloc(n + 1);
	struct json_values got = { 0 };
	struct diag diag;

	assert_non_null(text);
	for (size_t i = 0; i < n; i++) /* "[0,0,0 … 0]" and a space to make it even */
		text[i] = i == 0 ? '[' : i % 2 ? '0' : ',';
	text[n - 2] = ']';
	text[n - 1] = text[n] = ' ';
	assert_int_equal(scan(text, n, &got, NULL), 0);
	assert_int_equal(got.n_values, n / 2);
	free(got.values);
	got = (struct json_values){ 0 };
	assert_int_equal(scan(text, n + 1, &got, &diag), -EFBIG);
	assert_non_null(strstr(diag.text, "1 MiB"));
	free(got.values);
	free(text);
}
