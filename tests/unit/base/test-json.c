#include "memprof/base/json.h"

#include <math.h>

#include "memprof/base/text.h"
#include "unit.h"

UNIT_TEST(an_empty_document)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct json j = { .out = &s };

	json_object(&j, NULL);
	json_array(&j, "dumps");
	json_array_end(&j);
	json_object(&j, "board");
	json_object_end(&j);
	json_object_end(&j);
	assert_string_equal(strbuf_text(&s),
			    "{\n"
			    "  \"dumps\": [],\n"
			    "  \"board\": {}\n"
			    "}\n");
}

static void write_all_kinds(struct json *j)
{
	json_object(j, NULL);
	json_null(j, "null");
	json_bool(j, "yes", true);
	json_bool(j, "no", false);
	json_u64(j, "size", 4096);
	json_i64(j, "delta", -16);
	json_double(j, "fragmentation", 0.42137, 4);
	json_address(j, "start", 0x20001230);
	json_text(j, "name", "gc");
	json_raw(j, "raw", "{ }");
	json_row(j, "row");
	json_u64(j, "a", 1);
	json_array(j, "in_line");
	json_u64(j, NULL, 2);
	json_u64(j, NULL, 3);
	json_array_end(j);
	json_object_end(j);
	json_array(j, "list");
	json_object(j, NULL);
	json_u64(j, "b", 4);
	json_object_end(j);
	json_text(j, NULL, "last");
	json_array_end(j);
	json_object_end(j);
}

UNIT_TEST(members_of_all_kinds)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct json j = { .out = &s };

	write_all_kinds(&j);
	assert_string_equal(strbuf_text(&s),
			    "{\n"
			    "  \"null\": null,\n"
			    "  \"yes\": true,\n"
			    "  \"no\": false,\n"
			    "  \"size\": 4096,\n"
			    "  \"delta\": -16,\n"
			    "  \"fragmentation\": 0.4214,\n"
			    "  \"start\": \"0x20001230\",\n"
			    "  \"name\": \"gc\",\n"
			    "  \"raw\": { },\n"
			    "  \"row\": {\"a\": 1, \"in_line\": [2, 3]},\n"
			    "  \"list\": [\n"
			    "    {\n"
			    "      \"b\": 4\n"
			    "    },\n"
			    "    \"last\"\n"
			    "  ]\n"
			    "}\n");
}

UNIT_TEST(compact_is_one_line)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct json j = { .out = &s, .compact = true };

	write_all_kinds(&j);
	assert_string_equal(strbuf_text(&s),
			    "{\"null\":null,\"yes\":true,\"no\":false,\"size\":4096,"
			    "\"delta\":-16,\"fragmentation\":0.4214,\"start\":\"0x20001230\","
			    "\"name\":\"gc\",\"raw\":{ },\"row\":{\"a\":1,\"in_line\":[2,3]},"
			    "\"list\":[{\"b\":4},\"last\"]}\n");
}

/* The member a:, as it is written. */
static const char *member(struct strbuf *s, void (*write)(struct json *j))
{
	struct json j;

	strbuf_reset(s);
	j = (struct json){ .out = s, .compact = true };
	json_object(&j, NULL);
	write(&j);
	json_object_end(&j);
	s->text[s->n_bytes - 2] = '\0'; /* "}\n" */
	return s->text + sizeof("{\"a\":") - 1;
}

static void unknown_size(struct json *j) { json_u64(j, "a", NOT_KNOWN); }
static void unknown_text(struct json *j) { json_text(j, "a", NULL); }
static void not_a_number(struct json *j) { json_double(j, "a", (double)NAN, 2); }
static void endless(struct json *j) { json_double(j, "a", -(double)INFINITY, 2); }
static void above_2_to_53(struct json *j) { json_u64(j, "a", UINT64_MAX - 1); }
static void most_negative(struct json *j) { json_i64(j, "a", INT64_MIN); }

UNIT_TEST(what_is_not_known_is_null)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	assert_string_equal(member(&s, unknown_size), "null");
	assert_string_equal(member(&s, unknown_text), "null");
	assert_string_equal(member(&s, not_a_number), "null");
	assert_string_equal(member(&s, endless), "null");
}

UNIT_TEST(integers_are_exact)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	assert_string_equal(member(&s, above_2_to_53), "18446744073709551614");
	assert_string_equal(member(&s, most_negative), "-9223372036854775808");
}

static void assert_escaped(const char *bytes, size_t n, const char *expected)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct json j = { .out = &s, .compact = true };

	json_bytes(&j, NULL, bytes, n);
	assert_string_equal(strbuf_text(&s), expected);
}

UNIT_TEST(texts_are_escaped)
{
	assert_escaped("", 0, "\"\"");
	assert_escaped("a\"b\\c/", 6, "\"a\\\"b\\\\c/\"");
	assert_escaped("\n\r\t\x1b\0", 5, "\"\\u000a\\u000d\\u0009\\u001b\\u0000\"");
	assert_escaped("\x7f\xc2\x9b", 3, "\"\\u007f\\u009b\"");
	assert_escaped("ü€🐍", strlen("ü€🐍"), "\"ü€🐍\"");
}

/* Bytes are looked at in words: in each place of one, every byte must be escaped as it is alone. */
UNIT_TEST(a_byte_is_the_same_in_any_place)
{
	for (unsigned c = 0; c < 256; c++)
		for (size_t at = 0; at < 17; at++) {
			CLEANUP(strbuf_deinit) struct strbuf alone = STRBUF_INIT, expected = STRBUF_INIT;
			char bytes[] = "~ it is plain.#!]", byte = (char)c;
			struct json j;
			bytes[at] = byte;
			j = (struct json){ .out = &alone, .compact = true };
			json_bytes(&j, NULL, &byte, 1);
			strbuf_putc(&expected, '"');
			strbuf_add(&expected, bytes, at);
			strbuf_add(&expected, alone.text + 1, alone.n_bytes - 2);
			strbuf_add(&expected, bytes + at + 1, 16 - at);
			strbuf_putc(&expected, '"');
			assert_escaped(bytes, 17, strbuf_text(&expected));
		}
}

UNIT_TEST(broken_utf8_is_replaced)
{
	assert_escaped("\xff", 1, "\"\\ufffd\"");
	assert_escaped("a\xe2\x82", 3, "\"a\\ufffd\\ufffd\"");
	assert_escaped("\xed\xa0\x80x", 4, "\"\\ufffd\\ufffd\\ufffdx\"");
}

/* A terminal or an editor would show what follows in another order. */
UNIT_TEST(overrides_of_direction)
{
	assert_escaped(
		"a\xe2\x80\xae"
		"b",
		5, "\"a\\u202eb\"");
	assert_escaped("\xe2\x81\xa6\xd8\x9c", 5, "\"\\u2066\\u061c\"");
	assert_escaped("\xc3\xa9\xe2\x86\x92", 5, "\"\xc3\xa9\xe2\x86\x92\""); /* other letters and arrows stay */
}

/* Between its quotes, any text is valid UTF-8 without a control character or a bare quote. */
UNIT_TEST(any_bytes_make_one_string)
{
	uint32_t random = 1;

	for (int round = 0; round < 2000; round++) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		struct json j;
		char bytes[64];
		size_t n = next_random(&random) % sizeof(bytes);
		for (size_t i = 0; i < n; i++)
			bytes[i] = (char)next_random(&random);
		j = (struct json){ .out = &s, .compact = true };
		json_bytes(&j, NULL, bytes, n);
		const uint8_t *p = (const uint8_t *)s.text + 1, *end = p + s.n_bytes - 2;
		assert_int_equal(*end, '"');
		while (p < end) {
			uint32_t code = 0;
			size_t n_code = text_utf8(p, end, &code);
			assert_true(n_code > 0);
			assert_true(code >= 0x20 && code != '"' && (code < 0x7f || code >= 0xa0));
			p += code == '\\' ? 2 : n_code;
		}
		assert_ptr_equal(p, end);
	}
}

/* The caller may drain what is there at any moment. */
UNIT_TEST(a_document_may_be_longer_than_its_buffer)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	CLEANUP(strbuf_deinit) struct strbuf all = STRBUF_INIT;
	struct json j = { .out = &s, .compact = true };

	json_array(&j, NULL);
	for (uint64_t i = 0; i < 5; i++) {
		json_u64(&j, NULL, i);
		strbuf_puts(&all, strbuf_text(&s));
		strbuf_reset(&s);
	}
	json_array_end(&j);
	strbuf_puts(&all, strbuf_text(&s));
	assert_string_equal(strbuf_text(&all), "[0,1,2,3,4]\n");
}
