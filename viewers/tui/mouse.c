/* The mouse: a click chooses what is under it, the wheel zooms or scrolls, a drag over the map measures, over a curve
 * it goes through time. */
#include <inttypes.h>

#include "tui/panels/panel.h"
#include "tui/state/actions.h"

enum { WHEEL_LINES = 3 };

/* The panel at x, y of the last picture, if it was not closed since; N_PANELS: none. */
static enum tui_panel panel_at(const struct tui *t, int x, int y)
{
	for (int i = 0; i < N_PANELS; i++)
		if (t->open[i] && rect_has(&t->plan.panels[i], x, y))
			return (enum tui_panel)i;
	return N_PANELS;
}

/* What the map shows there, and in which pool; there is false outside of it. */
static struct heap_span span_at(const struct tui *t, int x, int y)
{
	const struct rect *cells = &t->plan.map_cells;
	const struct heap_pool *pool = tui_pool(t);

	if (!pool || pool->n_blocks == 0 || !rect_has(cells, x, y))
		return (struct heap_span){ 0 };
	return heap_map_at(pool, &t->view, x - cells->x, y - cells->y);
}

static void press(struct tui *t, int x, int y)
{
	enum tui_panel panel = panel_at(t, x, y);
	struct heap_span span = span_at(t, x, y);
	uint64_t n_moment;
	size_t i;

	t->dragging = t->dragging_time = false;
	tui_perform(t, panel_keys_at(t, x, y));
	if (panel == N_PANELS)
		return;
	t->focus = panel;
	if (span.there) {
		tui_set_cursor(t, span.i_first);
		t->dragging = true;
		t->drag_x = x;
		t->drag_y = y;
	} else if (panel == PANEL_POOLS && panel_pools_at(t, x, y, &i)) {
		tui_choose_pool(t, i);
	} else if (panel == PANEL_EVENTS && panel_events_at(t, x, y, &i)) {
		tui_show_event(t, i);
	} else if (panel == PANEL_OWNERS && panel_owners_at(t, x, y, &i)) {
		t->i_owner = i;
	} else if (panel == PANEL_TREND && panel_trend_at(t, x, y, &n_moment)) {
		tui_look_at(t, n_moment);
		t->dragging_time = t->trend_zoom < 2; /* else the curve moves as the moment does */
	}
}

static void drag_time(struct tui *t, int x, int y)
{
	uint64_t n_moment;

	if (panel_trend_at(t, x, y, &n_moment))
		tui_look_at(t, n_moment);
}

/* ---- measuring ---- */

static void measure(const struct heap_pool *pool, uint32_t i_first, uint32_t i_last, struct area_counts *ret)
{
	for (uint32_t i = 0; i < pool->n_areas; i++) {
		const struct heap_area *a = &pool->areas[i];
		uint32_t from = MAX(i_first, a->i_first), end = MIN(i_last + 1, a->i_first + a->n_blocks);
		struct heap_area part = { .n_blocks = end - MIN(from, end), .kinds = pool->kinds + from };
		area_count(&part, ret);
	}
}

static void drag(struct tui *t, int x, int y)
{
	const struct rect *cells = &t->plan.map_cells;
	const struct heap_pool *pool = tui_pool(t);
	struct heap_span from = span_at(t, t->drag_x, t->drag_y);
	struct heap_span to = span_at(t, MIN(MAX(x, cells->x), cells->x + cells->columns - 1),
				      MIN(MAX(y, cells->y), cells->y + cells->rows - 1));

	if (!from.there || !to.there)
		return;
	uint32_t i_first = MIN(from.i_first, to.i_first);
	uint32_t i_last = MAX(from.i_first + from.n_blocks, to.i_first + to.n_blocks) - 1;
	struct area_counts counts = { 0 };
	uint64_t bytes = pool->block_bytes;
	measure(pool, i_first, i_last, &counts);
	tui_set_cursor(t, to.i_first);
	tui_note(t, "%" PRIu64 " B: %" PRIu64 " free, %" PRIu64 " used; 0x%" PRIx64 "-0x%" PRIx64,
		 (counts.n_free + counts.n_used + counts.n_unknown) * bytes, counts.n_free * bytes,
		 counts.n_used * bytes, heap_block_address(pool, i_first),
		 heap_block_address(pool, i_last) + bytes - 1);
}

/* ---- the wheel ---- */

/* way: -1 up, 1 down. */
static void wheel(struct tui *t, int x, int y, int way)
{
	enum tui_panel panel = panel_at(t, x, y);
	struct heap_span span = span_at(t, x, y);

	if (t->help)
		t->help_top = MAX(t->help_top + way, 0);
	else if (panel == PANEL_MAP) {
		if (span.there)
			tui_set_cursor(t, span.i_first);
		act_zoom(t, -way);
	} else if (panel == PANEL_EVENTS || panel == PANEL_CONSOLE)
		tui_scroll(t, panel, way * WHEEL_LINES);
	else if (panel == PANEL_OWNERS)
		tui_choose_owner(t, way * WHEEL_LINES);
	else if (panel == PANEL_TREND)
		act_step(t, way);
}

void tui_mouse(struct tui *t, const struct tui_input *input)
{
	if (input->button == TUI_PRESS && t->help)
		t->help = t->dragging = t->dragging_time = false;
	else if (input->button == TUI_PRESS)
		press(t, input->x, input->y);
	else if (input->button == TUI_DRAG && t->dragging)
		drag(t, input->x, input->y);
	else if (input->button == TUI_DRAG && t->dragging_time)
		drag_time(t, input->x, input->y);
	else if (input->button == TUI_RELEASE)
		t->dragging = t->dragging_time = false;
	else if (input->button == TUI_WHEEL_UP || input->button == TUI_WHEEL_DOWN)
		wheel(t, input->x, input->y, input->button == TUI_WHEEL_UP ? -1 : 1);
}
