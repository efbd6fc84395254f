/* What each import of a program cost. */
#include <inttypes.h>
#include <string.h>

#include "document/run.h"
#include "memprof/analysis/imports.h"

enum { ROWS_MAX = 200, ORDER_NAMES = 24 };

/* C modules are in flash: mostly they keep nothing. */
static bool is_nothing(const struct import_row *row) { return row->origin == IMPORT_BUILT_IN && row->kept_bytes == 0; }

/* ---- what it comes to ---- */

struct total {
	uint64_t n;
	int64_t own_bytes;
};

static void add_total(struct document *d, const char *before, const char *behind, const struct total *total)
{
	if (total->n > 0)
		doc_item(d, DOC_N(total->n), DOC_T(before), DOC_T(total->n == 1 ? "module" : "modules"), DOC_T(behind),
			 DOC_T(total->n == 1 ? ": keeps " : ": keep "), DOC_LEFT(total->own_bytes), DOC_T("."));
}

static void add_totals(struct document *d, const struct imports *imports)
{
	struct total totals[N_IMPORT_ORIGINS] = { 0 };

	for (size_t i = 0; i < imports->n_rows; i++) {
		const struct import_row *row = &imports->rows[i];
		if (row->cut || row->raised)
			continue;
		totals[row->origin].n++;
		totals[row->origin].own_bytes += row->own_bytes;
	}
	add_total(d, " ", " compiled on the board", &totals[IMPORT_SOURCE]);
	add_total(d, " ", " compiled before (.mpy)", &totals[IMPORT_MPY]);
	add_total(d, " frozen ", "", &totals[IMPORT_FROZEN]);
	int64_t own_bytes = totals[IMPORT_SOURCE].own_bytes + totals[IMPORT_MPY].own_bytes;
	if (own_bytes > 0)
		doc_item(d, DOC_T("Freezing those in files saves at most "), DOC_BYTES((uint64_t)own_bytes),
			 DOC_T(", and the peak of compiling: code moves to flash, objects made at run time stay."));
}

/* ---- the order ---- */

static void add_order(struct document *d, const struct imports *imports)
{
	struct import_order order;
	struct doc_block block = { .n_spans = 0 };

	if (import_order(imports, &order) < 0)
		return;
	if (order.n_rows > 1 && order.same) {
		doc_item(d, DOC_T("The imports peak at "), DOC_BYTES(order.now_bytes),
			 DOC_T("; no better order was found."));
	} else if (order.n_rows > 1) {
		doc_put(d, &block, DOC_T("The imports peak at "), DOC_BYTES(order.now_bytes),
			DOC_T("; in this order at "), DOC_BYTES(order.then_bytes), DOC_T(", "),
			DOC_BYTES(order.now_bytes - order.then_bytes), DOC_T(" less: "));
		for (size_t i = 0; i < order.n_rows && i < ORDER_NAMES; i++)
			doc_put(d, &block, DOC_T(i > 0 ? ", " : ""), DOC_T(imports->rows[order.rows[i]].name));
		if (order.n_rows > ORDER_NAMES)
			doc_put(d, &block, DOC_T(" and "), DOC_N(order.n_rows - ORDER_NAMES), DOC_T(" more (--json)"));
		doc_add(d, DOC_ITEM, block.spans, block.n_spans);
	}
	import_order_deinit(&order);
}

void imports_add_findings(struct document *d, const struct imports *imports)
{
	add_totals(d, imports);
	add_order(d, imports);
}

/* ---- the table ---- */

struct shown {
	const struct import_row *rows[ROWS_MAX];
	size_t n;
};

static void fill_row(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct import_row *row = ((const struct shown *)ctx)->rows[i];

	ret->depth = (uint32_t)row->depth;
	ret->cells[0] = DOC_T(row->name);
	ret->cells[1] = DOC_T(row->cut ? "cut" : row->raised ? "raised" : import_origin_name(row->origin));
	if (!row->cut) {
		ret->cells[2] = DOC_LEFT(row->kept_bytes);
		ret->cells[3] = DOC_LEFT(row->own_bytes);
	}
	ret->cells[4] = DOC_BYTES(row->peak_bytes);
	ret->cells[4].bound = row->peak_is_least || row->cut ? DOC_AT_LEAST : DOC_IS;
	ret->cells[5] = DOC_BYTES(row->before_lfb_bytes);
	ret->cells[6] = DOC_BYTES(row->after_lfb_bytes);
}

void imports_add_table(struct document *d, const struct imports *imports)
{
	static const struct doc_column columns[] = {
		{ NULL, "import", DOC_TEXT, DOC_CUT_BEGINNING, .is_name = true },
		{ NULL, "from", DOC_TEXT, .drop = 2 },
		{ NULL, "kept", DOC_BALANCE },
		{ NULL, "own", DOC_BALANCE },
		{ NULL, "peak", DOC_SIZE },
		{ NULL, "largest free", DOC_SIZE, .drop = 1 },
		{ NULL, "then", DOC_SIZE, .drop = 1 },
	};
	struct shown *shown = arena_zeroed(&d->arena, 1, sizeof(*shown));
	uint64_t n_more = imports->n_more, n_nothing = 0;

	if (!shown)
		return;
	for (size_t i = 0; i < imports->n_rows; i++) {
		const struct import_row *row = &imports->rows[i];
		if (is_nothing(row))
			n_nothing++;
		else if (shown->n < ROWS_MAX)
			shown->rows[shown->n++] = row;
		else
			n_more++;
	}
	if (shown->n == 0)
		doc_section(d, "Imports");
	doc_table(d, &(struct doc_table){ .title = "Imports, before and after each collected",
					  DOC_COLUMNS(columns),
					  DOC_ROWS(shown->n, fill_row, shown),
					  .exact = true });
	if (n_more > 0)
		doc_item(d, DOC_T("and "), DOC_N(n_more), DOC_T(" more (--json)"));
	if (n_nothing > 0)
		doc_item(d, DOC_OF(n_nothing, "built-in module"), DOC_T(" kept nothing"));
	else if (shown->n == 0)
		doc_item(d, DOC_T("none that loaded anything"));
}
