#include "tui/state/keymap.h"

#include <stdio.h>

enum { CTRL_B = 2, CTRL_C, CTRL_F = 6, TAB = 9, LF, CTRL_L = 12, CR, CTRL_Z = 26, ESC };

const struct key_row key_rows[] = {
	{ ACT_HELP, { TUI_KEY_F1, '?' }, "Help", "this help", "The screen", false },
	{ ACT_NEXT_PANEL, { 'w', TUI_KEY_F1 + 5 }, NULL, "next panel gets the keys", NULL, false },
	{ ACT_PANEL_POOLS, { '1' }, NULL, "pools: show and choose, again: hide", NULL, false },
	{ ACT_PANEL_MAP, { '2' }, NULL, "heap map", NULL, false },
	{ ACT_PANEL_TREND, { '3' }, NULL, "trend", NULL, false },
	{ ACT_PANEL_EVENTS, { '4' }, NULL, "events", NULL, false },
	{ ACT_PANEL_CONSOLE, { '5' }, NULL, "console", NULL, false },
	{ ACT_BIG, { 'z' }, NULL, "this panel alone, or all of them", NULL, false },
	{ ACT_OPEN, { CR, LF }, NULL, "an event's moment, a pool's map, or as z", NULL, false },
	{ ACT_BACK, { ESC, TUI_KEY_BACKSPACE }, NULL, "back, one thing after the other", NULL, false },
	{ ACT_SAVE, { 's', 'S' }, NULL, "this screen as text, into a file", NULL, false },
	{ ACT_REDRAW, { CTRL_L }, NULL, "draw all of it again", NULL, false },
	{ ACT_SUSPEND, { CTRL_Z }, NULL, "back to the shell; fg comes here again", NULL, false },
	{ ACT_QUIT, { 'q', TUI_KEY_F10, CTRL_C }, "Quit", "end", NULL, false },

	{ ACT_UP, { TUI_KEY_UP, 'k' }, NULL, "up", "The heap map and lists", false },
	{ ACT_DOWN, { TUI_KEY_DOWN, 'j' }, NULL, "down", NULL, false },
	{ ACT_LEFT, { TUI_KEY_LEFT, 'h' }, NULL, "left; in other panels a moment back", NULL, false },
	{ ACT_RIGHT, { TUI_KEY_RIGHT, 'l' }, NULL, "right; in other panels a moment on", NULL, false },
	{ ACT_PAGE_UP, { TUI_KEY_PAGE_UP, CTRL_B }, NULL, "a page up", NULL, false },
	{ ACT_PAGE_DOWN, { TUI_KEY_PAGE_DOWN, CTRL_F }, NULL, "a page down", NULL, false },
	{ ACT_HOME, { TUI_KEY_HOME, '^' }, NULL, "to the beginning", NULL, false },
	{ ACT_END, { TUI_KEY_END, '$' }, NULL, "to the end", NULL, false },
	{ ACT_NEXT_POOL, { TAB }, "Pool", "next pool", NULL, false },
	{ ACT_PREVIOUS_POOL, { TUI_KEY_BACK_TAB }, NULL, "previous pool", NULL, false },
	{ ACT_ZOOM_IN, { '+' }, NULL, "fewer blocks in a cell", NULL, false },
	{ ACT_ZOOM_OUT, { '-' }, NULL, "more blocks in a cell", NULL, false },
	{ ACT_ZOOM_FIT, { '0', '=' }, NULL, "all of the pool", NULL, false },
	{ ACT_COLORS, { 'v' }, "Color", "fill, kind, age, change, culprits", NULL, false },
	{ ACT_LETTERS, { 'L' }, NULL, "letters of the kinds, or shades", NULL, false },
	{ ACT_INSPECTOR, { 'i' }, NULL, "the block under the cursor: show, or hide", NULL, false },
	{ ACT_CULPRIT, { 'c' }, "Culprit", "next run that is in the way", NULL, false },
	{ ACT_LARGEST, { 'f' }, NULL, "largest free block", NULL, false },
	{ ACT_SEARCH, { '/' }, "Find", "find: tuple, >4K, list >64, free >1K, 0x...", NULL, false },
	{ ACT_FIND_NEXT, { 'n' }, NULL, "next one that was searched for", NULL, false },
	{ ACT_FIND_PREVIOUS, { 'N' }, NULL, "previous one", NULL, false },
	{ ACT_GO_TO, { 'g' }, NULL, "go to 0x2000a010, @12, 1:23 or -10", NULL, false },

	{ ACT_PAUSE, { 'p', ' ' }, "Pause", "stay at this moment, or follow again", "Time", false },
	{ ACT_OLDER, { '[', TUI_KEY_SHIFT_LEFT }, NULL, "a moment back", NULL, false },
	{ ACT_NEWER, { ']', TUI_KEY_SHIFT_RIGHT }, NULL, "a moment on", NULL, false },
	{ ACT_OLDER_EVENT, { '{' }, NULL, "to where an event shows, before this moment", NULL, false },
	{ ACT_NEWER_EVENT, { '}' }, NULL, "to where an event shows, after it", NULL, false },
	{ ACT_OLDEST, { '(' }, NULL, "oldest moment", NULL, false },
	{ ACT_LIVE, { 'G', ')' }, NULL, "newest moment, and follow", NULL, false },
	{ ACT_COMPARE, { 'd' }, "Diff", "compare with this moment, or no more", NULL, false },

	{ ACT_TYPE, { 't' }, "Type", "type a line to the console", "The board", true },
	{ ACT_FASTER, { '>' }, NULL, "look more often", NULL, true },
	{ ACT_SLOWER, { '<' }, NULL, "look less often", NULL, true },
	{ ACT_INTERRUPT, { 'I' }, NULL, "interrupt its program; asks", NULL, true },
	{ ACT_RESET, { 'R' }, NULL, "reset it; asks", NULL, true },
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
