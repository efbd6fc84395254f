/* Keys become actions (keymap.c), and the table here has the function of each action. */
#include "tui/state/actions.h"

static enum tui_wish act_wish(struct tui *t, int wish)
{
	(void)t;
	return (enum tui_wish)wish;
}

static enum tui_wish act_ask(struct tui *t, int asking)
{
	t->asking = (enum tui_asking)asking;
	return TUI_NOTHING;
}

static enum tui_wish act_colors(struct tui *t, int arg)
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
	return TUI_NOTHING;
}

static enum tui_wish act_letters(struct tui *t, int arg)
{
	(void)arg;
	t->letters = !t->letters;
	return TUI_NOTHING;
}

static enum tui_wish act_inspector(struct tui *t, int arg)
{
	(void)arg;
	t->inspector = !(t->inspector && t->plan.inspector.rows > 0);
	if (t->inspector && t->plan.inspector.rows == 0 && (t->big || t->focus != PANEL_MAP)) {
		t->big = false; /* the map is what it belongs to */
		t->open[PANEL_MAP] = true;
		t->focus = PANEL_MAP;
	}
	return TUI_NOTHING;
}

static const struct {
	tui_act *act;
	int arg;
} acts[N_ACTIONS] = {
	[ACT_UP] = { act_move, ACT_UP },
	[ACT_DOWN] = { act_move, ACT_DOWN },
	[ACT_LEFT] = { act_move, ACT_LEFT },
	[ACT_RIGHT] = { act_move, ACT_RIGHT },
	[ACT_PAGE_UP] = { act_move, ACT_PAGE_UP },
	[ACT_PAGE_DOWN] = { act_move, ACT_PAGE_DOWN },
	[ACT_HOME] = { act_move, ACT_HOME },
	[ACT_END] = { act_move, ACT_END },
	[ACT_NEXT_POOL] = { act_pool, 1 },
	[ACT_PREVIOUS_POOL] = { act_pool, -1 },
	[ACT_NEXT_PANEL] = { act_next_panel, 0 },
	[ACT_OPEN] = { act_open, 0 },
	[ACT_BACK] = { act_back, 0 },
	[ACT_ZOOM_IN] = { act_zoom, 1 },
	[ACT_ZOOM_OUT] = { act_zoom, -1 },
	[ACT_ZOOM_FIT] = { act_zoom, 0 },
	[ACT_BIG] = { act_big, 0 },
	[ACT_COLORS] = { act_colors, 0 },
	[ACT_LETTERS] = { act_letters, 0 },
	[ACT_INSPECTOR] = { act_inspector, 0 },
	[ACT_CULPRIT] = { act_culprit, 0 },
	[ACT_LARGEST] = { act_largest, 0 },
	[ACT_SEARCH] = { act_type, TYPING_SEARCH },
	[ACT_FIND_NEXT] = { act_find, 1 },
	[ACT_FIND_PREVIOUS] = { act_find, -1 },
	[ACT_GO_TO] = { act_type, TYPING_GO_TO },
	[ACT_PAUSE] = { act_pause, 0 },
	[ACT_OLDER] = { act_step, -1 },
	[ACT_NEWER] = { act_step, 1 },
	[ACT_OLDEST] = { act_oldest, 0 },
	[ACT_LIVE] = { act_live, 0 },
	[ACT_OLDER_EVENT] = { act_event, -1 },
	[ACT_NEWER_EVENT] = { act_event, 1 },
	[ACT_COMPARE] = { act_compare, 0 },
	[ACT_PANEL_POOLS] = { act_panel, PANEL_POOLS },
	[ACT_PANEL_MAP] = { act_panel, PANEL_MAP },
	[ACT_PANEL_TREND] = { act_panel, PANEL_TREND },
	[ACT_PANEL_EVENTS] = { act_panel, PANEL_EVENTS },
	[ACT_PANEL_CONSOLE] = { act_panel, PANEL_CONSOLE },
	[ACT_TYPE] = { act_type, TYPING_CONSOLE },
	[ACT_SLOWER] = { act_wish, TUI_SLOWER },
	[ACT_FASTER] = { act_wish, TUI_FASTER },
	[ACT_SAVE] = { act_wish, TUI_SAVE_SCREEN },
	[ACT_INTERRUPT] = { act_ask, ASKING_INTERRUPT },
	[ACT_RESET] = { act_ask, ASKING_RESET },
	[ACT_HELP] = { act_help, 0 },
	[ACT_REDRAW] = { act_wish, TUI_REDRAW },
	[ACT_SUSPEND] = { act_wish, TUI_SUSPEND },
	[ACT_QUIT] = { act_wish, TUI_QUIT },
};

static bool needs_board(enum tui_action action)
{
	for (size_t i = 0; i < n_key_rows; i++)
		if (key_rows[i].action == action)
			return key_rows[i].live;
	return false;
}

enum tui_wish tui_perform(struct tui *t, enum tui_action action)
{
	if (action == ACT_NONE)
		return TUI_NOTHING;
	if (!t->o.live && needs_board(action)) {
		tui_note(t, "there is no board: this was saved");
		return TUI_NOTHING;
	}
	return acts[action].act(t, acts[action].arg);
}

static enum tui_wish answer(struct tui *t, uint32_t key)
{
	static const enum tui_wish wishes[] = {
		[ASKING_INTERRUPT] = TUI_INTERRUPT,
		[ASKING_RESET] = TUI_RESET_BOARD,
	};
	enum tui_wish wish = key == 'y' || key == 'Y' ? wishes[t->asking] : TUI_NOTHING;

	t->asking = ASKING_NOTHING;
	return wish;
}

enum tui_wish tui_press_key(struct tui *t, uint32_t key)
{
	enum tui_action action = keys_action(key);

	if (t->asking)
		return answer(t, key);
	if (t->typing && action != ACT_REDRAW && action != ACT_SUSPEND)
		return tui_line_key(t, key);
	if (t->help && tui_help_key(t, action))
		return TUI_NOTHING;
	return tui_perform(t, action);
}
