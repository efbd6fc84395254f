#include "memprof/base/fields.h"

#include <errno.h>

#include "memprof/base/number.h"
#include "unit.h"

struct sample {
	uint64_t wide;
	unsigned narrow;
	bool flag;
	char text[10], name[6];
};

static const struct field members[] = {
	FIELD(struct sample, wide, FIELD_U64, 0),  FIELD(struct sample, narrow, FIELD_UNSIGNED, 9),
	FIELD(struct sample, flag, FIELD_BOOL, 0), FIELD(struct sample, text, FIELD_TEXT, 0),
	FIELD(struct sample, name, FIELD_NAME, 0),
};
enum { N = ARRAY_SIZE(members), N_BYTES = 8 + 4 + 1 + 10 + 6, AT_NARROW = 8, AT_FLAG = 12, AT_TEXT = 13, AT_NAME = 23 };

static const struct sample filled = { UINT64_C(0x1122334455667788), 9, true, "a\x01\xff", "name" };

static void put(struct strbuf *out, const struct sample *sample)
{
	strbuf_reset(out);
	fields_put(out, members, N, sample);
	assert_int_equal(out->n_bytes, N_BYTES);
}

static bool get(const struct strbuf *code, size_t n_bytes, struct sample *ret)
{
	struct field_bytes in = { (const uint8_t *)code->text, n_bytes };

	return fields_get(&in, members, N, ret) && in.n_bytes == 0;
}

UNIT_TEST(a_struct_and_back)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct sample read;

	put(&code, &filled);
	assert_memory_equal(code.text,
			    "\x88\x77\x66\x55\x44\x33\x22\x11\x09\0\0\0\x01"
			    "a\x01\xff\0\0\0\0\0\0\0name\0",
			    N_BYTES);
	assert_true(get(&code, N_BYTES, &read));
	assert_u64_equal(read.wide, filled.wide);
	assert_int_equal(read.narrow, 9);
	assert_true(read.flag);
	assert_string_equal(read.text, filled.text);
	assert_string_equal(read.name, filled.name);
}

/* Equal texts are equal bytes, whatever stands behind them. */
UNIT_TEST(bytes_behind_a_text_are_left_out)
{
	struct strbuf a CLEANUP(strbuf_deinit) = STRBUF_INIT, b CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct sample other = filled;

	memcpy(other.text + 5, "rest", 4);
	put(&a, &filled);
	put(&b, &other);
	assert_memory_equal(a.text, b.text, N_BYTES);
}

UNIT_TEST(cut_bytes_are_refused)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct sample read;

	put(&code, &filled);
	for (size_t n = 0; n < N_BYTES; n++)
		assert_false(get(&code, n, &read));
}

static void assert_refused(size_t at, const char *bytes, size_t n)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct sample read;

	put(&code, &filled);
	memcpy(code.text + at, bytes, n);
	assert_false(get(&code, N_BYTES, &read));
}

UNIT_TEST(values_that_no_member_has)
{
	assert_refused(AT_NARROW, "\x0a", 1);
	assert_refused(AT_NARROW + 3, "\x80", 1);
	assert_refused(AT_FLAG, "\x02", 1);
	assert_refused(AT_TEXT, "0123456789", 10);
	assert_refused(AT_NAME, "012345", 6);
	assert_refused(AT_NAME, "a\x1b[m", 4);
}

UNIT_TEST(numbers_and_bytes)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	uint64_t value = 7;

	field_put_u64(&code, NOT_KNOWN - 1);
	struct field_bytes in = { (const uint8_t *)code.text, code.n_bytes };
	assert_null(field_bytes_take(&in, 9));
	assert_true(field_bytes_u64(&in, &value));
	assert_u64_equal(value, NOT_KNOWN - 1);
	assert_false(field_bytes_u64(&in, &value));
	assert_non_null(field_bytes_take(&in, 0));
}

struct figures {
	uint64_t bytes, unknown;
	int64_t change;
	double ratio, no_ratio;
	bool flag;
};

static const struct field figure_fields[] = {
	FIELD(struct figures, bytes, FIELD_U64, 0),      FIELD(struct figures, unknown, FIELD_U64, 0),
	FIELD(struct figures, change, FIELD_I64, 0),     FIELD(struct figures, ratio, FIELD_RATIO, 0),
	FIELD(struct figures, no_ratio, FIELD_RATIO, 0), FIELD_AS(struct figures, flag, "is_set", FIELD_BOOL, 0),
};
enum { N_FIGURES = ARRAY_SIZE(figure_fields) };

UNIT_TEST(ratios_and_signs_as_bytes)
{
	const struct figures from = { 1, NOT_KNOWN, -7, 0.25, -1, true };
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct figures to = { 0 };

	fields_put(&code, figure_fields, N_FIGURES, &from);
	struct field_bytes in = { (const uint8_t *)code.text, code.n_bytes };
	assert_true(fields_get(&in, figure_fields, N_FIGURES, &to) && in.n_bytes == 0);
	assert_true(to.change == -7 && to.ratio == 0.25 && to.no_ratio == -1 && to.unknown == NOT_KNOWN);
	code.text[24 + 2] = '\x7f'; /* 8 million millionths are no ratio */
	in = (struct field_bytes){ (const uint8_t *)code.text, code.n_bytes };
	assert_false(fields_get(&in, figure_fields, N_FIGURES, &to));
}

static const struct field json_table[] = {
	FIELD(struct figures, bytes, FIELD_U64, 0),
	FIELD(struct figures, unknown, FIELD_U64, 0),
	FIELD(struct figures, change, FIELD_I64, 0),
	FIELD_AS(struct figures, flag, "is_set", FIELD_BOOL, 0),
};

UNIT_TEST(json_out_and_in)
{
	const struct figures from = { 4096, NOT_KNOWN, -7, 0.25, -1, true };
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct json_document *document;
	struct figures to = { 0 };
	struct diag diag = { 0 };
	struct json j = { .out = &text, .compact = true };

	json_object(&j, NULL);
	json_fields(&j, json_table, ARRAY_SIZE(json_table), &from);
	json_object_end(&j);
	assert_string_equal(strbuf_text(&text), "{\"bytes\":4096,\"unknown\":null,\"change\":-7,\"is_set\":true}\n");
	assert_int_equal(json_document_read(strbuf_text(&text), text.n_bytes, "x", &document, &diag), 0);
	assert_int_equal(json_fields_read(json_document_root(document), json_table, ARRAY_SIZE(json_table), &to, &diag),
			 0);
	assert_true(to.bytes == 4096 && to.unknown == NOT_KNOWN && to.change == -7 && to.flag);
	json_document_free(document);
	assert_int_equal(json_document_read("{\"bytes\":\"4\"}", 13, "x", &document, &diag), 0);
	assert_int_equal(json_fields_read(json_document_root(document), json_table, ARRAY_SIZE(json_table), &to, &diag),
			 -EINVAL);
	json_document_free(document);
}
