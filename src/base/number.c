#include "memprof/base/number.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/bytes.h"

static const char *scan(const char *p, const char *end, unsigned base, uint64_t *ret)
{
	const char *start = p;
	uint64_t value = 0;

	for (; p < end; p++) {
		unsigned digit = digit_of(*p);
		if (digit >= base)
			break;
		if (__builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, digit, &value) ||
		    value == NOT_KNOWN)
			return NULL;
	}
	if (p == start)
		return NULL;
	*ret = value;
	return p;
}

const char *number_scan(const char *p, const char *end, uint64_t *ret) { return scan(p, end, 10, ret); }

const char *number_scan_hex(const char *p, const char *end, uint64_t *ret) { return scan(p, end, 16, ret); }

/* A count at the start of a text, decimal or with 0x; returns what follows. */
static const char *leading(const char *text, const char *end, uint64_t *ret)
{
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return scan(text + 2, end, 16, ret);
	return scan(text, end, 10, ret);
}

int number_parse(const char *text, uint64_t *ret)
{
	const char *end = text + strlen(text);
	uint64_t value;

	if (leading(text, end, &value) != end)
		return -EINVAL;
	*ret = value;
	return 0;
}

int number_parse_size(const char *text, uint64_t *ret)
{
	static const char letters[] = "KMGT";
	const char *end = text + strlen(text);
	uint64_t whole, tenths = 0, scale = 1, unit = 1;
	const char *p = leading(text, end, &whole);

	if (!p)
		return -EINVAL;
	if (*p == '.') {
		const char *from = p + 1;
		p = scan(from, end, 10, &tenths);
		if (!p || p - from > 6)
			return -EINVAL;
		for (; from < p; from++)
			scale *= 10;
	}
	if (*p) {
		const char *letter = *p >= 'A' ? strchr(letters, *p & ~0x20) : NULL;
		if (letter) {
			unit = UINT64_C(1) << (10 * (letter - letters + 1));
			p++;
			if (*p == 'i')
				p++;
		}
		if (*p == 'B' || *p == 'b')
			p++;
	}
	if (*p || whole > (NOT_KNOWN - 1) / unit - 1 || tenths * unit % scale)
		return -EINVAL;
	*ret = whole * unit + tenths * unit / scale;
	return 0;
}

/* "12.5" in units of 10^-n_digits, followed by exactly suffix. */
static int parse_decimal(const char *text, size_t n_digits, const char *suffix, uint64_t *ret)
{
	const char *end = text + strlen(text);
	uint64_t whole, fraction = 0, scale = 1;
	const char *p = scan(text, end, 10, &whole);
	size_t n_given = 0;

	if (p && *p == '.') {
		const char *digits = p + 1;
		p = scan(digits, end, 10, &fraction);
		n_given = p ? (size_t)(p - digits) : 0;
	}
	if (!p || n_given > n_digits || strcmp(p, suffix) != 0)
		return -EINVAL;
	for (size_t i = 0; i < n_digits; i++) {
		scale *= 10;
		fraction *= i < n_given ? 1 : 10;
	}
	if (whole > (NOT_KNOWN - 1 - fraction) / scale)
		return -EINVAL;
	*ret = whole * scale + fraction;
	return 0;
}

int number_parse_percent(const char *text, uint64_t *ret) { return parse_decimal(text, 4, "%", ret); }

int number_parse_millionths(const char *text, uint64_t *ret) { return parse_decimal(text, 6, "", ret); }

const char *number_human(uint64_t size_bytes, char ret[NUMBER_HUMAN_BYTES])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB" };
	double value = (double)size_bytes;
	size_t i = 0;

	while (value >= (i ? 1023.95 : 1024) && i + 1 < ARRAY_SIZE(units)) { /* %.1f rounds */
		value /= 1024;
		i++;
	}
	if (i == 0)
		snprintf(ret, NUMBER_HUMAN_BYTES, "%" PRIu64 " B", size_bytes);
	else
		snprintf(ret, NUMBER_HUMAN_BYTES, "%.1f %s", value, units[i]);
	return ret;
}
