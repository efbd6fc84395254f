/* The layout table for a README or an issue. */
#include <inttypes.h>

#include "markdown/escape.h"
#include "memprof/viewers/layout_view.h"
#include "shared/layout_line.h"

static void add_figure(struct strbuf *out, uint64_t value)
{
	if (value == NOT_KNOWN)
		strbuf_puts(out, " |");
	else
		strbuf_printf(out, " %" PRIu64 " |", value);
}

static void add_line(struct strbuf *out, const struct layout_line *line, struct layout_sources *sources)
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
	layout_source_words(out, sources, line->span);
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

/* As numbered as the column has them. */
static void add_sources(struct strbuf *out, const struct layout_sources *s)
{
	for (size_t i = 0; i < s->n_texts; i++) {
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		strbuf_add(&text, s->texts[i], s->n_bytes[i]);
		strbuf_printf(out, "%s%zu. ", i == 0 ? "\nFrom:\n\n" : "", i + 1);
		markdown_text(out, strbuf_text(&text));
		strbuf_putc(out, '\n');
	}
}

static void add_conflicts(struct strbuf *out, const struct layout *l)
{
	for (size_t i = 0; i < l->n_conflicts; i++) {
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		layout_conflict_words(&text, &l->conflicts[i]);
		add_list(out, "**Conflicts**", strbuf_text(&text), i == 0);
	}
	if (l->n_conflicts == 0)
		strbuf_printf(out, "\n%s\n", layout_no_conflicts(l));
	else if (l->incomplete)
		strbuf_puts(out, "\n" LAYOUT_INCOMPLETE "\n");
}

void markdown_layout(struct strbuf *out, const struct layout *l)
{
	struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct layout_sources sources = { .n_texts = 0 };

	layout_title(&title, l);
	strbuf_puts(out, "## Memory layout");
	if (title.n_bytes > 0) {
		strbuf_puts(out, ": ");
		markdown_text(out, strbuf_text(&title));
	}
	strbuf_putc(out, '\n');
	for (size_t i = 0; i < l->n_rows; i++) {
		struct layout_line line = layout_line_at(l, i);
		if (i == 0 || l->rows[i].i_space != l->rows[i - 1].i_space) {
			const char *space = l->spaces[l->rows[i].i_space].name;
			strbuf_puts(out, "\n### ");
			markdown_text(out, space);
			strbuf_printf(out,
				      ": %s\n\n| first | last | size | used | free | %% | name | kind | from |\n"
				      "|---:|---:|---:|---:|---:|---:|---|---|---|\n",
				      layout_space_says(space));
		}
		add_line(out, &line, &sources);
	}
	add_mappings(out, l);
	add_sources(out, &sources);
	add_conflicts(out, l);
	for (size_t i = 0; i < l->n_notes; i++)
		add_list(out, "Notes", l->notes[i], i == 0);
}
