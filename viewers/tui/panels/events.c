/* What happened, newest last. */

#include "memprof/base/number.h"
#include "memprof/viewers/view.h"
#include "tui/panels/panel.h"

static const struct {
	const char *word;
	enum tui_role role;
} kinds[] = {
	[BOARD_EVENT_GC] = { "gc", TUI_FAINT },
	[BOARD_EVENT_FAILED] = { "failed", TUI_WARNING },
	[BOARD_EVENT_RECOVERED] = { "retried", TUI_GOOD },
	[BOARD_EVENT_MARK] = { "mark", TUI_KEY },
	[BOARD_EVENT_AREA] = { "area", TUI_CHANGED },
	[BOARD_EVENT_LOST] = { "lost", TUI_WARNING },
	[BOARD_EVENT_LARGE] = { "large", TUI_PLAIN },
	[BOARD_EVENT_LAST_WORDS] = { "reset", TUI_WARNING },
	[BOARD_EVENT_RESET] = { "reset", TUI_CHANGED },
	[BOARD_EVENT_LINK] = { "link", TUI_CHANGED },
	[BOARD_EVENT_REFUSED] = { "refused", TUI_WARNING },
};

static void window(const struct tui *t, const struct rect *r, size_t *ret_first, size_t *ret_end)
{
	panel_window(history_n_events(t->o.history), t->events_up, r->rows - 1, ret_first, ret_end);
}

/* The last one that had happened by the moment that is looked at; n: none, or that is the newest anyway. */
static size_t last_by_now(const struct tui *t, size_t n)
{
	const struct history_moment *m = tui_moment(t);

	if (t->follows || !m)
		return n;
	for (size_t i = n; i-- > 0;)
		if (history_event(t->o.history, i)->n_moment <= m->n)
			return i;
	return n;
}

enum mark { MARK_NONE, MARK_NOW, MARK_LATER, MARK_CHOSEN };

enum { MARK_COLUMNS = 1, TIME_COLUMNS = 8, KIND_COLUMNS = 7, KIND_FROM_COLUMNS = 50 };

static int words_from(int n_columns)
{
	return MARK_COLUMNS + TIME_COLUMNS + 2 + (n_columns >= KIND_FROM_COLUMNS ? KIND_COLUMNS + 2 : 0);
}

int tui_event_columns(const struct tui *t)
{
	int n_shown = t->plan.panels[PANEL_EVENTS].columns;
	int n_columns = n_shown > 0 ? n_shown : plan_list_columns(t->plan.title.columns);

	return MAX(n_columns - words_from(n_columns), 0);
}

static void draw_event(struct grid *g, const struct rect *row, const struct history_event *h, enum mark mark)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	enum tui_role role = mark == MARK_CHOSEN ? TUI_CHOSEN : mark == MARK_LATER ? TUI_FAINT : TUI_PLAIN;
	int x = row->x, end = row->x + row->columns;
	char time[PANEL_WORD_BYTES];

	grid_fill(g, row, ' ', role);
	grid_put(g, x, row->y, mark == MARK_CHOSEN ? '>' : mark == MARK_NOW ? '*' : ' ', role);
	x += MARK_COLUMNS;
	grid_printf(g, x, row->y, MIN(TIME_COLUMNS + 1, end - x), role, "%*s", TIME_COLUMNS,
		    panel_time(time, h->info.at_us));
	if (row->columns >= KIND_FROM_COLUMNS)
		grid_text(g, x + TIME_COLUMNS + 2, row->y, KIND_COLUMNS,
			  mark == MARK_LATER ? role : kinds[h->info.kind].role, kinds[h->info.kind].word);
	x = row->x + words_from(row->columns);
	if (row->columns >= KIND_FROM_COLUMNS)
		text_board_event_row(&text, &h->info, NULL);
	else
		text_board_event(&text, &h->info, NULL);
	if (x < end)
		grid_text(g, x, row->y, end - x, role, strbuf_text(&text));
}

void panel_events(const struct tui *t, struct grid *g, const struct rect *r)
{
	size_t n = history_n_events(t->o.history), i_first, i_end, i_now = last_by_now(t, n);
	size_t i_chosen = t->focus == PANEL_EVENTS && n > 0 ? n - 1 - MIN(t->event_up, n - 1) : n;
	struct strbuf head CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (r->rows < 1 || r->columns < 1)
		return;
	window(t, r, &i_first, &i_end);
	strbuf_puts(&head, "events");
	if (i_end - i_first < n)
		strbuf_printf(&head, " %zu-%zu of %zu", i_first + 1, i_end, n);
	struct rect rest = panel_heading(t, g, r, PANEL_EVENTS, strbuf_text(&head));
	if (n == 0 && rest.rows > 0)
		grid_text(g, rest.x + 1, rest.y, rest.columns - 1, TUI_FAINT, "no events yet");
	for (size_t i = i_first; i < i_end; i++) {
		struct rect row = { rest.x, rest.y + (int)(i - i_first), rest.columns, 1 };
		draw_event(g, &row, history_event(t->o.history, i),
			   i == i_chosen          ? MARK_CHOSEN :
			   i == i_now             ? MARK_NOW :
			   i_now < n && i > i_now ? MARK_LATER :
						    MARK_NONE);
	}
}

bool panel_events_at(const struct tui *t, int x, int y, size_t *ret_i_board_event)
{
	const struct rect *r = &t->plan.panels[PANEL_EVENTS];
	size_t i_first, i_end;

	if (!rect_has(r, x, y) || y == r->y)
		return false;
	window(t, r, &i_first, &i_end);
	size_t i = i_first + (size_t)(y - r->y - 1);
	if (i >= i_end)
		return false;
	*ret_i_board_event = i;
	return true;
}
