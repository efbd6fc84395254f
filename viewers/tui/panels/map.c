/* The heap map of the pool that is looked at; for a pool without a block table, its figures. */
#include <inttypes.h>
#include <stdio.h>

#include "memprof/base/number.h"
#include "tui/panels/cells.h"

/* ---- the map ---- */

static void draw_address(struct grid *g, const struct rect *r, int y, const struct heap_pool *pool,
			 const struct heap_span *span)
{
	const struct heap_area *area = &pool->areas[span->i_area];
	uint64_t address = heap_block_address(pool, span->i_first);
	char text[PANEL_WORD_BYTES];
	int n;

	if (area->loose) /* nothing tells where it begins: how far from there */
		n = snprintf(text, sizeof(text), "+%" PRIx64, address - area->base);
	else
		n = snprintf(text, sizeof(text), "%08" PRIx64, address);
	int room = r->columns - 2, cut = MAX(n - room, 0); /* the last digits are those that differ */
	if (room > 0)
		grid_text(g, r->x + 1 + room - (n - cut), y, n - cut, TUI_FAINT, text + cut);
	if (cut > 0)
		grid_put(g, r->x, y, '~', TUI_FAINT);
}

/* The signs of a search's hits stand out, whatever the cells are coloured by. */
struct hits {
	const struct heap_pool *pool;
	const struct map_search *search; /* NULL: nothing is searched for */
	uint32_t i_next;                 /* the first hit that is not before what was asked last; n_blocks: none */
};

static void hits_seek(struct hits *h, uint32_t i_from)
{
	/* map_next begins behind a block; behind UINT32_MAX that is the first one. */
	if (!map_next(h->pool, h->search, i_from - 1, false, &h->i_next))
		h->i_next = h->pool->n_blocks;
}

static bool hits_in(struct hits *h, const struct heap_span *span)
{
	if (!h->search)
		return false;
	if (h->i_next < span->i_first)
		hits_seek(h, span->i_first);
	return h->i_next - span->i_first < span->n_blocks;
}

static void draw_cells(const struct tui *t, struct grid *g, const struct cells *c, const struct rect *cells,
		       const struct rect *addresses)
{
	const struct heap_pool *pool = c->facts.pool;
	int n_rows = MIN(cells->rows, t->view.rows), n_columns = MIN(cells->columns, t->view.columns);
	struct hits hits = { pool, t->searched ? &t->search : NULL, 0 };

	if (hits.search)
		hits_seek(&hits, heap_map_row(pool, &t->view, 0).i_first);
	for (int y = 0; y < n_rows; y++) {
		struct heap_span row = heap_map_row(pool, &t->view, y);
		if (row.there && rect_has(addresses, addresses->x, cells->y + y))
			draw_address(g, addresses, cells->y + y, pool, &row);
		for (int x = 0; x < n_columns; x++) {
			struct heap_span span = heap_map_row_cell(&row, &t->view, x);
			struct heap_cell cell;
			if (!span.there)
				break;
			heap_cells_get(&c->facts, &span, &cell);
			struct cell_style look = cells_look(c, &cell);
			if (hits_in(&hits, &span))
				look = (struct cell_style){ palette_letter(pool->kinds[hits.i_next]), TUI_FOUND };
			if (t->i_cursor >= span.i_first && t->i_cursor - span.i_first < span.n_blocks)
				look.role = TUI_CURSOR;
			grid_put(g, cells->x + x, cells->y + y, look.point, look.role);
		}
	}
}

/* What is missing behind the last row, where there is room for it. */
static void say_missing(const struct tui *t, struct grid *g, const struct heap_pool *pool, const struct rect *cells)
{
	uint32_t n_rows = heap_map_n_rows(pool, &t->view);

	if (pool->missing_bytes > 0 && pool->missing_bytes != NOT_KNOWN && n_rows >= t->view.i_top_row &&
	    n_rows - t->view.i_top_row < (uint32_t)cells->rows)
		grid_printf(g, cells->x, cells->y + (int)(n_rows - t->view.i_top_row), cells->columns, TUI_UNKNOWN,
			    "? %" PRIu64 " B more are not known", pool->missing_bytes);
}

/* How full each part of the pool is, and beside it, within bounds, which part is in sight. Not drawn where
 * all is. */
static void draw_minimap(const struct tui *t, struct grid *g, const struct heap_pool *pool, const struct rect *r,
			 const struct rect *bounds)
{
	int i_first, n;
	uint32_t i = 0;

	if (r->rows < 1 || r->columns < 1 || heap_map_n_rows(pool, &t->view) <= (uint32_t)t->view.rows)
		return;
	map_minimap(pool, &t->view, r->rows, &i_first, &n);
	for (int y = 0; y < r->rows; y++) {
		uint32_t i_end = (uint32_t)((uint64_t)pool->n_blocks * (uint64_t)(y + 1) / (uint64_t)r->rows);
		uint32_t n_all = i_end - i, n_free = 0;
		for (; i < i_end; i++)
			n_free += pool->kinds[i] == BLOCK_FREE;
		bool in_sight = y >= i_first && y < i_first + n;
		double part = n_all > 0 ? (double)(n_all - n_free) / (double)n_all : 0;
		grid_put(g, r->x, r->y + y, grid_shade(g, part), in_sight ? TUI_CHOSEN : TUI_FAINT);
		if (in_sight && r->x > bounds->x)
			grid_put(g, r->x - 1, r->y + y, 0x2502, TUI_CHOSEN);
	}
}

/* ---- a pool without one ---- */

static const char *why_no_map(const struct heap_pool *pool, const struct history_figures *f)
{
	if (f->kind != POOL_GC && f->kind != POOL_TRACKED)
		return "The board reports figures of this pool, not its blocks.";
	return pool && pool->block_bytes == 0 ? "Nothing tells how large a block is." :
						"No block table came with this snapshot.";
}

static void draw_figures(struct grid *g, const struct rect *r, const struct heap_pool *pool,
			 const struct history_figures *f)
{
	const struct heap_reported *reported = pool ? &pool->reported : &HEAP_REPORTED_NOTHING;
	const struct {
		const char *words;
		uint64_t bytes;
		enum tui_role role;
		bool always;
	} rows[] = {
		{ "used", f->state.used_bytes, TUI_USED, true },
		{ "free", f->state.free_bytes, TUI_FREE, true },
		{ "largest free", f->state.lfb_bytes, TUI_LARGEST, true },
		{ "largest that fits", reported->largest_fit_bytes, TUI_LARGEST, false },
		{ "size", f->state.total_bytes, TUI_PLAIN, true },
		{ "most ever used", f->peak_bytes, TUI_PEAK, false },
		{ "least ever free", reported->least_free_bytes, TUI_PEAK, false },
	};
	enum { SAYS_COLUMNS = 19, SIZE_COLUMNS = 10, BAR_COLUMNS_MAX = 60 };
	struct flow flow = { .g = g, .r = { r->x + 1, r->y, r->columns - 1, r->rows } };
	int x = r->x + 1, end = r->x + r->columns;

	flow_printf(&flow, TUI_FAINT, "%s", why_no_map(pool, f));
	flow_row(&flow);
	for (size_t i = 0; i < ARRAY_SIZE(rows) && flow.y < r->rows; i++) {
		char text[PANEL_WORD_BYTES];
		int y = r->y + flow.y, at = x + SAYS_COLUMNS + SIZE_COLUMNS + 2;
		if (rows[i].bytes == NOT_KNOWN && !rows[i].always)
			continue;
		grid_text(g, x, y, MIN(SAYS_COLUMNS, end - x), TUI_PLAIN, rows[i].words);
		grid_printf(g, x + SAYS_COLUMNS, y, MIN(SIZE_COLUMNS, end - x - SAYS_COLUMNS), TUI_PLAIN, "%*s",
			    SIZE_COLUMNS, panel_size(text, rows[i].bytes, SIZE_COLUMNS));
		if (f->state.total_bytes != NOT_KNOWN && f->state.total_bytes > 0 && rows[i].bytes != NOT_KNOWN &&
		    at + 5 < end)
			grid_bar(g, at, y, MIN(end - at - 1, BAR_COLUMNS_MAX),
				 MIN((double)rows[i].bytes / (double)f->state.total_bytes, 1.0), rows[i].role,
				 TUI_FAINT);
		flow.y++;
	}
	if (reported->n_allocations != NOT_KNOWN && reported->n_failures != NOT_KNOWN)
		flow_printf(&flow, reported->n_failures > 0 ? TUI_WARNING : TUI_PLAIN,
			    "%" PRIu64 " of %" PRIu64 " allocations failed", reported->n_failures,
			    reported->n_allocations);
	if (pool && pool->damaged)
		flow_printf(&flow, TUI_WARNING, "Its allocator's own data is damaged: something wrote past a block.");
}

/* ---- both ---- */

/* pool: NULL where there is no map. */
static void draw_heading(const struct tui *t, struct grid *g, const struct rect *r, const struct heap_pool *pool)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	static const char line[] = " ─ ";
	uint32_t per_cell = MAX(t->view.blocks_per_cell, 1u);

	strbuf_printf(&text, "map%s%s", *panel_pool_name(t) ? " " : "", panel_pool_name(t));
	if (t->picture.n_moment > 0 && t->picture.heap.problem != HEAP_WHOLE)
		strbuf_printf(&text, "%s%s", line, heap_problem_text(t->picture.heap.problem));
	if (pool) {
		strbuf_printf(&text, "%s1 cell = %" PRIu32 " block%s = %" PRIu64 " B%sby %s", line, per_cell,
			      per_cell == 1 ? "" : "s", (uint64_t)per_cell * pool->block_bytes, line,
			      cells_by(t->colors));
		if (t->colors == COLORS_CHANGE && t->picture.n_before > 0)
			strbuf_printf(&text, " against snapshot %" PRIu64, t->picture.n_before);
	}
	panel_heading(t, g, r, PANEL_MAP, strbuf_text(&text));
}

void panel_map(const struct tui *t, struct grid *g, const struct rect *r)
{
	const struct heap_pool *pool = tui_pool(t);
	const struct history_figures *figures = tui_figures(t);
	bool has_map = pool && pool->n_blocks > 0 && pool->block_bytes > 0 && t->view.rows > 0 && t->view.columns > 0;
	struct rect rest = { r->x, r->y + 1, r->columns, MAX(r->rows - 1, 0) };

	if (r->rows < 1 || r->columns < 1)
		return;
	draw_heading(t, g, r, has_map ? pool : NULL);
	if (has_map) {
		struct rect cells = panel_within(&t->plan.map_cells, &rest);
		struct rect addresses = panel_within(&t->plan.map_addresses, &rest);
		struct rect minimap = panel_within(&t->plan.minimap, &rest);
		struct flow legend = { .g = g, .r = panel_within(&t->plan.legend, &rest) };
		struct flow compared = { .g = g, .r = panel_within(&t->plan.compared, &rest), .x = 1 };
		struct cells looks;
		cells_begin(&looks, t, g, pool);
		draw_cells(t, g, &looks, &cells, &addresses);
		say_missing(t, g, pool, &cells);
		draw_minimap(t, g, pool, &minimap, &rest);
		panel_compared(t, &compared);
		legend.x = 1;
		cells_legend(&looks, &legend);
	} else if (figures) {
		draw_figures(g, &rest, pool, figures);
	} else if (rest.rows > 0) {
		grid_text(g, rest.x + 1, rest.y, rest.columns - 1, TUI_FAINT, "Nothing is known of a heap yet.");
	}
}
