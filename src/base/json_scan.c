#include "json_scan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"

struct scan {
	const uint8_t *begin, *p, *end;
	const char *name;
	uint32_t line, col;
	unsigned depth;
	struct json_values *out;
	struct diag *diag;
};

/* -1 at the end. */
static int peek(const struct scan *s) { return s->p < s->end ? *s->p : -1; }

static struct place here(const struct scan *s) { return (struct place){ s->name, s->line, s->col }; }

static void step(struct scan *s)
{
	if (*s->p == '\n') {
		s->line++;
		s->col = 1;
	} else if ((*s->p & 0xc0) != 0x80) { /* not a continuation byte */
		s->col++;
	}
	s->p++;
}

static void skip_space(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		step(s);
}

static bool is_digit(int c) { return c >= '0' && c <= '9'; }
static bool is_word(int c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/* ---- errors ---- */

static int error_at(struct scan *s, struct place at, const char *text)
{
	return diag_at(s->diag, at, -EINVAL, "%s", text);
}

/* Syntax of Python, JavaScript or C that is not JSON. */
static const char *hint(int c)
{
	static const struct {
		char found;
		const char *words;
	} hints[] = {
		{ '\'', "; use double quotes" },
		{ '/', "; JSON has no comments, remove it" },
		{ '#', "; JSON has no comments, remove it" },
		{ '+', "; JSON numbers have no +, remove it" },
		{ '.', "; a number begins with a digit: 0.5" },
		{ ']', "; is there a trailing comma?" },
		{ '}', "; is there a trailing comma?" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
		if (hints[i].found == c)
			return hints[i].words;
	return "";
}

static int expected(struct scan *s, const char *what, const char *advice)
{
	struct place at = here(s);
	int c = peek(s);

	if (c < 0)
		return diag_at(s->diag, at, -EINVAL, "expected %s, found the end of the file; is it truncated?", what);
	if (is_word(c)) {
		int n = 0;
		while (s->p + n < s->end && n < 24 && is_word(s->p[n]))
			n++;
		return diag_at(s->diag, at, -EINVAL, "expected %s, found '%.*s'%s", what, n, (const char *)s->p,
			       advice);
	}
	size_t n = text_utf8(s->p, s->end, NULL);
	if (n == 0 || c < 0x20)
		return diag_at(s->diag, at, -EINVAL, "expected %s, found the byte 0x%02x%s", what, (unsigned)c, advice);
	return diag_at(s->diag, at, -EINVAL, "expected %s, found '%.*s'%s", what, (int)n, (const char *)s->p, advice);
}

/* ---- strings ---- */

/* The four digits of \uXXXX. */
static int scan_unit(struct scan *s, uint32_t *ret)
{
	uint32_t unit = 0;

	for (int i = 0; i < 4; i++) {
		uint64_t digit;
		if (peek(s) < 0 || !number_scan_hex((const char *)s->p, (const char *)s->p + 1, &digit))
			return expected(s, "four hexadecimal digits after \\u", "");
		unit = unit << 4 | (uint32_t)digit;
		step(s);
	}
	*ret = unit;
	return 0;
}

static int scan_escape(struct scan *s)
{
	const struct place at = here(s);
	uint32_t unit, low = 0;
	int r;

	step(s);
	int c = peek(s);
	if (c < 0 || !memchr("\"\\/bfnrtu", c, 9))
		return expected(s, "one of \" \\ / b f n r t u after a backslash", "; write a backslash as \\\\");
	step(s);
	if (c != 'u')
		return 0;
	r = scan_unit(s, &unit);
	if (r < 0)
		return r;
	if (unit >= 0xd800 && unit < 0xdc00 && s->end - s->p >= 2 && s->p[0] == '\\' && s->p[1] == 'u') {
		step(s);
		step(s);
		r = scan_unit(s, &low);
		if (r < 0)
			return r;
	}
	bool high = unit >= 0xd800 && unit < 0xdc00, pair = low >= 0xdc00 && low < 0xe000;
	if (unit == 0 || high != pair || (unit >= 0xdc00 && unit < 0xe000)) {
		return error_at(s, at,
				unit == 0 ? "\\u0000 is not allowed in a string; remove it" :
					    "half of a surrogate pair; write the character, or both halves:"
					    " \\ud83d\\ude00");
	}
	return 0;
}

static int scan_string(struct scan *s)
{
	const struct place at = here(s);

	step(s);
	for (;;) {
		int r = 0, c = peek(s);
		if (c < 0)
			return error_at(s, at, "unterminated string; expected '\"' before the end of the file");
		if (c == '\n' || c == '\r')
			return error_at(s, here(s), "line break in a string; end the string with '\"', or write \\n");
		if (c < 0x20)
			return expected(s, "'\"' or more of the string", "; write it as \\u and four digits");
		if (c == '\\') {
			r = scan_escape(s);
		} else {
			size_t n = text_utf8(s->p, s->end, NULL);
			if (n == 0)
				return expected(s, "UTF-8", "; save the file as UTF-8");
			for (size_t i = 0; i < n; i++)
				step(s);
		}
		if (r < 0)
			return r;
		if (c == '"')
			return 0;
	}
}

/* ---- numbers and words ---- */

static int scan_digits(struct scan *s, const char *after)
{
	if (!is_digit(peek(s)))
		return expected(s, after, "");
	while (is_digit(peek(s)))
		step(s);
	return 0;
}

static int scan_number(struct scan *s, uint64_t *ret_whole)
{
	const struct place at = here(s);
	const char *begin = (const char *)s->p;
	uint64_t whole;
	int r;

	if (peek(s) == '-')
		step(s);
	bool zero = peek(s) == '0';
	if (zero)
		step(s);
	else if ((r = scan_digits(s, "a digit after '-'")) < 0)
		return r;
	if (zero && is_digit(peek(s)))
		return error_at(s, at, "JSON numbers have no leading zeros; remove them, or use quotes");
	if (zero && (peek(s) == 'x' || peek(s) == 'X'))
		return error_at(s, at, "JSON has no hexadecimal numbers; use decimal digits, or quotes");
	if (peek(s) == '.') {
		step(s);
		if ((r = scan_digits(s, "a digit after the point")) < 0)
			return r;
	}
	if (peek(s) == 'e' || peek(s) == 'E') {
		step(s);
		if (peek(s) == '+' || peek(s) == '-')
			step(s);
		if ((r = scan_digits(s, "a digit of the exponent")) < 0)
			return r;
	}
	if ((const char *)s->p - begin > JSON_NUMBER_MAX_BYTES)
		return error_at(s, at, "number longer than 63 characters; write it shorter");
	if (number_scan(begin, (const char *)s->p, &whole) == (const char *)s->p)
		*ret_whole = whole;
	return 0;
}

static int scan_word(struct scan *s, enum json_kind *ret)
{
	static const struct {
		const char *word;
		enum json_kind kind;
	} words[] = {
		{ "true", JSON_BOOL },
		{ "false", JSON_BOOL },
		{ "null", JSON_NULL },
	};
	size_t n = 0;

	while (s->p + n < s->end && is_word(s->p[n]))
		n++;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i].word) != n || memcmp(s->p, words[i].word, n) != 0)
			continue;
		*ret = words[i].kind;
		while (n-- > 0)
			step(s);
		return 0;
	}
	return expected(s, "a value", n ? "; use true, false or null, or quotes for a string" : hint(peek(s)));
}

/* ---- arrays and objects ---- */

static int scan_value(struct scan *s, const struct place *name);

/* A member's name and the colon; *ret: place of the name. */
static int scan_name(struct scan *s, struct place *ret)
{
	int r;

	skip_space(s);
	if (peek(s) != '"')
		return expected(s, "a name in double quotes", hint(peek(s)));
	*ret = here(s);
	r = scan_string(s);
	if (r < 0)
		return r;
	skip_space(s);
	if (peek(s) != ':')
		return expected(s, "':' after the name of a member", "");
	step(s);
	return 0;
}

static int not_closed(struct scan *s, struct place begin, char close)
{
	char what[64];

	snprintf(what, sizeof(what), "',' or the '%c' for line %" PRIu64, close, begin.line);
	return expected(s, what,
			peek(s) == '"' || peek(s) == '{' || peek(s) == '[' ? "; is a comma missing?" : hint(peek(s)));
}

static int scan_items(struct scan *s, size_t i_value, char close)
{
	const struct place begin = here(s);
	struct place name;
	int r;

	if (++s->depth > JSON_NESTING_MAX)
		return error_at(s, begin, "arrays and objects nested more than 32 deep");
	step(s);
	skip_space(s);
	for (uint32_t n_items = 0; n_items > 0 || peek(s) != close; n_items++) {
		size_t i_item = s->out->n_values;
		if (close == '}' && (r = scan_name(s, &name)) < 0)
			return r;
		r = scan_value(s, close == '}' ? &name : NULL);
		if (r < 0)
			return r;
		s->out->values[i_value].n_items = n_items + 1;
		skip_space(s);
		if (peek(s) == close)
			break;
		if (peek(s) != ',')
			return not_closed(s, begin, close);
		step(s);
		s->out->values[i_item].has_next = true;
	}
	step(s);
	s->depth--;
	return 0;
}

static int add_value(struct scan *s, const struct place *name)
{
	struct json_values *out = s->out;

	if (out->n_values == out->cap_values) {
		size_t cap = out->cap_values ? 2 * out->cap_values : 64;
		struct json_value *values = realloc(out->values, cap * sizeof(*values));
		if (!values)
			return diag_set(s->diag, -ENOMEM, "out of memory");
		out->values = values;
		out->cap_values = cap;
	}
	out->values[out->n_values++] = (struct json_value){
		.whole = NOT_KNOWN,
		.line = s->line,
		.col = s->col,
		.from_byte = (uint32_t)(s->p - s->begin),
		.name_line = name ? (uint32_t)name->line : 0,
		.name_col = name ? name->col : 0,
	};
	return 0;
}

static int scan_value(struct scan *s, const struct place *name)
{
	size_t i = s->out->n_values;
	enum json_kind kind = JSON_NULL;
	uint64_t whole = NOT_KNOWN;
	int r;

	skip_space(s);
	r = add_value(s, name);
	if (r < 0)
		return r;
	int c = peek(s);
	if (c == '{' || c == '[') {
		kind = c == '{' ? JSON_OBJECT : JSON_ARRAY;
		r = scan_items(s, i, c == '{' ? '}' : ']');
	} else if (c == '"') {
		kind = JSON_STRING;
		r = scan_string(s);
	} else if (c == '-' || is_digit(c)) {
		kind = JSON_NUMBER;
		r = scan_number(s, &whole);
	} else {
		r = scan_word(s, &kind);
	}
	if (r < 0)
		return r;
	s->out->values[i].kind = kind;
	s->out->values[i].whole = whole;
	s->out->values[i].i_after = (uint32_t)s->out->n_values;
	s->out->values[i].to_byte = (uint32_t)(s->p - s->begin);
	return 0;
}

int json_scan(const char *text, size_t n_bytes, size_t n_max, const char *name, struct json_values *ret,
	      struct diag *diag)
{
	struct scan s = {
		.begin = (const uint8_t *)text,
		.p = (const uint8_t *)text,
		.end = (const uint8_t *)text + n_bytes,
		.name = name,
		.line = 1,
		.col = 1,
		.out = ret,
		.diag = diag,
	};
	int r;

	if (n_bytes > n_max)
		return diag_at(diag, (struct place){ .file = name }, -EFBIG,
			       "larger than %zu MiB, the limit for such a file; is it the right one?", n_max >> 20);
	if (text_starts(text, n_bytes, "\xef\xbb\xbf"))
		return error_at(&s, here(&s), "byte order mark; save the file as UTF-8 without one");
	r = scan_value(&s, NULL);
	if (r < 0)
		return r;
	skip_space(&s);
	if (s.p < s.end)
		return expected(&s, "the end of the file", "; a document has only one value");
	return 0;
}
