#include "map/lines.h"

#include <string.h>

#include "map/words.h"

void map_lines_init(struct map_lines *in, const char *name, const char *bytes, size_t n_bytes)
{
	*in = (struct map_lines){ .name = name, .at = bytes, .end = bytes + n_bytes };
	if (n_bytes >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		in->at += 3;
}

bool map_lines_next(struct map_lines *in, const char **ret, const char **ret_end)
{
	if (in->at == in->end)
		return false;
	const char *newline = memchr(in->at, '\n', (size_t)(in->end - in->at));
	const char *end = newline ? newline : in->end;
	*ret = in->at;
	in->at = newline ? newline + 1 : in->end;
	in->n_lines++;
	while (end > *ret && (end[-1] == '\r' || end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*ret_end = end;
	return true;
}

struct place map_lines_place(const struct map_lines *in)
{
	return (struct place){ .file = in->name, .line = in->n_lines };
}

/* ---- logs: colours ---- */

/* Skips an escape sequence: "ESC [ 1 ; 32 m" (ECMA-48, 5.4), or the ESC alone. */
static const char *skip_escape(const char *p, const char *end)
{
	if (++p == end || *p != '[')
		return p;
	for (p++; p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x40; p++)
		;
	return p < end ? p + 1 : p;
}

static size_t plain(const char *p, const char *end, char ret[LOG_LINE_MAX_BYTES])
{
	size_t n = 0;

	while (p < end && n < LOG_LINE_MAX_BYTES) {
		if (*p == '\033')
			p = skip_escape(p, end);
		else
			ret[n++] = *p++;
	}
	return n;
}

/* ---- logs: time stamps ---- */

/* Skips text of a pattern in which 0 is any digit; NULL: no match. */
static const char *skip_pattern(const char *p, const char *end, const char *pattern)
{
	for (; *pattern; pattern++, p++)
		if (p == end || (*pattern == '0' ? *p < '0' || *p > '9' : *p != *pattern))
			return NULL;
	return p;
}

static const char *skip_fraction(const char *p, const char *end)
{
	if (end - p < 2 || (*p != '.' && *p != ','))
		return p;
	for (p++; p < end && *p >= '0' && *p <= '9'; p++)
		;
	return p;
}

static const char *skip_zone(const char *p, const char *end)
{
	static const char *const zones[] = { "Z", "+00:00", "-00:00", "+0000", "-0000" };
	const char *behind = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(zones) && !behind; i++)
		behind = skip_pattern(p, end, zones[i]);
	return behind ? behind : p;
}

/* Skips a time, also in brackets; p: there is none. */
static const char *skip_time(const char *p, const char *end)
{
	static const char *const times[] = { "0000-00-00T00:00:00", "0000-00-00 00:00:00", "00:00:00" };
	bool bracket = p < end && *p == '[';
	const char *behind = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(times) && !behind; i++)
		behind = skip_pattern(p + bracket, end, times[i]);
	if (!behind)
		return p;
	behind = skip_zone(skip_fraction(behind, end), end);
	if (bracket && (behind == end || *behind++ != ']'))
		return p;
	return behind == end || *behind == ' ' || *behind == '\t' ? behind : p;
}

bool log_lines_next(struct map_lines *in, char line[LOG_LINE_MAX_BYTES], const char **ret, const char **ret_end)
{
	const char *p, *end;

	if (!map_lines_next(in, &p, &end))
		return false;
	end = line + plain(p, end, line);
	p = skip_blanks(line, end);
	*ret = skip_blanks(skip_time(p, end), end);
	*ret_end = trim_end(*ret, end);
	return true;
}
