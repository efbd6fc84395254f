#include "memprof/protocol/instrument.h"

#include <stdbool.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "repl/script_lines.h"

struct script {
	struct script_lines lines;
	bool wants_call; /* a loop began, or any block: its first simple statement gets a call */
	bool in_head;    /* of a block: its colon comes */
	bool in_scope;   /* a function or a class */
	size_t scope_indent;
	bool has_begun; /* a simple statement at top level had its call */
};

static bool is_loop(const char *p, const char *end)
{
	if (script_word_is(p, end, "async"))
		p = script_skip_blanks(p + 5, end);
	return script_word_is(p, end, "for") || script_word_is(p, end, "while");
}

/* The body runs at another time, or is assembler. */
static bool begins_scope(const char *p, const char *end)
{
	return *p == '@' || script_word_is(p, end, "def") || script_word_is(p, end, "class") ||
	       (script_word_is(p, end, "async") && !is_loop(p, end));
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

static bool only_blank(const char *p, const char *end)
{
	p = script_skip_blanks(p, end);
	return p == end || *p == '#';
}

/* Copies one line and inserts calls. Returns their number. */
static size_t copy_line(struct script *s, struct strbuf *out, const char *line, const char *end, const char *call,
			const char *call_mark)
{
	bool inside = script_is_inside(&s->lines);
	const char *p = script_skip_blanks(line, end);
	size_t n = 0;

	const char *colon = script_scan_line(&s->lines, p, end);
	bool blank = p == end || *p == '#';
	bool simple = !inside && !blank && !script_is_compound(p, end) && !script_must_be_first(p, end);
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
		if (call && colon && s->lines.n_brackets == 0 && !s->lines.quote && !only_blank(colon + 1, end)) {
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

size_t instrument_script(struct strbuf *out, const char *text, size_t n_bytes, const char *call, const char *call_mark)
{
	struct script s = { .lines = script_lines_of(text, n_bytes) };
	const char *line, *end;
	size_t n_calls = 0;

	while (script_next_line(&s.lines, &line, &end))
		n_calls += copy_line(&s, out, line, end, call, call_mark);
	return n_calls;
}

/* A function or a class ends with the first statement that is indented no further. */
static void track_scope(struct script *s, size_t indent, const char *p, const char *end)
{
	if (s->in_scope && indent <= s->scope_indent)
		s->in_scope = false;
	if (!s->in_scope && begins_scope(p, end)) {
		s->in_scope = true;
		s->scope_indent = indent;
	}
}

/* Copies one line, with the call if it may be the first of the program. */
static bool begin_line(struct script *s, struct strbuf *out, const char *line, const char *end, const char *call)
{
	bool inside = script_is_inside(&s->lines);
	const char *p = script_skip_blanks(line, end), *at = NULL;

	const char *colon = script_scan_line(&s->lines, p, end);
	bool statement = !inside && p < end && *p != '#';
	if (statement)
		track_scope(s, (size_t)(p - line), p, end);
	if (statement && !s->in_scope) {
		bool simple = !script_is_compound(p, end) && !script_must_be_first(p, end);
		if (simple && !s->has_begun && (p == line || s->wants_call)) {
			at = p;
			s->has_begun = p == line;
		}
		s->wants_call = s->in_head = !simple;
	}
	if (s->in_head && colon && !s->in_scope) {
		s->in_head = false;
		if (!s->has_begun && !only_blank(colon + 1, end)) {
			at = colon + 1; /* for i in range(8): work(i) */
			s->wants_call = false;
		}
	}
	if (at) {
		strbuf_add(out, line, (size_t)(at - line));
		strbuf_printf(out, "%s;", call);
		line = at;
	}
	strbuf_add(out, line, (size_t)(end - line));
	strbuf_putc(out, '\n');
	return at;
}

size_t instrument_begin(struct strbuf *out, const char *text, size_t n_bytes, const char *call)
{
	struct script s = { .lines = script_lines_of(text, n_bytes) };
	const char *line, *end;
	size_t n_calls = 0;

	while (script_next_line(&s.lines, &line, &end))
		n_calls += begin_line(&s, out, line, end, call);
	return n_calls;
}
