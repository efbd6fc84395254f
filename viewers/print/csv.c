/* Tables for spreadsheets (RFC 4180): numbers bare, texts quoted. What a spreadsheet would take for a formula stands
 * behind an apostrophe, as names are anybody's. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "csv/quote.h"
#include "print/print.h"

static void add_cell(struct strbuf *out, const struct doc_span *cell)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (cell->kind == DOC_WORDS)
		print_plain(&words, cell->words, NULL);
	if (cell->kind == DOC_TEXT || cell->kind == DOC_WORDS)
		csv_quote(out, cell->kind == DOC_WORDS ? strbuf_text(&words) : cell->text);
	else if (cell->kind == DOC_PERCENT && cell->number != NOT_KNOWN)
		strbuf_printf(out, "%" PRIu64 ".%" PRIu64, cell->number / 10, cell->number % 10);
	else if (cell->kind == DOC_CHANGE || cell->kind == DOC_BALANCE || cell->kind == DOC_COUNT_CHANGE)
		strbuf_printf(out, "%" PRId64, cell->change);
	else if (!doc_is_empty(cell))
		strbuf_puts(out, print_number(cell, NULL, true).text);
}

/* Bare where it is a word, as most are; a name of a region may be anything. */
static void add_key(struct strbuf *out, const char *key)
{
	if (key[strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")])
		csv_quote(out, key);
	else
		strbuf_puts(out, key);
}

/* All cells of those columns that have a key. */
static void add_line(struct strbuf *out, const struct doc_table *table, const struct doc_row *row)
{
	bool begun = false;

	for (size_t i = 0; i < table->n_columns; i++) {
		if (!table->columns[i].key)
			continue;
		strbuf_puts(out, begun ? "," : "");
		begun = true;
		if (row)
			add_cell(out, &row->cells[i]);
		else
			add_key(out, table->columns[i].key);
	}
	strbuf_puts(out, "\r\n");
}

void print_csv(struct strbuf *out, const struct document *d)
{
	struct doc_row row = { .depth = 0 };
	const struct doc_column *columns = NULL;

	if (print_fails(out, d))
		return;
	for (size_t i = 0; i < d->n_blocks; i++) {
		const struct doc_table *table = &d->blocks[i].table;
		if (d->blocks[i].kind != DOC_TABLE || !print_is_for(table, READ_BY_MACHINES))
			continue;
		if (table->columns != columns)
			add_line(out, table, NULL);
		columns = table->columns;
		for (size_t k = 0; k < table->n_rows; k++) {
			doc_row_fill(&row, table, k);
			add_line(out, table, &row);
		}
	}
	doc_row_deinit(&row);
}
