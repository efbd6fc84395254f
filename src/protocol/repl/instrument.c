#include "memprof/protocol/instrument.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"

/* Scanner of Python lines: where logical lines begin, and their kind of statement. */
struct script {
	const char *p, *end;
	unsigned n_brackets;
	char quote; /* of the open string; 0: none */
	bool triple;
	bool continued;  /* the last line ended in a backslash */
	bool wants_call; /* a loop began, or any block: its first simple statement gets a call */
	bool in_scope;   /* the last statement at top level is a function or a class */
	bool has_begun;  /* a simple statement at top level had its call */
};

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_' || (c & 0x80); }

static bool word_is(const char *p, const char *end, const char *word)
{
	size_t n = strlen(word);

	return text_starts(p, (size_t)(end - p), word) && (p + n == end || !is_word(p[n]));
}

/* Compound statements, and words that continue one: no call with a semicolon can precede them. `match`
 * and `case` are soft keywords and not in MicroPython. */
static bool is_compound(const char *p, const char *end)
{
	static const char *const words[] = {
		"if", "elif", "else", "for", "while", "try", "except", "finally", "with", "def", "class", "async",
	};
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (word_is(p, end, words[i]))
			return true;
	return *p == '@';
}

static bool is_loop(const char *p, const char *end)
{
	if (word_is(p, end, "async")) {
		p += 5;
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
	}
	return word_is(p, end, "for") || word_is(p, end, "while");
}

/* The body runs at another time, or is assembler. */
static bool begins_scope(const char *p, const char *end)
{
	return *p == '@' || word_is(p, end, "def") || word_is(p, end, "class") ||
	       (word_is(p, end, "async") && !is_loop(p, end));
}

/* A statement that must come first in its file. */
static bool must_be_first(const char *p, const char *end)
{
	return text_starts(p, (size_t)(end - p), "from __future__");
}

static bool is_mark(const char *p, const char *end)
{
	static const char *const forms[] = { "print('memprof: ", "print(\"memprof: ", "print(f'memprof: ",
					     "print(f\"memprof: " };
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (text_starts(p, (size_t)(end - p), forms[i]))
			return true;
	return false;
}

/* Tracks brackets and strings through one line; returns the colon that ends the head of a compound
 * statement, or NULL. */
static const char *scan_line(struct script *s, const char *p, const char *end)
{
	const char *colon = NULL, *begin = p;
	unsigned n_lambdas = 0; /* each has its own colon */

	s->continued = false;
	for (; p < end; p++) {
		if (s->quote) {
			if (*p == '\\' && p + 1 == end) {
				s->continued = true;
			} else if (*p == '\\') {
				p++;
			} else if (*p == s->quote && (!s->triple || (end - p > 2 && p[1] == *p && p[2] == *p))) {
				p += s->triple ? 2 : 0;
				s->quote = 0;
			}
		} else if (*p == '#') {
			return colon;
		} else if (*p == '\'' || *p == '"') {
			s->quote = *p;
			s->triple = end - p > 2 && p[1] == *p && p[2] == *p;
			p += s->triple ? 2 : 0;
		} else if (strchr("([{", *p)) {
			s->n_brackets++;
		} else if (strchr(")]}", *p)) {
			s->n_brackets -= s->n_brackets > 0;
		} else if (s->n_brackets == 0 && *p == 'l' && (p == begin || !is_word(p[-1])) &&
			   word_is(p, end, "lambda")) {
			n_lambdas++;
		} else if (*p == ':' && s->n_brackets == 0 && n_lambdas > 0) {
			n_lambdas--;
		} else if (*p == ':' && s->n_brackets == 0 && !colon) {
			colon = p;
		} else if (*p == '\\' && p + 1 == end) {
			s->continued = true;
		}
	}
	if (s->quote && !s->triple && !s->continued)
		s->quote = 0; /* unterminated; the board reports the error */
	return colon;
}

static bool only_blank(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p == end || *p == '#';
}

/* Copies one line and inserts calls. Returns their number. */
static size_t copy_line(struct script *s, struct strbuf *out, const char *line, const char *end, const char *call,
			const char *call_mark)
{
	bool inside = s->n_brackets > 0 || s->quote || s->continued;
	const char *p = line;
	size_t n = 0;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	const char *colon = scan_line(s, p, end);
	bool blank = p == end || *p == '#';
	bool simple = !inside && !blank && !is_compound(p, end) && !must_be_first(p, end);
	strbuf_add(out, line, (size_t)(p - line));
	if (simple && call_mark && is_mark(p, end)) {
		strbuf_printf(out, "%s;", call_mark);
		n++;
	} else if (simple && call && (s->wants_call || p == line)) {
		strbuf_printf(out, "%s;", call);
		n++;
	}
	if (simple || (!inside && !blank && begins_scope(p, end)))
		s->wants_call = false;
	if (!inside && !blank && is_loop(p, end)) {
		s->wants_call = true;
		if (call && colon && s->n_brackets == 0 && !s->quote && !only_blank(colon + 1, end)) {
			strbuf_add(out, p, (size_t)(colon + 1 - p)); /* while True: work() */
			strbuf_printf(out, "%s;", call);
			p = colon + 1;
			s->wants_call = false;
			n++;
		}
	}
	strbuf_add(out, p, (size_t)(end - p));
	strbuf_putc(out, '\n');
	return n;
}

/* The next line, without its end; false: there is none. */
static bool next_line(struct script *s, const char **ret_line, const char **ret_end)
{
	const char *stop = s->p;

	if (s->p == s->end)
		return false;
	while (stop < s->end && *stop != '\n' && *stop != '\r')
		stop++;
	*ret_line = s->p;
	*ret_end = stop;
	if (stop < s->end && *stop == '\r' && stop + 1 < s->end && stop[1] == '\n')
		stop++;
	s->p = MIN(stop + 1, s->end);
	return true;
}

static struct script script_init(const char *text, size_t n_bytes)
{
	size_t n_mark = text_starts(text, n_bytes, "\xef\xbb\xbf") ? 3 : 0;

	return (struct script){ .p = text + n_mark, .end = text + n_bytes };
}

size_t instrument_script(struct strbuf *out, const char *text, size_t n_bytes, const char *call, const char *call_mark)
{
	struct script s = script_init(text, n_bytes);
	const char *line, *end;
	size_t n_calls = 0;

	while (next_line(&s, &line, &end))
		n_calls += copy_line(&s, out, line, end, call, call_mark);
	return n_calls;
}

/* Copies one line, with the call if it may be the first of the program. */
static bool begin_line(struct script *s, struct strbuf *out, const char *line, const char *end, const char *call)
{
	bool inside = s->n_brackets > 0 || s->quote || s->continued, called = false;
	const char *p = line;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	scan_line(s, p, end);
	bool blank = p == end || *p == '#', statement = !inside && !blank;
	bool simple = statement && !is_compound(p, end) && !must_be_first(p, end);
	if (statement && p == line)
		s->in_scope = begins_scope(p, end);
	strbuf_add(out, line, (size_t)(p - line));
	if (simple && !s->has_begun && (p == line || (s->wants_call && !s->in_scope))) {
		strbuf_printf(out, "%s;", call);
		called = true;
		s->has_begun = p == line;
	}
	if (statement)
		s->wants_call = !simple;
	strbuf_add(out, p, (size_t)(end - p));
	strbuf_putc(out, '\n');
	return called;
}

size_t instrument_begin(struct strbuf *out, const char *text, size_t n_bytes, const char *call)
{
	struct script s = script_init(text, n_bytes);
	const char *line, *end;
	size_t n_calls = 0;

	while (next_line(&s, &line, &end))
		n_calls += begin_line(&s, out, line, end, call);
	return n_calls;
}
