/* Keys become actions by the table in keymap.c. */
#include "tui/state/actions.h"

void act_request(struct tui *t, int request) { t->request = (enum tui_request)request; }

void act_ask(struct tui *t, int asking) { t->asking = (enum tui_asking)asking; }

void act_colors(struct tui *t, int arg)
{
	static const char *const names[N_TUI_COLORS] = {
		[COLORS_FILL] = "how full",
		[COLORS_KIND] = "kind",
		[COLORS_AGE] = "age",
		[COLORS_CHANGE] = "what changed",
		[COLORS_CULPRITS] = "what is in the way",
	};

	(void)arg;
	t->colors = (t->colors + 1) % N_TUI_COLORS;
	tui_note(t, "colors: %s", names[t->colors]);
}

void act_letters(struct tui *t, int arg)
{
	(void)arg;
	t->letters = !t->letters;
}

void act_wrap(struct tui *t, int arg)
{
	(void)arg;
	t->wraps = !t->wraps;
	if (!t->open[PANEL_CONSOLE])
		act_panel(t, PANEL_CONSOLE);
}

void act_inspector(struct tui *t, int arg)
{
	(void)arg;
	t->inspector = !(t->inspector && t->plan.inspector.rows > 0);
	if (t->inspector && t->plan.inspector.rows == 0 && (t->big || t->focus != PANEL_MAP)) {
		t->big = false; /* the map is what it belongs to */
		t->open[PANEL_MAP] = true;
		t->focus = PANEL_MAP;
	}
}

void tui_perform(struct tui *t, const struct key_row *row)
{
	if (row && row->live && !t->o.live)
		tui_note(t, "there is no board: this was saved");
	else if (row)
		row->act.heap(t, row->arg);
}

static void answer(struct tui *t, uint32_t key)
{
	if (key == 'y' || key == 'Y')
		t->request = t->asking == ASKING_INTERRUPT ? TUI_INTERRUPT : TUI_RESET_BOARD;
	t->asking = ASKING_NOTHING;
}

/* Requests that are carried out at any time. */
static bool is_always(const struct key_row *row)
{
	return row && row->act.heap == act_request && (row->arg == TUI_REDRAW || row->arg == TUI_SUSPEND);
}

void tui_press_key(struct tui *t, uint32_t key)
{
	const struct key_list list = tui_key_list(t);
	const struct key_row *row = keys_find(&list, key);

	if (t->asking)
		answer(t, key);
	else if (t->typing && !is_always(row))
		tui_line_key(t, key);
	else if (!t->help || is_always(row) || !tui_help_key(t, row))
		tui_perform(t, row);
}
