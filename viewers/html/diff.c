/* What grew and what shrank, as a page. */

#include "html/limits.h"
#include "html/page.h"
#include "memprof/base/text.h"
#include "shared/diff_words.h"

static const struct html_kind kind_diff = {
	.name = "diff",
	.what = "differences",
	.assets = { "kinds.css", "diff.css", "heap.js", "strip.js", "diff.js" },
	.document = "memprof.diff/1",
	.printed_by = "memprof diff --json",
};

static void add_findings(struct strbuf *out, const struct diff *diff)
{
	static const struct text_style style = { .columns = 80, .utf8 = true, .is_page = true };
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (diff_words_any(diff))
		diff_words_answer(&text, diff, &style, text_clean);
	else
		strbuf_printf(&text, "%s.", diff_words_none(diff));
	html_findings(out, strbuf_text(&text), NULL);
}

void html_diff(struct strbuf *out, const struct diff_view *view)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct html_kind kind = kind_diff;
	struct json j;

	kind.has_limits = view->check;
	strbuf_printf(&text, "%s \xe2\x86\x92 %s", view->old.name, view->new.name);
	html_begin(out, strbuf_text(&text), &kind);
	html_limits(out, view->check);
	add_findings(out, view->diff);
	strbuf_reset(&text);
	json_init(&j, &text, true);
	json_diff(&j, view);
	html_data_packed(out, "diff", &text);
	html_end(out, &kind);
}
