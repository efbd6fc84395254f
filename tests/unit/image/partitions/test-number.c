#include "partitions/private.h"
#include "unit.h"

static int number(const char *text, int64_t *ret) { return partition_number(text, strlen(text), ret); }

/* What Python's int(text, 0) and the generator's suffixes make of them (tried with Python 3.11). */
UNIT_TEST(numbers_are_pythons)
{
	int64_t value;

	FOR_PARTS(part,
		  "0=0|00=0|0_0=0|36864=36864|0x9000=36864|0X9f=159|0o17=15|0b101=5|4_096=4096|0x_10=16|+5=5|"
		  "-5=-5|-0x100000=-1048576|24k=24576|24K=24576|1m=1048576|1M=1048576|0x6K=6144|24 K=24576|"
		  "1kk=1048576|-1M=-1048576|0xffffffff=4294967295|0x100000000=4294967296") {
		char *equals = strchr(part, '=');
		*equals = '\0';
		if (number(part, &value) != 0 || value != strtoll(equals + 1, NULL, 10))
			fail_msg("%s: %lld", part, (long long)value);
	}
	FOR_PARTS(part,
		  "|K|-|010|010K|0x|0b2|0o8|1__0|_1|1_|0x1_|1.5M|12 34|0x6000 # x|--1|- 1|1KB|N/A|nan|"
		  "99999999999999999999999999x")
		if (number(part, &value) != -EINVAL)
			fail_msg("%s", part);
	FOR_PARTS(part, "99999999999999999999999999|0xffffffffffffffffff|1MMMMMMMMMMMMMMMM|-9999999999999M")
		if (number(part, &value) != -ERANGE)
			fail_msg("%s", part);
}
