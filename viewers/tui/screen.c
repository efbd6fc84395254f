/* The whole screen: draws the state through the panels, and hands input to the keys and the mouse. */
#include <string.h>

#include "memprof/base/number.h"
#include "tui/panels/panel.h"
#include "tui/state/actions.h"

static uint64_t n_shown(const struct tui *t)
{
	const struct history_moment *m = tui_moment(t);

	return m ? m->n : 0;
}

enum tui_request tui_input(struct tui *t, const struct tui_input *input, uint64_t now_us)
{
	uint64_t n_was = n_shown(t), n_notes = t->n_notes;

	t->now_us = now_us;
	t->stale = true;
	t->request = TUI_NOTHING;
	if (input->kind == TUI_INPUT_KEY)
		tui_press_key(t, input->key);
	else if (input->kind == TUI_INPUT_MOUSE)
		tui_mouse(t, input);
	if (n_shown(t) != n_was && t->n_notes == n_notes && t->note_is_mine)
		t->note_until_us = 0;
	return t->request;
}

/* ---- drawing ---- */

static void make_plan(struct tui *t, const struct grid *grid)
{
	const struct history_moment *m = tui_moment(t);
	const struct heap_pool *pool = tui_pool(t);
	struct plan_wants wants = {
		.columns = grid->columns,
		.rows = grid->rows,
		.n_pools = (m && m->n_pools > 1 ? (uint32_t)m->n_pools : 1) + panel_window_rows(t) +
			   panel_tasks_rows(t),
		.address_digits = pool ? heap_address_digits(pool, 8) : 0,
		.focus = t->focus,
		.big = t->big,
		.inspector = t->inspector,
		.compared = t->picture.before_pool != NULL,
		.input = t->typing || t->asking,
	};

	memcpy(wants.open, t->open, sizeof(wants.open));
	plan_make(&wants, &t->plan);
}

static void make_view(struct tui *t)
{
	const struct heap_pool *pool = tui_pool(t);
	const struct rect *cells = &t->plan.map_cells;

	if (!pool || pool->n_blocks == 0 || cells->columns < 1 || cells->rows < 1)
		return;
	uint32_t fit = heap_map_fit(pool, cells->columns, cells->rows);
	t->column = t->view.columns == cells->columns ? t->column : -1;
	t->view.columns = cells->columns;
	t->view.rows = cells->rows;
	t->view.blocks_per_cell = t->blocks_per_cell == MAP_ZOOM_FIT ? fit : MIN(t->blocks_per_cell, fit);
	map_follow(pool, &t->view, t->i_cursor);
}

#define PANEL_ROW(CONSTANT, name, ...) { offsetof(struct plan, panels[PANEL_##CONSTANT]), panel_##name },
static const struct {
	size_t offset; /* of its rectangle, in the plan */
	void (*draw)(const struct tui *t, struct grid *g, const struct rect *r);
} panels[] = { { offsetof(struct plan, inspector), panel_inspector },
	       { offsetof(struct plan, input), panel_input },
	       { offsetof(struct plan, keys), panel_keys },
	       TUI_PANELS(PANEL_ROW) };

static bool is_there(const struct rect *r) { return r->columns > 0 && r->rows > 0; }

void tui_draw(struct tui *t, struct grid *grid, uint64_t now_us)
{
	t->now_us = now_us;
	if (t->note_until_us && now_us >= t->note_until_us)
		t->note_until_us = 0;
	if (tui_prepare(t) < 0 || tui_prepare_slopes(t) < 0 || tui_prepare_verdict(t) < 0)
		tui_note(t, "not enough memory for all of this picture");
	tui_hold_lists(t);
	make_plan(t, grid);
	make_view(t);
	grid_clear(grid);
	t->stale = false;
	if (t->plan.too_small) {
		grid_printf(grid, 0, 0, grid->columns, TUI_WARNING, "needs %dx%d", TUI_COLUMNS_MIN, TUI_ROWS_MIN);
		return;
	}
	t->note_below = t->note_until_us && !panel_title_has_room(t, grid, &t->plan.title);
	if (is_there(&t->plan.title))
		panel_title(t, grid, &t->plan.title, now_us);
	for (size_t i = 0; i < ARRAY_SIZE(panels); i++) {
		const struct rect *r = (const struct rect *)((const char *)&t->plan + panels[i].offset);
		if (is_there(r))
			panels[i].draw(t, grid, r);
	}
	if (t->help) {
		const struct key_list list = tui_key_list(t);
		t->help_top = MIN(t->help_top, keys_help_top_max(&list, grid));
		keys_help(&list, grid, t->help_top);
	}
}

/* ---- for the event loop ---- */

static enum tui_request input_of(void *ctx, const struct tui_input *input, uint64_t now_us)
{
	return tui_input(ctx, input, now_us);
}
static void message_of(void *ctx, const char *text, uint64_t now_us) { tui_message(ctx, text, now_us); }
static void draw_of(void *ctx, struct grid *grid, uint64_t now_us) { tui_draw(ctx, grid, now_us); }
static bool is_stale_of(const void *ctx) { return tui_is_stale(ctx); }
static uint64_t deadline_of(const void *ctx) { return tui_deadline_us(ctx); }

const struct tui_screen tui_screen_heap = {
	.input = input_of,
	.message = message_of,
	.draw = draw_of,
	.is_stale = is_stale_of,
	.deadline_us = deadline_of,
};
