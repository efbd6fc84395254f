#include "agent/fields.h"

#include "unit.h"

#define FIELDS(text)                                                                   \
	{                                                                              \
		(const uint8_t *)text, (const uint8_t *)text + sizeof(text) - 1, false \
	}

UNIT_TEST(numbers)
{
	struct agent_fields f = FIELDS("\x12\x01\x02\x03\x04\xac\x02\x00");

	assert_int_equal(fields_u8(&f), 0x12);
	assert_int_equal(fields_u32(&f), 0x04030201);
	assert_int_equal(fields_varint(&f), 300);
	assert_int_equal(fields_varint(&f), 0);
	assert_false(f.truncated);
	assert_int_equal(fields_u8(&f), 0);
	assert_true(f.truncated);
}

UNIT_TEST(varints)
{
	static const struct {
		struct agent_fields f;
		uint64_t value;
		bool bad;
	} rows[] = {
		{ FIELDS("\x7f"), 127 },
		{ FIELDS("\x80\x01"), 128 },
		{ FIELDS("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), UINT64_C(1) << 63 },
		{ FIELDS("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), UINT64_MAX },
		{ FIELDS("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), 0, true },
		{ FIELDS("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), 0, true },
		{ FIELDS("\x80\x80"), 0, true },
		{ FIELDS(""), 0, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct agent_fields f = rows[i].f;
		assert_u64_equal(fields_varint(&f), rows[i].value);
		assert_int_equal(f.truncated, rows[i].bad);
	}
}

UNIT_TEST(what_is_too_much_is_missing)
{
	struct agent_fields f = FIELDS("\x05\x05\x05");

	assert_int_equal(fields_below(&f, 6), 5);
	assert_int_equal(fields_below(&f, 5), 0);
	assert_true(f.truncated);
	assert_int_equal(fields_u8(&f), 0); /* nothing is believed after that */
	struct agent_fields g = FIELDS("ab");
	assert_null(fields_bytes(&g, 3));
	assert_true(g.truncated);
}

UNIT_TEST(texts_are_clean_and_fit)
{
	char text[8];
	struct agent_fields f = FIELDS("ab\x1b[2J"), g = FIELDS("abcde\xc3\xa4\xc3\xa4"), h = FIELDS("");

	fields_text(&f, text, sizeof(text));
	assert_string_equal(text, "ab\\x1b[");
	fields_text(&g, text, sizeof(text));
	assert_string_equal(text, "abcde\xc3\xa4");
	fields_text(&h, text, sizeof(text));
	assert_string_equal(text, "");
}
