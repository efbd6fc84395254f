/* What grew and what shrank, as a page. */

#include "html/page.h"
#include "memprof/viewers/diff_view.h"
#include "print/print.h"
#include "text/cut.h"

static const struct html_kind kind_diff = {
	.name = "diff",
	.what = "differences",
	.assets = { "kinds.css", "diff.css", "heap.js", "strip.js", "diff.js" },
	.document = "memprof.diff/1",
	.printed_by = "memprof diff --json",
};

void html_diff(struct strbuf *out, const struct diff_view *view)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct html_kind kind = kind_diff;
	struct document d;
	struct json j;

	kind.has_limits = view->limits;
	strbuf_printf(&text, "%s \xe2\x86\x92 %s", text_file_beside(view->old.name, view->new.name),
		      text_file_beside(view->new.name, view->old.name));
	html_begin(out, strbuf_text(&text), &kind);
	print_html_limits(out, view->limits);
	document_diff_answer(&d, view);
	print_html_findings(out, &d);
	doc_deinit(&d);
	strbuf_reset(&text);
	json_init(&j, &text, true);
	json_diff(&j, view);
	html_data_packed(out, "diff", &text);
	html_end(out, &kind);
}
