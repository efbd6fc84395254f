#include "memprof/base/number.h"

#include "unit.h"

/* ---- scanning ---- */

UNIT_TEST(scans_the_digits_and_says_where_they_end)
{
	static const char text[] = "140032, used";
	const char *end = text + strlen(text);
	uint64_t value = 7;

	assert_ptr_equal(number_scan(text, end, &value), text + 6);
	assert_u64_equal(value, 140032);
	assert_ptr_equal(number_scan(text, text + 3, &value), text + 3);
	assert_u64_equal(value, 140);
}

UNIT_TEST(no_digit_is_no_number)
{
	static const char *const texts[] = { "", " 1", "-1", "+1", "x", ".5", "a" };
	uint64_t value = 7;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_null(number_scan(texts[i], texts[i] + strlen(texts[i]), &value));
		assert_u64_equal(value, 7);
	}
}

UNIT_TEST(scans_hexadecimal_of_either_case)
{
	static const char text[] = "7Fc0837eD000:";
	const char *end = text + strlen(text);
	uint64_t value;

	assert_ptr_equal(number_scan_hex(text, end, &value), end - 1);
	assert_u64_equal(value, 0x7fc0837ed000);
}

static const char *whole(const char *(*scan)(const char *, const char *, uint64_t *), const char *text, uint64_t *ret)
{
	const char *end = text + strlen(text);

	return scan(text, end, ret) == end ? text : NULL;
}

/* NOT_KNOWN itself must never come out of a text. */
UNIT_TEST(stays_below_not_known)
{
	uint64_t value = 7;

	assert_non_null(whole(number_scan, "18446744073709551614", &value));
	assert_u64_equal(value, NOT_KNOWN - 1);
	assert_non_null(whole(number_scan, "00000000000000000000000000012", &value));
	assert_u64_equal(value, 12);
	assert_non_null(whole(number_scan_hex, "fffffffffffffffe", &value));
	assert_u64_equal(value, NOT_KNOWN - 1);
	value = 7;
	assert_null(whole(number_scan, "18446744073709551615", &value));
	assert_null(whole(number_scan, "18446744073709551616", &value));
	assert_null(whole(number_scan, "99999999999999999999999", &value));
	assert_null(whole(number_scan_hex, "ffffffffffffffff", &value));
	assert_null(whole(number_scan_hex, "10000000000000000", &value));
	assert_u64_equal(value, 7);
}

/* ---- whole texts ---- */

typedef int parse_fn(const char *text, uint64_t *ret);

/* "TEXT=VALUE" */
static void assert_parses(parse_fn *parse, char *part)
{
	uint64_t value = 7;
	char *equals = strchr(part, '=');

	*equals = '\0';
	if (parse(part, &value) != 0 || value != strtoull(equals + 1, NULL, 10))
		fail_msg("'%s' is read as %" PRIu64, part, value);
}

static void assert_refused(parse_fn *parse, const char *part)
{
	uint64_t value = 7;

	if (parse(part, &value) != -EINVAL || value != 7)
		fail_msg("'%s' is read as %" PRIu64, part, value);
}

UNIT_TEST(parses_counts)
{
	FOR_PARTS(part, "0=0|12=12|0x0c=12|0X0C=12|0xfffffffffffffffe=18446744073709551614")
		assert_parses(number_parse, part);
	FOR_PARTS(part, "|0x|12 | 12|-1|1K|c|1.0|18446744073709551615")
		assert_refused(number_parse, part);
}

UNIT_TEST(parses_sizes)
{
	FOR_PARTS(part,
		  "0=0|4096=4096|0x1000=4096|192K=196608|192k=196608|1.5M=1572864|8KiB=8192|8kib=8192|"
		  "8KB=8192|64B=64|64b=64|2G=2147483648|3T=3298534883328|0x10K=16384|0.5K=512|0.125K=128|"
		  "1.0=1")
		assert_parses(number_parse_size, part);
}

UNIT_TEST(refuses_what_is_no_size)
{
	FOR_PARTS(part,
		  "|K|B|.5K|1.|1.K|1.5|1.3K|1.0000005M|1,5M|4 K|4K | 4K|4KK|4KiBB|4iB|4X|4%|-4K|+4K|0x|0xK|4 |"
		  "4 B|4\t|18446744073709551615|18446744073709551615K|16777216T|99999999999999999999")
		assert_refused(number_parse_size, part);
}

/* Every size that a person would write comes back as what it was. */
UNIT_TEST(sizes_come_back)
{
	char text[32];

	for (uint64_t kib = 0; kib < 5000; kib += 7) {
		uint64_t value;
		snprintf(text, sizeof(text), "%" PRIu64 "K", kib);
		assert_int_equal(number_parse_size(text, &value), 0);
		assert_u64_equal(value, kib * 1024);
		snprintf(text, sizeof(text), "%" PRIu64 ".5KiB", kib);
		assert_int_equal(number_parse_size(text, &value), 0);
		assert_u64_equal(value, kib * 1024 + 512);
		snprintf(text, sizeof(text), "0x%" PRIx64, kib);
		assert_int_equal(number_parse_size(text, &value), 0);
		assert_u64_equal(value, kib);
	}
}

/* ---- for people ---- */

UNIT_TEST(parses_percentages)
{
	FOR_PARTS(part,
		  "0%=0|90%=900000|100%=1000000|0.5%=5000|12.3456%=123456|250%=2500000|5.0%=50000|007%=70000|"
		  "1844674407370955.1614%=18446744073709551614")
		assert_parses(number_parse_percent, part);
	FOR_PARTS(part,
		  "|%|90|90 %| 90%|90% |90%%|.5%|5.%|5.%5|-5%|+5%|1,5%|0x5%|5K%|5%K|0.00001%|"
		  "1844674407370955.1615%|1844674407370956%|99999999999999999999%")
		assert_refused(number_parse_percent, part);
}

UNIT_TEST(parses_millionths)
{
	FOR_PARTS(part,
		  "0=0|1=1000000|1.0=1000000|0.6=600000|0.000001=1|0.123456=123456|"
		  "18446744073709.551614=18446744073709551614")
		assert_parses(number_parse_millionths, part);
	FOR_PARTS(part, "|.6|1.|-1|0.6%|0.6 |6e-1|0.0000001|18446744073709.551615|18446744073710")
		assert_refused(number_parse_millionths, part);
}

UNIT_TEST(human_sizes)
{
	static const struct {
		uint64_t value;
		const char *text;
	} rows[] = {
		{ 0, "0 B" },
		{ 1, "1 B" },
		{ 1023, "1023 B" },
		{ 1024, "1.0 KiB" },
		{ 32256, "31.5 KiB" },
		{ 1 << 20, "1.0 MiB" },
		{ UINT64_C(5) << 30, "5.0 GiB" },
		{ UINT64_C(1) << 50, "1048576.0 GiB" },
	};
	char buffer[NUMBER_HUMAN_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_ptr_equal(number_human(rows[i].value, buffer), buffer);
		assert_string_equal(buffer, rows[i].text);
	}
	assert_true(strlen(number_human(UINT64_MAX, buffer)) < sizeof(buffer));
}

/* 1048575 B are not 1024.0 KiB: nobody writes a thousand of a unit that has a next one. */
UNIT_TEST(human_sizes_have_at_most_four_digits_below_gib)
{
	char buffer[NUMBER_HUMAN_BYTES];

	for (unsigned shift = 10; shift <= 30; shift += 10) {
		uint64_t value = (UINT64_C(1) << shift) - 1;
		if (strncmp(number_human(value, buffer), "1024", 4) == 0)
			fail_msg("%" PRIu64 " is written as %s", value, buffer);
	}
}
