/* Lines against patterns. A line is taken apart between stars: each part where it first matches, which is where the
 * most of the line is left for the next. So nothing is tried twice, and the cost is the length of line times that of
 * pattern. */
#include <stdio.h>
#include <string.h>

#include "figures/pattern.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"

enum { NUMBER_MAX_DIGITS = 20, NAME_MAX_BYTES = 40 };

const struct figures_reading FIGURES_READING_NOTHING = {
	.value = { NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN },
	.uptime_us = NOT_KNOWN,
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }
static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* ---- units ---- */

static const struct {
	const char *name;
	uint32_t bytes;
} units[] = {
	{ "bytes", 1 },        { "Bytes", 1 },        { "byte", 1 },         { "B", 1 },           { "KiB", 1 << 10 },
	{ "KB", 1 << 10 },     { "kB", 1 << 10 },     { "kiB", 1 << 10 },    { "K", 1 << 10 },     { "k", 1 << 10 },
	{ "kb", 1 << 10 },     { "Kb", 1 << 10 },     { "MiB", 1 << 20 },    { "MB", 1 << 20 },    { "M", 1 << 20 },
	{ "Kbytes", 1 << 10 }, { "KBytes", 1 << 10 }, { "kbytes", 1 << 10 }, { "Kbyte", 1 << 10 }, { "KByte", 1 << 10 },
	{ "MBytes", 1 << 20 }, { "Mbytes", 1 << 20 }, { "mb", 1 << 20 },     { "b", 1 },
};

bool figures_unit_named(const char *name, size_t n, struct figures_token *ret)
{
	enum { UNIT_MAX_BYTES = 1 << 20 };
	const char *end;
	uint64_t value;

	ret->hex = n == 3 && memcmp(name, "hex", 3) == 0;
	ret->in_blocks = n == 5 && memcmp(name, "block", 5) == 0;
	if (ret->hex || ret->in_blocks)
		return true;
	end = number_scan(name, name + n, &value);
	if (end)
		ret->otherwise = (uint32_t)MIN(value, UNIT_MAX_BYTES + UINT64_C(1));
	else
		end = figures_unit_at(name, name + n, &ret->otherwise);
	return end == name + n && ret->otherwise > 0 && ret->otherwise <= UNIT_MAX_BYTES;
}

const char *figures_unit_at(const char *p, const char *end, uint32_t *ret_unit)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		size_t n = strlen(units[i].name);
		if (!text_starts(p, (size_t)(end - p), units[i].name))
			continue;
		if (p + n < end && (is_letter(p[n]) || is_digit(p[n]) || p[n] == '='))
			continue; /* a word, or the name of the next number */
		*ret_unit = units[i].bytes;
		return p + n;
	}
	return NULL;
}

/* ---- numbers ---- */

/* Millionths behind a point. */
static const char *scan_fraction(const char *p, const char *end, uint64_t *ret_millionths)
{
	uint64_t scale = 100000;

	*ret_millionths = 0;
	if (end - p < 2 || p[0] != '.' || !is_digit(p[1]))
		return p;
	for (p++; p < end && is_digit(*p); p++, scale /= 10)
		*ret_millionths += (uint64_t)(*p - '0') * scale;
	return p;
}

static const char *scan_digits(const char *p, const char *end, bool hex, uint64_t *ret)
{
	const char *stop = p;

	if (hex)
		return number_scan_hex(p, end, ret);
	while (stop < end && is_digit(*stop) && stop - p <= NUMBER_MAX_DIGITS)
		stop++;
	return stop - p <= NUMBER_MAX_DIGITS && number_scan(p, stop, ret) == stop ? stop : NULL;
}

/* value and millionths of a unit; false: too many. */
static bool in_bytes(uint64_t value, uint64_t millionths, uint64_t unit, uint64_t *ret)
{
	if (value > (NOT_KNOWN - unit) / unit)
		return false;
	*ret = value * unit + millionths * unit / 1000000;
	return true;
}

static bool is_literal_at(const struct figures_token *t, const char *p, const char *end)
{
	return (size_t)(end - p) >= t->n_text && memcmp(p, t->text, t->n_text) == 0;
}

/* Whether the digits before p are only the beginning of something: 1,234 or 1_000, 12abc. Not if the pattern has what
 * follows. */
static bool goes_on(const struct figures_token *t, const struct figures_token *t_end, const char *p, const char *end)
{
	if (p == end || (t + 1 < t_end && t[1].kind == TOKEN_LITERAL && is_literal_at(t + 1, p, end)))
		return false;
	if (is_letter(*p) || is_digit(*p) || *p == '_')
		return true;
	bool three = end - p > 3 && is_digit(p[1]) && is_digit(p[2]) && is_digit(p[3]) &&
		     (end - p == 4 || !is_digit(p[4]));
	return (*p == ',' || *p == '\'') && three;
}

/* A number of bytes, with a unit behind it unless the pattern has one; NULL if there is none. */
static const char *scan_bytes(const struct figures_token *t, const struct figures_token *t_end, const char *p,
			      const char *end, uint64_t *ret)
{
	bool prefixed = end - p > 2 && p[0] == '0' && (p[1] | 32) == 'x';
	uint64_t value = 0, millionths = 0;
	uint32_t unit = t->unit ? t->unit : t->otherwise ? t->otherwise : 1;

	p = scan_digits(p + (prefixed ? 2 : 0), end, prefixed || t->hex, &value);
	if (!p)
		return NULL;
	const char *digits_end = p;
	if (!prefixed && !t->hex)
		p = scan_fraction(p, end, &millionths);
	if (!t->unit && !t->in_blocks) {
		const char *behind = figures_unit_at(p + (p < end && is_blank(*p)), end, &unit);
		if (!behind && ((p > digits_end && !t->otherwise) || goes_on(t, t_end, p, end)))
			return NULL; /* a percentage, a version, a thousand with a separator, a word */
		p = behind ? behind : p;
	}
	if (p < end && (*p == '%' || (is_blank(*p) && p + 1 < end && p[1] == '%')))
		return NULL;
	return in_bytes(value, millionths, unit, ret) ? p : NULL;
}

/* ---- the other fields ---- */

/* Seconds or milliseconds since the start. */
static const char *scan_uptime(const char *p, const char *end, uint64_t unit_us, uint64_t *ret_us)
{
	uint64_t value, millionths;

	p = scan_digits(p, end, false, &value);
	if (!p)
		return NULL;
	p = scan_fraction(p, end, &millionths);
	return in_bytes(value, millionths, unit_us, ret_us) ? p : NULL;
}

/* A pool's name, clean. Of a longer one the beginning, with a sum of all of it: others may begin so, too. */
static void keep_name(char ret[16], const char *p, size_t n)
{
	enum { ROOM = 15, N_SUM = 3 };
	size_t n_kept = n > ROOM ? ROOM - N_SUM : n;
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		char c = p[i] > ' ' && p[i] <= '~' ? p[i] : '_';
		sum = sum * 31 + (uint8_t)p[i];
		if (i < n_kept)
			ret[i] = c;
	}
	ret[n_kept] = '\0';
	if (n > ROOM)
		snprintf(ret + n_kept, N_SUM + 1, "~%02x", (sum ^ sum >> 8 ^ sum >> 16) & 0xff);
}

/* Up to what follows it in the pattern; without that, a word. */
static const char *name_end(const struct figures_token *next, const struct figures_token *t_end, const char *p,
			    const char *end)
{
	const char *stop = end - p > NAME_MAX_BYTES ? p + NAME_MAX_BYTES : end;
	const char *at = p;

	bool blank_first = next && next->kind == TOKEN_BLANK && next + 1 < t_end && next[1].kind == TOKEN_LITERAL;
	const struct figures_token *literal = blank_first ? next + 1 : next;
	if (literal && literal->kind == TOKEN_LITERAL) {
		while (at < stop &&
		       !(is_literal_at(literal, at, end) && (!blank_first || (at > p && is_blank(at[-1])))))
			at++;
		while (at > p && is_blank(at[-1]))
			at--;
		return at;
	}
	while (at < stop && !is_blank(*at))
		at++;
	return at;
}

static const char *scan_field(const struct figures_token *t, const struct figures_token *t_end, const char *p,
			      const char *end, struct figures_reading *ret)
{
	while (t->figure <= FIGURE_S && p < end && is_blank(*p)) /* "%5u" */
		p++;
	if (t->figure < N_FIGURE_BYTES) {
		ret->in_blocks |= (uint32_t)t->in_blocks << t->figure;
		return scan_bytes(t, t_end, p, end, &ret->value[t->figure]);
	}
	if (t->figure == FIGURE_MS)
		return scan_uptime(p, end, 1000, &ret->uptime_us);
	if (t->figure == FIGURE_S)
		return scan_uptime(p, end, 1000000, &ret->uptime_us);
	const char *stop = name_end(t + 1 < t_end ? t + 1 : NULL, t_end, p, end);
	size_t n = (size_t)(stop - p);
	if (n == 0)
		return NULL;
	if (t->figure == FIGURE_TIME) {
		text_copy(ret->stamp_text, sizeof(ret->stamp_text), p, n);
		return n < sizeof(ret->stamp_text) && timestamp_scan(p, n, &ret->stamp) == n ? stop : NULL;
	}
	keep_name(ret->pool, p, n);
	return stop;
}

/* ---- a line ---- */

const char *figures_match_token(const struct figures_token *t, const struct figures_token *t_end, const char *p,
				const char *end, struct figures_reading *ret)
{
	switch (t->kind) {
	case TOKEN_LITERAL:
		return is_literal_at(t, p, end) ? p + t->n_text : NULL;
	case TOKEN_BLANK:
		if (p == end || !is_blank(*p))
			return NULL;
		while (p < end && is_blank(*p))
			p++;
		return p;
	case TOKEN_FIELD:
		return scan_field(t, t_end, p, end, ret);
	case TOKEN_ANY:
		break;
	}
	return p;
}

/* Tokens without a star between them, at p: what follows them. */
static const char *match_part(const struct figures_token *t, const struct figures_token *t_end, const char *p,
			      const char *end, struct figures_reading *ret)
{
	for (; t < t_end && p && t->kind != TOKEN_ANY; t++)
		p = figures_match_token(t, t_end, p, end, ret);
	return p;
}

/* A number does not begin within a word or another number, a run of blanks not within it. */
static bool may_begin(const struct figures_token *t, const char *start, const char *p)
{
	if (t->kind == TOKEN_BLANK)
		return p == start || !is_blank(p[-1]);
	return t->kind != TOKEN_FIELD || p == start ||
	       !(is_digit(p[-1]) || is_letter(p[-1]) || p[-1] == '.' || p[-1] == '-');
}

bool figures_match(const struct figures_pattern *pattern, size_t i, const char *text, size_t n_bytes,
		   struct figures_reading *ret)
{
	const struct figures_line *line = &pattern->lines[i];
	const struct figures_token *t = pattern->tokens + line->i_token, *t_end = t + line->n_tokens;
	const char *p = text, *end = text + n_bytes;
	const struct figures_token *first = t;
	struct figures_reading reading = *ret;

	if (!text_find(text, n_bytes, line->sure))
		return false;
	while (t < t_end) {
		const struct figures_token *part = t;
		const char *behind = NULL;
		while (t < t_end && t->kind != TOKEN_ANY)
			t++;
		for (; part < t && !behind && p <= end; p++)
			if (may_begin(part, text, p) && !(line->at_start && part == first && p > text)) {
				behind = match_part(part, t, p, end, &reading);
				if (behind && t == t_end && line->to_end && behind != end)
					behind = NULL;
			}
		if (part < t && !behind)
			return false;
		p = behind ? behind : p;
		t += t < t_end; /* the star */
	}
	*ret = reading;
	return true;
}
