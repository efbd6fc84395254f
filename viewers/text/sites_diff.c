/* What a profile has more or less than an older one, line by line. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "shared/sites_words.h"
#include "text/column.h"
#include "text/cut.h"
#include "text/sites.h"

static int64_t difference(const struct sites_sum *old, const struct sites_sum *new)
{
	return (int64_t) new->bytes - (int64_t)old->bytes;
}

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
	add_change(out, s,
		   difference(old ? old : &(struct sites_sum){ .bytes = 0 },
			      new ? new : &(struct sites_sum){ .bytes = 0 }),
		   style);
	strbuf_printf(out, "%-3s", sign);
	text_sites_name(out, name, 3 * SITES_SIZE_COLUMNS + 4, style);
}

/* "net.py:16 connect (was line 14)" */
static void add_name(struct strbuf *out, const struct sites_view *view, const struct sites_change *c)
{
	const struct sites_frame *old = sites_frame_at(view->before, c->before);
	const struct sites_frame *new = sites_frame_at(view->sites, c->after);

	sites_frame_words(out, new ? new : old);
	if (old && new && old->line != new->line)
		strbuf_printf(out, " (was line %" PRIu32 ")", old->line);
}

static void add_change_row(struct strbuf *out, const struct sites_view *view, const struct sites_change *c,
			   const struct text_style *style)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool was = c->old.n_samples + c->old.bytes > 0, is = c->new.n_samples + c->new.bytes > 0;

	add_name(&name, view, c);
	add_row(out, view->sites, was ? &c->old : NULL, is ? &c->new : NULL,
		sites_change_is_chance(view->before, view->sites, c) ? " ~ " : "   ", strbuf_text(&name), style);
	if (strbuf_error(&name) < 0)
		out->error = -ENOMEM;
}

static void add_rest(struct strbuf *out, uint64_t n_others, uint64_t n_same, bool any_chance,
		     const struct text_style *style)
{
	strbuf_putc(out, '\n');
	if (n_others)
		strbuf_printf(out, "  %s more line%s changed less.\n", count_words(n_others, style).text,
			      n_others == 1 ? "" : "s");
	if (n_same)
		strbuf_printf(out, "  %s line%s unchanged.\n", count_words(n_same, style).text,
			      n_same == 1 ? " is" : "s are");
	if (any_chance)
		strbuf_puts(out, "  ~ may be chance: there are too few samples to be sure.\n");
}

void text_sites_changes(struct strbuf *out, const struct sites_view *view, const struct text_style *style)
{
	uint64_t n = 0, n_others = 0, n_same = 0;
	bool any_chance = false;

	strbuf_puts(out, "  Compared with ");
	text_cut_source(out, view->before_title, style->columns - 20, style->utf8);
	strbuf_puts(out, ":\n\n");
	text_right(out, SITES_SIZE_COLUMNS, view->sites->unit == SITES_TIME ? "before us" : "before");
	text_right(out, SITES_SIZE_COLUMNS, "after");
	text_right(out, SITES_SIZE_COLUMNS + 1, "change");
	strbuf_puts(out, "   line\n");
	for (size_t i = 0; i < view->changes->n_changes; i++) {
		const struct sites_change *c = &view->changes->changes[i];
		if (difference(&c->old, &c->new) == 0) {
			n_same++;
		} else if (view->n_top && n >= view->n_top) {
			n_others++;
		} else {
			any_chance |= sites_change_is_chance(view->before, view->sites, c);
			add_change_row(out, view, c, style);
			n++;
		}
	}
	add_row(out, view->sites, &view->before->nodes[0].total, &view->sites->nodes[0].total, "   ", "TOTAL", style);
	add_rest(out, n_others, n_same, any_chance, style);
}
