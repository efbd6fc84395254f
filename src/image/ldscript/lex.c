/* Tokens of linker scripts (binutils ld/ldlex.l, 2.40). ld reads names by what it expects at the place; so does
 * this: ld_peek inside expressions, ld_word where a region, section or file is named. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ldscript/parts.h"
#include "memprof/base/text.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_name_char(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '$';
}

static size_t left(const struct ld_text *t) { return (size_t)(t->end - t->at); }

struct place ld_place(const struct ld_text *t)
{
	return (struct place){ .file = t->file,
			       .line = t->line,
			       .col = (uint32_t)MIN((size_t)(t->at - t->line_start) + 1, (size_t)UINT32_MAX) };
}

const char *ld_here(const struct ld_text *t, char ret[40])
{
	size_t n = 0;

	if (t->at == t->end)
		return "the end of the text";
	while (n < left(t) && n < 24 && is_name_char(t->at[n]))
		n++;
	snprintf(ret, 40, "'%.*s'", (int)MAX(n, (size_t)1), t->at);
	return ret;
}

/* ---- blanks and comments ---- */

static void next_line(struct ld_text *t)
{
	t->line++;
	t->line_start = ++t->at;
}

/* What the preprocessor leaves: # 12 "file" */
static void line_marker(struct ld_text *t, const char *p, const char *line_end)
{
	uint64_t line;

	while (p < line_end && (*p == ' ' || *p == '\t'))
		p++;
	if (text_starts(p, (size_t)(line_end - p), "line "))
		p += 5;
	p = number_scan(p, line_end, &line);
	if (!p || line_end - p < 3 || p[0] != ' ' || p[1] != '"' || line == 0)
		return;
	p += 2;
	const char *quote = memchr(p, '"', (size_t)(line_end - p));
	if (!quote)
		return;
	if (strlen(t->file) != (size_t)(quote - p) || memcmp(t->file, p, (size_t)(quote - p)) != 0)
		t->file = arena_text(&t->w->to->arena, p, (size_t)(quote - p));
	t->line = line - 1;
}

static void to_line_end(struct ld_text *t)
{
	const char *newline = memchr(t->at, '\n', left(t));

	t->at = newline ? newline : t->end;
}

static int comment(struct ld_text *t)
{
	struct place at = ld_place(t);

	for (t->at += 2; t->at < t->end;) {
		if (*t->at == '\n') {
			next_line(t);
		} else if (*t->at == '*' && left(t) > 1 && t->at[1] == '/') {
			t->at += 2;
			return 0;
		} else {
			t->at++;
		}
	}
	return ld_refused(t, at, "this comment has no end: expected */");
}

int ld_skip(struct ld_text *t)
{
	int r = 0;

	while (t->at < t->end && r == 0) {
		char c = *t->at;
		if (c == '\n') {
			next_line(t);
		} else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
			t->at++;
		} else if (c == '#') { /* ld skips the rest of the line */
			const char *mark = t->at;
			to_line_end(t);
			line_marker(t, mark + 1, t->at);
		} else if (c == '/' && left(t) > 1 && t->at[1] == '*') {
			r = comment(t);
		} else if (c == '/' && left(t) > 1 && t->at[1] == '/') {
			ld_note(t->w, ld_place(t), LDSCRIPT_NOTE_TOLERATED,
				"taken as a comment; ld takes // for"
				" one only after the C preprocessor");
			to_line_end(t);
		} else {
			break;
		}
	}
	return r;
}

/* ${NAME} or @NAME@: what a build fills in. */
static int no_template(const struct ld_text *t)
{
	size_t n_opening = text_starts(t->at, left(t), "${") ? 2 : text_starts(t->at, left(t), "@") ? 1 : 0;
	size_t n = n_opening;

	while (n < left(t) && n < 80 && (is_name_char(t->at[n]) && t->at[n] != '$'))
		n++;
	if (!n_opening || n == n_opening || n == left(t) || t->at[n] != (n_opening == 2 ? '}' : '@'))
		return 0;
	return ld_refused(t, ld_place(t),
			  "this is a template: the build puts a value for %.*s here."
			  " Give the script of the build folder",
			  (int)n + 1, t->at);
}

/* ---- quoted names ---- */

static int quoted(struct ld_text *t, struct ld_token *ret)
{
	const char *close = memchr(t->at + 1, '"', left(t) - 1);

	if (!close || memchr(t->at, '\n', (size_t)(close - t->at)))
		return ld_refused(t, ld_place(t), "this quoted name does not end in its line: expected \"");
	*ret = (struct ld_token){ .kind = LD_TOKEN_NAME,
				  .text = t->at + 1,
				  .n_bytes = (size_t)(close - t->at - 1),
				  .quoted = true,
				  .end = close + 1,
				  .at = ld_place(t) };
	return 0;
}

/* ---- numbers ---- */

static unsigned digit_of(char c)
{
	if (is_digit(c))
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A' + 10);
	return 16;
}

static unsigned base_of_suffix(char c)
{
	switch (c) {
	case 'h':
	case 'H':
	case 'x':
	case 'X':
		return 16;
	case 'o':
	case 'O':
		return 8;
	case 'b':
	case 'B':
		return 2;
	case 'd':
	case 'D':
		return 10;
	}
	return 0;
}

/* All hexadecimal digits but the last, which is a base: 10h, but also "add", which is what someone called a symbol.
 * ld takes that for a number. */
static unsigned suffixed_base(const char *text, size_t n_bytes)
{
	for (size_t i = 0; i + 1 < n_bytes; i++)
		if (digit_of(text[i]) == 16)
			return 0;
	return n_bytes > 1 ? base_of_suffix(text[n_bytes - 1]) : 0;
}

static int too_large(struct ld_text *t, size_t n_bytes)
{
	return ld_refused(t, ld_place(t), "%.*s does not fit into 64 bits", (int)MIN(n_bytes, (size_t)40), t->at);
}

/* The digits up to end, of a base. ld stops in silence at one that is too high for it. */
static int digits(struct ld_text *t, const char *p, const char *end, unsigned base, uint64_t *ret)
{
	uint64_t value = 0;

	for (const char *first = p; p < end; p++) {
		unsigned digit = digit_of(*p);
		if (digit >= base) {
			ld_note(t->w, ld_place(t), LDSCRIPT_NOTE_TOLERATED,
				"'%.*s' is taken as 0x%" PRIx64
				", as ld does:"
				" '%c' is no digit of base %u",
				(int)MIN(end - first, 40), first, value, *p, base);
			break;
		}
		if (value > (UINT64_MAX - digit) / base)
			return too_large(t, (size_t)(end - first));
		value = value * base + digit;
	}
	*ret = value;
	return 0;
}

/* 0x10K, 0100, 12M, $ff; 1G with a note. */
static int plain_number(struct ld_text *t, struct ld_token *token)
{
	const char *p = token->text, *end = p + token->n_bytes;
	unsigned base = 10, shift = 0;

	if (end[-1] == 'k' || end[-1] == 'K')
		shift = 10;
	else if (end[-1] == 'm' || end[-1] == 'M')
		shift = 20;
	else if (end[-1] == 'g' || end[-1] == 'G')
		shift = 30;
	if (shift == 30)
		ld_note(t->w, ld_place(t), LDSCRIPT_NOTE_TOLERATED, "ld knows K and M, no G");
	end -= shift != 0;
	if (*p == '$') {
		base = 16;
		p++;
	} else if (end - p > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		base = 16;
		p += 2;
	} else if (end - p > 1 && p[0] == '0') {
		base = 8;
	}
	for (const char *q = p; q < end; q++)
		if (digit_of(*q) >= (base == 16 ? 16 : 10))
			p = end;
	if (p == end)
		return ld_refused(t, ld_place(t), "expected a number such as 0x2000 or 192K, here is '%.*s'",
				  (int)MIN(token->n_bytes, (size_t)40), token->text);
	int r = digits(t, p, end, base, &token->number);
	if (r == 0 && token->number > UINT64_MAX >> shift)
		return too_large(t, token->n_bytes);
	token->number <<= shift;
	return r;
}

static int name_or_number(struct ld_text *t, struct ld_token *token)
{
	unsigned base = suffixed_base(token->text, token->n_bytes);
	bool dollar = token->text[0] == '$' && token->n_bytes > 1 && digit_of(token->text[1]) < 16;

	bool is_0x = token->n_bytes > 2 && token->text[0] == '0' && (token->text[1] | 0x20) == 'x';

	if (base && !is_0x) {
		token->kind = LD_TOKEN_NUMBER;
		if (!is_digit(token->text[0]))
			ld_note(t->w, ld_place(t), LDSCRIPT_NOTE_TOLERATED,
				"'%.*s' is a number of base %u to ld, not a name", (int)MIN(token->n_bytes, (size_t)40),
				token->text, base);
		return digits(t, token->text, token->text + token->n_bytes - 1, base, &token->number);
	}
	if (!is_digit(token->text[0]) && !dollar)
		return 0;
	token->kind = LD_TOKEN_NUMBER;
	return plain_number(t, token);
}

/* ---- tokens of expressions ---- */

static size_t sign_length(const char *p, size_t n_bytes)
{
	static const char *const longer[] = { "<<=", ">>=", "<<", ">>", "==", "!=", "<=", ">=", "&&",
					      "||",  "+=",  "-=", "*=", "/=", "&=", "|=", "^=" };

	if (n_bytes < 2 || !p[1] || !strchr("<>=&|", p[1])) /* as most of them are */
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(longer); i++)
		if (text_starts(p, n_bytes, longer[i]))
			return strlen(longer[i]);
	return 1;
}

int ld_peek(struct ld_text *t, struct ld_token *ret)
{
	int r = ld_skip(t);

	if (r == 0)
		r = no_template(t);
	if (r < 0)
		return r;
	*ret = (struct ld_token){ .kind = LD_TOKEN_END, .text = t->at, .end = t->at, .at = ld_place(t) };
	if (t->at == t->end)
		return 0;
	if (*t->at == '"')
		return quoted(t, ret);
	if (is_name_char(*t->at)) {
		while (ret->n_bytes < left(t) && is_name_char(t->at[ret->n_bytes]))
			ret->n_bytes++;
		ret->kind = LD_TOKEN_NAME;
		ret->end = t->at + ret->n_bytes;
		return name_or_number(t, ret);
	}
	ret->kind = LD_TOKEN_SIGN;
	ret->n_bytes = sign_length(t->at, left(t));
	ret->end = t->at + ret->n_bytes;
	return 0;
}

void ld_take(struct ld_text *t, const struct ld_token *token) { t->at = token->end; }

bool ld_is_sign(const struct ld_token *token, const char *sign)
{
	return token->kind == LD_TOKEN_SIGN && token->n_bytes == strlen(sign) &&
	       memcmp(token->text, sign, token->n_bytes) == 0;
}

/* Signs alone are looked at: what else is here may be no token of an expression. */
int ld_accept(struct ld_text *t, const char *sign)
{
	int r = ld_skip(t);

	if (r < 0)
		return r;
	size_t n_bytes = t->at < t->end ? sign_length(t->at, left(t)) : 0;
	if (n_bytes != strlen(sign) || memcmp(t->at, sign, n_bytes) != 0)
		return 0;
	t->at += n_bytes;
	return 1;
}

int ld_expect(struct ld_text *t, const char *sign, const char *after)
{
	char here[40];
	int r = ld_accept(t, sign);

	if (r != 0)
		return r < 0 ? r : 0;
	return ld_refused(t, ld_place(t), "expected '%s' after %s, here is %s", sign, after, ld_here(t, here));
}

/* ---- words ---- */

/* The length of a word, or -EINVAL at a template. In a pattern a slash and a star are part of the path; elsewhere
 * a comment ends the word. */
static int word_length(struct ld_text *t, bool is_pattern, size_t *ret)
{
	size_t n = 0;

	for (; n < left(t); n++) {
		const char *p = t->at + n;
		char next = n + 1 < left(t) ? p[1] : '\0';
		if (*p == '$' && next == '{') {
			struct ld_text there = *t;
			there.at = p;
			int r = no_template(&there);
			if (r < 0)
				return r;
		}
		if (!is_name_char(*p) && (!*p || !strchr("/\\~-+*?@", *p)))
			break;
		if (!is_name_char(*p) && next == '=') /* x+=4 */
			break;
		if (*p == '/' && next == '*' && (n == 0 || !is_pattern))
			break;
	}
	*ret = n;
	return 0;
}

static int word(struct ld_text *t, bool is_pattern, struct ld_token *ret)
{
	int r = ld_skip(t);

	if (r < 0)
		return r;
	if (t->at < t->end && *t->at == '"') {
		r = quoted(t, ret);
		if (r == 0)
			t->at = ret->end;
		return r;
	}
	*ret = (struct ld_token){ .kind = LD_TOKEN_NAME, .text = t->at, .at = ld_place(t) };
	r = word_length(t, is_pattern, &ret->n_bytes);
	if (r == 0)
		ret->end = t->at += ret->n_bytes;
	return r;
}

int ld_word(struct ld_text *t, struct ld_token *ret) { return word(t, false, ret); }

int ld_pattern(struct ld_text *t, struct ld_token *ret) { return word(t, true, ret); }

/* ---- what is skipped ---- */

int ld_skip_brackets(struct ld_text *t)
{
	struct place first = ld_place(t);
	char opening = *t->at, closing = opening == '(' ? ')' : '}';
	uint64_t depth = 0;

	while (t->at < t->end) {
		struct ld_token token;
		int r = ld_pattern(t, &token);
		if (r < 0)
			return r;
		if (t->at == t->end)
			break;
		if (token.n_bytes || token.quoted)
			continue;
		char c = *t->at++;
		depth += c == opening;
		if (c == closing && --depth == 0)
			return 0;
	}
	return ld_refused(t, first, "nothing closes this '%c'", opening);
}
