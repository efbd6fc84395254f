/* What each import of a program cost. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "memprof/viewers/imports_view.h"
#include "memprof/viewers/view.h"
#include "text/cut.h"

enum { NAME_COLUMNS = 24, INDENT_MAX = 8, LINE_COLUMNS = 80, ORDER_NAMES = 24 };

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

static void add_lfb(struct strbuf *out, uint64_t bytes)
{
	if (bytes == NOT_KNOWN)
		strbuf_printf(out, "%9s", "?");
	else
		strbuf_printf(out, "%9" PRIu64, bytes);
}

static void add_row(struct strbuf *out, const struct import_row *row)
{
	char peak[24];

	snprintf(peak, sizeof(peak), "%s%" PRIu64, row->peak_is_least || row->cut ? ">=" : "", row->peak_bytes);
	strbuf_puts(out, "  ");
	add_name(out, row);
	strbuf_printf(out, " %-8s", row->cut ? "cut" : row->raised ? "raised" : import_origin_name(row->origin));
	if (row->cut)
		strbuf_printf(out, "%9s%9s", "?", "?");
	else
		strbuf_printf(out, "%9" PRId64 "%9" PRId64, row->kept_bytes, row->own_bytes);
	strbuf_printf(out, "%9s", peak);
	add_lfb(out, row->before_lfb_bytes);
	add_lfb(out, row->after_lfb_bytes);
	strbuf_putc(out, '\n');
}

static void add_table(struct strbuf *out, const struct imports *imports)
{
	uint64_t n_shown = 0, n_more = imports->n_more, n_nothing = 0;

	strbuf_printf(out, "  %-24s %-8s%9s%9s%9s%18s\n", "bytes", "from", "kept", "own", "peak", "LFB, before after");
	for (size_t i = 0; i < imports->n_rows; i++) {
		const struct import_row *row = &imports->rows[i];
		if (is_nothing(row)) {
			n_nothing++;
		} else if (n_shown < IMPORTS_TEXT_ROWS) {
			add_row(out, row);
			n_shown++;
		} else {
			n_more++;
		}
	}
	if (n_more > 0)
		strbuf_printf(out, "  ... and %" PRIu64 " more (--json)\n", n_more);
	if (n_nothing > 0)
		strbuf_printf(out, "  %" PRIu64 " built-in module%s kept nothing\n", n_nothing,
			      n_nothing == 1 ? "" : "s");
}

/* ---- what it comes to ---- */

struct total {
	uint64_t n;
	int64_t own_bytes;
};

static void add_total(struct strbuf *out, const char *before, const char *behind, const struct total *total)
{
	if (total->n > 0)
		strbuf_printf(out, "  %" PRIu64 " %smodule%s%s keep%s %" PRId64 " B.\n", total->n, before,
			      total->n == 1 ? "" : "s", behind, total->n == 1 ? "s" : "", total->own_bytes);
}

static void add_totals(struct strbuf *out, const struct imports *imports)
{
	struct total totals[N_IMPORT_ORIGINS] = { 0 };

	for (size_t i = 0; i < imports->n_rows; i++) {
		const struct import_row *row = &imports->rows[i];
		if (row->cut || row->raised)
			continue;
		totals[row->origin].n++;
		totals[row->origin].own_bytes += row->own_bytes;
	}
	add_total(out, "", " compiled on the board", &totals[IMPORT_SOURCE]);
	add_total(out, "", " compiled before (.mpy)", &totals[IMPORT_MPY]);
	add_total(out, "frozen ", "", &totals[IMPORT_FROZEN]);
	int64_t own_bytes = totals[IMPORT_SOURCE].own_bytes + totals[IMPORT_MPY].own_bytes;
	if (own_bytes > 0)
		strbuf_printf(out,
			      "  Frozen, those in files would keep less, by at most %" PRId64
			      " B: their code goes to\n"
			      "  flash, what they make when they run stays. No source, no peak of compiling.\n",
			      own_bytes);
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

static void add_order(struct strbuf *out, const struct imports *imports)
{
	struct import_order order;

	if (import_order(imports, &order) < 0)
		return;
	if (order.n_rows > 1 && order.same) {
		strbuf_printf(out,
			      "  The imports need %" PRIu64 " B at their worst moment. No better order was found.\n",
			      order.now_bytes);
	} else if (order.n_rows > 1) {
		strbuf_printf(out,
			      "  The imports need %" PRIu64
			      " B at their worst moment. In this order they would\n"
			      "  need %" PRIu64 " B, %" PRIu64 " B less:\n",
			      order.now_bytes, order.then_bytes, order.now_bytes - order.then_bytes);
		add_names(out, imports, &order);
	}
	import_order_deinit(&order);
}

void text_imports_words(struct strbuf *out, const struct imports *imports)
{
	add_totals(out, imports);
	add_order(out, imports);
}

void text_imports(struct strbuf *out, const struct imports *imports, const struct text_style *style)
{
	text_in_role(out, style, ROLE_HEAD, "IMPORTS");
	if (imports->n_rows == 0) {
		strbuf_puts(out, "  none that loaded anything\n\n");
		return;
	}
	strbuf_puts(out, "  before and after each, collected\n");
	add_table(out, imports);
	strbuf_putc(out, '\n');
	text_imports_words(out, imports);
	strbuf_putc(out, '\n');
}
