/* The screen of a profile: screens as text (tests/golden/tui; MEMPROF_BLESS=1 writes them anew), what keys and the
 * mouse do, and what is true at any size, of any profile. */

#include "golden.h"
#include "made_sites.h"
#include "memprof/base/text.h"
#include "profile_screen.h"
#include "sample.h"
#include "tui/profile/actions.h"

enum { ESC = 27, ENTER = 13, TAB = 9 };

/* ---- a profile on a screen ---- */

static struct sites sites;
static struct sites_view view;
static struct sites_source source;
static struct sample sample;
static struct tui_profile *p;
static struct grid grid;

static void open_screen(int columns, int rows, bool utf8)
{
	view.sites = &sites;
	p = tui_profile_new(&(struct tui_profile_options){ &view, utf8 });
	assert_non_null(p);
	assert_int_equal(grid_init(&grid, columns, rows, utf8), 0);
}

/* A real one, with its source. */
static void open_callbacks(int columns, int rows, bool utf8)
{
	struct diag diag = { 0 };
	struct sample json;

	sample_read("sites/callbacks.json", &json);
	assert_int_equal(sites_read_json((const char *)json.bytes, json.n_bytes, json.name, &sites, &diag), 0);
	sample_free(&json);
	sample_read("sites/callbacks.py", &sample);
	source = (struct sites_source){ "callbacks.py", (const char *)sample.bytes, sample.n_bytes };
	view = (struct sites_view){ .title = "callbacks.json", .sources = &source, .n_sources = 1 };
	open_screen(columns, rows, utf8);
}

/* One with recursion, samples whose calls are not known, and several files. */
static void open_made(int columns, int rows)
{
	made_program(&sites, 0);
	view = (struct sites_view){ .title = "made" };
	open_screen(columns, rows, true);
}

UNIT_AFTER(close_screen)
{
	tui_profile_free(p);
	p = NULL;
	grid_deinit(&grid);
	sites_deinit(&sites);
	sample_free(&sample);
	sample = (struct sample){ .bytes = NULL };
}

static void draw(void)
{
	const char *fault;

	tui_screen_profile.draw(p, &grid, 0);
	fault = profile_fault(p, &grid);
	if (fault)
		fail_msg("%s", fault);
}

static enum tui_request key(uint32_t k)
{
	struct tui_input input = { .kind = TUI_INPUT_KEY, .key = k };
	enum tui_request request = tui_screen_profile.input(p, &input, 0);

	draw();
	return request;
}

static void keys(const char *text)
{
	while (*text)
		key((uint8_t)*text++);
}

static void mouse(unsigned button, int x, int y)
{
	struct tui_input input = { .kind = TUI_INPUT_MOUSE, .x = x, .y = y };

	input.button = (unsigned)button;
	tui_screen_profile.input(p, &input, 0);
	draw();
}

/* Of the screen, without the blanks at its end. */
static void line_at(int y, struct strbuf *ret)
{
	struct strbuf all CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *line;

	grid_as_text(&grid, &all);
	line = strbuf_text(&all);
	for (; y > 0; y--)
		line = strchr(line, '\n') + 1;
	strbuf_reset(ret);
	strbuf_add(ret, line, strcspn(line, "\n"));
}

static int find_line(const char *text)
{
	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (int y = 0; y < grid.rows; y++) {
		line_at(y, &line);
		if (strstr(strbuf_text(&line), text))
			return y;
	}
	return -1;
}

static void fail_not_on_screen(const char *text, int at)
{
	struct strbuf all CLEANUP(strbuf_deinit) = STRBUF_INIT;

	grid_as_text(&grid, &all);
	print_error("%s:%d: no '%s' on\n%s\n", __FILE__, at, text, strbuf_text(&all));
	fail();
}

#define assert_screen_has(text)                             \
	do {                                                \
		if (find_line(text) < 0)                    \
			fail_not_on_screen(text, __LINE__); \
	} while (0)

/* The name of the chosen row. */
static const char *chosen(void)
{
	const struct profile_row *row = profile_chosen(p);
	static char text[128];
	uint32_t frame = row ? profile_row_frame(p, row) : SITES_NONE;

	if (frame == SITES_NONE)
		return "-";
	snprintf(text, sizeof(text), "%s:%u", sites.frames[frame].file, sites.frames[frame].line);
	return text;
}

/* ---- screens ---- */

static const struct screen {
	const char *name;
	int columns, rows;
	bool ascii;
	const char *keys;
} screens[] = {
	{ "profile-lines-80x24", 80, 24, false, "" },     { "profile-lines-80x24-ascii", 80, 24, true, "" },
	{ "profile-lines-40x10", 40, 10, false, "" },     { "profile-calls-120x40", 120, 40, false, "2" },
	{ "profile-calls-60x16", 60, 16, false, "2jjj" }, { "profile-callers-140x34", 140, 34, false, "3\r" },
	{ "profile-alive-80x24", 80, 24, false, "a" },    { "profile-kept-80x24", 80, 24, false, "5jj" },
	{ "profile-find-80x24", 80, 24, false, "/step" }, { "profile-help-80x24", 80, 24, false, "?" },
	{ "profile-about-60x16", 60, 16, false, "i" },    { "profile-total-40x10", 40, 10, false, "o" },
};

static void screen_matches(void **state)
{
	const struct screen *screen = *state;
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	char path[128];

	open_callbacks(screen->columns, screen->rows, !screen->ascii);
	draw();
	keys(screen->keys);
	grid_as_text(&grid, &text);
	snprintf(path, sizeof(path), "golden/tui/%s.txt", screen->name);
	golden_assert(path, &text);
}

UNIT_ROWS(screen_matches, screens)

/* ---- lists ---- */

UNIT_TEST(a_table_by_line)
{
	open_made(120, 30);
	draw();
	assert_string_equal(chosen(), "net.py:14");
	assert_screen_has("    25600  58.8%    25600      800     2560       50  net.py:14 connect");
	assert_screen_has("[calls not known]");
	key(TUI_KEY_END);
	key(TUI_KEY_HOME);
	assert_string_equal(chosen(), "net.py:14");
	keys("jj");
	key(TUI_KEY_UP);
	assert_string_equal(chosen(), "net.py:16");
	key(TUI_KEY_PAGE_DOWN);
	assert_string_not_equal(chosen(), "net.py:16");
}

UNIT_TEST(trees_open_and_close)
{
	open_made(120, 40);
	key('2');
	assert_screen_has("- main.py:3 <module>");
	assert_screen_has("[calls not known]");
	assert_string_equal(chosen(), "main.py:3");
	size_t n_hot = profile_list_of(p)->n_rows;
	key('-');
	assert_int_equal(profile_list_of(p)->n_rows, 2); /* and the samples without calls */
	assert_screen_has("+ main.py:3 <module>");
	key(TUI_KEY_RIGHT);
	assert_in_range(profile_list_of(p)->n_rows, 3, n_hot);
	key('+');
	assert_int_equal(profile_list_of(p)->n_rows, sites.n_nodes); /* all, and the root for those without */
	assert_screen_has("            lib/json.py:7 parse");
	key(TUI_KEY_END);
	key(TUI_KEY_UP);
	assert_string_equal(chosen(), ":0"); /* at main.py:32 */
	key(TUI_KEY_LEFT);                   /* a leaf: to what it is within */
	assert_string_equal(chosen(), "main.py:32");
	key(TUI_KEY_LEFT);
	key(TUI_KEY_LEFT);
	assert_string_equal(chosen(), "main.py:3");
	key(TUI_KEY_LEFT);
	assert_int_equal(profile_list_of(p)->n_rows, 2);
	key(ENTER);
	assert_true(profile_list_of(p)->n_rows > 2);
	key(ENTER);
	assert_int_equal(profile_list_of(p)->n_rows, 2);
}

/* A line that has one other alone below it opens that, too. */
UNIT_TEST(a_chain_opens_as_one)
{
	open_made(120, 40);
	keys("3/json.py:7\r");
	assert_string_equal(chosen(), "lib/json.py:7");
	key(TUI_KEY_RIGHT);
	int y = find_line("lib/json.py:7 parse");
	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;
	static const char *const below[] = { "lib/json.py:9 parse", "lib/json.py:9 parse", "main.py:31 run",
					     "main.py:3 <module>" };
	for (int i = 0; i < 4; i++) {
		line_at(y + 1 + i, &line);
		assert_non_null(strstr(strbuf_text(&line), below[i]));
	}
}

UNIT_TEST(enter_shows_the_callers_of_a_line)
{
	open_made(120, 40);
	key(ENTER);
	assert_int_equal(p->kind, PROFILE_CALLERS);
	assert_string_equal(chosen(), "net.py:14");
	assert_screen_has("main.py:41 retry");
	keys("1/main.py:41\r\r");
	assert_int_equal(p->kind, PROFILE_LINES); /* that one allocates nothing itself */
	assert_screen_has("allocates nothing itself");
	key(TAB);
	assert_int_equal(p->kind, PROFILE_CALLS);
	key(TUI_KEY_BACK_TAB);
	key(TUI_KEY_BACK_TAB);
	assert_int_equal(p->kind, PROFILE_CALLERS);
}

UNIT_TEST(order)
{
	open_made(120, 30);
	key('o');
	assert_int_equal(p->sort[PROFILE_LINES], COLUMN_TOTAL);
	assert_screen_has("[lines] calls  callers ─ by total ─");
	key(TUI_KEY_HOME);
	assert_string_equal(chosen(), "main.py:3");
	keys("ooo");
	assert_int_equal(p->sort[PROFILE_LINES], COLUMN_SAMPLES);
	key('o');
	assert_screen_has("by name");
	key(TUI_KEY_HOME);
	assert_string_equal(chosen(), ":0");
	key('r');
	assert_screen_has("by name, reversed");
	key(TUI_KEY_END);
	assert_string_equal(chosen(), ":0");
	key('o');
	assert_int_equal(p->sort[PROFILE_LINES], COLUMN_OWN);
	key(TUI_KEY_HOME);
	assert_string_equal(chosen(), "net.py:14");
	keys("2+oor"); /* own, count; the least first below each line */
	key(TUI_KEY_HOME);
	key('j');
	assert_string_not_equal(chosen(), "main.py:30");
}

UNIT_TEST(the_chosen_line_stays_chosen)
{
	open_made(120, 30);
	keys("/json.py:7\r");
	assert_string_equal(chosen(), "lib/json.py:7");
	keys("or");
	assert_string_equal(chosen(), "lib/json.py:7");
	key('a');
	assert_string_equal(chosen(), "lib/json.py:7");
	assert_screen_has("alive only");
	key('a');
	assert_string_equal(chosen(), "lib/json.py:7");
}

UNIT_TEST(what_is_alive)
{
	open_made(120, 30);
	key('a');
	assert_int_equal(p->alive, true);
	assert_screen_has("ALIVE");
	assert_screen_has("     4096  61.5%");
	assert_int_equal(find_line("samples"), -1);
	keys("2");
	assert_screen_has("     6656 100.0%        0");
	keys("3+");
	assert_screen_has("main.py:31 run");
	close_screen();
	made_hostile(&sites);
	view = (struct sites_view){ .title = "t" };
	open_screen(80, 24, true);
	key('a');
	assert_screen_has("does not tell what was freed");
	assert_int_equal(p->alive, false);
}

/* ---- search ---- */

UNIT_TEST(search)
{
	open_made(120, 40);
	key('n');
	assert_screen_has("no search yet");
	keys("2-/PARSE\r"); /* within closed ones, whatever the case */
	assert_string_equal(chosen(), "lib/json.py:9");
	key('n');
	key('n');
	assert_string_equal(chosen(), "lib/json.py:7");
	key('n');
	assert_string_equal(chosen(), "lib/json.py:9"); /* around the end */
	key('N');
	assert_string_equal(chosen(), "lib/json.py:7");
	keys("/nowhere\r");
	assert_true(p->typing);
	assert_screen_has("no line has 'nowhere' in its name");
	key(ESC);
	assert_false(p->typing);
	keys("/");
	key(TUI_KEY_UP);
	assert_screen_has("find: PARSE");
	key(ENTER);
	key(ESC);
	assert_null(p->is_found);
	keys("1");
	key(TUI_KEY_HOME);
	keys("/connect\r");
	assert_string_equal(chosen(), "net.py:14"); /* it is one itself */
	key('n');
	assert_string_equal(chosen(), "net.py:16");
	key('N');
	assert_string_equal(chosen(), "net.py:14");
}

UNIT_TEST(search_among_holders)
{
	open_callbacks(120, 40, true);
	keys("5/dev\r");
	assert_string_equal(sites.kept[p->i_kept].holder, "Dev");
	key('n');
	key('n');
	assert_string_equal(sites.kept[p->i_kept].holder, "Dev");
	assert_int_equal(p->focus, PROFILE_KEPT);
}

/* ---- sources, holders ---- */

UNIT_TEST(the_source_follows)
{
	open_callbacks(120, 40, true);
	draw();
	assert_screen_has("> 12674384  98.1%     6      x=' '.join");
	keys("/connect\r");
	key(ESC);
	keys("5");
	assert_screen_has(">    30593   0.2%     3      def __init__");
	key('j');
	assert_screen_has(">    22546   0.2%     7");
	key(ENTER);
	assert_int_equal(p->focus, PROFILE_LIST);
	assert_int_equal(p->kind, PROFILE_LINES);
	assert_string_equal(chosen(), "callbacks.py:7");
	keys("4");
	assert_int_equal(p->focus, PROFILE_SOURCE);
	key(TUI_KEY_HOME);
	assert_screen_has("1  handlers=[]");
	key('z');
	assert_int_equal(find_line("callers"), -1);
	keys("z4");
	assert_int_equal(find_line("source"), -1);
	assert_int_equal(p->focus, PROFILE_LIST);
}

UNIT_TEST(sources_that_do_not_fit)
{
	static const char text[] = "one\r\n\ttwo\x1b[31m\xff\nthree";

	open_made(100, 40);
	draw();
	assert_screen_has("its source was not found");
	close_screen();
	made_program(&sites, 0);
	source = (struct sites_source){ "net.py", text, sizeof(text) - 1 };
	view = (struct sites_view){ .title = "made", .sources = &source, .n_sources = 1 };
	open_screen(100, 40, true);
	draw();
	assert_screen_has("source net.py: it has no line 14");
	assert_screen_has("1  one");
	assert_screen_has("2          two\\x1b[31m\\xff");
	assert_screen_has("3  three");
	keys("/main.py:3 <\r");
	assert_screen_has("its source was not found");
	key(TUI_KEY_END);
	close_screen();
	made_program(&sites, 0);
	source = (struct sites_source){ "net.py", "", 0 };
	open_screen(100, 40, true);
	draw();
	assert_screen_has("this file is empty");
}

UNIT_TEST(what_nobody_told)
{
	open_made(100, 40);
	key('5');
	assert_screen_has("does not record what was left");
	key('5');
	assert_false(p->open[PROFILE_KEPT]);
	close_screen();
	assert_int_equal(sites_init(&sites, SITES_HOOK, SITES_TIME), 0);
	assert_int_equal(sites_end(&sites), 0);
	view = (struct sites_view){ .title = "" };
	open_screen(80, 24, true);
	draw();
	assert_screen_has("there are no samples");
	keys("2+-3+rooan/x\r");
	key(TUI_KEY_LEFT);
	key(TUI_KEY_RIGHT);
	key(ENTER);
}

/* ---- keys ---- */

UNIT_TEST(each_key_stands_once_and_has_help)
{
	const struct key_list list = profile_key_list();

	for (size_t i = 0; i < list.n_rows; i++) {
		const struct key_row *row = &list.rows[i];
		assert_int_not_equal(row->keys[0], 0);
		assert_true(strlen(row->summary) <= 44);
		for (size_t k = 0; k < KEYS_MAX && row->keys[k]; k++)
			assert_ptr_equal(keys_find(&list, row->keys[k]), row);
		for (size_t other = 0; other < i; other++)
			assert_true(list.rows[other].act.profile != row->act.profile ||
				    list.rows[other].arg != row->arg);
	}
}

/* What a key that the screen of a heap has, too, does there, it does here. */
UNIT_TEST(keys_are_those_of_the_heap)
{
	static const char *const same[] = { "this help",
					    "next panel gets the keys",
					    "this panel alone, or all of them",
					    "back, one step at a time",
					    "this screen as text, into a file",
					    "redraw",
					    "to the shell; fg returns",
					    "end",
					    "up",
					    "down",
					    "a page up",
					    "a page down",
					    "to the beginning",
					    "to the end",
					    "next one that was searched for",
					    "previous one" };
	static const uint32_t alike[] = { ENTER, '/', TUI_KEY_LEFT, TUI_KEY_RIGHT };
	const struct key_list here = profile_key_list(), there = { key_rows, n_key_rows, false };
	size_t n_same = 0;

	for (size_t i = 0; i < n_key_rows; i++)
		for (size_t k = 0; k < ARRAY_SIZE(same); k++) {
			if (strcmp(key_rows[i].summary, same[k]) != 0)
				continue;
			n_same++;
			for (size_t j = 0; j < KEYS_MAX && key_rows[i].keys[j]; j++)
				assert_string_equal(keys_find(&here, key_rows[i].keys[j])->summary, same[k]);
		}
	assert_int_equal(n_same, ARRAY_SIZE(same));
	for (size_t i = 0; i < ARRAY_SIZE(alike); i++)
		assert_memory_equal(keys_find(&here, alike[i])->keys, keys_find(&there, alike[i])->keys,
				    sizeof(here.rows->keys));
}

UNIT_TEST(requests)
{
	open_made(80, 24);
	assert_int_equal(key('q'), TUI_QUIT);
	assert_int_equal(key(3), TUI_QUIT);
	assert_int_equal(key('s'), TUI_SAVE_SCREEN);
	assert_int_equal(key(12), TUI_REDRAW);
	assert_int_equal(key(26), TUI_SUSPEND);
	assert_int_equal(key('j'), TUI_NOTHING);
	keys("/q");
	assert_int_equal(key(12), TUI_REDRAW);
	assert_int_equal(key('q'), TUI_NOTHING);
	assert_string_equal(p->line.text, "qq");
	assert_int_equal(key(3), TUI_NOTHING);
	assert_false(p->typing);
	tui_screen_profile.message(p, "the screen is in \x1b[2Jx.txt", 0);
	draw();
	assert_screen_has("the screen is in \\x1b[2Jx.txt");
	key('j');
	assert_int_equal(find_line("the screen is in"), -1);
}

UNIT_TEST(pages_over_the_screen)
{
	open_made(80, 12);
	key('?');
	assert_screen_has("memprof: keys");
	key('j');
	assert_int_equal(p->help_top, 1);
	key(TUI_KEY_END);
	assert_screen_has("previous one");
	mouse(TUI_WHEEL_UP, 1, 1);
	key(TUI_KEY_HOME);
	assert_int_equal(p->help_top, 0);
	key('q');
	assert_false(p->help);
	key('i');
	assert_screen_has("by a hook in the allocator");
	key('j'); /* it ends the page, and does what it does */
	assert_false(p->about);
	key('i');
	mouse(TUI_PRESS, 1, 1);
	assert_false(p->about);
}

UNIT_TEST(back_one_step_at_a_time)
{
	open_callbacks(120, 40, true);
	keys("/step\r");
	keys("5z");
	key(ESC);
	assert_false(p->big);
	assert_non_null(p->is_found);
	key(ESC);
	assert_null(p->is_found);
	key(TUI_KEY_BACKSPACE);
	assert_int_equal(p->focus, PROFILE_LIST);
	key('w');
	assert_int_equal(p->focus, PROFILE_SOURCE);
	key('w');
	key('w');
	assert_int_equal(p->focus, PROFILE_LIST);
}

/* ---- the mouse ---- */

UNIT_TEST(clicks)
{
	open_callbacks(120, 40, true);
	draw();
	mouse(TUI_PRESS, 10, 1); /* calls */
	assert_int_equal(p->kind, PROFILE_CALLS);
	int y = find_line("+ callbacks.py:2 <module>");
	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;
	line_at(y, &line);
	int x = (int)(strchr(strbuf_text(&line), '+') - strbuf_text(&line));
	size_t n = profile_list_of(p)->n_rows;
	mouse(TUI_PRESS, x + 4, y);
	assert_string_equal(chosen(), "callbacks.py:2");
	assert_int_equal(profile_list_of(p)->n_rows, n);
	mouse(TUI_PRESS, x, y);
	assert_true(profile_list_of(p)->n_rows > n);
	mouse(TUI_PRESS, x, y);
	assert_int_equal(profile_list_of(p)->n_rows, n);
	mouse(TUI_PRESS, 3, 1);
	mouse(TUI_PRESS, 25, 2); /* total */
	assert_int_equal(p->sort[PROFILE_LINES], COLUMN_TOTAL);
	mouse(TUI_PRESS, 25, 2);
	assert_true(p->reverse[PROFILE_LINES]);
	mouse(TUI_PRESS, 100, 2);
	assert_int_equal(p->sort[PROFILE_LINES], COLUMN_NAME);
	y = find_line("callbacks.py:9 <module>"); /* of holders, as that of the list is out of order */
	mouse(TUI_PRESS, 5, find_line("Dev ← callbacks.py:2"));
	assert_int_equal(p->focus, PROFILE_KEPT);
	assert_int_equal(p->i_kept, 2);
	mouse(TUI_PRESS, 2, p->plan.keys.y);
	assert_true(p->help);
}

UNIT_TEST(the_wheel_scrolls)
{
	open_callbacks(120, 24, true);
	draw();
	mouse(TUI_WHEEL_DOWN, 5, 5);
	assert_int_equal(profile_list_of(p)->i_row, 3);
	mouse(TUI_WHEEL_UP, 5, 5);
	assert_int_equal(profile_list_of(p)->i_row, 0);
	size_t i_top = p->i_source_top;
	mouse(TUI_WHEEL_UP, 5, p->plan.panes[PROFILE_SOURCE].y + 1);
	assert_true(p->i_source_top < i_top);
	mouse(TUI_WHEEL_DOWN, 5, p->plan.panes[PROFILE_KEPT].y + 1);
	assert_int_equal(p->i_kept, 3);
	mouse(TUI_WHEEL_DOWN, 500, 500);
	mouse(TUI_PRESS, -1, -1);
	mouse(TUI_DRAG, 3, 3);
}

/* ---- any size, any state ---- */

static int some_size(uint32_t *random, int most) { return (int)(next_random(random) % (unsigned)(most + 1)); }

static void press_some(uint32_t *random)
{
	const struct key_list list = profile_key_list();

	for (unsigned n = next_random(random) % 8; n > 0; n--) {
		const struct key_row *row = &list.rows[next_random(random) % list.n_rows];
		struct tui_input input = { .kind = TUI_INPUT_KEY, .key = row->keys[0] };
		if (next_random(random) % 5 == 0)
			input = (struct tui_input){ .kind = TUI_INPUT_MOUSE,
						    .x = some_size(random, 140),
						    .y = some_size(random, 48) };
		tui_screen_profile.input(p, &input, 0);
	}
}

/* Cells that were not drawn keep an invalid role. */
static void assert_pane_stays_inside(void (*pane)(const struct tui_profile *p, struct grid *g, const struct rect *r),
				     struct rect r)
{
	struct grid g;

	assert_int_equal(grid_init(&g, 150, 50, true), 0);
	for (int i = 0; i < g.columns * g.rows; i++)
		g.cells[i].role = N_TUI_ROLES;
	pane(p, &g, &r);
	for (int y = 0; y < g.rows; y++)
		for (int x = 0; x < g.columns; x++)
			if (!rect_has(&r, x, y))
				assert_int_equal(g.cells[y * g.columns + x].role, N_TUI_ROLES);
	grid_deinit(&g);
}

static void try_sizes(uint32_t *random)
{
	static void (*const panes[])(const struct tui_profile *p, struct grid *g,
				     const struct rect *r) = { profile_draw_title, profile_draw_list,
							       profile_draw_source, profile_draw_kept };

	for (int round = 0; round < 150; round++) {
		assert_int_equal(grid_resize(&grid, 1 + some_size(random, 160), 1 + some_size(random, 48)), 0);
		press_some(random);
		draw();
		for (size_t i = 0; i < ARRAY_SIZE(panes); i++) {
			struct rect r = { some_size(random, 100), some_size(random, 40), 1, 1 };
			r.columns += some_size(random, 149 - r.x);
			r.rows += some_size(random, 49 - r.y);
			assert_pane_stays_inside(panes[i], r);
		}
	}
	close_screen();
}

UNIT_TEST(any_size_any_state)
{
	uint32_t random = 7;

	for (int utf8 = 0; utf8 < 2; utf8++) {
		open_callbacks(80, 24, utf8);
		try_sizes(&random);
		made_program(&sites, 0);
		view = (struct sites_view){ .title = "made" };
		open_screen(80, 24, utf8);
		try_sizes(&random);
		made_hostile(&sites);
		source = (struct sites_source){ MADE_HOSTILE, "\x1b[2J\xe5\xae\xbd\xe2\x80\xae\n\0\n", 13 };
		view = (struct sites_view){ .title = MADE_HOSTILE, .sources = &source, .n_sources = 1 };
		open_screen(80, 24, utf8);
		try_sizes(&random);
		assert_int_equal(sites_init(&sites, SITES_HOOK, SITES_TIME), 0);
		assert_int_equal(sites_end(&sites), 0);
		open_screen(80, 24, utf8);
		try_sizes(&random);
	}
}
