#include "memprof/protocol/instrument.h"

#include <stdbool.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "repl/script_lines.h"

struct script {
	struct script_lines lines;
	bool wants_call; /* a loop began, or any block: its first simple statement gets a call */
	bool in_scope;   /* the last statement at top level is a function or a class */
	bool has_begun;  /* a simple statement at top level had its call */
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

/* Copies one line, with the call if it may be the first of the program. */
static bool begin_line(struct script *s, struct strbuf *out, const char *line, const char *end, const char *call)
{
	bool inside = script_is_inside(&s->lines), called = false;
	const char *p = script_skip_blanks(line, end);

	script_scan_line(&s->lines, p, end);
	bool blank = p == end || *p == '#', statement = !inside && !blank;
	bool simple = statement && !script_is_compound(p, end) && !script_must_be_first(p, end);
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
	struct script s = { .lines = script_lines_of(text, n_bytes) };
	const char *line, *end;
	size_t n_calls = 0;

	while (script_next_line(&s.lines, &line, &end))
		n_calls += begin_line(&s, out, line, end, call);
	return n_calls;
}
