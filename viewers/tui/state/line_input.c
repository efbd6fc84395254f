/* Lines that somebody types: what to look for, where to go, what the board shall hear. */
#include <string.h>

#include "tui/state/actions.h"

void act_type(struct tui *t, int typing)
{
	if (typing == TYPING_CONSOLE && t->typing != TYPING_CONSOLE) {
		t->focus_before = t->focus;
		t->console_stays = t->open[PANEL_CONSOLE];
	}
	t->typing = (enum tui_typing)typing;
	typed_line_begin(&t->line);
	if (t->typing == TYPING_CONSOLE) {
		t->open[PANEL_CONSOLE] = true;
		t->focus = PANEL_CONSOLE;
		t->console_up = 0;
	}
}

static void leave(struct tui *t)
{
	if (t->typing == TYPING_CONSOLE) {
		t->open[PANEL_CONSOLE] = t->console_stays;
		if (t->focus == PANEL_CONSOLE)
			t->focus = t->focus_before;
	}
	t->typing = TYPING_NOTHING;
}

static void end_of_line(struct tui *t)
{
	if (t->typing != TYPING_CONSOLE) {
		if ((t->typing == TYPING_SEARCH ? tui_search : tui_go_to)(t, t->line.text)) {
			typed_line_remember(&t->line, &t->old[t->typing]);
			t->typing = TYPING_NOTHING;
		}
		return;
	}
	if (t->link == TUI_AWAY || t->link == TUI_ENDED) {
		tui_note(t, "the board is not there: nothing is sent");
		return;
	}
	typed_line_remember(&t->line, &t->old[TYPING_CONSOLE]);
	t->console_stays = true;
	memcpy(t->sent, t->line.text, sizeof(t->sent));
	act_type(t, TYPING_CONSOLE);
	t->request = TUI_SEND;
}

void tui_line_key(struct tui *t, uint32_t key)
{
	enum { CONSOLE_PAGE_LINES = 8 };

	if (t->note_is_mine) /* what was refused is being mended: what helps to type is there again */
		t->note_until_us = 0;
	if (key == TUI_KEY_PAGE_UP || key == TUI_KEY_PAGE_DOWN) {
		tui_scroll(t, PANEL_CONSOLE, key == TUI_KEY_PAGE_UP ? -CONSOLE_PAGE_LINES : CONSOLE_PAGE_LINES);
		return;
	}
	enum typed_line_result result = typed_line_key(&t->line, &t->old[t->typing], key);
	if (result == TYPED_LINE_ENTERED)
		end_of_line(t);
	else if (result == TYPED_LINE_LEFT)
		leave(t);
}
