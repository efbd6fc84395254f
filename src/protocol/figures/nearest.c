/* Why a pattern matches no line: where it came nearest. */
#include <inttypes.h>
#include <string.h>

#include "figures/pattern.h"
#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text.h"

struct nearest {
	size_t n_matched; /* bytes of the line; 0: none */
	uint64_t line;
	const struct figures_token *token; /* that did not match, */
	const char *at, *end;              /* at the rest of the line */
};

/* From a place in a line up to a star, the end or what does not match; where that is the field with which a pattern
 * begins, what stands there is passed over once. */
static void go_on(const struct figures_token *t, const struct figures_token *t_end, const char *p, const char *end,
		  uint64_t line, struct nearest *best)
{
	struct figures_reading reading = FIGURES_READING_NOTHING;
	struct nearest found = { .line = line, .end = end };
	const struct figures_token *first = t;
	const char *start = p, *next;

	for (; t < t_end && t->kind != TOKEN_ANY; t++, p = next) {
		next = figures_match_token(t, t_end, p, end, &reading);
		if (next)
			continue;
		if (!found.token) {
			found.token = t;
			found.at = p;
		}
		if (t != first || t->kind != TOKEN_FIELD)
			break;
		for (next = p; next < end && *next != ' ';)
			next++;
		start = next; /* that is no match */
	}
	found.n_matched = (size_t)(p - start);
	if (found.token && p > start && found.n_matched > best->n_matched)
		*best = found;
}

static void look_at(const struct figures *f, const char *p, const char *end, uint64_t line, struct nearest *best)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct figures_token *t = f->patterns[i]->tokens, *t_end = t + f->patterns[i]->lines[0].n_tokens;
		for (const char *q = p; q < end; q++)
			if (t->kind != TOKEN_FIELD || q == p || q[-1] == ' ')
				go_on(t, t_end, q, end, line, best);
	}
}

static void quote(struct strbuf *out, const char *text, size_t n_bytes)
{
	enum { SHOWN_MAX = 24 };

	strbuf_putc(out, '\'');
	text_visible(out, text, MIN(n_bytes, (size_t)SHOWN_MAX), false);
	strbuf_putc(out, '\'');
}

static void say(const struct nearest *n, struct strbuf *out)
{
	const struct figures_token *t = n->token;
	const char *stop = n->at;

	strbuf_printf(out, "line %" PRIu64 " came nearest: ", n->line);
	if (stop == n->end) {
		strbuf_puts(out, "it ends too early");
		return;
	}
	while (stop < n->end && *stop != ' ')
		stop++;
	quote(out, n->at, (size_t)(stop - n->at));
	if (t->kind == TOKEN_BLANK)
		strbuf_puts(out, " follows where a blank is wanted");
	else if (t->kind == TOKEN_LITERAL) {
		strbuf_puts(out, " is not ");
		quote(out, t->text, t->n_text);
	} else if (t->figure == FIGURE_TIME)
		strbuf_puts(out, " is no clock or date for {time}; {s} takes seconds, {ms} milliseconds");
	else
		strbuf_printf(out, " is no number for {%s}", figure_name(t->figure));
}

bool figures_nearest(const struct figures *f, const char *text, size_t n_bytes, struct strbuf *out)
{
	struct nearest best = { .n_matched = 0 };
	const char *end = text + n_bytes, *next;
	uint64_t line = 0;

	for (const char *p = text; p < end; p = next + 1) {
		const char *line_end = memchr(p, '\n', (size_t)(end - p));
		next = line_end ? line_end : end;
		look_at(f, p, next > p && next[-1] == '\r' ? next - 1 : next, ++line, &best);
	}
	if (best.n_matched > 0)
		say(&best, out);
	return best.n_matched > 0;
}
