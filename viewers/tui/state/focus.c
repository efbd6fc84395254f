/* Panels: which one has the keys, and what arrows do in it. */
#include "tui/state/actions.h"

struct move {
	int dx, dy;
	bool page, end;
};
static const struct move moves[N_MOVES] = {
	[MOVE_UP] = { .dy = -1 },
	[MOVE_DOWN] = { .dy = 1 },
	[MOVE_LEFT] = { .dx = -1 },
	[MOVE_RIGHT] = { .dx = 1 },
	[MOVE_PAGE_UP] = { .dy = -1, .page = true },
	[MOVE_PAGE_DOWN] = { .dy = 1, .page = true },
	[MOVE_HOME] = { .dy = -1, .end = true },
	[MOVE_END] = { .dy = 1, .end = true },
};

/* ---- in each panel ---- */

static void move_in_pools(struct tui *t, const struct move *m)
{
	if (m->dx)
		act_step(t, m->dx);
	else
		tui_step_pool(t, m->page || m->end ? m->dy * HEAP_POOLS_MAX : m->dy, false);
}

static void move_in_map(struct tui *t, const struct move *m)
{
	const struct heap_pool *pool = tui_pool(t);
	int dy = m->page ? m->dy * t->view.rows : m->dy, column = t->column;
	uint32_t row;

	if (!pool || pool->n_blocks == 0)
		return;
	if (m->end) {
		tui_set_cursor(t, m->dy < 0 ? 0 : pool->n_blocks - 1);
		return;
	}
	if (column < 0)
		heap_map_find(pool, &t->view, t->i_cursor, &row, &column);
	tui_set_cursor(t, map_step(pool, &t->view, t->i_cursor, m->dx, dy, column));
	t->column = m->dx ? -1 : column;
}

static void move_in_trend(struct tui *t, const struct move *m)
{
	if (m->end && m->dy < 0)
		act_oldest(t, 0);
	else if (m->end)
		act_live(t, 0);
	else
		act_step(t, m->page ? m->dy * 10 : m->dx + m->dy);
}

static int lines_of(const struct move *m, const struct rect *panel)
{
	int page = MAX(panel->rows - 2, 1); /* one is the heading, one stays in sight */

	return m->dy * (m->end ? 1 << 30 : m->page ? page : 1);
}

static void move_in_events(struct tui *t, const struct move *m)
{
	int lines = lines_of(m, &t->plan.panels[PANEL_EVENTS]);

	if (m->dx)
		act_step(t, m->dx);
	else
		tui_choose_event(t, tui_scrolled(t->event_up, history_n_events(t->o.history), lines));
}

static void move_in_console(struct tui *t, const struct move *m)
{
	if (m->dx)
		act_step(t, m->dx);
	else
		tui_scroll(t, PANEL_CONSOLE, lines_of(m, &t->plan.panels[PANEL_CONSOLE]));
}

static void move_in_owners(struct tui *t, const struct move *m)
{
	if (m->dx)
		act_step(t, m->dx);
	else
		tui_choose_owner(t, lines_of(m, &t->plan.panels[PANEL_OWNERS]));
}

#define MOVE_IN(CONSTANT, name, ...) [PANEL_##CONSTANT] = move_in_##name,
void act_move(struct tui *t, int move)
{
	static void (*const in_panel[N_PANELS])(struct tui * t, const struct move *m) = { TUI_PANELS(MOVE_IN) };

	in_panel[t->focus](t, &moves[move]);
}

/* ---- which one ---- */

void act_next_panel(struct tui *t, int arg)
{
	(void)arg;
	do
		t->focus = (t->focus + 1) % N_PANELS;
	while (!t->open[t->focus]);
}

/* Opens it, chooses it, and then closes it; one stays. arg: which. */
void act_panel(struct tui *t, int arg)
{
	enum tui_panel panel = (enum tui_panel)arg;

	if (t->open[panel] && t->focus == panel) {
		act_next_panel(t, 0);
		t->open[panel] = t->focus == panel;
	} else {
		t->open[panel] = true;
		t->focus = panel;
	}
}

void act_big(struct tui *t, int arg)
{
	(void)arg;
	t->big = !t->big;
}

void act_open(struct tui *t, int arg)
{
	size_t n = history_n_events(t->o.history);

	(void)arg;
	if (t->focus == PANEL_POOLS) {
		t->open[PANEL_MAP] = true;
		t->focus = PANEL_MAP;
	} else if (t->focus == PANEL_EVENTS && n > 0) {
		tui_show_event(t, n - 1 - MIN(t->event_up, n - 1));
	} else if (t->focus == PANEL_OWNERS) {
		tui_show_owner(t);
	} else if (t->focus == PANEL_MAP && !t->big) {
		tui_ask_owner(t);
	} else if (t->focus == PANEL_CONSOLE && t->o.live) {
		act_type(t, TYPING_CONSOLE);
	} else {
		t->big = true;
	}
}

void act_back(struct tui *t, int arg)
{
	(void)arg;
	if (t->big)
		t->big = false;
	else if (t->inspector)
		t->inspector = false;
	else
		t->searched = false;
}

/* ---- help ---- */

void act_help(struct tui *t, int arg)
{
	(void)arg;
	t->help = !t->help;
	t->help_top = 0;
}

bool tui_help_key(struct tui *t, const struct key_row *row)
{
	tui_act *act = row ? row->act.heap : NULL;

	if (act == act_move) {
		const struct move *m = &moves[row->arg];
		int lines = m->end ? (int)n_key_rows : m->page ? MAX(t->plan.keys.y - 2, 1) : 1;
		t->help_top = MIN(MAX(t->help_top + m->dy * lines, 0), (int)n_key_rows);
		return true;
	}
	t->help = false;
	return !act || act == act_help || act == act_back || act == act_open ||
	       (act == act_request && row->arg == TUI_QUIT);
}
