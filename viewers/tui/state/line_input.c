/* Lines that somebody types: what to look for, where to go, what the board shall hear. */
#include <string.h>

#include "memprof/base/text.h"
#include "tui/state/actions.h"

/* ---- editing; columns are the view's business, here are bytes ---- */

static void line_set(struct tui *t, const char *text)
{
	text_copy(t->line, sizeof(t->line), text, strlen(text));
	t->n_line = t->i_line = strlen(t->line);
}

static void erase(struct tui *t, size_t from, size_t to)
{
	memmove(t->line + from, t->line + to, t->n_line - to + 1);
	t->n_line -= to - from;
	t->i_line = from;
}

static bool inside(const struct tui *t, size_t i) { return i < t->n_line && ((uint8_t)t->line[i] & 0xc0) == 0x80; }

static size_t before(const struct tui *t)
{
	size_t i = t->i_line - (t->i_line > 0);

	while (i > 0 && inside(t, i))
		i--;
	return i;
}

static size_t after(const struct tui *t)
{
	size_t i = t->i_line + (t->i_line < t->n_line);

	while (inside(t, i))
		i++;
	return i;
}

static void insert(struct tui *t, uint32_t point)
{
	char bytes[4];
	bool text = point >= ' ' && (point < 0x7f || point > 0x9f) && point <= 0x10ffff &&
		    (point < 0xd800 || point > 0xdfff);
	size_t n = text ? text_put_utf8(point, bytes) : 0;

	if (t->n_line + n >= sizeof(t->line))
		return;
	memmove(t->line + t->i_line + n, t->line + t->i_line, t->n_line - t->i_line + 1);
	memcpy(t->line + t->i_line, bytes, n);
	t->i_line += n;
	t->n_line += n;
}

static void to_left(struct tui *t) { t->i_line = before(t); }
static void to_right(struct tui *t) { t->i_line = after(t); }
static void to_beginning(struct tui *t) { t->i_line = 0; }
static void to_end(struct tui *t) { t->i_line = t->n_line; }
static void erase_to_left(struct tui *t) { erase(t, before(t), t->i_line); }
static void erase_to_right(struct tui *t) { erase(t, t->i_line, after(t)); }
static void erase_to_beginning(struct tui *t) { erase(t, 0, t->i_line); }
static void erase_to_end(struct tui *t) { erase(t, t->i_line, t->n_line); }

static void erase_word(struct tui *t)
{
	size_t i = t->i_line;

	while (i > 0 && t->line[i - 1] == ' ')
		i--;
	while (i > 0 && t->line[i - 1] != ' ')
		i--;
	erase(t, i, t->i_line);
}

/* ---- old lines, of what is typed: those of the console, searches, places ---- */

static void remember(struct tui *t)
{
	struct old_lines *old = &t->old[t->typing];

	if (t->n_line == 0 || (old->n > 0 && strcmp(old->lines[0], t->line) == 0))
		return;
	old->n = MIN(old->n + 1, ARRAY_SIZE(old->lines));
	memmove(old->lines[1], old->lines[0], (old->n - 1) * sizeof(old->lines[0]));
	memcpy(old->lines[0], t->line, sizeof(t->line));
}

static void show_old(struct tui *t, size_t i)
{
	const struct old_lines *old = &t->old[t->typing];

	if (i > old->n)
		return;
	if (t->i_old_line == 0)
		memcpy(t->draft, t->line, sizeof(t->line));
	t->i_old_line = i;
	line_set(t, i > 0 ? old->lines[i - 1] : t->draft);
}

static void older_line(struct tui *t) { show_old(t, t->i_old_line + 1); }

static void newer_line(struct tui *t)
{
	if (t->i_old_line > 0)
		show_old(t, t->i_old_line - 1);
}

static void page_up(struct tui *t) { tui_scroll(t, PANEL_CONSOLE, -8); }
static void page_down(struct tui *t) { tui_scroll(t, PANEL_CONSOLE, 8); }

/* ---- the whole ---- */

void act_type(struct tui *t, int typing)
{
	if (typing == TYPING_CONSOLE && t->typing != TYPING_CONSOLE) {
		t->focus_before = t->focus;
		t->console_stays = t->open[PANEL_CONSOLE];
	}
	t->typing = (enum tui_typing)typing;
	line_set(t, "");
	t->i_old_line = 0;
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
		if ((t->typing == TYPING_SEARCH ? tui_search : tui_go_to)(t, t->line)) {
			remember(t);
			t->typing = TYPING_NOTHING;
		}
		return;
	}
	if (t->link == TUI_AWAY || t->link == TUI_ENDED) {
		tui_note(t, "the board is not there: nothing is sent");
		return;
	}
	remember(t);
	t->console_stays = true;
	memcpy(t->sent, t->line, sizeof(t->sent));
	act_type(t, TYPING_CONSOLE);
	t->wish = TUI_SEND;
}

void tui_line_key(struct tui *t, uint32_t key)
{
	enum {
		CTRL_A = 1,
		CTRL_C = 3,
		CTRL_E = 5,
		CTRL_H = 8,
		LF = 10,
		CTRL_K,
		CR = 13,
		CTRL_U = 21,
		CTRL_W = 23,
		ESC = 27,
		DEL = 127
	};
	static const struct {
		uint32_t key;
		void (*edit)(struct tui *t);
	} edits[] = {
		{ TUI_KEY_LEFT, to_left },
		{ TUI_KEY_RIGHT, to_right },
		{ TUI_KEY_HOME, to_beginning },
		{ TUI_KEY_END, to_end },
		{ CTRL_A, to_beginning },
		{ CTRL_E, to_end },
		{ TUI_KEY_BACKSPACE, erase_to_left },
		{ CTRL_H, erase_to_left },
		{ DEL, erase_to_left },
		{ TUI_KEY_DELETE, erase_to_right },
		{ CTRL_U, erase_to_beginning },
		{ CTRL_K, erase_to_end },
		{ CTRL_W, erase_word },
		{ TUI_KEY_UP, older_line },
		{ TUI_KEY_DOWN, newer_line },
		{ TUI_KEY_PAGE_UP, page_up },
		{ TUI_KEY_PAGE_DOWN, page_down },
	};

	if (t->note_is_mine) /* what was refused is being mended: what helps to type is there again */
		t->note_until_us = 0;
	if (key == CR || key == LF || key == ESC || key == CTRL_C) {
		(key == CR || key == LF ? end_of_line : leave)(t);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(edits); i++)
		if (edits[i].key == key) {
			edits[i].edit(t);
			return;
		}
	insert(t, key);
}
