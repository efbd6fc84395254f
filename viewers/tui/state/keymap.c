#include <stdio.h>

#include "tui/state/actions.h"

enum { CTRL_B = 2, CTRL_C, CTRL_F = 6, TAB = 9, LF, CTRL_L = 12, CR, CTRL_Z = 26, ESC };

#define PANEL_ROW(CONSTANT, name, key, least, wanted, weight, column, help) \
	{ ACT_PANEL_##CONSTANT, act_panel, PANEL_##CONSTANT, { key }, .summary = help },
const struct key_row key_rows[] = {
	{ ACT_HELP, act_help, 0, { TUI_KEY_F1, '?' }, .summary = "this help", .name = "Help", .group = "The screen" },
	{ ACT_NEXT_PANEL, act_next_panel, 0, { 'w', TUI_KEY_F1 + 5 }, .summary = "next panel gets the keys" },
	/* clang-format off */
	TUI_PANELS(PANEL_ROW)
	/* clang-format on */
	{ ACT_BIG, act_big, 0, { 'z' }, .summary = "this panel alone, or all of them" },
	{ ACT_OPEN, act_open, 0, { CR, LF }, .summary = "event: its moment; block: its owner; or as z" },
	{ ACT_BACK, act_back, 0, { ESC, TUI_KEY_BACKSPACE }, .summary = "back, one step at a time" },
	{ ACT_SAVE, act_wish, TUI_SAVE_SCREEN, { 's', 'S' }, .summary = "this screen as text, into a file" },
	{ ACT_REDRAW, act_wish, TUI_REDRAW, { CTRL_L }, .summary = "redraw" },
	{ ACT_SUSPEND, act_wish, TUI_SUSPEND, { CTRL_Z }, .summary = "to the shell; fg returns" },
	{ ACT_QUIT, act_wish, TUI_QUIT, { 'q', TUI_KEY_F10, CTRL_C }, .summary = "end", .name = "Quit" },

	{ ACT_UP, act_move, ACT_UP, { TUI_KEY_UP, 'k' }, .summary = "up", .group = "The heap map and lists" },
	{ ACT_DOWN, act_move, ACT_DOWN, { TUI_KEY_DOWN, 'j' }, .summary = "down" },
	{ ACT_LEFT, act_move, ACT_LEFT, { TUI_KEY_LEFT, 'h' }, .summary = "left; in other panels a moment back" },
	{ ACT_RIGHT, act_move, ACT_RIGHT, { TUI_KEY_RIGHT, 'l' }, .summary = "right; in other panels a moment on" },
	{ ACT_PAGE_UP, act_move, ACT_PAGE_UP, { TUI_KEY_PAGE_UP, CTRL_B }, .summary = "a page up" },
	{ ACT_PAGE_DOWN, act_move, ACT_PAGE_DOWN, { TUI_KEY_PAGE_DOWN, CTRL_F }, .summary = "a page down" },
	{ ACT_HOME, act_move, ACT_HOME, { TUI_KEY_HOME, '^' }, .summary = "to the beginning" },
	{ ACT_END, act_move, ACT_END, { TUI_KEY_END, '$' }, .summary = "to the end" },
	{ ACT_NEXT_POOL, act_pool, 1, { TAB }, .summary = "next pool", .name = "Pool" },
	{ ACT_PREVIOUS_POOL, act_pool, -1, { TUI_KEY_BACK_TAB }, .summary = "previous pool" },
	{ ACT_ZOOM_IN, act_zoom, 1, { '+' }, .summary = "fewer blocks in a cell; trend: half the time" },
	{ ACT_ZOOM_OUT, act_zoom, -1, { '-' }, .summary = "more blocks in a cell; trend: twice the time" },
	{ ACT_ZOOM_FIT, act_zoom, 0, { '0', '=' }, .summary = "all of the pool, or of the time" },
	{ ACT_COLORS, act_colors, 0, { 'v' }, .summary = "fill, kind, age, change, culprits", .name = "Color" },
	{ ACT_LETTERS, act_letters, 0, { 'L' }, .summary = "letters of the kinds, or shades" },
	{ ACT_WRAP, act_wrap, 0, { 'W' }, .summary = "console: long lines wrapped, or cut" },
	{ ACT_INSPECTOR, act_inspector, 0, { 'i' }, .summary = "the block under the cursor: show, or hide" },
	{ ACT_CULPRIT, act_culprit, 0, { 'c' }, .summary = "next run that is in the way", .name = "Culprit" },
	{ ACT_LARGEST, act_largest, 0, { 'f' }, .summary = "largest free block" },
	{ ACT_SEARCH,
	  act_type,
	  TYPING_SEARCH,
	  { '/' },
	  .summary = "find: tuple, >4K, list >64, free >1K, 0x...",
	  .name = "Find" },
	{ ACT_FIND_NEXT, act_find, 1, { 'n' }, .summary = "next one that was searched for" },
	{ ACT_FIND_PREVIOUS, act_find, -1, { 'N' }, .summary = "previous one" },
	{ ACT_GO_TO, act_type, TYPING_GO_TO, { 'g' }, .summary = "go to 0x2000a010, @12, 1:23 or -10" },

	{ ACT_PAUSE,
	  act_pause,
	  0,
	  { 'p', ' ' },
	  .summary = "stay at this moment, or follow again",
	  .name = "Pause",
	  .group = "Time" },
	{ ACT_OLDER, act_step, -1, { '[', TUI_KEY_SHIFT_LEFT }, .summary = "a moment back" },
	{ ACT_NEWER, act_step, 1, { ']', TUI_KEY_SHIFT_RIGHT }, .summary = "a moment on" },
	{ ACT_OLDER_EVENT, act_event, -1, { '{' }, .summary = "to where an event shows, before this moment" },
	{ ACT_NEWER_EVENT, act_event, 1, { '}' }, .summary = "to where an event shows, after it" },
	{ ACT_OLDEST, act_oldest, 0, { '(' }, .summary = "oldest moment" },
	{ ACT_LIVE, act_live, 0, { 'G', ')' }, .summary = "newest moment, and follow" },
	{ ACT_COMPARE, act_compare, 0, { 'd' }, .summary = "compare with this moment, or no more", .name = "Diff" },

	{ ACT_TYPE,
	  act_type,
	  TYPING_CONSOLE,
	  { 't' },
	  .summary = "type a line to the console",
	  .name = "Type",
	  .group = "The board",
	  .live = true },
	{ ACT_OWNERS,
	  act_owners,
	  0,
	  { 'o' },
	  .summary = "read its memory: who holds what",
	  .name = "Owners",
	  .live = true },
	{ ACT_MARK,
	  act_wish,
	  TUI_MARK_MEMORY,
	  { 'm' },
	  .summary = "owners: show the change from here on",
	  .live = true },
	{ ACT_FASTER, act_wish, TUI_FASTER, { '>' }, .summary = "shorter interval", .live = true },
	{ ACT_SLOWER, act_wish, TUI_SLOWER, { '<' }, .summary = "longer interval", .live = true },
	{ ACT_INTERRUPT, act_ask, ASKING_INTERRUPT, { 'I' }, .summary = "interrupt its program; asks", .live = true },
	{ ACT_RESET, act_ask, ASKING_RESET, { 'R' }, .summary = "reset it; asks", .live = true },
};
const size_t n_key_rows = ARRAY_SIZE(key_rows);

struct key_list tui_key_list(const struct tui *t) { return (struct key_list){ key_rows, n_key_rows, t->o.live }; }

int keys_action(const struct key_list *list, uint32_t key)
{
	for (size_t i = 0; i < list->n_rows; i++)
		for (size_t k = 0; k < KEYS_MAX && list->rows[i].keys[k]; k++)
			if (list->rows[i].keys[k] == key)
				return list->rows[i].action;
	return 0;
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
