/* A page: all of the document is in it as text; scripts only help to sort it and to find something (document.js). */
#include <errno.h>
#include <inttypes.h>

#include "html/page.h"
#include "print/print.h"
#include "shared/xml.h"
#include "text/cut.h"

static const struct text_style page_style = { .columns = 80, .utf8 = true, .is_page = true };

static const char *role_class(enum text_role role)
{
	static const char *const classes[N_ROLES] = {
		[ROLE_FREE] = "good", [ROLE_WARNING] = "bad", [ROLE_FAINT] = "faint"
	};

	return classes[role];
}

static void add_span(struct strbuf *out, const struct doc_span *span, bool exact)
{
	if (span->kind == DOC_TEXT)
		xml_text(out, span->is_file ? text_file_of(span->text) : span->text);
	else if (!print_is_empty(span))
		strbuf_puts(out, print_number(span, &page_style, exact).text);
}

static void add_sentence(struct strbuf *out, const struct doc_block *block, const char *tag)
{
	strbuf_printf(out, "<%s>", tag);
	for (size_t i = 0; i < block->n_spans; i++) {
		const char *class = role_class(block->spans[i].role);
		if (class)
			strbuf_printf(out, "<span class=\"%s\">", class);
		add_span(out, &block->spans[i], false);
		strbuf_puts(out, class ? "</span>" : "");
	}
	strbuf_printf(out, "</%s>\n", tag);
}

/* ---- tables ---- */

static const char *column_class(const struct doc_column *column)
{
	return column->is_name               ? "name" :
	       column->kind == DOC_ADDRESS   ? "address" :
	       print_is_number(column->kind) ? "num" :
					       "text";
}

static void add_heads(struct strbuf *out, const struct doc_table *t, const struct print_columns *columns)
{
	strbuf_puts(out, "<thead><tr>");
	for (size_t i = 0; i < t->n_columns; i++)
		if (columns->shown[i]) {
			strbuf_printf(out, "<th scope=\"col\" class=\"%s\">", column_class(&t->columns[i]));
			xml_text(out, t->columns[i].head);
			strbuf_puts(out, "</th>");
		}
	strbuf_puts(out, "</tr></thead>\n<tbody>\n");
}

/* A number has what it is sorted by, where it is shown otherwise. */
static void add_cell(struct strbuf *out, const struct doc_table *t, size_t i, const struct doc_row *row)
{
	const struct doc_column *column = &t->columns[i];
	const struct doc_span *cell = &row->cells[i];
	const char *tag = column->is_name ? "th" : "td", *role = role_class(cell->role);

	strbuf_printf(out, "<%s class=\"%s%s%s\"", tag, column_class(column), role ? " " : "", role ? role : "");
	if (column->is_name)
		strbuf_printf(out, " scope=\"row\" style=\"--depth:%u\"", MIN(row->depth, (uint32_t)DOC_DEPTH_MAX));
	if (cell->kind == DOC_CHANGE || cell->kind == DOC_BALANCE || cell->kind == DOC_COUNT_CHANGE)
		strbuf_printf(out, " data-value=\"%" PRId64 "\"", cell->change);
	else if (cell->kind == DOC_RELATIVE)
		strbuf_printf(out, " data-value=\"%.0f\"", cell->ratio * 1e6);
	else if (print_is_number(cell->kind) && !print_is_empty(cell))
		strbuf_printf(out, " data-value=\"%" PRIu64 "\"", cell->number);
	strbuf_putc(out, '>');
	if (column->is_name && row->color)
		strbuf_printf(out, "<span class=\"k\" style=\"border-color:var(--%s)\">", row->color);
	add_span(out, cell, t->exact);
	strbuf_printf(out, "%s</%s>", column->is_name && row->color ? "</span>" : "", tag);
}

static void add_table(struct strbuf *out, const struct doc_table *t, bool has_picture, struct doc_row *row)
{
	const struct print_columns columns = print_shown(t, row);

	if (t->title) {
		strbuf_puts(out, "<h2>");
		xml_text(out, t->title);
		strbuf_puts(out, "</h2>\n");
	}
	strbuf_puts(out, "<div class=\"table\"><table>");
	if (t->note)
		strbuf_printf(out, "<caption>%s%s</caption>", t->note, t->exact ? "; sizes in bytes" : "");
	add_heads(out, t, &columns);
	for (size_t k = 0; k < t->n_rows; k++) {
		doc_row_fill(row, t, k);
		const char *role = role_class(row->role);
		strbuf_puts(out, "<tr");
		if (has_picture)
			strbuf_printf(out, " data-row=\"%zu\"", t->i_first + k);
		if (role)
			strbuf_printf(out, " class=\"%s\"", role);
		strbuf_putc(out, '>');
		for (size_t i = 0; i < t->n_columns; i++)
			if (columns.shown[i])
				add_cell(out, t, i, row);
		strbuf_puts(out, "</tr>\n");
	}
	strbuf_puts(out, "</tbody></table></div>\n");
}

/* ---- documents ---- */

static const char *list_of(enum doc_block_kind kind)
{
	return kind == DOC_ITEM ? "ul" : kind == DOC_NUMBERED ? "ol" : NULL;
}

static void add_block(struct strbuf *out, const struct doc_block *block, bool has_picture, struct doc_row *row)
{
	switch (block->kind) {
	case DOC_SECTION:
		strbuf_puts(out, "<h2>");
		xml_text(out, block->title);
		strbuf_puts(out, "</h2>\n");
		break;
	case DOC_TABLE:
		if (print_is_for(&block->table, true))
			add_table(out, &block->table, has_picture, row);
		break;
	case DOC_PICTURE:
		strbuf_puts(out, "<div class=\"picture\">\n");
		block->picture.svg(out, block->picture.ctx, false);
		strbuf_puts(out, "</div>\n");
		break;
	case DOC_SENTENCE:
		add_sentence(out, block, "p");
		break;
	case DOC_ITEM:
	case DOC_NUMBERED:
		add_sentence(out, block, "li");
		break;
	}
}

/* The blocks [first, end), with lists around items. */
static void add_blocks(struct strbuf *out, const struct document *d, size_t first, size_t end)
{
	struct doc_row row = { .depth = 0 };
	const char *open = NULL;
	bool has_picture = false;

	for (size_t i = first; i < end; i++) {
		const struct doc_block *block = &d->blocks[i];
		const char *list = list_of(block->kind);
		has_picture |= block->kind == DOC_PICTURE;
		if (list != open && open)
			strbuf_printf(out, "</%s>\n", open);
		if (list != open && list)
			strbuf_printf(out, "<%s>\n", list);
		open = list;
		add_block(out, block, has_picture, &row);
	}
	if (open)
		strbuf_printf(out, "</%s>\n", open);
	if (doc_row_deinit(&row) < 0)
		out->error = -ENOMEM;
}

size_t print_html_findings(struct strbuf *out, const struct document *d)
{
	static const char *const classes[] = { [DOC_FINE] = "fine", [DOC_LOOK] = "look", [DOC_ACT] = "act" };
	size_t end = 0;

	while (end < d->n_blocks && (d->blocks[end].kind == DOC_SENTENCE || list_of(d->blocks[end].kind)))
		end++;
	strbuf_printf(out, "<section id=\"findings\" class=\"%s\" aria-label=\"What was found\">\n",
		      classes[d->severity]);
	add_sentence(out, &d->answer, "p");
	add_blocks(out, d, 0, end);
	strbuf_puts(out, "</section>\n");
	print_fail(out, d);
	return end;
}

void print_html(struct strbuf *out, const struct document *d)
{
	struct strbuf source CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct html_kind kind = {
		.name = "document", .what = d->what, .assets = { "document.css", "document.js" }, .is_whole = true
	};
	struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT;

	print_plain(&source, &d->source, &page_style);
	kind.source = d->source.n_spans ? strbuf_text(&source) : NULL;
	print_title(&title, d);
	html_begin(out, strbuf_text(&title), &kind);
	add_blocks(out, d, print_html_findings(out, d), d->n_blocks);
	html_end(out, &kind);
	print_fail(out, d);
}
