#include "memprof/viewers/report_page.h"

#include "html/page.h"
#include "html/tables.h"
#include "print/print.h"
#include "text/cut.h"

static const struct html_kind kind_report = {
	.name = "report",
	.what = "heap report",
	.assets = { "kinds.css", "chart.css", "report.css", "tables.js", "heap.js", "map.js", "chart.js", "report.js" },
	.document = "memprof.report/1 is in it, as memprof report --json prints it",
};

static struct html_kind kind_of(const struct document *limits)
{
	struct html_kind kind = kind_report;

	kind.has_limits = limits;
	return kind;
}

void report_page_begin(struct strbuf *out, const char *title, const struct document *limits)
{
	const struct html_kind kind = kind_of(limits);

	html_begin(out, text_input_name(title), &kind);
	html_data_begin(out, "report");
}

void report_page_add(struct strbuf *out, const char *json, size_t n_bytes) { html_data_add(out, json, n_bytes); }

void report_page_end(struct strbuf *out, const struct document *findings, const struct history *history,
		     const struct page_dumps *dumps)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct html_kind kind = kind_of(dumps->limits);
	struct json j = { .out = &text, .compact = true };

	html_data_end(out);
	print_html_limits(out, dumps->limits);
	print_html_findings(out, findings);
	json_object(&j, NULL);
	json_u64(&j, "dumps", dumps->n_dumps);
	json_u64(&j, "shown", dumps->n_shown ? dumps->n_shown : NOT_KNOWN);
	for (size_t i = 0; json_items(&j, "boards", i, dumps->n_boards); i++) {
		json_u64(&j, "after", dumps->boards[i].n_after);
		json_board(&j, "board", &dumps->boards[i].board);
	}
	html_tables(&j, "tables", history);
	json_object_end(&j);
	html_data(out, "tables", strbuf_text(&text), text.n_bytes);
	html_end(out, &kind);
}
