/* Words of a line of a map. Inline: every byte of a map passes through them. */
#pragma once

#include <stdint.h>
#include <string.h>

#include "slice.h"

static inline const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

static inline const char *word_end(const char *p, const char *end)
{
	const char *blank = memchr(p, ' ', (size_t)(end - p));

	return blank ? blank : end;
}

/* Without the blanks at the end. */
static inline const char *trim_end(const char *p, const char *end)
{
	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return end;
}

/* "1234" with a blank or the end behind it; returns the next word, or NULL. */
static inline const char *scan_hex_digits(const char *p, const char *end, uint64_t *ret)
{
	uint64_t value = 0;
	const char *first = p;
	for (; p < end && *p != ' ' && *p != '\t'; p++) {
		static const int8_t digits[256] = {
			['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
			['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
			['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
		};
		int digit = digits[(unsigned char)*p];
		if (!digit || value >> 60)
			return NULL;
		value = value << 4 | (unsigned)(digit - 1);
	}
	if (p == first)
		return NULL;
	*ret = value;
	return skip_blanks(p, end);
}

/* The same behind "0x". */
static inline const char *scan_hex(const char *p, const char *end, uint64_t *ret)
{
	return end - p > 2 && p[0] == '0' && p[1] == 'x' ? scan_hex_digits(p + 2, end, ret) : NULL;
}

/* The first word that begins with "0x", as names may hold blanks; or NULL. */
static inline const char *find_hex(const char *p, const char *end)
{
	if (text_starts(p, (size_t)(end - p), "0x"))
		return p;
	p = text_find(p, (size_t)(end - p), " 0x");
	return p ? p + 1 : NULL;
}

static inline bool starts(const char *p, const char *end, const char *prefix)
{
	return text_starts(p, (size_t)(end - p), prefix);
}
