/* For a README, an issue or the summary of a job. */
#include "markdown/escape.h"
#include "print/print.h"

static void add_span(struct strbuf *out, const struct doc_span *span, bool exact)
{
	if (span->kind == DOC_TEXT)
		markdown_text(out, span->text);
	else if (!print_is_empty(span))
		strbuf_puts(out, print_number(span, NULL, exact).text);
}

static void add_spans(struct strbuf *out, const struct doc_block *block)
{
	for (size_t i = 0; i < block->n_spans; i++)
		add_span(out, &block->spans[i], false);
	strbuf_putc(out, '\n');
}

static void add_heads(struct strbuf *out, const struct doc_table *table, const struct print_columns *columns)
{
	for (size_t i = 0; i < table->n_columns; i++)
		if (columns->shown[i])
			strbuf_printf(out, "| %s ", table->columns[i].head);
	strbuf_puts(out, "|\n");
	for (size_t i = 0; i < table->n_columns; i++)
		if (columns->shown[i])
			strbuf_puts(out, print_is_number(table->columns[i].kind) ? "|---:" : "|---");
	strbuf_puts(out, "|\n");
}

static void add_row(struct strbuf *out, const struct doc_table *table, const struct doc_row *row,
		    const struct print_columns *columns)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		if (!columns->shown[i])
			continue;
		strbuf_puts(out, "| ");
		if (table->columns[i].is_name)
			strbuf_repeat(out, "&emsp;", row->depth);
		strbuf_puts(out, row->role == ROLE_FAINT && table->columns[i].is_name ? "*" : "");
		add_span(out, &row->cells[i], table->exact);
		strbuf_puts(out, row->role == ROLE_FAINT && table->columns[i].is_name ? "*" : "");
		strbuf_puts(out, print_is_empty(&row->cells[i]) ? "" : " ");
	}
	strbuf_puts(out, "|\n");
}

static void add_table(struct strbuf *out, const struct doc_table *table, struct doc_row *row)
{
	const struct print_columns columns = print_shown(table, row);

	if (table->title) {
		strbuf_puts(out, "\n### ");
		markdown_text(out, table->title);
		strbuf_printf(out, "%s%s\n", table->note ? ": " : "", table->note ? table->note : "");
	}
	strbuf_putc(out, '\n');
	add_heads(out, table, &columns);
	for (size_t i = 0; i < table->n_rows; i++) {
		doc_row_fill(row, table, i);
		add_row(out, table, row, &columns);
	}
}

void print_markdown(struct strbuf *out, const struct document *d)
{
	struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct doc_row row = { .depth = 0 };
	size_t n_item = 0;

	print_title(&title, d);
	strbuf_puts(out, "## ");
	markdown_text(out, strbuf_text(&title));
	strbuf_puts(out, d->severity == DOC_FINE ? "\n\n" : "\n\n:warning: ");
	add_spans(out, &d->answer);
	for (size_t i = 0; i < d->n_blocks; i++) {
		const struct doc_block *block = &d->blocks[i];
		bool is_item = block->kind == DOC_ITEM || block->kind == DOC_NUMBERED;
		if (block->kind == DOC_TABLE && !print_has_columns(&block->table, true))
			continue;
		if (is_item && n_item == 0)
			strbuf_putc(out, '\n');
		n_item = is_item ? n_item + 1 : 0;
		if (block->kind == DOC_SECTION) {
			strbuf_puts(out, "\n### ");
			markdown_text(out, block->title);
			strbuf_putc(out, '\n');
		} else if (block->kind == DOC_TABLE) {
			add_table(out, &block->table, &row);
		} else if (block->kind == DOC_SENTENCE) {
			strbuf_putc(out, '\n');
			add_spans(out, block);
		} else if (is_item) {
			if (block->kind == DOC_ITEM)
				strbuf_puts(out, "- ");
			else
				strbuf_printf(out, "%zu. ", n_item);
			add_spans(out, block);
		}
	}
	if (d->source) {
		strbuf_puts(out, "\n");
		markdown_text(out, d->source);
		strbuf_puts(out, "\n");
	}
	doc_row_deinit(&row);
	print_fail(out, d);
}
