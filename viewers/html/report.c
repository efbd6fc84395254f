#include "memprof/report_page.h"

#include "page.h"
#include "tables.h"

static const struct html_kind kind_report = {
	"report", { "kinds.css", "report.css", "tables.js", "heap.js", "map.js", "chart.js", "report.js" }, false,
};

void report_page_begin(struct strbuf *out, const char *title)
{
	html_begin(out, title, &kind_report);
	html_data_begin(out, "report");
}

void report_page_add(struct strbuf *out, const char *json, size_t n_bytes)
{
	html_data_add(out, json, n_bytes);
}

void report_page_end(struct strbuf *out, const char *findings, const struct history *history, uint64_t n_dumps,
		     uint64_t n_shown)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct json j;

	html_data_end(out);
	html_findings(out, findings);
	json_init(&j, &text, true);
	json_object(&j, NULL);
	json_u64(&j, "dumps", n_dumps);
	json_u64(&j, "shown", n_shown ? n_shown : NOT_KNOWN);
	html_tables(&j, "tables", history);
	json_object_end(&j);
	html_data(out, "tables", strbuf_text(&text), text.n_bytes);
	if (strbuf_error(&text))
		out->error = strbuf_error(&text);
	html_end(out, &kind_report);
}
