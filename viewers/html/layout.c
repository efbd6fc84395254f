/* The layout as one page that needs nothing else: the picture, and the same as tables. */
#include <inttypes.h>
#include <string.h>

#include "../layout_line.h"
#include "../svg/picture.h"
#include "memprof/view.h"

static const char page_style[] =
	"body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;background:var(--back);"
	"color:var(--ink)}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.2rem}"
	".wide{overflow-x:auto}table{border-collapse:collapse;width:100%}"
	"caption{text-align:left;color:var(--faint);padding:.3rem 0}"
	"th,td{padding:.16rem .5rem;text-align:left;border-bottom:1px solid var(--edge);vertical-align:top}"
	".r{text-align:right;font-family:ui-monospace,monospace;font-size:.85rem;white-space:nowrap}"
	".k{border-left:.7rem solid;padding-left:.5rem}.gap td{color:var(--faint)}"
	".bad{color:var(--bad)}.from{color:var(--faint);font-size:.85rem}"
	".name,.from{overflow-wrap:anywhere;min-width:10rem}";

static void add_figure(struct strbuf *out, uint64_t value)
{
	if (value == NOT_KNOWN)
		strbuf_puts(out, "<td class=\"r\"></td>");
	else
		strbuf_printf(out, "<td class=\"r\">%" PRIu64 "</td>", value);
}

static void add_line(struct strbuf *out, const struct layout_line *line)
{
	strbuf_printf(out, "<tr%s><td class=\"r\">0x%" PRIx64 "</td><td class=\"r\">0x%" PRIx64 "</td>",
		      line->span ? "" : " class=\"gap\"", line->start, line->last);
	add_figure(out, line->size_bytes);
	add_figure(out, line->used_bytes);
	add_figure(out, line->free_bytes);
	add_figure(out, line->used_bytes == NOT_KNOWN ? NOT_KNOWN : layout_percent(line));
	strbuf_printf(out, "<td class=\"name\" style=\"padding-left:%u.2rem\"><span class=\"k\" style=\"border-color:var(--%s)\">",
		      MIN(line->depth, 8u), line->kind);
	xml_text(out, line->name);
	strbuf_printf(out, "</span></td><td>%s</td><td class=\"from\">", line->kind);
	for (uint32_t i = 0; line->span && i < line->span->n_from; i++) {
		strbuf_puts(out, i ? ", " : "");
		xml_text(out, line->span->from[i]);
	}
	strbuf_puts(out, "</td></tr>\n");
}

static void add_tables(struct strbuf *out, const struct layout *l)
{
	for (size_t i = 0; i < l->n_rows; i++) {
		struct layout_line line = layout_line_at(l, i);
		if (i == 0 || l->rows[i].i_space != l->rows[i - 1].i_space) {
			const char *space = l->spaces[l->rows[i].i_space].name;
			strbuf_puts(out, i ? "</tbody></table></div>\n<h2>" : "<h2>");
			xml_text(out, space);
			strbuf_printf(out, "</h2>\n<div class=\"wide\"><table><caption>%s; sizes in bytes</caption>\n<thead><tr>",
				      layout_space_says(space));
			static const char *const right[] = { "first", "last", "size", "used", "free", "%" };
			for (size_t k = 0; k < ARRAY_SIZE(right); k++)
				strbuf_printf(out, "<th scope=\"col\" class=\"r\">%s</th>", right[k]);
			strbuf_puts(out, "<th scope=\"col\">name</th><th scope=\"col\">kind</th><th scope=\"col\">from</th>"
				    "</tr></thead>\n<tbody>\n");
		}
		add_line(out, &line);
	}
	strbuf_puts(out, l->n_rows ? "</tbody></table></div>\n" : "");
}

static void add_mappings(struct strbuf *out, const struct layout *l)
{
	if (l->n_mappings == 0)
		return;
	strbuf_puts(out, "<h2>Mappings</h2>\n<ul>\n");
	for (size_t i = 0; i < l->n_mappings; i++) {
		const struct layout_mapping *m = &l->mappings[i];
		strbuf_puts(out, "<li>");
		xml_text(out, m->space);
		strbuf_printf(out, " 0x%" PRIx64 " to 0x%" PRIx64 " shows ", m->start, m->start + (m->size_bytes - 1));
		xml_text(out, m->to_space);
		strbuf_printf(out, " 0x%" PRIx64 " to 0x%" PRIx64 "</li>\n", m->to_start, m->to_start + (m->size_bytes - 1));
	}
	strbuf_puts(out, "</ul>\n");
}

static void add_conflicts(struct strbuf *out, const struct layout *l)
{
	strbuf_printf(out, "<h2>Conflicts</h2>\n%s\n", l->n_conflicts ? "<ul class=\"bad\">" : "<p>None.</p>");
	for (size_t i = 0; i < l->n_conflicts; i++) {
		const struct layout_conflict *c = &l->conflicts[i];
		strbuf_puts(out, "<li>");
		xml_text(out, c->what);
		if (c->size_bytes > 0) {
			strbuf_puts(out, " (");
			xml_text(out, c->space);
			strbuf_printf(out, " 0x%" PRIx64 " to 0x%" PRIx64 ")", c->start, c->start + (c->size_bytes - 1));
		}
		strbuf_puts(out, "</li>\n");
	}
	strbuf_puts(out, l->n_conflicts ? "</ul>\n" : "");
}

static void add_notes(struct strbuf *out, const struct layout *l)
{
	for (size_t i = 0; i < l->n_notes; i++) {
		strbuf_puts(out, i == 0 ? "<h2>Notes</h2>\n<ul>\n<li>" : "<li>");
		xml_text(out, l->notes[i]);
		strbuf_puts(out, "</li>\n");
	}
	strbuf_puts(out, l->n_notes ? "</ul>\n" : "");
}

void html_layout(struct strbuf *out, const struct layout *l)
{
	strbuf_printf(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Memory layout");
	if (l->board) {
		strbuf_puts(out, ": ");
		xml_text(out, l->board);
	}
	strbuf_printf(out, "</title>\n<style>%s%s</style>\n</head>\n<body>\n<h1>Memory layout", svg_colors, page_style);
	if (l->board) {
		strbuf_puts(out, ": ");
		xml_text(out, l->board);
	}
	strbuf_puts(out, "</h1>\n<div class=\"wide\">\n");
	svg_picture(out, l);
	strbuf_puts(out, "</div>\n");
	add_tables(out, l);
	add_mappings(out, l);
	add_conflicts(out, l);
	add_notes(out, l);
	strbuf_puts(out, "</body>\n</html>\n");
}
