/* The lists that scroll: events and the console. Positions count from the end, so that a list stays put while it
 * grows. */
#include "tui/state/actions.h"

size_t tui_console_n_lines(const struct console *c)
{
	size_t n = c ? console_n_lines(c) : 0, n_bytes = 0;

	if (n > 0)
		console_line(c, n - 1, &n_bytes);
	return n - (n > 0 && n_bytes == 0);
}

size_t tui_scrolled(size_t up, size_t n, int lines)
{
	if (lines > 0)
		return up - MIN(up, (size_t)lines);
	return n > 0 ? MIN(up + (size_t)-lines, n - 1) : 0;
}

void tui_choose_event(struct tui *t, size_t event_up)
{
	size_t n_rows = (size_t)MAX(t->plan.panels[PANEL_EVENTS].rows - 1, 1);

	t->event_up = event_up;
	t->events_up = MIN(MAX(t->events_up, event_up + 1 - MIN(event_up + 1, n_rows)), event_up);
}

void tui_scroll(struct tui *t, enum tui_panel panel, int lines)
{
	size_t n_console = t->o.console ? console_n_lines(t->o.console) : 0;

	if (panel == PANEL_EVENTS)
		t->events_up = tui_scrolled(t->events_up, history_n_events(t->o.history), lines);
	else
		t->console_up = tui_scrolled(t->console_up, n_console, lines);
}

static uint64_t n_console_lines(const struct console *c) { return c ? console_n_all(c) : 0; }

void tui_console_until(struct tui *t, uint64_t n_lines)
{
	uint64_t n = n_console_lines(t->o.console);

	t->n_console = n;
	t->console_up = (size_t)(n - MIN(n, n_lines));
	tui_scroll(t, PANEL_CONSOLE, 0);
}

void tui_hold_lists(struct tui *t)
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
