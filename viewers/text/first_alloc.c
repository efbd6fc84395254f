/* The first allocation in a function: its line, and the calls that led to it. */
#include <inttypes.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/viewers/first_alloc_view.h"
#include "memprof/viewers/view.h"
#include "shared/number_words.h"

static const char *plural(uint64_t n) { return n == 1 ? "" : "s"; }

static void put_line(struct strbuf *out, const struct first_alloc_line *line, const char *before)
{
	struct strbuf place CLEANUP(strbuf_deinit) = STRBUF_INIT;

	first_alloc_place(&place, line);
	strbuf_puts(out, before);
	text_clean(out, strbuf_text(&place));
	strbuf_putc(out, '\n');
}

static void put_found(struct strbuf *out, const struct first_alloc *a, const struct text_style *style)
{
	text_clean(out, a->function);
	strbuf_printf(out, "() allocates in call %s, at ", count_words(a->i_call, style).text);
	for (size_t i = 0; i < a->n_lines; i++) {
		if (a->has_gap && i + 1 == a->n_inside)
			strbuf_printf(out, "  %s (calls between are not known)\n", style->utf8 ? "…" : "...");
		put_line(out, &a->lines[i], i > 0 ? "  called from " : "");
	}
	if (a->is_exception) {
		strbuf_puts(out, "  It allocates an exception, which is caught there: ");
		text_clean(out, a->exception);
		strbuf_putc(out, '\n');
	}
	if (a->n_inside == 1 && a->lines[0].line == 0)
		strbuf_puts(out,
			    "  Its line is not known: before its first line (a generator, variables that inner"
			    " functions use),\n  or in native or C code.\n");
	strbuf_puts(out, "  The program was stopped there.\n");
}

static void put_none(struct strbuf *out, const struct first_alloc *a, const struct text_style *style)
{
	uint64_t n = a->n_calls == NOT_KNOWN ? 0 : a->n_calls - MIN(a->n_raised, a->n_calls);

	strbuf_printf(out, "no allocation in %s call%s of ", count_words(n, style).text, plural(n));
	text_clean(out, a->function);
	strbuf_puts(out, "()");
	if (a->is_stopped)
		strbuf_puts(out, ", up to where the program was stopped");
	strbuf_puts(out, ".\n");
	if (a->n_raised > 0)
		strbuf_printf(out, "  An exception ended %s more call%s, of which this is not known.\n",
			      count_words(a->n_raised, style).text, plural(a->n_raised));
}

void text_first_alloc(struct strbuf *out, const struct first_alloc *a, const struct text_style *style)
{
	text_clean(out, a->script);
	strbuf_puts(out, ": ");
	if (a->is_found)
		put_found(out, a, style);
	else
		put_none(out, a, style);
}
