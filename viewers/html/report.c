#include "memprof/report_page.h"

#include <stdbool.h>
#include <string.h>

#include "../svg/picture.h"
#include "page.h"
#include "tables.h"

static const struct html_kind kind_report = {
	"report", { "report.css", "tables.js", "heap.js", "map.js", "chart.js", "report.js" },
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

/* ---- what is wrong, as paragraphs ---- */

/* The text has lines of 80 columns. One goes on in the next unless it ends a sentence, and a list is set in by four. */
static bool goes_on(const char *line, size_t n_bytes)
{
	return n_bytes > 0 && !strchr(".:)", line[n_bytes - 1]);
}

static void add_line(struct strbuf *out, const char *line, size_t n_bytes)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_add(&text, line, n_bytes);
	xml_text(out, strbuf_text(&text));
}

static void add_findings(struct strbuf *out, const char *findings)
{
	bool open = false;

	strbuf_puts(out, "<section id=\"findings\" aria-label=\"What was found\">\n");
	for (const char *line = findings, *end; *line; line = *end ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		bool in_list = strncmp(line, "    ", 4) == 0;
		while (line < end && *line == ' ')
			line++;
		if (line == end)
			continue;
		strbuf_puts(out, open ? " " : in_list ? "<p class=\"mono\">" : "<p>");
		add_line(out, line, (size_t)(end - line));
		open = !in_list && goes_on(line, (size_t)(end - line));
		strbuf_puts(out, open ? "" : "</p>\n");
	}
	strbuf_puts(out, open ? "</p>\n</section>\n" : "</section>\n");
}

void report_page_end(struct strbuf *out, const char *findings, const struct history *history, uint64_t n_dumps,
		     uint64_t n_shown)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct json j;

	html_data_end(out);
	add_findings(out, findings);
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
