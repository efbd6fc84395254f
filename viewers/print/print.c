#include "print/print.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static struct number_words percent_words(uint64_t tenths)
{
	struct number_words ret;

	snprintf(ret.text, sizeof(ret.text), "%" PRIu64 ".%" PRIu64 " %%", tenths / 10, tenths % 10);
	return ret;
}

static struct number_words relative_words(double ratio, const struct text_style *style)
{
	double part = ratio < 0 ? -ratio : ratio;
	struct number_words ret;

	if (part >= 100)
		snprintf(ret.text, sizeof(ret.text), "x%.0f", ratio + 1);
	else
		snprintf(ret.text, sizeof(ret.text), "%s%.*f %%", sign_words(ratio < 0, style), part < 0.0005 ? 2 : 1,
			 100 * part);
	return ret;
}

/* Not by printf, which would take most of the time of a table of thousands of rows. */
static struct number_words address_words(uint64_t address)
{
	struct number_words ret;
	unsigned n_digits = 1;

	while (n_digits < 16 && address >> 4 * n_digits)
		n_digits++;
	ret.text[0] = '0';
	ret.text[1] = 'x';
	for (unsigned i = 0; i < n_digits; i++)
		ret.text[2 + i] = "0123456789abcdef"[address >> 4 * (n_digits - 1 - i) & 15];
	ret.text[2 + n_digits] = '\0';
	return ret;
}

struct number_words print_number(const struct doc_span *span, const struct text_style *style, bool exact)
{
	switch (span->kind) {
	case DOC_SIZE:
		return exact       ? figure_words(span->number, style) :
		       span->exact ? exact_words(span->number, style) :
				     human_words(span->number, style);
	case DOC_CHANGE:
		return exact       ? change_words(span->change, style) :
		       span->exact ? exact_change_words(span->change, style) :
				     human_change_words(span->change, style);
	case DOC_COUNT_CHANGE:
		return count_change_words(span->change, style);
	case DOC_RELATIVE:
		return relative_words(span->ratio, style);
	case DOC_ARROW:
		return style && !style->utf8 ? (struct number_words){ "->" } : (struct number_words){ "\xe2\x86\x92" };
	case DOC_BALANCE:
		if (exact)
			return balance_words(span->change, style);
		return span->change < 0 ? human_change_words(span->change, style) :
					  human_words((uint64_t)span->change, style);
	case DOC_COUNT:
		return count_words(span->number, style);
	case DOC_PERCENT:
		return percent_words(span->number);
	case DOC_ADDRESS:
		return address_words(span->number);
	case DOC_NONE:
	case DOC_TEXT:
		break;
	}
	return (struct number_words){ "" };
}

bool print_is_empty(const struct doc_span *span)
{
	switch (span->kind) {
	case DOC_NONE:
		return true;
	case DOC_TEXT:
		return !*span->text;
	case DOC_SIZE:
	case DOC_COUNT:
	case DOC_ADDRESS:
	case DOC_PERCENT:
		return span->number == NOT_KNOWN;
	default:
		return false;
	}
}

bool print_is_number(enum doc_kind kind) { return kind != DOC_NONE && kind != DOC_TEXT; }

bool print_is_for(const struct doc_table *table, bool for_people)
{
	if (for_people && table->n_rows == 0)
		return false;
	for (size_t i = 0; i < table->n_columns; i++)
		if (for_people ? table->columns[i].head : table->columns[i].key)
			return true;
	return false;
}

const char *print_head(const struct doc_column *column, bool in_page)
{
	return column->head || !in_page ? column->head : column->page_head;
}

struct print_columns print_shown(const struct doc_table *table, struct doc_row *row, bool in_page)
{
	struct print_columns ret = { { false } };

	for (size_t k = 0; k < table->n_rows; k++) {
		doc_row_fill(row, table, k);
		for (size_t i = 0; i < table->n_columns; i++)
			ret.shown[i] |= print_head(&table->columns[i], in_page) && !print_is_empty(&row->cells[i]);
	}
	return ret;
}

void print_plain(struct strbuf *out, const struct doc_block *block, const struct text_style *style)
{
	for (size_t i = 0; i < block->n_spans; i++)
		if (block->spans[i].kind == DOC_TEXT)
			strbuf_puts(out, block->spans[i].text);
		else
			strbuf_puts(out, print_number(&block->spans[i], style, false).text);
}

void print_title(struct strbuf *out, const struct document *d)
{
	strbuf_printf(out, "%c%s", d->what[0] >= 'a' && d->what[0] <= 'z' ? d->what[0] - 'a' + 'A' : d->what[0],
		      d->what + 1);
	if (*d->title)
		strbuf_printf(out, ": %s", d->title);
}

void print_fail(struct strbuf *out, const struct document *d)
{
	if (d->error)
		out->error = d->error;
}
