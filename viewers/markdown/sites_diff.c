/* How two allocation profiles differ, for a pull request. As all comments it stays below a limit, and says what it
 * leaves out. */
#include <errno.h>
#include <inttypes.h>

#include "markdown/escape.h"
#include "markdown/page.h"
#include "shared/number_words.h"
#include "shared/sites_words.h"

static const struct text_style style = { .columns = 80, .utf8 = true, .sizes = SIZES_EXACT, .is_page = true };

static void add_sum(struct strbuf *out, const struct sites_sum *sum)
{
	if (sum->n_samples + sum->bytes > 0)
		strbuf_printf(out, "%" PRIu64 " | ", sum->bytes);
	else
		strbuf_puts(out, "– | ");
}

static void add_figures(struct strbuf *out, const struct sites_sum *old, const struct sites_sum *new,
			bool may_be_chance)
{
	strbuf_puts(out, "| ");
	add_sum(out, old);
	add_sum(out, new);
	strbuf_printf(out, "%s%s | ", change_words((int64_t) new->bytes - (int64_t)old->bytes, &style).text,
		      may_be_chance ? " ~" : "");
}

static void add_change(struct strbuf *out, const struct sites_view *view, const struct sites_change *c)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;

	add_figures(out, &c->old, &c->new, sites_change_is_chance(view->before, view->after, c));
	sites_change_words(&name, view, c);
	markdown_name(out, strbuf_text(&name));
	strbuf_puts(out, " |\n");
	if (strbuf_error(&name) < 0)
		out->error = -ENOMEM;
}

/* Lines without a change have no row, and are not counted. */
static void add_table(struct markdown_page *page, const struct sites_view *view)
{
	const struct sites_changes *changes = view->changes;
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n = 0;

	for (size_t i = 0; i < changes->n_changes; i++) {
		if (sites_change_by(&changes->changes[i]) == 0)
			continue;
		add_change(&text, view, &changes->changes[i]);
		if ((view->n_top && n >= view->n_top) || page->n_left_out > 0 || !markdown_page_add(page, &text))
			page->n_left_out++;
		n++;
		strbuf_reset(&text);
	}
	add_figures(page->out, &view->before->nodes[0].total, &view->after->nodes[0].total, false);
	strbuf_puts(page->out, "TOTAL |\n");
}

static void add_notes(struct strbuf *out, const struct sites_view *view)
{
	for (unsigned i = 0; i < SITES_CHANGE_NOTES; i++) {
		struct strbuf note CLEANUP(strbuf_deinit) = STRBUF_INIT;
		sites_change_note(&note, view, i);
		if (note.n_bytes == 0)
			continue;
		strbuf_puts(out, "\n");
		markdown_text(out, strbuf_text(&note));
		strbuf_puts(out, "\n");
	}
}

static void add_answer(struct strbuf *out, const struct sites_view *view)
{
	uint64_t old = view->before->nodes[0].total.bytes, new = view->after->nodes[0].total.bytes;
	const char *unit = view->sites->unit == SITES_TIME ? "us" : "B";
	struct strbuf leak CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(out, "**About %s %s %s: %" PRIu64 " → %" PRIu64 "**\n\n",
		      change_words((int64_t) new - (int64_t)old, &style).text, unit,
		      view->alive_only                ? "that were not freed" :
		      view->sites->unit == SITES_TIME ? "of time" :
							"allocated",
		      old, new);
	markdown_name(out, view->before_title);
	strbuf_puts(out, " → ");
	markdown_name(out, view->title);
	strbuf_puts(out, "\n");
	sites_leak_words(&leak, view->sites, &style);
	if (leak.n_bytes > 0) {
		strbuf_puts(out, "\n");
		markdown_text(out, strbuf_text(&leak));
		strbuf_puts(out, ".\n");
	}
}

void markdown_sites_diff(struct strbuf *out, const struct sites_view *view)
{
	struct markdown_page page = { .out = out, .begins = out->n_bytes, .max_bytes = MARKDOWN_SITES_MAX };

	add_answer(out, view);
	strbuf_puts(out, "\n| before | after | change | line |\n|---:|---:|---:|---|\n");
	add_table(&page, view);
	if (page.n_left_out)
		strbuf_printf(out, "\n%zu more line%s changed less.\n", page.n_left_out,
			      page.n_left_out == 1 ? "" : "s");
	add_notes(out, view);
}
