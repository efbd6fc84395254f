#include "console/scan.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"

/* Separators between groups of three digits: blank, U+00A0, U+2009, U+202F. */
static const char *const separators[] = { " ", "\xc2\xa0", "\xe2\x80\x89", "\xe2\x80\xaf" };

static bool is_digit(const char *p, const char *end) { return p < end && *p >= '0' && *p <= '9'; }

/* The three digits after a separator at p; NULL if there are none. */
static const char *group(const char *p, const char *end)
{
	for (size_t i = 0; i < ARRAY_SIZE(separators); i++) {
		const char *q = p + strlen(separators[i]);
		if (text_starts(p, (size_t)(end - p), separators[i]) && is_digit(q, end) && is_digit(q + 1, end) &&
		    is_digit(q + 2, end) && !is_digit(q + 3, end))
			return q;
	}
	return NULL;
}

static const char *grouped(const char *p, const char *end, uint64_t *ret)
{
	const char *start = p, *next;
	uint64_t value, three;

	p = number_scan(p, end, &value);
	if (!p || ((next = group(p, end)) && p - start > 3))
		return NULL;
	for (; (next = group(p, end)); p = next + 3) {
		number_scan(next, next + 3, &three);
		if (value > (NOT_KNOWN - 1 - three) / 1000)
			return NULL;
		value = value * 1000 + three;
	}
	*ret = value;
	return p;
}

/* What follows the pattern; NULL if it does not match. */
static const char *scan_pattern(const char *p, const char *end, const char *pattern, uint64_t *ret, int n_max,
				int *ret_n)
{
	for (*ret_n = 0; *pattern; pattern++) {
		if (*pattern == '~') {
			if (p == end)
				break;
		} else if (*pattern == '#' || *pattern == '@') {
			uint64_t *value = &ret[*ret_n];
			if (*ret_n == n_max || p == end ||
			    !(p = *pattern == '#' ? number_scan(p, end, value) : grouped(p, end, value)))
				return NULL;
			++*ret_n;
		} else if (p == end || *p++ != *pattern) {
			return NULL;
		}
	}
	return p;
}

int scan(const char *p, const char *end, const char *pattern, uint64_t *ret, int n_max)
{
	int n;

	return scan_pattern(p, end, pattern, ret, n_max, &n) == end ? n : -1;
}

int scan_from(const char *text, size_t n_bytes, const char *word, const char *pattern, uint64_t *ret, int n_max)
{
	const char *p = text_find(text, n_bytes, word);

	return p ? scan(p + strlen(word), text + n_bytes, pattern, ret, n_max) : -1;
}

const char *scan_start(const char *p, const char *end, const char *pattern, uint64_t *ret)
{
	int n;

	return scan_pattern(p, end, pattern, ret, INT_MAX, &n);
}
