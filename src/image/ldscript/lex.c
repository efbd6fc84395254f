/* Tokens of linker scripts (binutils ld/ldlex.l, 2.40). What is part of a name depends on the context in ld, and so it
 * does here: ld_peek inside expressions, ld_word where a region, section or file is named. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ldscript/parts.h"
#include "memprof/base/text.h"
#include "slice.h"

static bool is_name_char(char c)
{
	return digit_of(c) < 10 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '$';
}

static size_t remaining(const struct ld_reader *in) { return (size_t)(in->end - in->at); }

char ld_next_char(const struct ld_reader *in) { return in->at < in->end ? *in->at : '\0'; }

struct place ld_place(const struct ld_reader *in)
{
	return (struct place){ .file = in->file,
			       .line = in->line,
			       .col = (uint32_t)MIN((size_t)(in->at - in->line_start) + 1, (size_t)UINT32_MAX) };
}

/* ---- errors ---- */

void ld_stop(struct ld_reader *in, int error)
{
	in->error = error;
	in->at = in->end;
}

void ld_stop_no_memory(struct ld_reader *in)
{
	if (!in->error)
		ld_stop(in, -ENOMEM);
}

void ld_refuse_here(struct ld_reader *in, const char *what)
{
	size_t n = 0;

	while (n < remaining(in) && n < 24 && is_name_char(in->at[n]))
		n++;
	if (in->at == in->end)
		ld_refuse(in, ld_place(in), "expected %s, found the end of the text", what);
	else
		ld_refuse(in, ld_place(in), "expected %s, found '%.*s'", what, (int)MAX(n, (size_t)1), in->at);
}

/* ---- blanks and comments ---- */

static void next_line(struct ld_reader *in)
{
	in->line++;
	in->line_start = ++in->at;
}

/* Of a preprocessor: # 12 "file" */
static void line_marker(struct ld_reader *in, const char *p, const char *line_end)
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
	if (strlen(in->file) != (size_t)(quote - p) || memcmp(in->file, p, (size_t)(quote - p)) != 0)
		in->file = arena_text(&in->ctx->script->arena, p, (size_t)(quote - p));
	in->line = line - 1;
}

static void to_line_end(struct ld_reader *in)
{
	const char *newline = memchr(in->at, '\n', remaining(in));

	in->at = newline ? newline : in->end;
}

static void comment(struct ld_reader *in)
{
	struct place at = ld_place(in);

	for (in->at += 2; in->at < in->end;) {
		if (*in->at == '\n') {
			next_line(in);
		} else if (*in->at == '*' && remaining(in) > 1 && in->at[1] == '/') {
			in->at += 2;
			return;
		} else {
			in->at++;
		}
	}
	ld_refuse(in, at, "this comment has no end: expected */");
}

void ld_skip(struct ld_reader *in)
{
	while (in->at < in->end) {
		char c = *in->at;
		if (c == '\n') {
			next_line(in);
		} else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
			in->at++;
		} else if (c == '#') { /* ld skips the rest of the line */
			const char *mark = in->at;
			to_line_end(in);
			line_marker(in, mark + 1, in->at);
		} else if (c == '/' && remaining(in) > 1 && in->at[1] == '*') {
			comment(in);
		} else if (c == '/' && remaining(in) > 1 && in->at[1] == '/') {
			to_line_end(in); /* to ld a comment only after the C preprocessor */
		} else {
			break;
		}
	}
}

/* ${NAME} or @NAME@ at p: a template that the build fills in. */
static void refuse_template(struct ld_reader *in, const char *p)
{
	size_t n_max = (size_t)(in->end - p);
	size_t n_opening = text_starts(p, n_max, "${") ? 2 : text_starts(p, n_max, "@") ? 1 : 0, n = n_opening;

	struct place at = ld_place(in);

	at.col += (uint32_t)(p - in->at);
	while (n < n_max && n < 80 && (is_name_char(p[n]) && p[n] != '$'))
		n++;
	if (n_opening && n > n_opening && n < n_max && p[n] == (n_opening == 2 ? '}' : '@'))
		ld_refuse(in, at,
			  "a template: the build puts a value for %.*s here. Give the script of the build folder",
			  (int)n + 1, p);
}

/* ---- quoted names ---- */

static struct ld_token quoted(struct ld_reader *in)
{
	const char *close = memchr(in->at + 1, '"', remaining(in) - 1);

	if (!close || memchr(in->at, '\n', (size_t)(close - in->at))) {
		ld_refuse(in, ld_place(in), "this quoted name does not end in its line: expected \"");
		return (struct ld_token){ .text = in->at, .end = in->at };
	}
	return (struct ld_token){ .kind = LD_TOKEN_NAME,
				  .text = in->at + 1,
				  .n_bytes = (size_t)(close - in->at - 1),
				  .quoted = true,
				  .end = close + 1,
				  .at = ld_place(in) };
}

/* ---- numbers ---- */

/* All hexadecimal digits, and the letter of a base: 10h, but also "add", meant as a name. To ld it is a number. 0: no.
 */
static unsigned suffixed_base(const char *text, size_t n_bytes)
{
	static const struct {
		char letter;
		unsigned base;
	} suffixes[] = { { 'h', 16 }, { 'x', 16 }, { 'o', 8 }, { 'b', 2 }, { 'd', 10 } };

	for (size_t i = 0; i + 1 < n_bytes; i++)
		if (digit_of(text[i]) == 16)
			return 0;
	for (size_t i = 0; n_bytes > 1 && i < ARRAY_SIZE(suffixes); i++)
		if ((text[n_bytes - 1] | 0x20) == suffixes[i].letter)
			return suffixes[i].base;
	return 0;
}

static void refuse_large(struct ld_reader *in, size_t n_bytes)
{
	ld_refuse(in, ld_place(in), "%.*s does not fit into 64 bits", (int)MIN(n_bytes, (size_t)40), in->at);
}

/* ld silently stops at a digit that is too high for the base. */
static uint64_t digits(struct ld_reader *in, const char *p, const char *end, unsigned base)
{
	uint64_t value = 0;

	for (const char *first = p; p < end; p++) {
		unsigned digit = digit_of(*p);
		if (digit >= base)
			break;
		if (value > (UINT64_MAX - digit) / base) {
			refuse_large(in, (size_t)(end - first));
			break;
		}
		value = value * base + digit;
	}
	return value;
}

/* 0x10K, 0100, 12M, $ff; 1G, which ld refuses. */
static void plain_number(struct ld_reader *in, struct ld_token *token)
{
	const char *p = token->text, *end = p + token->n_bytes;
	char unit = (char)(end[-1] | 0x20);
	unsigned base = 10, shift = unit == 'k' ? 10 : unit == 'm' ? 20 : unit == 'g' ? 30 : 0;

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
	if (p == end) {
		ld_refuse(in, ld_place(in), "expected a number such as 0x2000 or 192K, found '%.*s'",
			  (int)MIN(token->n_bytes, (size_t)40), token->text);
		return;
	}
	token->number = digits(in, p, end, base);
	if (token->number > UINT64_MAX >> shift)
		refuse_large(in, token->n_bytes);
	token->number <<= shift;
}

static void name_or_number(struct ld_reader *in, struct ld_token *token)
{
	unsigned base = suffixed_base(token->text, token->n_bytes);
	bool dollar = token->text[0] == '$' && token->n_bytes > 1 && digit_of(token->text[1]) < 16;
	bool is_0x = token->n_bytes > 2 && token->text[0] == '0' && (token->text[1] | 0x20) == 'x';

	token->kind = LD_TOKEN_NUMBER;
	if (base && !is_0x) {
		token->number = digits(in, token->text, token->text + token->n_bytes - 1, base);
	} else if (digit_of(token->text[0]) < 10 || dollar) {
		plain_number(in, token);
	} else {
		token->kind = LD_TOKEN_NAME;
	}
}

/* ---- tokens of expressions ---- */

static size_t sign_length(const char *p, size_t n_bytes)
{
	static const char *const longer[] = { "<<=", ">>=", "<<", ">>", "==", "!=", "<=", ">=", "&&",
					      "||",  "+=",  "-=", "*=", "/=", "&=", "|=", "^=" };

	if (n_bytes < 2 || !p[1] || !strchr("<>=&|", p[1])) /* most signs */
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(longer); i++)
		if (text_starts(p, n_bytes, longer[i]))
			return strlen(longer[i]);
	return 1;
}

struct ld_token ld_peek(struct ld_reader *in)
{
	ld_skip(in);
	refuse_template(in, in->at);
	struct ld_token token = { .kind = LD_TOKEN_END, .text = in->at, .end = in->at, .at = ld_place(in) };
	if (in->at == in->end)
		return token;
	if (*in->at == '"')
		return quoted(in);
	while (token.n_bytes < remaining(in) && is_name_char(in->at[token.n_bytes]))
		token.n_bytes++;
	bool is_sign = token.n_bytes == 0;
	if (is_sign)
		token.n_bytes = sign_length(in->at, remaining(in));
	token.end = in->at + token.n_bytes;
	if (is_sign)
		token.kind = LD_TOKEN_SIGN;
	else
		name_or_number(in, &token);
	return token;
}

void ld_take(struct ld_reader *in, const struct ld_token *token)
{
	if (!in->error)
		in->at = token->end;
}

bool ld_is_sign(const struct ld_token *token, const char *sign)
{
	return token->kind == LD_TOKEN_SIGN && token->n_bytes == strlen(sign) &&
	       memcmp(token->text, sign, token->n_bytes) == 0;
}

/* Only signs are read: what else is next may be no token of an expression. */
bool ld_accept(struct ld_reader *in, const char *sign)
{
	ld_skip(in);
	size_t n_bytes = in->at < in->end ? sign_length(in->at, remaining(in)) : 0;
	if (n_bytes != strlen(sign) || memcmp(in->at, sign, n_bytes) != 0)
		return false;
	in->at += n_bytes;
	return true;
}

void ld_expect(struct ld_reader *in, const char *sign, const char *after)
{
	char what[80];

	if (ld_accept(in, sign))
		return;
	snprintf(what, sizeof(what), "'%s' after %s", sign, after);
	ld_refuse_here(in, what);
}

/* ---- words ---- */

/* In a pattern a slash and a star are part of the path; elsewhere a comment ends the word. */
static size_t word_length(struct ld_reader *in, bool is_pattern)
{
	size_t n = 0;

	for (; n < remaining(in); n++) {
		const char *p = in->at + n;
		char next = n + 1 < remaining(in) ? p[1] : '\0';
		if (*p == '$' && next == '{')
			refuse_template(in, p);
		if (in->error || (!is_name_char(*p) && (!*p || !strchr("/\\~-+*?@", *p))))
			break;
		if (!is_name_char(*p) && next == '=') /* x+=4 */
			break;
		if (*p == '/' && next == '*' && (n == 0 || !is_pattern))
			break;
	}
	return in->error ? 0 : n;
}

static struct ld_token word(struct ld_reader *in, bool is_pattern)
{
	ld_skip(in);
	struct ld_token token = { .kind = LD_TOKEN_NAME, .text = in->at, .at = ld_place(in) };
	if (ld_next_char(in) == '"') {
		token = quoted(in);
	} else {
		token.n_bytes = word_length(in, is_pattern);
		token.end = token.text + token.n_bytes;
	}
	ld_take(in, &token);
	return token;
}

struct ld_token ld_word(struct ld_reader *in) { return word(in, false); }

struct ld_token ld_pattern(struct ld_reader *in) { return word(in, true); }

struct ld_token ld_need_word(struct ld_reader *in, const char *what)
{
	struct ld_token token = ld_word(in);

	if (ld_is_empty(&token))
		ld_refuse_here(in, what);
	return token;
}

bool ld_is_empty(const struct ld_token *token) { return !token->n_bytes && !token->quoted; }

bool ld_is(const struct ld_token *token, const char *name)
{
	return !token->quoted && token->n_bytes == strlen(name) && memcmp(token->text, name, token->n_bytes) == 0;
}

bool ld_is_one_of(const struct ld_token *token, const char *const *names, size_t n_names)
{
	for (size_t i = 0; i < n_names; i++)
		if (ld_is(token, names[i]))
			return true;
	return false;
}

const char *ld_keep(struct ld_reader *in, const struct ld_token *token)
{
	return arena_text(&in->ctx->script->arena, token->text, token->n_bytes);
}

/* ---- what is skipped ---- */

void ld_skip_brackets(struct ld_reader *in)
{
	struct place first = ld_place(in);
	char opening = ld_next_char(in), closing = opening == '(' ? ')' : '}';
	uint64_t depth = 0;

	while (in->at < in->end) {
		struct ld_token token = ld_pattern(in);
		if (in->at == in->end)
			break;
		if (!ld_is_empty(&token))
			continue;
		char c = *in->at++;
		depth += c == opening;
		if (c == closing && --depth == 0)
			return;
	}
	ld_refuse(in, first, "nothing closes this '%c'", opening);
}

void ld_skip_arguments(struct ld_reader *in)
{
	ld_skip(in);
	if (ld_next_char(in) == '(')
		ld_skip_brackets(in);
}
