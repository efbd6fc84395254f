#include <errno.h>

#include "partitions/private.h"
#include "unit.h"

/* What Python's int(text, 0) and the generator's suffixes make of them (tried with Python 3.11). */
UNIT_TEST(numbers_are_pythons)
{
	static const struct {
		const char *text;
		int r;
		int64_t value;
	} rows[] = {
		{ "0", 0, 0 },
		{ "00", 0, 0 },
		{ "0_0", 0, 0 },
		{ "36864", 0, 36864 },
		{ "0x9000", 0, 0x9000 },
		{ "0X9f", 0, 0x9f },
		{ "0o17", 0, 15 },
		{ "0b101", 0, 5 },
		{ "4_096", 0, 4096 },
		{ "0x_10", 0, 16 },
		{ "+5", 0, 5 },
		{ "-5", 0, -5 },
		{ "-0x100000", 0, -0x100000 },
		{ "24k", 0, 24 << 10 },
		{ "24K", 0, 24 << 10 },
		{ "1m", 0, 1 << 20 },
		{ "1M", 0, 1 << 20 },
		{ "0x6K", 0, 6144 },
		{ "24 K", 0, 24 << 10 },
		{ "1kk", 0, 1 << 20 },
		{ "-1M", 0, -(1 << 20) },
		{ "0xffffffff", 0, 0xffffffff },
		{ "0x100000000", 0, 0x100000000 },
		{ "", -EINVAL, 0 },
		{ "K", -EINVAL, 0 },
		{ "-", -EINVAL, 0 },
		{ "010", -EINVAL, 0 },
		{ "010K", -EINVAL, 0 },
		{ "0x", -EINVAL, 0 },
		{ "0b2", -EINVAL, 0 },
		{ "0o8", -EINVAL, 0 },
		{ "1__0", -EINVAL, 0 },
		{ "_1", -EINVAL, 0 },
		{ "1_", -EINVAL, 0 },
		{ "0x1_", -EINVAL, 0 },
		{ "1.5M", -EINVAL, 0 },
		{ "12 34", -EINVAL, 0 },
		{ "0x6000 # x", -EINVAL, 0 },
		{ "--1", -EINVAL, 0 },
		{ "- 1", -EINVAL, 0 },
		{ "1KB", -EINVAL, 0 },
		{ "N/A", -EINVAL, 0 },
		{ "nan", -EINVAL, 0 },
		{ "99999999999999999999999999", -ERANGE, 0 },
		{ "0xffffffffffffffffff", -ERANGE, 0 },
		{ "1MMMMMMMMMMMMMMMM", -ERANGE, 0 },
		{ "-9999999999999M", -ERANGE, 0 },
		{ "99999999999999999999999999x", -EINVAL, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t value = 0;
		int r = partition_number(rows[i].text, strlen(rows[i].text), &value);
		if (r != rows[i].r || (r == 0 && value != rows[i].value))
			fail_msg("%s: %d, %lld", rows[i].text, r, (long long)value);
	}
}
