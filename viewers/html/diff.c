/* What grew and what shrank, as a page. */
#include "html/page.h"
#include "memprof/viewers/diff_view.h"
#include "print/print.h"
#include "text/cut.h"

void html_diff(struct strbuf *out, const struct diff_view *view)
{
	struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct html_kind kind = { .name = "diff",
				  .assets = { "kinds.css", "heap.js", "strip.js", "diff.js" },
				  .has_limits = view->limits };
	struct document d CLEANUP(doc_deinit);

	document_diff(&d, view);
	strbuf_printf(&title, "%s \xe2\x86\x92 %s", text_file_beside(view->old.name, view->new.name),
		      text_file_beside(view->new.name, view->old.name));
	print_html_begin(out, &d, strbuf_text(&title), &kind);
	print_html_limits(out, view->limits);
	print_html_document(out, &d);
	html_end(out, &kind);
}
