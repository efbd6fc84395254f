#include "screen.h"

#include "unit.h"

/* Lines that are typed; nothing is drawn. */
static struct tui *t;
static struct history *history;

UNIT_BEFORE(set_up)
{
	history = history_new(HISTORY_BYTES);
	struct tui_options options = { .source = "", .live = true, .history = history, .ages = history };
	t = tui_new(&options);
	assert_int_equal(!history || !t, 0);
}

UNIT_AFTER(tear_down)
{
	tui_free(t);
	history_free(history);
}

static enum tui_request type(const char *text)
{
	enum tui_request request = TUI_NOTHING;

	while (*text)
		request = screen_key(t, (uint8_t)*text++, 0);
	return request;
}

static void key(uint32_t k, int n)
{
	while (n-- > 0)
		screen_key(t, k, 0);
}

static void assert_line(const char *text, size_t i)
{
	assert_string_equal(t->line.text, text);
	assert_int_equal(t->line.n, strlen(text));
	assert_int_equal(t->line.i, i);
}

UNIT_TEST(keys_are_text_while_one_types)
{
	assert_int_equal(type("tprint('q?hjkl') "), TUI_NOTHING);
	assert_line("print('q?hjkl') ", 16);
	assert_false(t->help);
	assert_int_equal(type("\r"), TUI_SEND);
	assert_string_equal(tui_line(t), "print('q?hjkl') ");
	assert_int_equal(t->typing, TYPING_CONSOLE); /* for the next one */
	assert_line("", 0);
	assert_int_equal(type("\n"), TUI_SEND);
	assert_string_equal(tui_line(t), "");
	assert_int_equal(screen_key(t, 12, 0), TUI_REDRAW);
	assert_int_equal(screen_key(t, 26, 0), TUI_SUSPEND);
	assert_int_equal(type("x\x1b"), TUI_NOTHING);
	assert_int_equal(t->typing, TYPING_NOTHING);
	assert_int_equal(type("q"), TUI_QUIT);
}

UNIT_TEST(edits_characters_not_bytes)
{
	type("t");
	key('a', 1);
	key(0xfc, 1);
	key(0x20ac, 1);
	key(0x1f40d, 1);
	assert_line("aü€🐍", 10);
	key(TUI_KEY_LEFT, 2);
	assert_line("aü€🐍", 3);
	key(TUI_KEY_BACKSPACE, 1);
	assert_line("a€🐍", 1);
	key(TUI_KEY_DELETE, 1);
	assert_line("a🐍", 1);
	key('b', 1);
	assert_line("ab🐍", 2);
	key(TUI_KEY_END, 1);
	assert_line("ab🐍", 6);
	key(TUI_KEY_RIGHT, 3);
	assert_line("ab🐍", 6);
	key(TUI_KEY_DELETE, 1);
	key(TUI_KEY_HOME, 1);
	key(TUI_KEY_LEFT, 1);
	key(TUI_KEY_BACKSPACE, 1);
	assert_line("ab🐍", 0);
	key(127, 1);
	key(5, 1);
	key(8, 1);
	assert_line("ab", 2);
}

UNIT_TEST(erases_words_and_parts)
{
	type("tone two  three");
	key(23, 1);
	assert_line("one two  ", 9);
	key(23, 1);
	assert_line("one ", 4);
	type("two three");
	key(TUI_KEY_LEFT, 2);
	key(23, 1);
	assert_line("one two ee", 8);
	key(21, 1);
	assert_line("ee", 0);
	key(TUI_KEY_RIGHT, 1);
	key(11, 1);
	assert_line("e", 1);
	key(23, 3);
	assert_line("", 0);
}

UNIT_TEST(takes_only_text)
{
	static const uint32_t others[] = {
		0, 7, 9, 0x80, 0x9f, 0xd800, 0xdfff, 0x110000, TUI_KEY_F1, TUI_KEY_BACK_TAB
	};

	type("tx");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		key(others[i], 1);
	assert_line("x", 1);
}

UNIT_TEST(a_line_is_full_at_its_end)
{
	type("t");
	key('x', 253);
	key(0x20ac, 1); /* three bytes, where two are left */
	assert_int_equal(t->line.n, 253);
	key(0xfc, 1);
	key('y', 5);
	assert_int_equal(t->line.n, 255);
	assert_int_equal(type("\r"), TUI_SEND);
	assert_int_equal(strlen(tui_line(t)), 255);
}

UNIT_TEST(old_lines_come_back)
{
	type("tone\rtwo\rtwo\r\rthr");
	key(TUI_KEY_UP, 1);
	assert_line("two", 3);
	key(TUI_KEY_UP, 1);
	assert_line("one", 3);
	key(TUI_KEY_UP, 5);
	assert_line("one", 3);
	key(TUI_KEY_DOWN, 2);
	assert_line("thr", 3); /* what was being typed */
	key(TUI_KEY_DOWN, 1);
	assert_line("thr", 3);
	key(TUI_KEY_UP, 1);
	type("!\r");
	assert_string_equal(tui_line(t), "two!");
	for (int i = 0; i < 40; i++) {
		key('a' + (uint32_t)i % 26, 1);
		type("\r");
	}
	key(TUI_KEY_UP, 100);
	assert_line("y", 1); /* the 16th from the end */
	type("\x1b/");
	key(TUI_KEY_UP, 1); /* only of the console */
	assert_line("", 0);
}

UNIT_TEST(the_screen_is_as_it_was_afterwards)
{
	assert_int_equal(t->focus, PANEL_MAP);
	assert_false(t->open[PANEL_CONSOLE]);
	type("tx");
	assert_int_equal(t->focus, PANEL_CONSOLE);
	type("\x1b");
	assert_int_equal(t->focus, PANEL_MAP);
	assert_false(t->open[PANEL_CONSOLE]);
	type("tx\ry\x1b"); /* the answer is worth a look */
	assert_int_equal(t->focus, PANEL_MAP);
	assert_true(t->open[PANEL_CONSOLE]);
	type("5t\x1b");
	assert_int_equal(t->focus, PANEL_CONSOLE);
}

UNIT_TEST(what_is_refused_can_be_mended)
{
	type("/tupel\r");
	assert_int_equal(t->typing, TYPING_SEARCH);
	assert_line("tupel", 5);
	key(TUI_KEY_BACKSPACE, 2);
	type("le > 64\r");
	assert_int_equal(t->typing, TYPING_NOTHING);
	assert_true(t->searched && t->search.kind == 'T');
	type("/>1K\r/");
	key(TUI_KEY_UP, 2);
	assert_line("tuple > 64", 10);
	type("\x1bg12x\r");
	assert_int_equal(t->typing, TYPING_GO_TO);
	assert_line("12x", 3);
	key(TUI_KEY_UP, 1); /* it was not taken, and searches are not places */
	assert_line("12x", 3);
}

UNIT_TEST(a_board_that_is_away_hears_nothing)
{
	type("tprint(1)");
	tui_set_link(t, TUI_AWAY, "");
	assert_int_equal(type("\r"), TUI_NOTHING);
	assert_line("print(1)", 8);
	tui_set_link(t, TUI_LIVE, "");
	assert_int_equal(type("\r"), TUI_SEND);
}
