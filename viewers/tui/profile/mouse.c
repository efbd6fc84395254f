/* The mouse on the screen of a profile: a click chooses what is under it, the wheel scrolls. */
#include "memprof/base/number.h"
#include "tui/panels/panel.h"
#include "tui/profile/actions.h"

enum { WHEEL_LINES = 3 };

static enum profile_pane pane_at(const struct tui_profile *p, int x, int y)
{
	int i = 0;

	while (i < N_PROFILE_PANES && !rect_has(&p->plan.panes[i], x, y))
		i++;
	return (enum profile_pane)i;
}

static void press_list(struct tui_profile *p, int x, int y)
{
	enum profile_list_kind kind;
	enum profile_column column;
	size_t i_row;
	bool is_sign;

	if (profile_tab_at(p, x, y, &kind)) {
		profile_list(p, (int)kind);
	} else if (profile_column_at(p, x, y, &column)) {
		profile_order_by(p, column);
	} else if (profile_list_at(p, x, y, &i_row, &is_sign)) {
		profile_choose(p, i_row);
		if (is_sign)
			profile_open(p, 0);
	}
}

static void press(struct tui_profile *p, int x, int y)
{
	const struct key_list list = profile_key_list();
	const struct key_row *row = keys_line_at(&list, &p->plan.keys, x, y);
	enum profile_pane pane = pane_at(p, x, y);
	size_t i_kept;

	if (!p->typing && row)
		row->act.profile(p, row->arg);
	if (pane == N_PROFILE_PANES)
		return;
	profile_focus(p, pane);
	if (pane == PROFILE_LIST) {
		press_list(p, x, y);
	} else if (pane == PROFILE_KEPT && profile_kept_at(p, x, y, &i_kept)) {
		p->i_kept = i_kept;
		p->source_stays = false;
	}
}

static void wheel(struct tui_profile *p, int x, int y, int lines)
{
	enum profile_pane pane = pane_at(p, x, y);

	if (p->help)
		p->help_top = MAX(p->help_top + lines, 0);
	else if (pane != N_PROFILE_PANES)
		profile_move(p, pane, lines);
}

void profile_mouse(struct tui_profile *p, const struct tui_input *input)
{
	p->note[0] = '\0';
	if (input->button == TUI_PRESS && (p->help || p->about))
		p->help = p->about = false;
	else if (input->button == TUI_PRESS)
		press(p, input->x, input->y);
	else if (input->button == TUI_WHEEL_UP || input->button == TUI_WHEEL_DOWN)
		wheel(p, input->x, input->y, input->button == TUI_WHEEL_UP ? -WHEEL_LINES : WHEEL_LINES);
}
