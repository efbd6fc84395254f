#include "print/print.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/text.h"
#include "text/cut.h"

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

static struct number_words rate_cell(double bytes, const struct text_style *style)
{
	struct number_words ret;

	snprintf(ret.text, sizeof(ret.text), "%s%.40s", sign_words(bytes < 0, style), rate_bytes(bytes, style).text);
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

static struct number_words time_words(uint64_t us)
{
	struct number_words ret;

	snprintf(ret.text, sizeof(ret.text), "%" PRIu64 ".%" PRIu64, us / 1000, us / 100 % 10);
	return ret;
}

static struct number_words bar_words(uint64_t thousandths, bool utf8)
{
	enum { COLUMNS = 16 };
	static const char blocks[] =
		"\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88"
		"\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88";
	int n = (int)((thousandths * COLUMNS + 999) / 1000);
	struct number_words ret;

	snprintf(ret.text, sizeof(ret.text), "%.*s", utf8 ? 3 * n : n, utf8 ? blocks : "################");
	return ret;
}

/* A character for each value, or for the last of several. */
static struct number_words curve_words(const struct doc_curve *c, bool utf8)
{
	enum { COLUMNS_MAX = 16 };
	size_t n = MIN(c->n, (size_t)COLUMNS_MAX), n_bytes = 0;
	struct number_words ret = { "" };

	for (size_t i = 0; i < n; i++) {
		uint64_t value = c->values[(i + 1) * c->n / n - 1];
		double part = c->high > c->low ? (double)(value - c->low) / (double)(c->high - c->low) : 0.5;
		if (utf8 && value != NOT_KNOWN)
			n_bytes += (size_t)snprintf(ret.text + n_bytes, 4, "\xe2\x96%c", 0x81 + (int)(part * 7 + 0.5));
		else
			ret.text[n_bytes++] = value == NOT_KNOWN ? ' ' : "_.-^"[(int)(part * 3 + 0.5)];
	}
	return ret;
}

static struct number_words number_of(const struct doc_span *span, const struct text_style *style, bool exact)
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
	case DOC_RATE:
		return span->exact ? rate_cell(span->ratio, style) : rate_bytes(span->ratio, style);
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
	case DOC_TIME:
		return time_words(span->number);
	case DOC_BAR:
		return bar_words(span->number, style && style->utf8);
	case DOC_CURVE:
		return curve_words(span->curve, !style || style->utf8);
	case DOC_NONE:
	case DOC_TEXT:
	case DOC_WORDS:
		break;
	}
	return (struct number_words){ "" };
}

struct number_words print_number(const struct doc_span *span, const struct text_style *style, bool exact)
{
	struct number_words ret = number_of(span, style, exact || span->bare), bounded;
	bool utf8 = !style || style->utf8;

	if (span->bound == DOC_IS)
		return ret;
	snprintf(bounded.text, sizeof(bounded.text), "%s%.48s",
		 span->bound == DOC_ABOUT ? "~" :
		 utf8                     ? "\xe2\x89\xa5 " :
					    ">= ",
		 ret.text);
	return bounded;
}

bool print_is_number(enum doc_kind kind)
{
	return kind != DOC_NONE && kind != DOC_TEXT && kind != DOC_WORDS && kind != DOC_BAR;
}

bool print_is_for(const struct doc_table *table, enum print_reader reader)
{
	if (reader != READ_BY_MACHINES && table->n_rows == 0)
		return false;
	for (size_t i = 0; i < table->n_columns; i++)
		if (reader == READ_BY_MACHINES ? table->columns[i].key :
						 print_head(&table->columns[i], reader == READ_IN_A_PAGE))
			return true;
	return false;
}

bool print_is_item(const struct doc_block *block) { return block->kind >= DOC_ITEM && block->kind <= DOC_REASON; }

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
			ret.shown[i] |= print_head(&table->columns[i], in_page) && !doc_is_empty(&row->cells[i]);
	}
	return ret;
}

void print_plain(struct strbuf *out, const struct doc_block *block, const struct text_style *style)
{
	for (size_t i = 0; i < block->n_spans; i++) {
		const struct doc_span *span = &block->spans[i];
		if (span->kind == DOC_WORDS)
			print_plain(out, span->words, style);
		else if (doc_is_empty(span))
			continue;
		else if (span->kind != DOC_TEXT)
			strbuf_puts(out, print_number(span, style, false).text);
		else
			strbuf_puts(out, span->is_file && style && style->is_page ? text_input_name(span->text) :
										    span->text);
	}
}

void print_place(struct strbuf *out, const struct doc_finding *f)
{
	if (!f->at.file)
		return;
	text_clean(out, f->at.file);
	if (f->at.line)
		strbuf_printf(out, ":%" PRIu64, f->at.line);
	if (f->at.line && f->at.col)
		strbuf_printf(out, ":%" PRIu32, f->at.col);
	strbuf_puts(out, ": ");
}

void print_title(struct strbuf *out, const struct document *d)
{
	strbuf_printf(out, "%c%s", d->what[0] >= 'a' && d->what[0] <= 'z' ? d->what[0] - 'a' + 'A' : d->what[0],
		      d->what + 1);
	if (*d->title)
		strbuf_printf(out, ": %s", d->title);
}

bool print_fails(struct strbuf *out, const struct document *d)
{
	if (!d->error && !arena_error(&d->arena))
		return false;
	out->error = -ENOMEM;
	return true;
}
