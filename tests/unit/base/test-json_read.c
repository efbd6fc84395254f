#include "memprof/base/json_read.h"

#include "unit.h"

static struct json_document *read_text(const char *text)
{
	struct json_document *document = NULL;
	struct diag diag = { .text = "" };

	if (json_document_read(text, strlen(text), "x.json", &document, &diag) != 0)
		fail_msg("%s: %u: %s", text, diag.at.col, diag.text);
	return document;
}

#define assert_says(diag, line_, col_, part)                               \
	do {                                                               \
		assert_int_equal((diag).at.line, line_);                   \
		assert_int_equal((diag).at.col, col_);                     \
		if (!strstr((diag).text, part))                            \
			fail_msg("'%s' is not in: %s", part, (diag).text); \
	} while (0)

UNIT_TEST(members_are_found_letter_for_letter)
{
	struct json_document *d = read_text("{\"name\": 1, \"Name\": 2, \"\": 3, \"a\\u0062\\n\": 4}");
	const struct json_value *root = json_document_root(d);
	uint64_t n;

	assert_int_equal(json_value_kind(root), JSON_OBJECT);
	assert_int_equal(json_value_count(root), 4);
	assert_int_equal(json_value_u64(json_value_member(root, "name"), &n, NULL), 0);
	assert_u64_equal(n, 1);
	assert_int_equal(json_value_u64(json_value_member(root, "Name"), &n, NULL), 0);
	assert_u64_equal(n, 2);
	assert_int_equal(json_value_u64(json_value_member(root, ""), &n, NULL), 0);
	assert_u64_equal(n, 3);
	assert_int_equal(json_value_u64(json_value_member(root, "ab\n"), &n, NULL), 0);
	assert_u64_equal(n, 4);
	assert_null(json_value_member(root, "NAME"));
	assert_null(json_value_member(json_value_member(root, "name"), "name"));
	json_document_free(d);
	json_document_free(NULL);
}

UNIT_TEST(items_come_in_order)
{
	struct json_document *d = read_text("[[1, [2], {\"a\": 3}], \"s\", {}, [], null]");
	static const enum json_kind kinds[] = { JSON_ARRAY, JSON_STRING, JSON_OBJECT, JSON_ARRAY, JSON_NULL };
	const struct json_value *v = json_value_first(json_document_root(d));

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++, v = json_value_next(v)) {
		assert_int_equal(json_value_kind(v), kinds[i]);
		assert_null(json_value_name(v));
		if (i > 0)
			assert_null(json_value_first(v));
	}
	assert_null(v);
	v = json_value_first(json_value_first(json_document_root(d)));
	v = json_value_next(json_value_next(v));
	assert_string_equal(json_value_name(json_value_first(v)), "a");
	assert_null(json_value_next(v));
	assert_null(json_value_next(json_document_root(d)));
	json_document_free(d);
}

UNIT_TEST(places_are_those_of_the_text)
{
	struct json_document *d = read_text("{\n\t\"a\" : [ 1,\n  2 ]\n}");
	const struct json_value *a = json_value_first(json_document_root(d));
	struct place at = json_value_place(json_value_next(json_value_first(a)));

	assert_string_equal(at.file, "x.json");
	assert_int_equal(at.line, 3);
	assert_int_equal(at.col, 3);
	at = json_value_place(a);
	assert_int_equal(at.line, 2);
	assert_int_equal(at.col, 8);
	at = json_value_name_place(a);
	assert_int_equal(at.line, 2);
	assert_int_equal(at.col, 2);
	at = json_value_name_place(json_value_first(a));
	assert_int_equal(at.col, 10);
	json_document_free(d);
}

UNIT_TEST(literals_are_found_in_the_text)
{
	static const char text[] = " { \"\xc3\xa9\": [ 1.50 ,\"\\u0061\"] }\n";
	static const char *const literals[] = {
		"{ \"\xc3\xa9\": [ 1.50 ,\"\\u0061\"] }",
		"[ 1.50 ,\"\\u0061\"]",
		"1.50",
		"\"\\u0061\"",
	};
	struct json_document *d = read_text(text);
	const struct json_value *root = json_document_root(d), *list = json_value_first(root);
	const struct json_value *first = json_value_first(list);
	const struct json_value *const values[] = { root, list, first, json_value_next(first) };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		size_t from, to;
		json_value_bytes(values[i], &from, &to);
		assert_u64_equal(to - from, strlen(literals[i]));
		assert_memory_equal(text + from, literals[i], to - from);
	}
	json_document_free(d);
}

UNIT_TEST(a_name_twice_is_refused)
{
	static const struct {
		const char *text;
		uint32_t line, col;
		const char *summary;
	} twice[] = {
		{ "{\"a\": 1, \"a\": 1}", 1, 10, "duplicate 'a' in this object; the first is in line 1" },
		{ "{\"ab\": 1,\n \"a\\u0062\": 2}", 2, 2, "duplicate 'ab'" },
		{ "[{}, {\"x\": {\"b\": 1, \"c\": 1,\n\"b\": 1}}]", 2, 1, "line 1" },
		{ "{\"z\":1,\n\"a\":1,\n\"z\":1,\n\"a\":1,\n\"z\":1}", 3, 1, "duplicate 'z'" },
		{ "{\"\":1,\"\":1}", 1, 7, "duplicate ''" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(twice); i++) {
		struct json_document *d = NULL;
		struct diag diag = { .text = "" };
		assert_int_equal(json_document_read(twice[i].text, strlen(twice[i].text), "x.json", &d, &diag),
				 -EINVAL);
		assert_null(d);
		assert_says(diag, twice[i].line, twice[i].col, twice[i].summary);
	}
	json_document_free(read_text("[{\"a\":1},{\"a\":1},{\"a\":{\"a\":1},\"A\":2}]"));
}

/* As many members as there is room for are still sorted in no time: a second is the bound of tests. */
UNIT_TEST(many_members_are_no_trap)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct diag diag = { .text = "" };
	struct json_document *d = NULL;
	unsigned n = 0;

	strbuf_putc(&s, '{');
	for (; s.n_bytes < JSON_READ_MAX_BYTES - 40; n++)
		strbuf_printf(&s, "\"%x\":0,\n", n);
	size_t n_before = s.n_bytes;
	strbuf_puts(&s, "\"last\":0}");
	assert_int_equal(json_document_read(s.text, s.n_bytes, "x.json", &d, &diag), 0);
	assert_int_equal(json_value_count(json_document_root(d)), n + 1);
	json_document_free(d);
	s.n_bytes = n_before;
	strbuf_puts(&s, "\"0\":0}");
	assert_int_equal(json_document_read(s.text, s.n_bytes, "x.json", &d, &diag), -EINVAL);
	assert_says(diag, n + 1, 1, "duplicate '0'");
}

UNIT_TEST(texts_are_what_they_stand_for)
{
	struct json_document *d = read_text(
		"[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\", \"\\u00e9\\u20AC\\ud83d\\ude00\","
		" \"\xc3\xa9\", \"\"]");
	static const char *const texts[] = { "\"\\/\b\f\n\r\t", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9",
					     "" };
	const struct json_value *v = json_value_first(json_document_root(d));
	const char *text;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++, v = json_value_next(v)) {
		assert_int_equal(json_value_text(v, &text, NULL), 0);
		assert_string_equal(text, texts[i]);
	}
	json_document_free(d);
}

UNIT_TEST(values_of_each_kind)
{
	struct json_document *d = read_text(
		"{\"yes\": true, \"no\": false, \"n\": 18446744073709551614,"
		" \"x\": -2.5e-1}");
	const struct json_value *root = json_document_root(d), *v;
	bool flag = false;
	uint64_t n;
	double x;

	assert_int_equal(json_value_bool(json_value_member(root, "yes"), &flag, NULL), 0);
	assert_true(flag);
	assert_int_equal(json_value_bool(json_value_member(root, "no"), &flag, NULL), 0);
	assert_false(flag);
	assert_int_equal(json_value_require(root, "n", &v, NULL), 0);
	assert_int_equal(json_value_u64(v, &n, NULL), 0);
	assert_u64_equal(n, UINT64_MAX - 1);
	assert_int_equal(json_value_double(json_value_member(root, "x"), &x, NULL), 0);
	assert_true(x == -0.25);
	json_document_free(d);
}

UNIT_TEST(faults_are_reported_and_nothing_is_written)
{
	struct json_document *d = read_text("{\"size\": -1, \"list\": [\n  true], \"huge\": -1e999}");
	const struct json_value *root = json_document_root(d), *size = json_value_member(root, "size");
	const struct json_value *item = json_value_first(json_value_member(root, "list")), *v = root;
	struct diag diag;
	uint64_t n = 7;
	double x = 7;
	bool flag = true;
	const char *text = "7";

	assert_int_equal(json_value_u64(size, &n, &diag), -EINVAL);
	assert_says(diag, 1, 10, "'size' must be a whole number from 0 to 18446744073709551614");
	assert_says(diag, 1, 10, "found -1");
	assert_int_equal(json_value_text(size, &text, &diag), -EINVAL);
	assert_says(diag, 1, 10, "'size' must be a string, found a number");
	assert_int_equal(json_value_bool(size, &flag, &diag), -EINVAL);
	assert_int_equal(json_value_u64(item, &n, &diag), -EINVAL);
	assert_says(diag, 2, 3, "this must be a number, found true or false");
	assert_int_equal(json_value_double(json_value_member(root, "huge"), &x, &diag), -EINVAL);
	assert_says(diag, 2, 18, "'huge' is too large");
	assert_int_equal(json_value_require(root, "Size", &v, &diag), -EINVAL);
	assert_says(diag, 1, 1, "this object has no 'Size'");
	assert_int_equal(json_value_require(item, "size", &v, &diag), -EINVAL);
	assert_says(diag, 2, 3, "this must be an object");
	assert_u64_equal(n, 7);
	assert_true(x == 7 && flag && v == root);
	assert_string_equal(text, "7");
	json_document_free(d);
}

UNIT_TEST(members_that_must_be_there)
{
	struct json_document *d = read_text(
		"{\"yes\": true, \"text\": \"a\\u00e9\", \"n\": 18446744073709551614,"
		" \"null\": null,\n\"less\": -999999999999999, \"more\": 999999999999999}");
	const struct json_value *root = json_document_root(d);
	struct diag diag = { .text = "" };
	const char *text;
	uint64_t n;
	int64_t i;
	bool yes;

	assert_int_equal(json_member_bool(root, "yes", &yes, &diag), 0);
	assert_true(yes);
	assert_int_equal(json_member_text(root, "text", &text, &diag), 0);
	assert_string_equal(text, "a\xc3\xa9");
	assert_int_equal(json_member_u64(root, "n", &n, &diag), 0);
	assert_u64_equal(n, NOT_KNOWN - 1);
	assert_int_equal(json_member_u64(root, "null", &n, &diag), 0);
	assert_u64_equal(n, NOT_KNOWN);
	assert_int_equal(json_member_i64(root, "less", &i, &diag), 0);
	assert_true(i == -INT64_C(999999999999999));
	assert_int_equal(json_member_i64(root, "more", &i, &diag), 0);
	assert_true(i == INT64_C(999999999999999));
	json_document_free(d);
}

UNIT_TEST(members_of_another_kind_are_refused)
{
	struct json_document *d = read_text(
		"{\"no\": null,\n\"n\": 1.5, \"i\": 1000000000000000,\n\"x\": -1, \"t\": 7}");
	const struct json_value *root = json_document_root(d);
	struct diag diag = { .text = "" };
	const char *text = "7";
	uint64_t n = 7;
	int64_t i = 7;
	bool yes = true;

	assert_int_equal(json_member_bool(root, "no", &yes, &diag), -EINVAL);
	assert_says(diag, 1, 8, "found null");
	assert_int_equal(json_member_bool(root, "No", &yes, &diag), -EINVAL);
	assert_says(diag, 1, 1, "this object has no 'No'");
	assert_int_equal(json_member_text(root, "t", &text, &diag), -EINVAL);
	assert_says(diag, 3, 15, "found a number");
	assert_int_equal(json_member_text(root, "text", &text, &diag), -EINVAL);
	assert_says(diag, 1, 1, "this object has no 'text'");
	assert_int_equal(json_member_u64(root, "x", &n, &diag), -EINVAL);
	assert_says(diag, 3, 6, "-1");
	assert_int_equal(json_member_u64(root, "missing", &n, &diag), -EINVAL);
	assert_says(diag, 1, 1, "this object has no 'missing'");
	assert_int_equal(json_member_i64(root, "n", &i, &diag), -EINVAL);
	assert_says(diag, 2, 6, "n must be a whole number between -10^15 and 10^15; found 1.5");
	assert_int_equal(json_member_i64(root, "i", &i, &diag), -EINVAL);
	assert_says(diag, 2, 16, "i must be a whole number between -10^15 and 10^15; found 1e+15");
	assert_int_equal(json_member_i64(root, "no", &i, &diag), -EINVAL);
	assert_says(diag, 1, 8, "found null");
	assert_true(i == 7 && yes);
	assert_string_equal(text, "7");
	json_document_free(d);
}

UNIT_TEST(members_that_are_not_known_are_refused)
{
	static const char *const allowed[] = { "name", "vid", NULL };
	struct json_document *d = read_text("[{\"vid\": 1, \"name\": 2}, {}, {\"vid\": 1,\n \"nmae\": 2}, 5]");
	const struct json_value *v = json_value_first(json_document_root(d));
	struct diag diag;

	assert_int_equal(json_value_expect_members(v, allowed, &diag), 0);
	v = json_value_next(v);
	assert_int_equal(json_value_expect_members(v, allowed, &diag), 0);
	v = json_value_next(v);
	assert_int_equal(json_value_expect_members(v, allowed, &diag), -EINVAL);
	assert_says(diag, 2, 2, "unknown member 'nmae'; expected one of: name, vid");
	assert_int_equal(json_value_expect_members(json_value_next(v), allowed, &diag), -EINVAL);
	assert_says(diag, 2, 14, "must be an object, found a number");
	json_document_free(d);
}

UNIT_TEST(the_library_has_a_version)
{
	char text[32];

	assert_int_equal(strncmp(json_library(text), "cJSON 1.", 8), 0);
}
