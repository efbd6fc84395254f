#include "screen.h"

#include <string.h>

#include "memprof/base/text.h"

void screen_figures(const struct heap_pool *pool, struct history_figures *ret)
{
	*ret = (struct history_figures){
		.kind = pool->kind,
		.memory = pool->memory,
		.state = pool_state_counted(pool),
		.peak_bytes = pool->reported.peak_bytes,
		.has_table = pool->n_blocks > 0,
	};
	memcpy(ret->name, pool->name, sizeof(ret->name));
}

int screen_add(struct history *h, const struct heap *heap, uint64_t at_us)
{
	struct history_figures figures[HEAP_POOLS_MAX] = { 0 };
	struct history_moment m = { .at_us = at_us,
				    .reported = SNAPSHOT_REPORTED_NOTHING,
				    .problem = heap->problem,
				    .n_pools = heap->n_pools,
				    .pools = figures };

	for (uint32_t i = 0; i < heap->n_pools; i++)
		screen_figures(&heap->pools[i], &figures[i]);
	return history_add(h, heap, &m);
}

enum tui_request screen_key(struct tui *t, uint32_t key, uint64_t now_us)
{
	struct tui_input input = { .kind = TUI_INPUT_KEY, .key = key };

	return tui_input(t, &input, now_us);
}

enum tui_request screen_mouse(struct tui *t, unsigned button, int x, int y, uint64_t now_us)
{
	struct tui_input input = { .kind = TUI_INPUT_MOUSE, .x = x, .y = y };

	input.button = (unsigned)button;
	return tui_input(t, &input, now_us);
}

/* ---- what must be true ---- */

static bool within(const struct rect *r, const struct grid *g)
{
	return r->rows <= 0 || r->columns <= 0 ||
	       (r->x >= 0 && r->y >= 0 && r->x + r->columns <= g->columns && r->y + r->rows <= g->rows);
}

static bool plan_is_sound(const struct plan *p, const struct grid *g)
{
	for (int i = 0; i < N_PANELS; i++)
		if (!within(&p->panels[i], g))
			return false;
	return within(&p->title, g) && within(&p->inspector, g) && within(&p->input, g) && within(&p->keys, g) &&
	       within(&p->map_cells, g) && within(&p->map_addresses, g) && within(&p->minimap, g);
}

bool screen_cells_are_sound(const struct grid *g)
{
	for (int i = 0; i < g->columns * g->rows; i++) {
		uint32_t point = g->cells[i].point;
		if (g->cells[i].role >= N_TUI_ROLES || (point && point < ' ') || (point >= 0x7f && point < 0xa0) ||
		    (!g->utf8 && point > 0x7f))
			return false;
	}
	return g->cursor_x < g->columns && g->cursor_y < g->rows;
}

static bool line_is_sound(const struct tui *t)
{
	const uint8_t *p = (const uint8_t *)t->line.text, *end = p + t->line.n, *cursor = p + t->line.i;
	bool seen = cursor == end;

	if (t->line.n >= sizeof(t->line.text) || strlen(t->line.text) != t->line.n || t->line.i > t->line.n)
		return false;
	while (p < end) {
		size_t n = text_utf8(p, end, NULL);
		if (n == 0)
			return false;
		seen = seen || p == cursor;
		p += n;
	}
	return seen;
}

static bool cursor_is_in_sight(const struct tui *t)
{
	const struct heap_pool *pool = tui_pool(t);
	const struct rect *cells = &t->plan.map_cells;
	uint32_t row;
	int x;

	if (!pool || pool->n_blocks == 0)
		return t->i_cursor == 0;
	if (t->i_cursor >= pool->n_blocks)
		return false;
	if (cells->rows <= 0 || cells->columns <= 0)
		return true;
	heap_map_find(pool, &t->view, t->i_cursor, &row, &x);
	return t->view.rows == cells->rows && t->view.columns == cells->columns && row >= t->view.i_top_row &&
	       row - t->view.i_top_row < (uint32_t)t->view.rows && x < t->view.columns;
}

static bool picture_is_sound(const struct tui *t)
{
	const struct picture *p = &t->picture;
	const struct history_moment *m = tui_moment(t);

	if (!m)
		return p->n_moment == 0 && !p->first_seen;
	return p->n_moment == m->n && (p->i_pool < m->n_pools || m->n_pools == 0) && (!p->before_pool || p->n_before);
}

const char *screen_fault(const struct tui *t, const struct grid *g)
{
	size_t n_board_events = history_n_events(t->o.history);

	return !plan_is_sound(&t->plan, g)                                   ? "the plan leaves the screen" :
	       !screen_cells_are_sound(g)                                    ? "a cell holds what no terminal may see" :
	       !line_is_sound(t)                                             ? "the typed line is broken" :
	       !picture_is_sound(t)                                          ? "the picture is not of the moment" :
	       !cursor_is_in_sight(t)                                        ? "the cursor is out of sight" :
	       !t->open[t->focus]                                            ? "a closed panel has the keys" :
	       t->events_up > n_board_events || t->event_up > n_board_events ? "events beyond the first" :
	       tui_is_stale(t)                                               ? "stale right after it was drawn" :
									       NULL;
}
