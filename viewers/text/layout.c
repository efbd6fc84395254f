/* The layout table, for people: as wide as the screen, or 80 columns. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/text.h"
#include "memprof/viewers/layout_view.h"
#include "memprof/viewers/view.h"
#include "shared/layout_line.h"
#include "text/column.h"
#include "text/cut.h"

enum { COLUMNS_MIN = 80, NAME_COLUMNS_MIN = 12, FROM_COLUMNS_MAX = 12 };

/* Whole words, as many as there is room for; a + stands for the rest. */
static void add_words(struct strbuf *out, const char *words, size_t columns)
{
	size_t n = strlen(words);

	if (n > columns) {
		for (n = columns - 1; n > 0 && words[n - 1] != ' '; n--)
			;
		strbuf_printf(out, "%.*s+", (int)n, words);
	} else {
		strbuf_puts(out, words);
	}
}

/* ---- columns ---- */

struct widths {
	int address, size, figures, name, from;
	uint32_t indent; /* of each depth: 2, or 1 where names would be cut */
};

enum { DEPTH_SHOWN_MAX = 5 };

static int visible_width(const char *name)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int n = 0;

	text_clean(&clean, name);
	for (const char *p = strbuf_text(&clean), *end = p + clean.n_bytes; p < end; n++)
		p += MAX(text_utf8((const uint8_t *)p, (const uint8_t *)end, NULL), (size_t)1);
	return n;
}

static int hex_width(uint64_t value) { return snprintf(NULL, 0, "0x%" PRIx64, value); }

static int size_width(uint64_t n_bytes, const struct text_style *style)
{
	return n_bytes == NOT_KNOWN ? 0 : (int)text_columns_of(figure_words(n_bytes, style).text);
}

static struct widths measure(const struct layout *l, size_t first, size_t end, struct layout_sources *sources,
			     const struct text_style *style)
{
	struct widths w = { .address = 5, .size = 4, .figures = 4, .from = 4, .indent = 2 };

	for (size_t i = first; i < end; i++) {
		struct strbuf from CLEANUP(strbuf_deinit) = STRBUF_INIT;
		struct layout_line line = layout_line_at(l, i);
		w.address = MAX(w.address, hex_width(line.last));
		w.size = MAX(w.size, size_width(line.size_bytes, style));
		w.figures = MAX(w.figures, MAX(size_width(line.used_bytes, style), size_width(line.free_bytes, style)));
		layout_source_words(&from, sources, line.span);
		w.from = MAX(w.from, (int)MIN(from.n_bytes, (size_t)FROM_COLUMNS_MAX));
	}
	int columns = (int)MAX(style->columns, (unsigned)COLUMNS_MIN);
	w.name = MAX(columns - (2 * w.address + w.size + 2 * w.figures + 3 + w.from + 7), NAME_COLUMNS_MIN);
	for (size_t i = first; i < end; i++) {
		struct layout_line line = layout_line_at(l, i);
		if (visible_width(line.name) + 2 * (int)MIN(line.depth, (uint32_t)DEPTH_SHOWN_MAX) > w.name)
			w.indent = 1;
	}
	return w;
}

/* At most so many columns of what is visible of it; a ~ stands for the rest. */
static void add_name(struct strbuf *out, const char *name, uint32_t indent, int columns)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int n = (int)indent, n_fitting = -1;
	const char *p, *fitting = NULL;

	text_clean(&clean, name);
	const char *end = strbuf_text(&clean) + clean.n_bytes;
	strbuf_repeat(out, " ", indent);
	for (p = strbuf_text(&clean); p < end; n++) {
		if (n == columns - 1) {
			fitting = p;
			n_fitting = n;
		}
		p += MAX(text_utf8((const uint8_t *)p, (const uint8_t *)end, NULL), (size_t)1);
	}
	if (n <= columns || !fitting) {
		strbuf_add(out, strbuf_text(&clean), clean.n_bytes);
	} else {
		strbuf_add(out, strbuf_text(&clean), (size_t)(fitting - strbuf_text(&clean)));
		strbuf_putc(out, '~');
		n = n_fitting + 1;
	}
	strbuf_repeat(out, " ", n < columns ? (size_t)(columns - n) : 0);
}

static void add_size(struct strbuf *out, uint64_t n_bytes, int width, const struct text_style *style)
{
	text_right(out, (size_t)width + 1, n_bytes == NOT_KNOWN ? "" : figure_words(n_bytes, style).text);
}

static void add_row(struct strbuf *out, const struct layout_line *line, const struct widths *w,
		    struct layout_sources *sources, const struct text_style *style)
{
	struct strbuf from CLEANUP(strbuf_deinit) = STRBUF_INIT, text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	char first[24], last[24];

	snprintf(first, sizeof(first), "0x%" PRIx64, line->start);
	snprintf(last, sizeof(last), "0x%" PRIx64, line->last);
	strbuf_printf(&text, "%*s %*s", w->address, first, w->address, last);
	add_size(&text, line->size_bytes, w->size, style);
	add_size(&text, line->used_bytes, w->figures, style);
	add_size(&text, line->free_bytes, w->figures, style);
	if (line->used_bytes == NOT_KNOWN)
		strbuf_puts(&text, "     ");
	else
		strbuf_printf(&text, " %3u ", layout_percent(line));
	add_name(&text, line->span ? line->name : "- gap -", w->indent * MIN(line->depth, (uint32_t)DEPTH_SHOWN_MAX),
		 w->name);
	layout_source_words(&from, sources, line->span);
	strbuf_putc(&text, ' ');
	add_words(&text, strbuf_text(&from), FROM_COLUMNS_MAX);
	while (text.n_bytes > 0 && text.text[text.n_bytes - 1] == ' ')
		text.text[--text.n_bytes] = '\0';
	if (!line->span)
		text_role(out, style, ROLE_FAINT);
	strbuf_add(out, strbuf_text(&text), text.n_bytes);
	if (!line->span)
		text_role(out, style, ROLE_PLAIN);
	strbuf_putc(out, '\n');
}

static void add_head(struct strbuf *out, const char *space, const struct widths *w, const struct text_style *style)
{
	strbuf_puts(out, out->n_bytes ? "\n" : "");
	text_role(out, style, ROLE_HEAD);
	text_clean(out, space);
	strbuf_printf(out, ": %s", layout_space_says(space));
	text_role(out, style, ROLE_PLAIN);
	strbuf_printf(out, "\n%*s %*s %*s %*s %*s   %% %-*s from\n", w->address, "first", w->address, "last", w->size,
		      "size", w->figures, "used", w->figures, "free", w->name, "name");
}

/* ---- what is under the tables ---- */

/* A sentence, broken between words; lines after the first are indented. */
static void add_sentence(struct strbuf *out, const char *before, const char *text, unsigned indent)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t column = strlen(before);
	bool first = true;

	text_clean(&clean, text);
	strbuf_puts(out, before);
	for (const char *p = strbuf_text(&clean); *p;) {
		size_t n = strcspn(p, " ");
		if (!first && column + 1 + n > COLUMNS_MIN) {
			strbuf_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			strbuf_putc(out, ' ');
			column++;
		}
		strbuf_add(out, p, n);
		column += n;
		p += n + (p[n] == ' ');
		first = false;
	}
	strbuf_putc(out, '\n');
}

static void add_mappings(struct strbuf *out, const struct layout *l)
{
	for (size_t i = 0; i < l->n_mappings; i++) {
		const struct layout_mapping *m = &l->mappings[i];
		char text[200];
		snprintf(text, sizeof(text),
			 "%.20s 0x%" PRIx64 " to 0x%" PRIx64 " shows %.20s 0x%" PRIx64 " to 0x%" PRIx64, m->space,
			 m->start, m->start + (m->size_bytes - 1), m->to_space, m->to_start,
			 m->to_start + (m->size_bytes - 1));
		add_sentence(out, i == 0 ? "\n" : "", text, 0);
	}
}

static void add_sources(struct strbuf *out, const struct layout_sources *s)
{
	for (size_t i = 0; i < s->n_texts; i++) {
		strbuf_printf(out, "%s%zu ", i == 0 ? "\nfrom  " : "      ", i + 1);
		text_visible(out, s->texts[i], s->n_bytes[i], false);
		strbuf_putc(out, '\n');
	}
}

static void add_conflicts(struct strbuf *out, const struct layout *l, const struct text_style *style)
{
	if (l->n_conflicts == 0) {
		strbuf_printf(out, "\n%s\n", layout_no_conflicts(l));
		return;
	}
	text_role(out, style, ROLE_WARNING);
	strbuf_printf(out, "\n%zu conflict%s\n", l->n_conflicts, l->n_conflicts == 1 ? "" : "s");
	text_role(out, style, ROLE_PLAIN);
	for (size_t i = 0; i < l->n_conflicts; i++) {
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		layout_conflict_words(&text, &l->conflicts[i]);
		add_sentence(out, "  ", strbuf_text(&text), 4);
	}
	if (l->incomplete)
		add_sentence(out, "  ", LAYOUT_INCOMPLETE, 4);
}

void text_layout(struct strbuf *out, const struct layout *l, const struct text_style *style)
{
	struct layout_sources sources = { .n_texts = 0 };

	if (l->board) {
		text_clean(out, l->board);
		strbuf_puts(out, "\n");
	}
	for (size_t i = 0, end; i < l->n_rows; i = end) {
		for (end = i; end < l->n_rows && l->rows[end].i_space == l->rows[i].i_space; end++)
			;
		struct widths w = measure(l, i, end, &sources, style);
		add_head(out, l->spaces[l->rows[i].i_space].name, &w, style);
		for (size_t k = i; k < end; k++) {
			struct layout_line line = layout_line_at(l, k);
			add_row(out, &line, &w, &sources, style);
		}
	}
	if (l->n_rows == 0)
		strbuf_puts(out, "nothing in it has an address\n");
	add_mappings(out, l);
	add_sources(out, &sources);
	add_conflicts(out, l, style);
	for (size_t i = 0; i < l->n_notes; i++)
		add_sentence(out, i == 0 ? "\nnote: " : "note: ", l->notes[i], 6);
}
