/* The screen's state: its beginning and end, what others tell it, and the drawing of all of it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/text.h"
#include "tui/state/actions.h"

enum { NOTE_US = 6000000 }; /* how long it stays */

struct tui *tui_new(const struct tui_options *options)
{
	struct tui *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->o = *options;
	t->link = options->live ? TUI_LIVE : TUI_REPLAY;
	t->stale = t->follows = t->inspector = true;
	for (int i = 0; i < N_PANELS; i++)
		t->open[i] = true;
	t->open[PANEL_CONSOLE] = options->console != NULL;
	t->focus = PANEL_MAP;
	t->view = (struct heap_map){ .columns = 1, .rows = 1, .blocks_per_cell = 1 };
	t->cursor_address = NOT_KNOWN;
	t->column = -1;
	heap_init(&t->picture.heap);
	heap_init(&t->picture.before);
	return t;
}

void tui_free(struct tui *t)
{
	if (!t)
		return;
	heap_deinit(&t->picture.heap);
	heap_deinit(&t->picture.before);
	free(t->picture.first_seen);
	free(t);
}

/* ---- what it is told ---- */

void tui_set_link(struct tui *t, enum tui_link link, const char *says)
{
	t->link = link;
	text_copy(t->link_says, sizeof(t->link_says), says, strlen(says));
	t->stale = true;
}

void tui_say(struct tui *t, const char *text, uint64_t now_us)
{
	text_copy(t->note, sizeof(t->note), text, strlen(text));
	t->note_until_us = now_us + NOTE_US;
	t->note_is_mine = false;
	t->n_notes++;
	t->stale = true;
}

void tui_note(struct tui *t, const char *format, ...)
{
	char text[sizeof(t->note)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	tui_say(t, text, t->now_us);
	t->note_is_mine = true;
}

void tui_grew(struct tui *t) { t->stale = true; }

bool tui_is_stale(const struct tui *t) { return t->stale; }

uint64_t tui_deadline_us(const struct tui *t)
{
	if (t->picture.owes_ages)
		return t->now_us;
	return t->note_until_us ? t->note_until_us : NOT_KNOWN;
}

const char *tui_line(const struct tui *t) { return t->sent; }

/* ---- drawing ---- */

/* Those that were shown ever. */
static uint64_t n_console_lines(const struct console *c)
{
	return c ? console_n_all(c) - console_n_lines(c) + panel_console_n_lines(c) : 0;
}

/* Lists that are scrolled up stay where they are while lines come. */
static void hold_lists(struct tui *t)
{
	uint64_t n_board_events = history_n_all_events(t->o.history);
	uint64_t n_console = n_console_lines(t->o.console);
	size_t n_new = (size_t)(n_board_events - t->n_board_events), n_kept = history_n_events(t->o.history);

	t->events_up += t->events_up > 0 ? n_new : 0;
	t->event_up += t->event_up > 0 ? n_new : 0;
	t->console_up += t->console_up > 0 ? (size_t)(n_console - t->n_console) : 0;
	t->n_board_events = n_board_events;
	t->n_console = n_console;
	t->event_up = MIN(t->event_up, n_kept - (n_kept > 0));
	tui_scroll(t, PANEL_EVENTS, 0);
	tui_scroll(t, PANEL_CONSOLE, 0);
}

static void make_plan(struct tui *t, const struct grid *grid)
{
	const struct history_moment *m = tui_moment(t);
	const struct heap_pool *pool = tui_pool(t);
	struct plan_wants wants = {
		.columns = grid->columns,
		.rows = grid->rows,
		.n_pools = m && m->n_pools > 1 ? (uint32_t)m->n_pools : 1,
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

static const struct {
	size_t offset; /* of its rectangle, in the plan */
	void (*draw)(const struct tui *t, struct grid *g, const struct rect *r);
} panels[] = {
	{ offsetof(struct plan, panels[PANEL_POOLS]), panel_pools },
	{ offsetof(struct plan, panels[PANEL_MAP]), panel_map },
	{ offsetof(struct plan, inspector), panel_inspector },
	{ offsetof(struct plan, panels[PANEL_TREND]), panel_trend },
	{ offsetof(struct plan, panels[PANEL_EVENTS]), panel_events },
	{ offsetof(struct plan, panels[PANEL_CONSOLE]), panel_console },
	{ offsetof(struct plan, input), panel_input },
	{ offsetof(struct plan, keys), panel_keys },
};

static bool is_there(const struct rect *r) { return r->columns > 0 && r->rows > 0; }

void tui_draw(struct tui *t, struct grid *grid, uint64_t now_us)
{
	t->now_us = now_us;
	if (t->note_until_us && now_us >= t->note_until_us)
		t->note_until_us = 0;
	if (tui_prepare(t) < 0)
		tui_note(t, "not enough memory for all of this picture");
	hold_lists(t);
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
		t->help_top = MIN(t->help_top, panel_help_top_max(t, grid));
		panel_help(t, grid);
	}
}
