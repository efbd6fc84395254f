#include "console/plain_line.h"

#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"

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

static const struct {
	const char *text;
	char c;
} entities[] = {
	{ "&gt;", '>' },   { "&lt;", '<' },   { "&amp;", '&' },
	{ "&quot;", '"' }, { "&nbsp;", ' ' }, { "\xc2\xa0", ' ' }, /* the same as a character */
};

/* The length of a tag of HTML at p that stands around text in web pages; 0: it is none. */
static size_t tag_length(const char *p, const char *end)
{
	static const char *const names[] = { "p", "br", "pre", "code", "div", "span", "li", "td", "tr" };
	const char *name = p + 1 + (end - p > 1 && p[1] == '/');
	const char *close = memchr(p, '>', (size_t)(end - p));

	for (size_t i = 0; close && i < ARRAY_SIZE(names); i++) {
		size_t n = strlen(names[i]);
		if (text_starts(name, (size_t)(close - name), names[i]) && strchr(" />", name[n]))
			return (size_t)(close - p) + 1;
	}
	return 0;
}

/* Copies without escape sequences, backspaces, and HTML's entities and tags. */
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
		size_t n_taken = *p == '<' ? tag_length(p, end) : 0;
		if (n_taken > 0) {
			p += n_taken;
			continue;
		}
		n_taken = 1;
		*o = *p;
		for (size_t i = 0; (*p == '&' || *p == '\xc2') && i < ARRAY_SIZE(entities); i++) {
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

/* Around the statistics of `memprof run` (repl.h), in streams that --save wrote. */
static bool is_frame_mark(char c) { return c == '\x1e' || c == '\x1f'; }

/* Escapes \c of JSON and Python literals. */
static const struct {
	char c, is;
} literal_escapes[] = {
	{ '"', '"' }, { '\'', '\'' }, { '\\', '\\' }, { '/', '/' }, { 't', '\t' },
};

/* Copies a literal with its escapes resolved; out may be p. */
static size_t unescaped(const char *p, const char *end, char *out)
{
	char *o = out;

	while (p < end) {
		const char *escape = "\\u001b";
		size_t n_taken = 1;
		*o = *p;
		if (text_starts(p, (size_t)(end - p), escape)) {
			*o = '\x1b';
			n_taken = strlen(escape);
		}
		for (size_t i = 0; *p == '\\' && p + 1 < end && i < ARRAY_SIZE(literal_escapes); i++) {
			if (p[1] == literal_escapes[i].c) {
				*o = literal_escapes[i].is;
				n_taken = 2;
			}
		}
		o++;
		p += n_taken;
	}
	return (size_t)(o - out);
}

/* *p and *end become those of a literal's text, from .. to, without its escapes. Text already in scratch is changed in
 * place. */
static void take_literal(const char *from, const char *to, const char **p, const char **end, char *scratch,
			 bool *in_scratch)
{
	static const char ends[] = "nr"; /* of a line, as an escape */

	for (const char *c = ends; *c; c++)
		to -= to - from >= 2 && to[-1] == *c && to[-2] == '\\' ? 2 : 0;
	*p = from;
	*end = to;
	if (!memchr(from, '\\', (size_t)(to - from)))
		return;
	char *out = *in_scratch ? scratch + (from - scratch) : scratch;
	size_t n = unescaped(from, to, out);
	if (memchr(out, '\x1b', n))
		n = plain(out, out + n, out);
	*in_scratch = true;
	*p = out;
	*end = out + n;
}

/* Unwraps one line of a notebook's JSON or of a Python list: "text\n", or 'text', alone on its line. */
static void unquote(const char **p, const char **end, char *scratch, bool *in_scratch)
{
	const char *from = *p, *to = *end;

	if (to - from > 2 && *from == '[')
		from++;
	char quote = from < to && (*from == '"' || *from == '\'') ? *from++ : '\0';
	if (to - from > 1 && (to[-1] == ',' || to[-1] == ']'))
		to--;
	if (!quote || to <= from || to[-1] != quote)
		return;
	take_literal(from, to - 1, p, end, scratch, in_scratch);
}

/* Length of a mark at the beginning of the text, without the blank after it; 0 if there is none: "> "
 * of mails, "# " and "// " of comments, "0> " of SEGGER's RTT viewer. */
static size_t margin_length(const char *p, const char *end)
{
	const char *q = p;

	while (q < end && q - p < 2 && *q >= '0' && *q <= '9')
		q++;
	if (q < end && *q == '>' && (q + 1 == end || is_blank(q[1]) || (q == p && q[1] == '>')))
		return (size_t)(q - p) + 1;
	if (p < end && *p == '#' && (p + 1 == end || is_blank(p[1])))
		return 1;
	return end - p > 2 && p[0] == '/' && p[1] == '/' && is_blank(p[2]) ? 2 : 0;
}

static bool needs_plain(const char *p, size_t n)
{
	return memchr(p, '\x1b', n) || memchr(p, '\b', n) || memchr(p, '&', n) || memchr(p, '<', n) ||
	       memchr(p, '\xc2', n);
}

/* "I (1234) " of ESP-IDF, "[ 1234][I]" of Arduino on ESP32: its length, 0 if there is none. *ret_us: the board's own
 * time. */
static size_t board_stamp_length(const char *p, const char *end, uint64_t *ret_us)
{
	bool arduino = *p == '[';
	uint64_t ms;

	if (end - p < 6 ||
	    (arduino ? !strchr(" 0123456789", p[1]) : !strchr("EWIDV", *p) || p[1] != ' ' || p[2] != '('))
		return 0;
	const char *q = p + (arduino ? 1 : 3);
	while (arduino && q < end && *q == ' ')
		q++;
	q = q < end ? number_scan(q, end, &ms) : NULL;
	if (!q || ms > (UINT64_C(1) << 40) ||
	    (arduino ? end - q < 4 || q[0] != ']' || q[1] != '[' || !strchr("EWIDV", q[2]) || q[3] != ']' :
		       end - q < 2 || q[0] != ')' || q[1] != ' '))
		return 0;
	q += arduino ? 4 : 2;
	*ret_us = ms * 1000;
	return (size_t)(q - p);
}

/* Behind a stamp: "-> " of Arduino's monitor, "host program[12]: " of a system's log. */
static size_t mark_behind_stamp(const char *p, const char *end)
{
	if (text_starts(p, (size_t)(end - p), "-> "))
		return 3;
	const char *blank = memchr(p, ' ', (size_t)(end - p));
	if (!blank)
		return 0;
	const char *program = blank + 1, *mark = text_find(program, (size_t)(end - program), ": ");
	if (!mark && end[-1] == ':')
		mark = end - 1;
	bool is_program = mark && mark > program && mark[-1] == ']' && !memchr(program, ' ', (size_t)(mark - program));
	return is_program ? MIN((size_t)(mark - p) + 2, (size_t)(end - p)) : 0;
}

/* ">>> HomeKit: free heap: 23096" is of a library that begins its lines so, and no prompt. */
static bool is_logged(const char *p, const char *end)
{
	const char *q = p;

	while (q < end && ((*q | 32) >= 'a' && (*q | 32) <= 'z'))
		q++;
	return q > p && end - q > 2 && q[0] == ':' && q[1] == ' ' && end[-1] >= '0' && end[-1] <= '9';
}

/* {"time":5,"line":"text"}: the text. */
static void unwrap_json(const char **p, const char **end, char *scratch, bool *in_scratch)
{
	static const char *const keys[] = { "line", "message", "msg", "text", "log", "data" };
	size_t n = (size_t)(*end - *p);
	const char *from = NULL, *to;

	for (size_t i = 0; i < ARRAY_SIZE(keys) && !from; i++) {
		char key[16];
		snprintf(key, sizeof(key), "\"%s\":", keys[i]);
		from = text_find(*p, n, key);
		from = from ? from + strlen(key) : NULL;
	}
	while (from && from < *end && is_blank(*from))
		from++;
	if (!from || from == *end || *from != '"')
		return;
	for (to = ++from; to < *end && *to != '"'; to++)
		to += *to == '\\' && to + 1 < *end;
	take_literal(from, MIN(to, *end), p, end, scratch, in_scratch);
}

void plain_line_strip(const struct raw_line *line, char *scratch, struct plain_line *ret)
{
	const char *p = line->text, *end = p + line->n_bytes;
	bool in_scratch = false;
	unsigned n_quoted = 0; /* a notebook's JSON quotes a Python list, which quotes lines */

	*ret = (struct plain_line){ .uptime_us = NOT_KNOWN };
	if (needs_plain(p, line->n_bytes)) {
		end = scratch + plain(p, end, scratch);
		p = scratch;
		in_scratch = true;
	}
	for (;;) {
		while (end > p && is_blank(end[-1]))
			end--;
		size_t n = (size_t)(end - p), n_taken;
		struct timestamp stamp;
		if (n > 0 && (is_blank(*p) || is_frame_mark(*p))) {
			p++;
		} else if (!ret->stamp.set && (n_taken = timestamp_scan(p, n, &stamp))) {
			ret->stamp = stamp;
			p += n_taken;
			p += p < end ? mark_behind_stamp(p, end) : 0;
		} else if (n > 0 && ret->uptime_us == NOT_KNOWN &&
			   (n_taken = board_stamp_length(p, end, &ret->uptime_us))) {
			p += n_taken;
		} else if (n > 4 && !n_quoted && text_starts(p, n, "{\"") && end[-1] == '}') {
			unwrap_json(&p, &end, scratch, &in_scratch);
			n_quoted++;
		} else if (text_starts(p, n, ">>> ") && is_logged(p + 4, end)) {
			p += 4;
		} else if (text_starts(p, n, ">>>") || text_starts(p, n, "===") || text_starts(p, n, "...")) {
			if (n == 3 || p[3] == ' ') {
				ret->prompt = true;
				ret->primary = *p == '>';
				p += MIN(n, (size_t)4);
			}
			break;
		} else if ((n_taken = margin_length(p, end))) {
			p += n_taken;
		} else if (n > 1 && *p == '`' && end[-1] == '`') { /* a line of code in Markdown */
			p++;
			end--;
		} else if (n_quoted < 2 && n > 0 && (*p == '"' || *p == '\'' || *p == '[')) {
			unquote(&p, &end, scratch, &in_scratch);
			n_quoted++;
		} else {
			break;
		}
	}
	ret->text = p;
	ret->n_bytes = (size_t)(end - p);
}

bool plain_line_is(const struct plain_line *line, const char *text)
{
	return line->n_bytes == strlen(text) && memcmp(line->text, text, line->n_bytes) == 0;
}

bool plain_line_may_be_cut(const struct raw_line *raw, const struct plain_line *line)
{
	char last = line->n_bytes > 0 ? line->text[line->n_bytes - 1] : '\0';

	return !raw->ended && last >= '0' && last <= '9';
}
