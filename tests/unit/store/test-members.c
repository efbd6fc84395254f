#include "members.h"

#include "unit.h"

struct sample {
	uint64_t wide;
	unsigned narrow;
	bool flag;
	char text[10], name[6];
};

static const struct member members[] = {
	MEMBER(struct sample, wide, MEMBER_U64, 0),  MEMBER(struct sample, narrow, MEMBER_UNSIGNED, 9),
	MEMBER(struct sample, flag, MEMBER_BOOL, 0), MEMBER(struct sample, text, MEMBER_TEXT, 0),
	MEMBER(struct sample, name, MEMBER_NAME, 0),
};
enum { N = ARRAY_SIZE(members), N_BYTES = 8 + 4 + 1 + 10 + 6, AT_NARROW = 8, AT_FLAG = 12, AT_TEXT = 13, AT_NAME = 23 };

static const struct sample filled = { UINT64_C(0x1122334455667788), 9, true, "a\x01\xff", "name" };

static void put(struct strbuf *out, const struct sample *sample)
{
	strbuf_reset(out);
	members_put(out, members, N, sample);
	assert_int_equal(out->n_bytes, N_BYTES);
}

static bool get(const struct strbuf *code, size_t n_bytes, struct sample *ret)
{
	struct member_bytes in = { (const uint8_t *)code->text, n_bytes };

	return members_get(&in, members, N, ret) && in.n_bytes == 0;
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

	member_put_u64(&code, NOT_KNOWN - 1);
	struct member_bytes in = { (const uint8_t *)code.text, code.n_bytes };
	assert_null(member_bytes_take(&in, 9));
	assert_true(member_bytes_u64(&in, &value));
	assert_u64_equal(value, NOT_KNOWN - 1);
	assert_false(member_bytes_u64(&in, &value));
	assert_non_null(member_bytes_take(&in, 0));
}
