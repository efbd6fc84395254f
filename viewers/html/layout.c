/* The layout as one page that needs nothing else: the picture, and the same as tables. */
#include <inttypes.h>
#include <string.h>

#include "../layout_line.h"
#include "../svg/picture.h"
#include "memprof/strbuf.h"
#include "memprof/view.h"

/* In a narrow window the table keeps what tells a span from others, and the picture, which would be too small to read,
 * is moved about in its own box. */
static const char page_style[] =
	"body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;background:var(--back);"
	"color:var(--ink)}h1{font-size:1.5rem;overflow-wrap:anywhere}h2{font-size:1.15rem;margin-top:2.2rem}"
	".wide{overflow-x:auto}.wide svg{max-width:100%;height:auto}table{border-collapse:collapse;width:100%}"
	"caption{text-align:left;color:var(--faint);padding:.3rem 0}"
	"th,td{padding:.16rem .45rem;text-align:left;border-bottom:1px solid var(--edge);vertical-align:top;"
	"white-space:nowrap}.r{text-align:right;font-family:ui-monospace,monospace;font-size:.85rem}"
	".name{white-space:normal;overflow-wrap:anywhere;min-width:8rem;padding-left:calc(var(--depth,0)*1rem + .2rem)}"
	".k{border-left:.7rem solid;padding-left:.5rem}.gap td{color:var(--faint)}"
	".bad{color:var(--bad)}.from{color:var(--faint);font-size:.85rem;white-space:normal}li,p{overflow-wrap:anywhere}"
	"@media(max-width:700px){body{font-size:13px;padding:0 .6rem}.wide svg{max-width:none}.more{display:none}"
	"th,td{padding:.16rem .18rem}.r,.from{font-size:.72rem}.name{min-width:6rem;font-size:.9rem;"
	"padding-left:calc(var(--depth,0)*.35rem + .1rem)}.k{border-left-width:.4rem;padding-left:.25rem}}";

static void add_figure(struct strbuf *out, uint64_t value)
{
	if (value == NOT_KNOWN)
		strbuf_puts(out, "<td class=\"r\"></td>");
	else
		strbuf_printf(out, "<td class=\"r\">%" PRIu64 "</td>", value);
}

static void add_line(struct strbuf *out, const struct layout_line *line, struct layout_sources *sources)
{
	strbuf_printf(out, "<tr%s><td class=\"r\">0x%" PRIx64 "</td><td class=\"r more\">0x%" PRIx64 "</td>",
		      line->span ? "" : " class=\"gap\"", line->start, line->last);
	add_figure(out, line->size_bytes);
	add_figure(out, line->used_bytes);
	add_figure(out, line->free_bytes);
	if (line->used_bytes == NOT_KNOWN)
		strbuf_puts(out, "<td class=\"r more\"></td>");
	else
		strbuf_printf(out, "<td class=\"r more\">%u</td>", layout_percent(line));
	strbuf_printf(out, "<td class=\"name\" style=\"--depth:%u\"><span class=\"k\" style=\"border-color:var(--%s)\">",
		      MIN(line->depth, 8u), line->kind);
	xml_text(out, line->name);
	strbuf_printf(out, "</span></td><td class=\"more\">%s</td><td class=\"from\">", line->kind);
	layout_source_words(out, sources, line->span);
	strbuf_puts(out, "</td></tr>\n");
}

static void add_heads(struct strbuf *out)
{
	static const struct { const char *name, *class; } heads[] = {
		{ "first", "r" }, { "last", "r more" }, { "size", "r" }, { "used", "r" }, { "free", "r" }, { "%", "r more" },
		{ "name", "name" }, { "kind", "more" }, { "from", "from" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		strbuf_printf(out, "<th scope=\"col\" class=\"%s\">%s</th>", heads[i].class, heads[i].name);
	strbuf_puts(out, "</tr></thead>\n<tbody>\n");
}

static void add_tables(struct strbuf *out, const struct layout *l, struct layout_sources *sources)
{
	for (size_t i = 0; i < l->n_rows; i++) {
		struct layout_line line = layout_line_at(l, i);
		if (i == 0 || l->rows[i].i_space != l->rows[i - 1].i_space) {
			const char *space = l->spaces[l->rows[i].i_space].name;
			strbuf_puts(out, i ? "</tbody></table></div>\n<h2>" : "<h2>");
			xml_text(out, space);
			strbuf_printf(out, "</h2>\n<div class=\"wide\"><table><caption>%s; sizes in bytes</caption>\n<thead><tr>",
				      layout_space_says(space));
			add_heads(out);
		}
		add_line(out, &line, sources);
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

static void add_sources(struct strbuf *out, const struct layout_sources *s)
{
	for (size_t i = 0; i < s->n_texts; i++) {
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		strbuf_add(&text, s->texts[i], s->n_bytes[i]);
		strbuf_puts(out, i == 0 ? "<h2>From</h2>\n<ol>\n<li>" : "<li>");
		xml_text(out, strbuf_text(&text));
		strbuf_puts(out, "</li>\n");
	}
	strbuf_puts(out, s->n_texts ? "</ol>\n" : "");
}

static void add_conflicts(struct strbuf *out, const struct layout *l)
{
	strbuf_puts(out, "<h2>Conflicts</h2>\n");
	if (l->n_conflicts == 0)
		strbuf_printf(out, "<p>%s</p>\n", layout_no_conflicts(l));
	for (size_t i = 0; i < l->n_conflicts; i++) {
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		layout_conflict_words(&text, &l->conflicts[i]);
		strbuf_puts(out, i == 0 ? "<ul class=\"bad\">\n<li>" : "<li>");
		xml_text(out, strbuf_text(&text));
		strbuf_puts(out, "</li>\n");
	}
	strbuf_puts(out, l->n_conflicts ? "</ul>\n" : "");
	if (l->n_conflicts && l->incomplete)
		strbuf_puts(out, "<p>" LAYOUT_INCOMPLETE "</p>\n");
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

static void add_title(struct strbuf *out, const struct layout *l)
{
	struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT;

	layout_title(&title, l);
	strbuf_puts(out, title.n_bytes ? "Memory layout: " : "Memory layout");
	xml_text(out, strbuf_text(&title));
}

void html_layout(struct strbuf *out, const struct layout *l)
{
	struct layout_sources sources = { .n_texts = 0 };

	strbuf_printf(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
	add_title(out, l);
	strbuf_printf(out, "</title>\n<style>%s%s</style>\n</head>\n<body>\n<h1>", svg_colors, page_style);
	add_title(out, l);
	strbuf_puts(out, "</h1>\n<div class=\"wide\">\n");
	svg_picture(out, l, true);
	strbuf_puts(out, "</div>\n");
	add_tables(out, l, &sources);
	add_sources(out, &sources);
	add_mappings(out, l);
	add_conflicts(out, l);
	add_notes(out, l);
	strbuf_puts(out, "</body>\n</html>\n");
}
