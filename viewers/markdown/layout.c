/* The layout table for a README or an issue. */
#include <inttypes.h>

#include "../layout_line.h"
#include "escape.h"
#include "memprof/view.h"

static void add_figure(struct strbuf *out, uint64_t value)
{
	if (value == NOT_KNOWN)
		strbuf_puts(out, " |");
	else
		strbuf_printf(out, " %" PRIu64 " |", value);
}

static void add_line(struct strbuf *out, const struct layout_line *line)
{
	strbuf_printf(out, "| 0x%" PRIx64 " | 0x%" PRIx64 " |", line->start, line->last);
	add_figure(out, line->size_bytes);
	add_figure(out, line->used_bytes);
	add_figure(out, line->free_bytes);
	if (line->used_bytes == NOT_KNOWN)
		strbuf_puts(out, " | ");
	else
		strbuf_printf(out, " %u | ", layout_percent(line));
	strbuf_repeat(out, "&emsp;", line->depth);
	if (line->span)
		markdown_text(out, line->name);
	else
		strbuf_puts(out, "*gap*");
	strbuf_printf(out, " | %s | ", line->kind);
	for (uint32_t i = 0; line->span && i < line->span->n_from; i++) {
		strbuf_puts(out, i ? ", " : "");
		markdown_text(out, line->span->from[i]);
	}
	strbuf_puts(out, " |\n");
}

static void add_list(struct strbuf *out, const char *title, const char *text, bool first)
{
	if (first)
		strbuf_printf(out, "\n%s:\n\n", title);
	strbuf_puts(out, "- ");
	markdown_text(out, text);
	strbuf_putc(out, '\n');
}

static void add_mappings(struct strbuf *out, const struct layout *l)
{
	for (size_t i = 0; i < l->n_mappings; i++) {
		const struct layout_mapping *m = &l->mappings[i];
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		strbuf_printf(&text, "%s 0x%" PRIx64 " to 0x%" PRIx64 " shows %s 0x%" PRIx64 " to 0x%" PRIx64, m->space,
			      m->start, m->start + (m->size_bytes - 1), m->to_space, m->to_start,
			      m->to_start + (m->size_bytes - 1));
		add_list(out, "Mappings", strbuf_text(&text), i == 0);
	}
}

void markdown_layout(struct strbuf *out, const struct layout *l)
{
	for (size_t i = 0; i < l->n_rows; i++) {
		struct layout_line line = layout_line_at(l, i);
		if (i == 0 || l->rows[i].i_space != l->rows[i - 1].i_space) {
			const char *space = l->spaces[l->rows[i].i_space].name;
			strbuf_puts(out, i ? "\n### " : "### ");
			markdown_text(out, space);
			strbuf_printf(out, ": %s\n\n| first | last | size | used | free | %% | name | kind | from |\n"
				      "|---:|---:|---:|---:|---:|---:|---|---|---|\n", layout_space_says(space));
		}
		add_line(out, &line);
	}
	add_mappings(out, l);
	for (size_t i = 0; i < l->n_conflicts; i++)
		add_list(out, "**Conflicts**", l->conflicts[i].what, i == 0);
	for (size_t i = 0; i < l->n_notes; i++)
		add_list(out, "Notes", l->notes[i], i == 0);
}
