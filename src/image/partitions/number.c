#include <errno.h>
#include <string.h>

#include "partitions/private.h"
#include "slice.h"

/* "0x", "0o", "0b", or none. */
static unsigned base_of(const char *p, const char *end)
{
	static const struct {
		char letter;
		unsigned base;
	} prefixes[] = {
		{ 'x', 16 },
		{ 'o', 8 },
		{ 'b', 2 },
	};

	for (size_t i = 0; end - p > 2 && p[0] == '0' && i < ARRAY_SIZE(prefixes); i++)
		if ((p[1] | 0x20) == prefixes[i].letter)
			return prefixes[i].base;
	return 10;
}

/* Without the unit: "K", " K". */
static const char *digits_end(const char *text, const char *end)
{
	while (end > text && strchr("kKmM", end[-1]))
		end--;
	while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return end;
}

/* Digits, with single '_' between them and after a prefix. */
static int scan_digits(const char *p, const char *end, int64_t *ret)
{
	unsigned base = base_of(p, end);
	bool prefixed = base != 10, may_join = prefixed;
	const char *first = p;
	int64_t value = 0;
	int r = 0;

	if (prefixed)
		p += 2;
	if (p == end)
		return -EINVAL;
	for (; p < end; p++) {
		unsigned digit = digit_of(*p);
		if (*p == '_' && may_join && p + 1 < end) {
			may_join = false;
			continue;
		}
		if (digit >= base)
			return -EINVAL;
		value = value * base + digit;
		if (value > PARTITION_NUMBER_MAX) {
			value = PARTITION_NUMBER_MAX;
			r = -ERANGE;
		}
		may_join = true;
	}
	if (!prefixed && *first == '0' && value > 0)
		return -EINVAL; /* 010: octal in Python 2 */
	*ret = value;
	return r;
}

int partition_number(const char *text, size_t n_bytes, int64_t *ret)
{
	const char *p = text, *end = digits_end(text, text + n_bytes);
	int64_t value, scale = 1;
	bool negative = false;

	for (const char *unit = text + n_bytes; unit > end && strchr("kKmM", unit[-1]); unit--) {
		scale *= (unit[-1] | 0x20) == 'k' ? 1 << 10 : 1 << 20;
		scale = MIN(scale, PARTITION_NUMBER_MAX + 1);
	}
	if (p < end && (*p == '-' || *p == '+'))
		negative = *p++ == '-';
	int r = scan_digits(p, end, &value);
	if (r < 0)
		return r;
	if (value && scale > PARTITION_NUMBER_MAX / value)
		return -ERANGE;
	*ret = negative ? -value * scale : value * scale;
	return 0;
}
