#include <stdio.h>

#include "tui/state/actions.h"

enum { CTRL_B = 2, CTRL_C, CTRL_F = 6, TAB = 9, LF, CTRL_L = 12, CR, CTRL_Z = 26, ESC };

#define PANEL_ROW(CONSTANT, name, key, least, wanted, weight, column, help) \
	{ ACT_PANEL_##CONSTANT, act_panel, PANEL_##CONSTANT, { key }, .says = help },
const struct key_row key_rows[] = {
	{ ACT_HELP, act_help, 0, { TUI_KEY_F1, '?' }, .says = "this help", .name = "Help", .group = "The screen" },
	{ ACT_NEXT_PANEL, act_next_panel, 0, { 'w', TUI_KEY_F1 + 5 }, .says = "next panel gets the keys" },
	/* clang-format off */
	TUI_PANELS(PANEL_ROW)
	/* clang-format on */
	{ ACT_BIG, act_big, 0, { 'z' }, .says = "this panel alone, or all of them" },
	{ ACT_OPEN, act_open, 0, { CR, LF }, .says = "an event's moment, a pool's map, or as z" },
	{ ACT_BACK, act_back, 0, { ESC, TUI_KEY_BACKSPACE }, .says = "back, one step at a time" },
	{ ACT_SAVE, act_wish, TUI_SAVE_SCREEN, { 's', 'S' }, .says = "this screen as text, into a file" },
	{ ACT_REDRAW, act_wish, TUI_REDRAW, { CTRL_L }, .says = "redraw" },
	{ ACT_SUSPEND, act_wish, TUI_SUSPEND, { CTRL_Z }, .says = "to the shell; fg returns" },
	{ ACT_QUIT, act_wish, TUI_QUIT, { 'q', TUI_KEY_F10, CTRL_C }, .says = "end", .name = "Quit" },

	{ ACT_UP, act_move, ACT_UP, { TUI_KEY_UP, 'k' }, .says = "up", .group = "The heap map and lists" },
	{ ACT_DOWN, act_move, ACT_DOWN, { TUI_KEY_DOWN, 'j' }, .says = "down" },
	{ ACT_LEFT, act_move, ACT_LEFT, { TUI_KEY_LEFT, 'h' }, .says = "left; in other panels a moment back" },
	{ ACT_RIGHT, act_move, ACT_RIGHT, { TUI_KEY_RIGHT, 'l' }, .says = "right; in other panels a moment on" },
	{ ACT_PAGE_UP, act_move, ACT_PAGE_UP, { TUI_KEY_PAGE_UP, CTRL_B }, .says = "a page up" },
	{ ACT_PAGE_DOWN, act_move, ACT_PAGE_DOWN, { TUI_KEY_PAGE_DOWN, CTRL_F }, .says = "a page down" },
	{ ACT_HOME, act_move, ACT_HOME, { TUI_KEY_HOME, '^' }, .says = "to the beginning" },
	{ ACT_END, act_move, ACT_END, { TUI_KEY_END, '$' }, .says = "to the end" },
	{ ACT_NEXT_POOL, act_pool, 1, { TAB }, .says = "next pool", .name = "Pool" },
	{ ACT_PREVIOUS_POOL, act_pool, -1, { TUI_KEY_BACK_TAB }, .says = "previous pool" },
	{ ACT_ZOOM_IN, act_zoom, 1, { '+' }, .says = "fewer blocks in a cell" },
	{ ACT_ZOOM_OUT, act_zoom, -1, { '-' }, .says = "more blocks in a cell" },
	{ ACT_ZOOM_FIT, act_zoom, 0, { '0', '=' }, .says = "all of the pool" },
	{ ACT_COLORS, act_colors, 0, { 'v' }, .says = "fill, kind, age, change, culprits", .name = "Color" },
	{ ACT_LETTERS, act_letters, 0, { 'L' }, .says = "letters of the kinds, or shades" },
	{ ACT_INSPECTOR, act_inspector, 0, { 'i' }, .says = "the block under the cursor: show, or hide" },
	{ ACT_CULPRIT, act_culprit, 0, { 'c' }, .says = "next run that is in the way", .name = "Culprit" },
	{ ACT_LARGEST, act_largest, 0, { 'f' }, .says = "largest free block" },
	{ ACT_SEARCH,
	  act_type,
	  TYPING_SEARCH,
	  { '/' },
	  .says = "find: tuple, >4K, list >64, free >1K, 0x...",
	  .name = "Find" },
	{ ACT_FIND_NEXT, act_find, 1, { 'n' }, .says = "next one that was searched for" },
	{ ACT_FIND_PREVIOUS, act_find, -1, { 'N' }, .says = "previous one" },
	{ ACT_GO_TO, act_type, TYPING_GO_TO, { 'g' }, .says = "go to 0x2000a010, @12, 1:23 or -10" },

	{ ACT_PAUSE,
	  act_pause,
	  0,
	  { 'p', ' ' },
	  .says = "stay at this moment, or follow again",
	  .name = "Pause",
	  .group = "Time" },
	{ ACT_OLDER, act_step, -1, { '[', TUI_KEY_SHIFT_LEFT }, .says = "a moment back" },
	{ ACT_NEWER, act_step, 1, { ']', TUI_KEY_SHIFT_RIGHT }, .says = "a moment on" },
	{ ACT_OLDER_EVENT, act_event, -1, { '{' }, .says = "to where an event shows, before this moment" },
	{ ACT_NEWER_EVENT, act_event, 1, { '}' }, .says = "to where an event shows, after it" },
	{ ACT_OLDEST, act_oldest, 0, { '(' }, .says = "oldest moment" },
	{ ACT_LIVE, act_live, 0, { 'G', ')' }, .says = "newest moment, and follow" },
	{ ACT_COMPARE, act_compare, 0, { 'd' }, .says = "compare with this moment, or no more", .name = "Diff" },

	{ ACT_TYPE,
	  act_type,
	  TYPING_CONSOLE,
	  { 't' },
	  .says = "type a line to the console",
	  .name = "Type",
	  .group = "The board",
	  .live = true },
	{ ACT_FASTER, act_wish, TUI_FASTER, { '>' }, .says = "shorter interval", .live = true },
	{ ACT_SLOWER, act_wish, TUI_SLOWER, { '<' }, .says = "longer interval", .live = true },
	{ ACT_INTERRUPT, act_ask, ASKING_INTERRUPT, { 'I' }, .says = "interrupt its program; asks", .live = true },
	{ ACT_RESET, act_ask, ASKING_RESET, { 'R' }, .says = "reset it; asks", .live = true },
};
const size_t n_key_rows = ARRAY_SIZE(key_rows);

enum tui_action keys_action(uint32_t key)
{
	for (size_t i = 0; i < n_key_rows; i++)
		for (size_t k = 0; k < KEYS_MAX && key_rows[i].keys[k]; k++)
			if (key_rows[i].keys[k] == key)
				return key_rows[i].action;
	return ACT_NONE;
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
