/* Figures over commits, as a page with curves. */
#include "html/page.h"
#include "memprof/viewers/history_view.h"

static const struct html_kind kind_history = {
	.name = "history",
	.what = "figures per commit",
	.assets = { "chart.css", "history.css", "chart.js", "history.js" },
	.document = "memprof.history-log/1",
	.printed_by = "memprof history log --json",
};

void html_history(struct strbuf *out, const struct history_view *view)
{
	static const struct text_style style = { .columns = 80, .utf8 = true, .is_page = true };
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct json j;

	html_begin(out, "Memory, by commit", &kind_history);
	text_history_summary(&text, view, &style);
	html_findings(out, strbuf_text(&text), NULL);
	strbuf_reset(&text);
	json_init(&j, &text, true);
	json_history(&j, view);
	html_data_packed(out, "history", &text);
	html_end(out, &kind_history);
}
