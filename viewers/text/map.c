/* The heap as a map of cells. */
#include <inttypes.h>

#include "memprof/analysis/heap_map.h"
#include "memprof/viewers/view.h"
#include "shared/number_words.h"
#include "text/cut.h"

enum {
	DIGITS_LEAST = 12, /* of an address: of a Linux process */
	CELLS_USUAL = 64,  /* of a row: as many blocks as the firmware prints in one */
	CELLS_STEP = 16,   /* wider rows, so that addresses stay round */
};

/* The finest map that keeps to the rows there are; each area has a row at least. */
static struct heap_map map_for(const struct heap_pool *pool, const struct text_style *style, int n_digits)
{
	int n_room = (int)style->columns - n_digits - 2;
	struct heap_map map = { .columns = MAX(n_room / CELLS_STEP * CELLS_STEP, CELLS_USUAL),
				.rows = (int)(style->map_rows + pool->n_areas - 1) };

	while (map.columns > 8 && map.columns > n_room)
		map.columns /= 2;
	map.blocks_per_cell = style->map_full ? 1 : heap_map_fit(pool, map.columns, map.rows);
	return map;
}

static void draw_sign(struct strbuf *out, enum text_role role, char sign, const struct text_style *style)
{
	text_role(out, style, role);
	strbuf_putc(out, sign);
	text_role(out, style, ROLE_PLAIN);
}

static void draw_cell(struct strbuf *out, const struct heap_cell *cell, bool is_one_block,
		      const struct text_style *style)
{
	static const char *const shades[] = { "", "░", "▒", "▓", "█" };
	static const char plain_shades[] = " :+*#";

	if (cell->n_unknown > 0)
		draw_sign(out, ROLE_WARNING, '?', style);
	else if (cell->n_used == 0)
		draw_sign(out, cell->largest ? ROLE_LARGEST : ROLE_FREE, cell->largest ? '_' : '.', style);
	else if (is_one_block)
		strbuf_putc(out, (char)cell->first);
	else if (style->utf8)
		strbuf_puts(out, shades[heap_cell_fill(cell)]);
	else
		strbuf_putc(out, plain_shades[heap_cell_fill(cell)]);
}

static void draw_legend(struct strbuf *out, const struct heap_pool *pool, uint32_t blocks_per_cell,
			const struct text_style *style)
{
	if (blocks_per_cell == 1) {
		text_legend(
			out,
			". free  _ largest free  = tail  T tuple  L list  D dict  S str, bytes  A bytearray  F float  "
			"B function  M module  h other  ? not in the log",
			style->columns);
		return;
	}
	text_legend(out,
		    style->utf8 ? ". free  _ largest free  ░▒▓ in part  █ full  ? not in the log" :
				  ". free  _ largest free  :+* in part  # full  ? not in the log",
		    style->columns);
	strbuf_printf(out, "  a cell is %s blocks, %s\n", count_words(blocks_per_cell, style).text,
		      exact_words((uint64_t)blocks_per_cell * pool->block_bytes, style).text);
}

void text_map(struct strbuf *out, const struct heap_pool *pool, const struct text_style *style)
{
	int n_digits = heap_address_digits(pool, DIGITS_LEAST);
	struct heap_map map = map_for(pool, style, n_digits);
	struct heap_cells cells = { .pool = pool };
	struct area_counts counts;
	struct heap_span row, span;

	pool_count(pool, &counts);
	cells.largest = heap_longest_free_run(pool, &counts);
	heap_cells_prepare(&cells);
	for (; (row = heap_map_row(pool, &map, 0)).there; map.i_top_row++) {
		text_role(out, style, ROLE_FAINT);
		strbuf_printf(out, "%*" PRIx64, n_digits, heap_block_address(pool, row.i_first));
		text_role(out, style, ROLE_PLAIN);
		strbuf_puts(out, "  ");
		for (int x = 0; (span = heap_map_row_cell(&row, &map, x)).there; x++) {
			struct heap_cell cell;
			heap_cells_get(&cells, &span, &cell);
			draw_cell(out, &cell, map.blocks_per_cell == 1, style);
		}
		strbuf_putc(out, '\n');
	}
	draw_legend(out, pool, map.blocks_per_cell, style);
}
