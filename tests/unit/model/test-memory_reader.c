#include "memprof/model/memory_reader.h"

#include "unit.h"

static int read_low_bytes(void *ctx, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	unsigned *n_calls = ctx;

	++*n_calls;
	if (address == 0x1100)
		return -EIO;
	for (size_t i = 0; i < n_bytes; i++)
		ret[i] = (uint8_t)(address + i);
	return 0;
}

static struct memory_reader reader_of(unsigned word_bytes, unsigned *n_calls)
{
	return (struct memory_reader){ .word_bytes = word_bytes, .read = read_low_bytes, .ctx = n_calls };
}

UNIT_TEST(nothing_is_read_that_was_not_allowed)
{
	unsigned n_calls = 0;
	struct memory_reader r = reader_of(4, &n_calls);
	uint8_t bytes[8] = { 0xa5, 0xa5 };

	assert_int_equal(reader_read(&r, 0x1000, 4, bytes), -EFAULT);
	assert_int_equal(reader_allow(&r, 0x1000, 8), 0);
	static const struct {
		uint64_t at;
		size_t n;
	} bad[] = {
		{ 0xfff, 4 }, { 0x1005, 4 }, { 0x1008, 1 }, { 0x1000, 9 }, { UINT64_MAX - 1, 4 }, { 0x100000000, 1 },
	};
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(reader_read(&r, bad[i].at, bad[i].n, bytes), -EFAULT);
	assert_int_equal(n_calls, 0);
	assert_int_equal(bytes[0], 0xa5);
	assert_int_equal(reader_read(&r, 0x1004, 4, bytes), 0);
	assert_int_equal(bytes[3], 7);
	assert_int_equal(reader_read(&r, 0x1004, 0, bytes), 0);
	assert_u64_equal(r.n_reads, 1);
	assert_u64_equal(r.n_bytes, 4);
}

UNIT_TEST(ranges_that_touch_become_one)
{
	unsigned n_calls = 0;
	struct memory_reader r = reader_of(4, &n_calls);

	assert_int_equal(reader_allow(&r, 0x1000, 0x10), 0);
	assert_int_equal(reader_allow(&r, 0x1020, 0x10), 0);
	assert_false(reader_may(&r, 0x1008, 0x20));
	assert_int_equal(reader_allow(&r, 0x1010, 0x10), 0);
	assert_int_equal(r.n_ranges, 1);
	assert_true(reader_may(&r, 0x1000, 0x30));
	assert_false(reader_may(&r, 0x1000, 0x31));
	for (uint64_t i = 0; i < READER_RANGES_MAX - 1; i++)
		assert_int_equal(reader_allow(&r, 0x10000 + i * 0x100, 0x10), 0);
	assert_int_equal(reader_allow(&r, 0x900000, 1), -E2BIG);
	assert_int_equal(reader_allow(&r, 0x1010, 0x10), 0); /* it was there before */
}

UNIT_TEST(what_no_word_can_address_is_no_range)
{
	unsigned n_calls = 0;
	struct memory_reader small = reader_of(4, &n_calls), large = reader_of(8, &n_calls);

	assert_int_equal(reader_allow(&small, 0xfffffff0, 0x10), 0);
	assert_int_equal(reader_allow(&small, 0xfffffff0, 0x11), -ERANGE);
	assert_int_equal(reader_allow(&small, 0x100000000, 1), -ERANGE);
	assert_int_equal(reader_allow(&small, 0x1000, 0), -ERANGE);
	assert_int_equal(reader_allow(&large, 0xfffffff0, 0x11), 0);
	assert_int_equal(reader_allow(&large, UINT64_MAX - 7, 9), -ERANGE);
	assert_int_equal(reader_allow(&large, UINT64_MAX, UINT64_MAX), -ERANGE);
}

UNIT_TEST(errors_of_the_carrier_are_passed_on)
{
	unsigned n_calls = 0;
	struct memory_reader r = reader_of(8, &n_calls);
	uint8_t bytes[16];
	uint64_t words[2];

	assert_int_equal(reader_allow(&r, 0x1000, 0x1000), 0);
	assert_int_equal(reader_read(&r, 0x1100, 4, bytes), -EIO);
	assert_int_equal(reader_read(&r, 0x1001, 16, bytes), 0);
	reader_words(r.word_bytes, bytes, 2, words);
	assert_u64_equal(words[0], 0x0807060504030201);
	assert_u64_equal(words[1], 0x100f0e0d0c0b0a09);
	r.word_bytes = 4;
	reader_words(r.word_bytes, bytes, 2, words);
	assert_u64_equal(words[1], 0x08070605);
	assert_int_equal(reader_allow(&r, 0x2000, UINT32_C(0x1000000)), 0);
	assert_int_equal(reader_read(&r, 0x2000, READER_BYTES_MAX + 1, bytes), -E2BIG);
}
