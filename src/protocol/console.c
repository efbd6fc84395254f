#define _DEFAULT_SOURCE /* timegm */
#include "console.h"

#include <string.h>
#include <time.h>

#include "memprof/number.h"
#include "memprof/text.h"

/* n digits at p, or -1. */
static int64_t digits(const char *p, int n)
{
	int64_t value = 0;

	for (int i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		value = value * 10 + (p[i] - '0');
	}
	return value;
}

size_t console_stamp(const char *text, size_t n_bytes, struct stamp *ret)
{
	enum { SHORTEST = sizeof("[07:09:41]") - 1, DATE = sizeof("2026-11-20T") - 1 };
	const char *p = text + 1, *end = text + n_bytes;
	int64_t days = 0;
	bool dated = false;

	if (n_bytes < SHORTEST || text[0] != '[')
		return 0;
	if (n_bytes >= SHORTEST + DATE && p[4] == '-' && p[7] == '-' && (p[10] == 'T' || p[10] == ' ')) {
		int64_t year = digits(p, 4), month = digits(p + 5, 2), day = digits(p + 8, 2);
		if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31)
			return 0;
		struct tm date = { .tm_year = (int)year - 1900, .tm_mon = (int)month - 1,
				   .tm_mday = (int)day };
		days = timegm(&date) / (24 * 3600);
		dated = true;
		p += DATE;
	}
	int64_t h = digits(p, 2), m = digits(p + 3, 2), s = digits(p + 6, 2);
	if (h < 0 || m < 0 || s < 0 || h > 23 || m > 59 || s > 60 || p[2] != ':' || p[5] != ':')
		return 0;
	p += 8;
	uint64_t fraction_us = 0;
	if (p < end && *p == '.') {
		uint64_t unit = 100000;
		for (p++; p < end && *p >= '0' && *p <= '9'; p++, unit /= 10)
			fraction_us += unit * (uint64_t)(*p - '0');
	}
	if (p < end && *p == 'Z')
		p++;
	if (p == end || *p != ']')
		return 0;
	*ret = (struct stamp){
		true, dated, (uint64_t)(((days * 24 + h) * 60 + m) * 60 + s) * 1000000 + fraction_us,
		text + 1, (size_t)(p - text - 1),
	};
	p++;
	return (size_t)(p - text) + (p < end && *p == ' ');
}

/* The length of the escape sequence at p: CSI, OSC (to BEL or ST), or two bytes. */
static size_t escape_length(const char *p, const char *end)
{
	const char *q = p + 2;

	if (end - p < 2)
		return (size_t)(end - p);
	if (p[1] == '[') {
		while (q < end && *q >= 0x20 && *q < 0x40)
			q++;
		return (size_t)(MIN(q + 1, end) - p);
	}
	if (p[1] == ']') {
		while (q < end && *q != '\a' && *q != '\x1b')
			q++;
		return (size_t)(MIN(q + (q < end && *q == '\x1b' ? 2 : 1), end) - p);
	}
	return 2;
}

static const struct { const char *text; char c; } entities[] = {
	{ "&gt;", '>' }, { "&lt;", '<' }, { "&amp;", '&' }, { "&quot;", '"' },
};

/* Copies without escape sequences, backspaces and entities. */
static size_t plain(const char *p, const char *end, char *out)
{
	char *o = out;

	while (p < end) {
		if (*p == '\x1b') {
			p += escape_length(p, end);
			continue;
		}
		if (*p == '\b') {
			o -= o > out;
			p++;
			continue;
		}
		size_t n_taken = 1;
		*o = *p;
		for (size_t i = 0; *p == '&' && i < ARRAY_SIZE(entities); i++) {
			if (text_starts(p, (size_t)(end - p), entities[i].text)) {
				*o = entities[i].c;
				n_taken = strlen(entities[i].text);
			}
		}
		o++;
		p += n_taken;
	}
	return (size_t)(o - out);
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

void console_line(const struct line *line, char *scratch, struct console_line *ret)
{
	const char *p = line->text, *end = p + line->n_bytes;

	*ret = (struct console_line){ 0 };
	if (memchr(p, '\x1b', line->n_bytes) || memchr(p, '\b', line->n_bytes) ||
	    memchr(p, '&', line->n_bytes)) {
		end = scratch + plain(p, end, scratch);
		p = scratch;
	}
	while (end > p && is_blank(end[-1]))
		end--;
	for (;;) {
		struct stamp stamp;
		size_t n = (size_t)(end - p);
		size_t n_stamp = ret->stamp.set ? 0 : console_stamp(p, n, &stamp);
		if (n_stamp) {
			ret->stamp = stamp;
			p += n_stamp;
		} else if (n > 0 && is_blank(*p)) {
			p++;
		} else if (text_starts(p, n, ">>>") || text_starts(p, n, "===") || text_starts(p, n, "...")) {
			if (n == 3 || p[3] == ' ') {
				ret->prompt = true;
				ret->primary = *p == '>';
				p += MIN(n, (size_t)4);
			}
			break;
		} else if (n > 1 && *p == '>' && (is_blank(p[1]) || p[1] == '>')) {
			p++;
		} else {
			break;
		}
	}
	ret->text = p;
	ret->n_bytes = (size_t)(end - p);
}
