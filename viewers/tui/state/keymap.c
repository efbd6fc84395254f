#include <stdio.h>

#include "tui/state/actions.h"

enum { CTRL_B = 2, CTRL_C, CTRL_F = 6, TAB = 9, LF, CTRL_L = 12, CR, CTRL_Z = 26, ESC };

#define PANEL_ROW(CONSTANT, name, key, least, wanted, weight, column, help) \
	{ { act_panel }, PANEL_##CONSTANT, { key }, help },
const struct key_row key_rows[] = {
	{ { act_help }, 0, { TUI_KEY_F1, '?' }, "this help", "Help", "The screen" },
	{ { act_next_panel }, 0, { 'w', TUI_KEY_F1 + 5 }, "next panel gets the keys" },
	/* clang-format off */
	TUI_PANELS(PANEL_ROW)
	/* clang-format on */
	{ { act_big }, 0, { 'z' }, "this panel alone, or all of them" },
	{ { act_open }, 0, { CR, LF }, "event: its moment; block: its owner; or as z" },
	{ { act_back }, 0, { ESC, TUI_KEY_BACKSPACE }, "back, one step at a time" },
	{ { act_request }, TUI_SAVE_SCREEN, { 's', 'S' }, "this screen as text, into a file" },
	{ { act_request }, TUI_REDRAW, { CTRL_L }, "redraw" },
	{ { act_request }, TUI_SUSPEND, { CTRL_Z }, "to the shell; fg returns" },
	{ { act_request }, TUI_QUIT, { 'q', TUI_KEY_F10, CTRL_C }, "end", "Quit" },

	{ { act_move }, MOVE_UP, { TUI_KEY_UP, 'k' }, "up", NULL, "The heap map and lists" },
	{ { act_move }, MOVE_DOWN, { TUI_KEY_DOWN, 'j' }, "down" },
	{ { act_move }, MOVE_LEFT, { TUI_KEY_LEFT, 'h' }, "left; in other panels a moment back" },
	{ { act_move }, MOVE_RIGHT, { TUI_KEY_RIGHT, 'l' }, "right; in other panels a moment on" },
	{ { act_move }, MOVE_PAGE_UP, { TUI_KEY_PAGE_UP, CTRL_B }, "a page up" },
	{ { act_move }, MOVE_PAGE_DOWN, { TUI_KEY_PAGE_DOWN, CTRL_F }, "a page down" },
	{ { act_move }, MOVE_HOME, { TUI_KEY_HOME, '^' }, "to the beginning" },
	{ { act_move }, MOVE_END, { TUI_KEY_END, '$' }, "to the end" },
	{ { act_pool }, 1, { TAB }, "next pool", "Pool" },
	{ { act_pool }, -1, { TUI_KEY_BACK_TAB }, "previous pool" },
	{ { act_zoom }, 1, { '+' }, "fewer blocks in a cell; trend: half the time" },
	{ { act_zoom }, -1, { '-' }, "more blocks in a cell; trend: twice the time" },
	{ { act_zoom }, 0, { '0', '=' }, "all of the pool, or of the time" },
	{ { act_colors }, 0, { 'v' }, "fill, kind, age, change, culprits", "Color" },
	{ { act_letters }, 0, { 'L' }, "letters of the kinds, or shades" },
	{ { act_wrap }, 0, { 'W' }, "console: long lines wrapped, or cut" },
	{ { act_inspector }, 0, { 'i' }, "the block under the cursor: show, or hide" },
	{ { act_culprit }, 0, { 'c' }, "next run that is in the way", "Culprit" },
	{ { act_largest }, 0, { 'f' }, "largest free block" },
	{ { act_type }, TYPING_SEARCH, { '/' }, "find: tuple, >4K, list >64, free >1K, 0x...", "Find" },
	{ { act_find }, 1, { 'n' }, "next one that was searched for" },
	{ { act_find }, -1, { 'N' }, "previous one" },
	{ { act_type }, TYPING_GO_TO, { 'g' }, "go to 0x2000a010, @12, 1:23 or -10" },

	{ { act_pause }, 0, { 'p', ' ' }, "stay at this moment, or follow again", "Pause", "Time" },
	{ { act_step }, -1, { '[', TUI_KEY_SHIFT_LEFT }, "a moment back" },
	{ { act_step }, 1, { ']', TUI_KEY_SHIFT_RIGHT }, "a moment on" },
	{ { act_event }, -1, { '{' }, "to where an event shows, before this moment" },
	{ { act_event }, 1, { '}' }, "to where an event shows, after it" },
	{ { act_oldest }, 0, { '(' }, "oldest moment" },
	{ { act_live }, 0, { 'G', ')' }, "newest moment, and follow" },
	{ { act_compare }, 0, { 'd' }, "compare with this moment, or no more", "Diff" },

	{ { act_type }, TYPING_CONSOLE, { 't' }, "type a line to the console", "Type", "The board", true },
	{ { act_owners }, 0, { 'o' }, "read its memory: who holds what", "Owners", NULL, true },
	{ { act_request }, TUI_MARK_MEMORY, { 'm' }, "owners: show the change from here on", NULL, NULL, true },
	{ { act_request }, TUI_FASTER, { '>' }, "shorter interval", NULL, NULL, true },
	{ { act_request }, TUI_SLOWER, { '<' }, "longer interval", NULL, NULL, true },
	{ { act_ask }, ASKING_INTERRUPT, { 'I' }, "interrupt its program; asks", NULL, NULL, true },
	{ { act_ask }, ASKING_RESET, { 'R' }, "reset it; asks", NULL, NULL, true },
};
const size_t n_key_rows = ARRAY_SIZE(key_rows);

struct key_list tui_key_list(const struct tui *t) { return (struct key_list){ key_rows, n_key_rows, t->o.live }; }

const struct key_row *keys_find(const struct key_list *list, uint32_t key)
{
	for (size_t i = 0; i < list->n_rows; i++)
		for (size_t k = 0; k < KEYS_MAX && list->rows[i].keys[k]; k++)
			if (list->rows[i].keys[k] == key)
				return &list->rows[i];
	return NULL;
}

void keys_name(uint32_t key, char ret[KEYS_NAME_BYTES])
{
	static const struct {
		uint32_t key;
		const char *name;
	} names[] = {
		{ TAB, "Tab" },
		{ LF, "Ctrl-J" },
		{ CR, "Enter" },
		{ ESC, "Esc" },
		{ ' ', "Space" },
		{ TUI_KEY_UP, "Up" },
		{ TUI_KEY_DOWN, "Down" },
		{ TUI_KEY_LEFT, "Left" },
		{ TUI_KEY_RIGHT, "Right" },
		{ TUI_KEY_PAGE_UP, "PgUp" },
		{ TUI_KEY_PAGE_DOWN, "PgDn" },
		{ TUI_KEY_HOME, "Home" },
		{ TUI_KEY_END, "End" },
		{ TUI_KEY_BACKSPACE, "Backspace" },
		{ TUI_KEY_DELETE, "Delete" },
		{ TUI_KEY_BACK_TAB, "Shift-Tab" },
		{ TUI_KEY_SHIFT_LEFT, "Shift-Left" },
		{ TUI_KEY_SHIFT_RIGHT, "Shift-Right" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].key == key) {
			snprintf(ret, KEYS_NAME_BYTES, "%s", names[i].name);
			return;
		}
	if (key >= TUI_KEY_F1 && key <= TUI_KEY_F10)
		snprintf(ret, KEYS_NAME_BYTES, "F%u", (key - TUI_KEY_F1 + 1) % 100);
	else if (key < ' ')
		snprintf(ret, KEYS_NAME_BYTES, "Ctrl-%c", (char)('@' + key));
	else
		snprintf(ret, KEYS_NAME_BYTES, "%c", (char)key);
}
