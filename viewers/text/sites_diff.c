/* What a profile has more or less than an older one, line by line. */
#include <errno.h>
#include <inttypes.h>

#include "memprof/base/number.h"
#include "shared/sites_words.h"
#include "text/column.h"
#include "text/cut.h"
#include "text/sites.h"

static void add_change(struct strbuf *out, const struct sites *s, int64_t by, const struct text_style *style)
{
	if (s->unit == SITES_TIME)
		text_right(out, SITES_SIZE_COLUMNS + 1, count_change_words(by, style).text);
	else
		text_change(out, SITES_SIZE_COLUMNS + 1, by, style);
}

static void add_row(struct strbuf *out, const struct sites *s, const struct sites_sum *old, const struct sites_sum *new,
		    const char *sign, const char *name, const struct text_style *style)
{
	text_sites_figure(out, s, old ? old->bytes : NOT_KNOWN, style);
	text_sites_figure(out, s, new ? new->bytes : NOT_KNOWN, style);
	add_change(out, s, (int64_t)(new ? new->bytes : 0) - (int64_t)(old ? old->bytes : 0), style);
	strbuf_printf(out, "%-3s", sign);
	text_sites_name(out, name, 3 * SITES_SIZE_COLUMNS + 4, style);
}

static void add_change_row(struct strbuf *out, const struct sites_view *view, const struct sites_change *c,
			   const struct text_style *style)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool was = c->old.n_samples + c->old.bytes > 0, is = c->new.n_samples + c->new.bytes > 0;

	sites_change_words(&name, view, c);
	add_row(out, view->sites, was ? &c->old : NULL, is ? &c->new : NULL,
		sites_change_is_chance(view->before, view->after, c) ? " ~ " : "   ", strbuf_text(&name), style);
	if (strbuf_error(&name) < 0)
		out->error = -ENOMEM;
}

static void add_notes(struct strbuf *out, const struct sites_view *view)
{
	for (unsigned i = 0; i < SITES_CHANGE_NOTES; i++) {
		struct strbuf note CLEANUP(strbuf_deinit) = STRBUF_INIT;
		sites_change_note(&note, view, i);
		if (note.n_bytes == 0)
			continue;
		strbuf_puts(out, "  ");
		text_wrap(out, strbuf_text(&note), 2, 2);
		strbuf_putc(out, '\n');
	}
}

static void add_rest(struct strbuf *out, uint64_t n_others, uint64_t n_same, const struct text_style *style)
{
	strbuf_putc(out, '\n');
	if (n_others)
		strbuf_printf(out, "  %s more line%s changed less.\n", count_words(n_others, style).text,
			      n_others == 1 ? "" : "s");
	if (n_same)
		strbuf_printf(out, "  %s line%s unchanged.\n", count_words(n_same, style).text,
			      n_same == 1 ? " is" : "s are");
}

void text_sites_changes(struct strbuf *out, const struct sites_view *view, const struct text_style *style)
{
	const struct sites *after = view->after;
	uint64_t n = 0, n_others = 0, n_same = 0;

	strbuf_puts(out, "  Compared with ");
	text_cut_source(out, view->before_title, style->columns - 40, style->utf8);
	strbuf_puts(out, view->alive_only ? ", by what was not freed:\n\n" : ":\n\n");
	text_right(out, SITES_SIZE_COLUMNS, view->sites->unit == SITES_TIME ? "before us" : "before");
	text_right(out, SITES_SIZE_COLUMNS, "after");
	text_right(out, SITES_SIZE_COLUMNS + 1, "change");
	strbuf_puts(out, "   line\n");
	for (size_t i = 0; i < view->changes->n_changes; i++) {
		const struct sites_change *c = &view->changes->changes[i];
		if (sites_change_by(c) == 0) {
			n_same++;
		} else if (view->n_top && n >= view->n_top) {
			n_others++;
		} else {
			add_change_row(out, view, c, style);
			n++;
		}
	}
	add_row(out, after, &view->before->nodes[0].total, &after->nodes[0].total, "   ", "TOTAL", style);
	add_rest(out, n_others, n_same, style);
	add_notes(out, view);
}
