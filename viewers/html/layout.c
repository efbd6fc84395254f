/* The layout as a page: the picture, and the same as tables. Scripts only help to find something in it. */
#include <errno.h>
#include <inttypes.h>

#include "html/page.h"
#include "memprof/base/strbuf.h"
#include "memprof/viewers/layout_view.h"
#include "shared/layout_line.h"
#include "shared/xml.h"
#include "svg/picture.h"

static const struct html_kind kind_layout = {
	.name = "layout-page",
	.what = "memory layout",
	.assets = { "layout.css", "layout.js" },
	.is_whole = true,
};

static void add_figure(struct strbuf *out, uint64_t value)
{
	if (value == NOT_KNOWN)
		strbuf_puts(out, "<td class=\"r\"></td>");
	else
		strbuf_printf(out, "<td class=\"r\">%" PRIu64 "</td>", value);
}

/* Untrusted, as xml_text; nothing of it is lost in silence. */
static void add_text(struct strbuf *out, const struct strbuf *text)
{
	xml_text(out, strbuf_text(text));
	if (strbuf_error(text))
		out->error = -ENOMEM;
}

static void add_line(struct strbuf *out, size_t i_row, const struct layout_line *line, struct layout_sources *sources)
{
	strbuf_printf(out, "<tr data-row=\"%zu\"%s>", i_row, line->span ? "" : " class=\"gap\"");
	strbuf_printf(out, "<td class=\"r\">0x%" PRIx64 "</td><td class=\"r more\">0x%" PRIx64 "</td>", line->start,
		      line->last);
	add_figure(out, line->size_bytes);
	add_figure(out, line->used_bytes);
	add_figure(out, line->free_bytes);
	if (line->used_bytes == NOT_KNOWN)
		strbuf_puts(out, "<td class=\"r more\"></td>");
	else
		strbuf_printf(out, "<td class=\"r more\">%u</td>", layout_percent(line));
	strbuf_printf(out, "<td class=\"name\" style=\"--depth:%u\">", MIN(line->depth, 8u));
	strbuf_printf(out, "<span class=\"k\" style=\"border-color:var(--%s)\">", line->kind);
	xml_text(out, line->name);
	strbuf_printf(out, "</span></td><td class=\"more\">%s</td><td class=\"from\">", line->kind);
	layout_source_words(out, sources, line->span);
	strbuf_puts(out, "</td></tr>\n");
}

static void add_heads(struct strbuf *out)
{
	static const struct {
		const char *name, *class;
	} heads[] = {
		{ "first", "r" },  { "last", "r more" }, { "size", "r" },    { "used", "r" },    { "free", "r" },
		{ "%", "r more" }, { "name", "name" },   { "kind", "more" }, { "from", "from" },
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
			strbuf_printf(out,
				      "</h2>\n<div class=\"table\"><table><caption>%s; sizes in bytes</caption>\n"
				      "<thead><tr>",
				      layout_space_says(space));
			add_heads(out);
		}
		add_line(out, i, &line, sources);
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
		strbuf_printf(out, " 0x%" PRIx64 " to 0x%" PRIx64 "</li>\n", m->to_start,
			      m->to_start + (m->size_bytes - 1));
	}
	strbuf_puts(out, "</ul>\n");
}

static void add_sources(struct strbuf *out, const struct layout_sources *s)
{
	for (size_t i = 0; i < s->n_texts; i++) {
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		strbuf_add(&text, s->texts[i], s->n_bytes[i]);
		strbuf_puts(out, i == 0 ? "<h2 id=\"from\">From</h2>\n<ol>\n<li>" : "<li>");
		add_text(out, &text);
		strbuf_puts(out, "</li>\n");
	}
	strbuf_puts(out, s->n_texts ? "</ol>\n" : "");
}

static void add_conflicts(struct strbuf *out, const struct layout *l)
{
	strbuf_puts(out, "<h2 id=\"conflicts\">Conflicts</h2>\n");
	if (l->n_conflicts == 0)
		strbuf_printf(out, "<p>%s</p>\n", layout_no_conflicts(l));
	for (size_t i = 0; i < l->n_conflicts; i++) {
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		layout_conflict_words(&text, &l->conflicts[i]);
		strbuf_puts(out, i == 0 ? "<ul class=\"bad\">\n<li>" : "<li>");
		add_text(out, &text);
		strbuf_puts(out, "</li>\n");
	}
	strbuf_puts(out, l->n_conflicts ? "</ul>\n" : "");
	if (l->n_conflicts && l->incomplete)
		strbuf_puts(out, "<p>" LAYOUT_INCOMPLETE "</p>\n");
}

static void add_verdict(struct strbuf *out, const struct layout *l)
{
	strbuf_printf(out, "<section id=\"findings\" class=\"%s\" aria-label=\"What was found\">\n<p>",
		      l->n_conflicts ? "trouble" : "room");
	if (l->n_conflicts)
		strbuf_printf(out, "<a href=\"#conflicts\">%zu conflict%s</a>", l->n_conflicts,
			      l->n_conflicts == 1 ? "" : "s");
	else
		strbuf_puts(out, layout_no_conflicts(l));
	strbuf_puts(out, "</p>\n</section>\n");
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
	struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT, name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct layout_sources sources = { .n_texts = 0 };

	layout_title(&name, l);
	strbuf_printf(&title, "Memory layout%s%s", name.n_bytes ? ": " : "", strbuf_text(&name));
	html_begin(out, strbuf_text(&title), &kind_layout);
	add_verdict(out, l);
	strbuf_puts(out, "<div class=\"picture\">\n");
	svg_picture(out, l, true);
	strbuf_puts(out, "</div>\n");
	add_tables(out, l, &sources);
	add_sources(out, &sources);
	add_mappings(out, l);
	add_conflicts(out, l);
	add_notes(out, l);
	html_end(out, &kind_layout);
	if (strbuf_error(&name) || strbuf_error(&title))
		out->error = -ENOMEM;
}
