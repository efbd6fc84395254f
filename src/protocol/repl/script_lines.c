#include "repl/script_lines.h"

#include <ctype.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"

struct script_lines script_lines_of(const char *text, size_t n_bytes)
{
	size_t n_mark = text_starts(text, n_bytes, "\xef\xbb\xbf") ? 3 : 0;

	return (struct script_lines){ .p = text + n_mark, .end = text + n_bytes };
}

bool script_is_inside(const struct script_lines *s) { return s->n_brackets > 0 || s->quote || s->continued; }

const char *script_skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

bool script_next_line(struct script_lines *s, const char **ret_line, const char **ret_end)
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

bool script_is_word(char c) { return isalnum((unsigned char)c) || c == '_' || (c & 0x80); }

bool script_word_is(const char *p, const char *end, const char *word)
{
	size_t n = strlen(word);

	return text_starts(p, (size_t)(end - p), word) && (p + n == end || !script_is_word(p[n]));
}

bool script_is_compound(const char *p, const char *end)
{
	static const char *const words[] = {
		"if", "elif", "else", "for", "while", "try", "except", "finally", "with", "def", "class", "async",
	};
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (script_word_is(p, end, words[i]))
			return true;
	return *p == '@';
}

bool script_must_be_first(const char *p, const char *end)
{
	return text_starts(p, (size_t)(end - p), "from __future__");
}

const char *script_scan_line(struct script_lines *s, const char *p, const char *end)
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
		} else if (s->n_brackets == 0 && *p == 'l' && (p == begin || !script_is_word(p[-1])) &&
			   script_word_is(p, end, "lambda")) {
			n_lambdas++;
		} else if (*p == ':' && p + 1 < end && p[1] == '=') {
			p++; /* n := len(x) */
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
