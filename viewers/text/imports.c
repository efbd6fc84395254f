/* What each import of a program cost. */
#include <string.h>

#include "memprof/viewers/imports_view.h"
#include "memprof/viewers/view.h"
#include "text/column.h"
#include "text/cut.h"

enum { NAME_COLUMNS = 22, FIGURE_COLUMNS = 9, LFB_COLUMNS = 10, INDENT_MAX = 8, LINE_COLUMNS = 80, ORDER_NAMES = 24 };

/* ---- the table ---- */

/* C modules are in flash: mostly there is nothing to tell of them. */
static bool is_nothing(const struct import_row *row) { return row->origin == IMPORT_BUILT_IN && row->kept_bytes == 0; }

static void add_name(struct strbuf *out, const struct import_row *row)
{
	size_t indent = MIN(row->depth * 2, (size_t)INDENT_MAX);

	strbuf_repeat(out, " ", indent);
	size_t n = text_cut(out, row->name, strlen(row->name), NAME_COLUMNS - indent, CUT_BEGINNING);
	strbuf_repeat(out, " ", NAME_COLUMNS - indent - MIN(n, NAME_COLUMNS - indent));
}

static void add_lfb(struct strbuf *out, uint64_t bytes, const struct text_style *style)
{
	if (bytes == NOT_KNOWN)
		text_right(out, LFB_COLUMNS, "?");
	else
		text_size(out, LFB_COLUMNS, bytes, style);
}

static void add_row(struct strbuf *out, const struct import_row *row, const struct text_style *style)
{
	struct strbuf peak CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(&peak, "%s%s", row->peak_is_least || row->cut ? ">=" : "",
		      figure_words(row->peak_bytes, style).text);
	strbuf_puts(out, "  ");
	add_name(out, row);
	strbuf_printf(out, " %-8s", row->cut ? "cut" : row->raised ? "raised" : import_origin_name(row->origin));
	text_right(out, FIGURE_COLUMNS, row->cut ? "?" : balance_words(row->kept_bytes, style).text);
	text_right(out, FIGURE_COLUMNS, row->cut ? "?" : balance_words(row->own_bytes, style).text);
	text_right(out, FIGURE_COLUMNS, strbuf_text(&peak));
	add_lfb(out, row->before_lfb_bytes, style);
	add_lfb(out, row->after_lfb_bytes, style);
	strbuf_putc(out, '\n');
}

static void add_table(struct strbuf *out, const struct imports *imports, const struct text_style *style)
{
	uint64_t n_shown = 0, n_more = imports->n_more, n_nothing = 0;

	strbuf_printf(out, "  %-22s %-8s%9s%9s%9s%20s\n", style->sizes == SIZES_HUMAN ? "" : "bytes", "from", "kept",
		      "own", "peak", "LFB, before after");
	for (size_t i = 0; i < imports->n_rows; i++) {
		const struct import_row *row = &imports->rows[i];
		if (is_nothing(row)) {
			n_nothing++;
		} else if (n_shown < IMPORTS_TEXT_ROWS) {
			add_row(out, row, style);
			n_shown++;
		} else {
			n_more++;
		}
	}
	if (n_more > 0)
		strbuf_printf(out, "  ... and %s more (--json)\n", count_words(n_more, style).text);
	if (n_nothing > 0)
		strbuf_printf(out, "  %s built-in module%s kept nothing\n", count_words(n_nothing, style).text,
			      n_nothing == 1 ? "" : "s");
}

/* ---- what it comes to ---- */

struct total {
	uint64_t n;
	int64_t own_bytes;
};

static void add_total(struct strbuf *out, const char *before, const char *behind, const struct total *total,
		      const struct text_style *style)
{
	if (total->n > 0)
		strbuf_printf(out, "  %s %smodule%s%s keep%s %s.\n", count_words(total->n, style).text, before,
			      total->n == 1 ? "" : "s", behind, total->n == 1 ? "s" : "",
			      exact_balance_words(total->own_bytes, style).text);
}

static void add_totals(struct strbuf *out, const struct imports *imports, const struct text_style *style)
{
	struct total totals[N_IMPORT_ORIGINS] = { 0 };

	for (size_t i = 0; i < imports->n_rows; i++) {
		const struct import_row *row = &imports->rows[i];
		if (row->cut || row->raised)
			continue;
		totals[row->origin].n++;
		totals[row->origin].own_bytes += row->own_bytes;
	}
	add_total(out, "", " compiled on the board", &totals[IMPORT_SOURCE], style);
	add_total(out, "", " compiled before (.mpy)", &totals[IMPORT_MPY], style);
	add_total(out, "frozen ", "", &totals[IMPORT_FROZEN], style);
	int64_t own_bytes = totals[IMPORT_SOURCE].own_bytes + totals[IMPORT_MPY].own_bytes;
	if (own_bytes > 0)
		strbuf_printf(out,
			      "  Frozen, those in files would keep less, by at most %s: their code goes to\n"
			      "  flash, what they make when they run stays. No source, no peak of compiling.\n",
			      exact_words((uint64_t)own_bytes, style).text);
}

/* ---- the order ---- */

/* Names with commas, on lines as wide as a terminal; how many there were is said where they do not fit. */
static void add_names(struct strbuf *out, const struct imports *imports, const struct import_order *order)
{
	size_t column = 4;

	strbuf_puts(out, "    ");
	for (size_t i = 0; i < order->n_rows && i < ORDER_NAMES; i++) {
		const char *name = imports->rows[order->rows[i]].name;
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		size_t n = text_cut(&text, name, strlen(name), 40, CUT_BEGINNING);
		if (column > 4 && column + n + 2 > LINE_COLUMNS) {
			strbuf_puts(out, "\n    ");
			column = 4;
		}
		strbuf_printf(out, "%s%s", strbuf_text(&text), i + 1 < order->n_rows ? ", " : "");
		column += n + 2;
	}
	if (order->n_rows > ORDER_NAMES)
		strbuf_printf(out, "... (%zu in all: --json)", order->n_rows);
	strbuf_putc(out, '\n');
}

static void add_order(struct strbuf *out, const struct imports *imports, const struct text_style *style)
{
	struct import_order order;

	if (import_order(imports, &order) < 0)
		return;
	if (order.n_rows > 1 && order.same) {
		strbuf_printf(out, "  The imports need %s at their worst moment. No better order was found.\n",
			      exact_words(order.now_bytes, style).text);
	} else if (order.n_rows > 1) {
		strbuf_printf(out,
			      "  The imports need %s at their worst moment. In this order they would\n"
			      "  need %s, %s less:\n",
			      exact_words(order.now_bytes, style).text, exact_words(order.then_bytes, style).text,
			      exact_words(order.now_bytes - order.then_bytes, style).text);
		add_names(out, imports, &order);
	}
	import_order_deinit(&order);
}

void text_imports_words(struct strbuf *out, const struct imports *imports, const struct text_style *style)
{
	add_totals(out, imports, style);
	add_order(out, imports, style);
}

void text_imports(struct strbuf *out, const struct imports *imports, const struct text_style *style)
{
	text_in_role(out, style, ROLE_HEAD, "IMPORTS");
	if (imports->n_rows == 0) {
		strbuf_puts(out, "  none that loaded anything\n\n");
		return;
	}
	strbuf_puts(out, "  before and after each, collected\n");
	add_table(out, imports, style);
	strbuf_putc(out, '\n');
	text_imports_words(out, imports, style);
	strbuf_putc(out, '\n');
}
