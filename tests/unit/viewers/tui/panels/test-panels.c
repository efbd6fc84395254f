/* The panels: screens as text (tests/golden/tui; MEMPROF_BLESS=1 writes them anew), and what is true of each
 * panel at any size, with any state. */

#include "golden.h"
#include "memprof/base/text.h"
#include "stage.h"
#include "tui/panels/cells.h"
#include "tui/state/actions.h"
#include "unit.h"

static struct stage s;

UNIT_AFTER(close_stage)
{
	stage_close(&s);
	s = (struct stage){ .history = NULL };
}

/* ---- screens ---- */

struct screen {
	const char *name;
	int columns, rows;
	bool ascii, live;
	unsigned n_moments; /* played; 0: the sample */
	const char *sample;
	const char *keys; /* one after the other; \t is Tab */
};

static const struct screen screens[] = {
	{ "live-80x24", 80, 24, false, true, 160, NULL, "" },
	{ "live-80x24-ascii", 80, 24, true, true, 160, NULL, "" },
	{ "live-40x10", 40, 10, false, true, 160, NULL, "" },
	{ "live-60x16-paused", 60, 16, false, true, 160, NULL, "[[[" },
	{ "live-160x45-kind", 160, 45, false, true, 160, NULL, "v" },
	{ "age-100x30", 100, 30, false, true, 160, NULL, "vv{" },
	{ "change-80x24", 80, 24, false, true, 160, NULL, "d[[[[[[" },
	{ "change-140x34", 140, 34, false, true, 160, NULL, "d[[[[[[" },
	{ "culprits-80x24", 80, 24, false, true, 95, NULL, "vvvv" },
	{ "zoom-80x24", 80, 24, false, true, 95, NULL, "z+++/L\r" },
	{ "no-table-80x30", 80, 30, false, true, 40, NULL, "\t\t" },
	{ "typing-80x24", 80, 24, false, true, 40, NULL, "tprint('hello')" },
	{ "asking-80x24-ascii", 80, 24, true, true, 40, NULL, "R" },
	{ "help-80x24", 80, 24, false, true, 1, NULL, "?" },
	{ "help-160x45-ascii", 160, 45, true, true, 1, NULL, "?" },
	{ "nothing-yet-80x24", 80, 24, false, true, 0, NULL, "" },
	{ "rp2-80x24", 80, 24, false, false, 0, "dumps/rp2-1.25.0-fragmented.txt", "" },
	{ "typed-120x40-big", 120, 40, false, false, 0, "dumps/unix-1.25.0-typed-64k.txt", "zv" },
	{ "truncated-100x40", 100, 40, true, false, 0, "dumps/unix-1.25.0-truncated-1M.txt", "" },
	{ "areas-80x30", 80, 30, false, false, 0, "dumps/unixsplit-1.25.0-fragmented-1M.txt", "" },
	{ "tasks-80x24", 80, 24, false, false, 0, "agent/freertos-9.0.0.bin", "" },
	{ "tasks-100x40", 100, 40, true, false, 0, "agent/tasks", "" },
	{ "allocations-80x24", 80, 24, false, false, 0, "agent/allocations", "[[[[" },
	{ "allocations-120x44", 120, 44, false, false, 0, "agent/allocations", "" },
	{ "agent-pools-132x30", 132, 30, false, false, 0, "agent/pools", "" },
};

static void say_something(void)
{
	static const char text[] =
		"MPY: soft reboot\r\nTraceback (most recent call last):\r\n"
		"  File \"main.py\", line 12, in <module>\r\n"
		"MemoryError: memory allocation failed, allocating 32768 bytes\r\n>>> ";

	console_add(s.console, text, sizeof(text) - 1);
}

static void screen_matches(void **state)
{
	const struct screen *screen = *state;
	CLEANUP(strbuf_deinit) struct strbuf text = STRBUF_INIT;
	char path[128];

	stage_open(&s, screen->columns, screen->rows, !screen->ascii, screen->live);
	tui_set_link(s.tui, screen->live ? TUI_LIVE : TUI_REPLAY, screen->live ? "agent 1.0, 4 Hz" : "mem-info");
	if (screen->live)
		say_something();
	stage_play(&s, screen->n_moments);
	if (screen->sample)
		stage_read(&s, screen->sample);
	tui_draw(s.tui, &s.grid, 0);
	for (const char *key = screen->keys; *key; key++) {
		stage_key(&s, (uint32_t)*key);
		tui_draw(s.tui, &s.grid, 0);
	}
	tui_draw(s.tui, &s.grid, UINT64_C(60000000)); /* what the keys said is gone by then */
	grid_as_text(&s.grid, &text);
	snprintf(path, sizeof(path), "golden/tui/%s.txt", screen->name);
	golden_assert(path, &text);
}

UNIT_ROWS(screen_matches, screens)

/* ---- any size, any state ---- */

enum { ALL_COLUMNS = 150, ALL_ROWS = 50 };

/* Names and texts as somebody would make them who wants to get at the terminal. */
static void play_hostile(void)
{
	static const char *const names[] = {
		"\x1b[2J\x1b[H", "\xe2\x80\xae!evil",         "\xe5\xae\xbd\xe5\xae\xbd\xe5\xae\xbd",
		"\xff\xfe\x01",  "e\xcc\x81\xcc\x81\xcc\x81", "123456789012345",
	};
	static const char console[] =
		"\xe2\x80\xaegpj.exe\x07\x08\x0e \x9b"
		"31m \xf0\x9f\x98\x80\xf0\x9f\x98\x80 "
		"\x1b]0;title\x07\r\nlast";
	struct board_event h = {
		.kind = BOARD_EVENT_MARK,
		.at_us = NOT_KNOWN,
		.bytes = NOT_KNOWN,
		.duration_us = NOT_KNOWN,
		.address = NOT_KNOWN,
		.label = "\x1b[31m\xe2\x80\xae",
		.pool = "\x1b[0m",
	};
	struct heap_window window;
	struct heap heap;

	memset(&window, 0xff, sizeof(window));
	window.n_allocations = 0;
	s.board.known = true;
	snprintf(s.board.machine, sizeof(s.board.machine), "\x1b]0;owned\x07\xe5\xae\xbd");
	heap_init(&heap);
	for (int round = 0; round < 3; round++) {
		heap_reset(&heap);
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			struct heap_pool *pool;
			assert_int_equal(heap_add_pool(&heap, names[i], i % 2 ? POOL_GC : POOL_TLSF, &pool), 0);
			pool->memory = (enum heap_memory)(i % 4);
			pool->damaged = i == 2;
			if (i < 2)
				continue;
			assert_int_equal(heap_set_window(pool, &window), 0);
			pool->block_bytes = 16;
			for (uint64_t k = 0; k < 3; k++) {
				assert_int_equal(heap_add_area(pool, UINT64_MAX - 65536 * (k + 1)), 0);
				pool->areas[k].loose = k == 1;
				for (unsigned b = 0; b < 256; b++)
					assert_int_equal(heap_append(pool, (uint8_t)b, 1 + b % 3), 0);
			}
		}
		for (size_t i = 0; i < 20; i++) {
			struct heap_task task = { .stack_bytes = i % 3 ? 100 * i : NOT_KNOWN,
						  .least_free_bytes = i % 4 ? i : NOT_KNOWN };
			snprintf(task.name, sizeof(task.name), "%s", names[i % ARRAY_SIZE(names)]);
			assert_int_equal(heap_add_task(&heap, &task), 0);
		}
		heap_note(&heap, HEAP_ROWS_MISSING, 3);
		heap_seal(&heap);
		stage_add(&s, &heap, round == 1 ? NOT_KNOWN : (uint64_t)(3 - round) << 40);
		for (int what = BOARD_EVENT_GC; what <= BOARD_EVENT_REFUSED; what++) {
			h.kind = (enum board_event_kind)what;
			h.n_frames = h.n_snapshots = h.n_abandoned = what == BOARD_EVENT_LOST ? NOT_KNOWN - 1 : 0;
			history_add_event(s.history, &h);
		}
	}
	heap_deinit(&heap);
	console_add(s.console, console, sizeof(console) - 1);
	tui_set_link(s.tui, TUI_AWAY, "\x1b[5m\xe2\x80\xae\xe5\xae\xbd");
}

static void play_nothing(void) {}

static void play_once(void) { stage_play(&s, 1); }

static void play_long(void)
{
	say_something();
	stage_play(&s, 130);
}

static void play_cut(void) { stage_read(&s, "dumps/unix-1.25.0-truncated-1M.txt"); }

static void (*const plays[])(void) = { play_nothing, play_once, play_long, play_cut, play_hostile };

typedef void panel_fn(const struct tui *t, struct grid *g, const struct rect *r);
static panel_fn *const panels[] = { panel_tasks,  panel_pools,   panel_map,   panel_inspector, panel_trend,
				    panel_events, panel_console, panel_input, panel_keys };

/* Whoever looks at the terminal sees nothing but characters that stand still; ASCII alone where that is
 * wanted. */
static void assert_clean(const struct grid *g)
{
	CLEANUP(strbuf_deinit) struct strbuf text = STRBUF_INIT;

	grid_as_text(g, &text);
	for (size_t i = 0; i < text.n_bytes; i++)
		if (text.text[i] == '\n')
			text.text[i] = ' ';
	assert_true(text_is_visible(text.text, text.n_bytes));
	for (size_t i = 0; !g->utf8 && i < text.n_bytes; i++)
		assert_in_range((uint8_t)text.text[i], ' ', '~');
}

/* Cells that were not drawn keep an invalid role. */
static void clear(struct grid *g)
{
	grid_clear(g);
	for (int i = 0; i < g->columns * g->rows; i++)
		g->cells[i].role = N_TUI_ROLES;
}

static void assert_inside(const struct grid *g, const struct rect *r)
{
	for (int y = 0; y < g->rows; y++)
		for (int x = 0; x < g->columns; x++)
			if (!rect_has(r, x, y))
				assert_int_equal(g->cells[y * g->columns + x].role, N_TUI_ROLES);
	if (g->cursor_x >= 0)
		assert_true(rect_has(r, g->cursor_x, g->cursor_y));
}

static void press_some(uint32_t *random)
{
	static const uint32_t keys[] = {
		'v',         'v',        'L', '+', '+', '-', '[', '[', ']', '\t',
		'z',         'i',        'd', 'c', 'f', 'p', '{', 'w', '/', 'T',
		'\r',        'g',        '@', '2', 't', 'x', 27,  'R', 'y', TUI_KEY_PAGE_DOWN,
		TUI_KEY_END, TUI_KEY_UP, 'W', '5',
	};

	for (unsigned n = next_random(random) % 8; n > 0; n--)
		stage_key(&s, keys[next_random(random) % ARRAY_SIZE(keys)]);
}

static int some_size(uint32_t *random, int most)
{
	unsigned how = next_random(random) % 4;

	return (int)(how == 0 ? next_random(random) % 4 : next_random(random) % (unsigned)(most + 1));
}

static void try_panels(uint32_t *random)
{
	struct grid g;

	assert_int_equal(grid_init(&g, ALL_COLUMNS, ALL_ROWS, s.grid.utf8), 0);
	for (size_t i = 0; i < 1 + ARRAY_SIZE(panels); i++) {
		struct rect r = { some_size(random, ALL_COLUMNS - 1), some_size(random, ALL_ROWS - 1), 0, 0 };
		r.columns = some_size(random, ALL_COLUMNS - r.x);
		r.rows = some_size(random, ALL_ROWS - r.y);
		if (next_random(random) % 2) /* where the plan has the map, too */
			r = (struct rect){ 0, 0, some_size(random, ALL_COLUMNS), some_size(random, ALL_ROWS) };
		clear(&g);
		if (i < ARRAY_SIZE(panels))
			panels[i](s.tui, &g, &r);
		else
			panel_title(s.tui, &g, &r, 0);
		assert_inside(&g, &r);
		assert_clean(&g);
	}
	grid_deinit(&g);
}

UNIT_TEST(panels_stay_inside)
{
	uint32_t random = 7;

	for (size_t k = 0; k < ARRAY_SIZE(plays); k++) {
		for (int utf8 = 0; utf8 < 2; utf8++) {
			stage_open(&s, 80, 24, utf8, true);
			plays[k]();
			for (int round = 0; round < 60; round++) {
				int columns = some_size(&random, 140), rows = some_size(&random, 48);
				assert_int_equal(grid_resize(&s.grid, columns, rows), 0);
				press_some(&random);
				tui_draw(s.tui, &s.grid, 0);
				assert_clean(&s.grid);
				try_panels(&random);
			}
			close_stage();
		}
	}
}

UNIT_TEST(help_scrolls_at_any_size)
{
	stage_open(&s, 1, 1, false, true);
	s.tui->help = true;
	const struct key_list keys = tui_key_list(s.tui);
	for (int columns = 1; columns < 150; columns += 7)
		for (int rows = 1; rows < 50; rows += 3)
			for (s.tui->help_top = -1; s.tui->help_top < 100; s.tui->help_top += 33) {
				assert_int_equal(grid_resize(&s.grid, columns, rows), 0);
				keys_help(&keys, &s.grid, s.tui->help_top);
				assert_clean(&s.grid);
			}
}

/* ---- colour is never alone ---- */

/* Signs that say what a cell is; shades say how full it is, and objects stand in shades. */
static bool is_sign(uint32_t point) { return point > ' ' && point < 0x7f && point != BLOCK_TAIL; }

UNIT_TEST(every_color_has_its_sign)
{
	for (int colors = 0; colors < N_TUI_COLORS; colors++) {
		uint8_t roles[128] = { 0 };
		stage_open(&s, 120, 60, true, true);
		stage_play(&s, 95);
		s.tui->colors = (enum tui_colors)colors;
		s.tui->blocks_per_cell = colors == COLORS_KIND ? 1 : MAP_ZOOM_FIT;
		tui_draw(s.tui, &s.grid, 0);
		const struct rect *cells = &s.tui->plan.map_cells;
		for (int y = cells->y; y < cells->y + cells->rows; y++) {
			for (int x = cells->x; x < cells->x + cells->columns; x++) {
				const struct grid_cell *c = &s.grid.cells[y * s.grid.columns + x];
				if (!is_sign(c->point) || c->role == TUI_CURSOR)
					continue;
				if (roles[c->point] == 0)
					roles[c->point] = (uint8_t)(c->role + 1);
				assert_int_equal(roles[c->point], c->role + 1);
			}
		}
		assert_true(colors == COLORS_KIND || roles[(unsigned)'_'] == TUI_LARGEST + 1);
		assert_true(colors != COLORS_CULPRITS || roles[(unsigned)'!'] == TUI_CULPRIT + 1);
		assert_true(colors != COLORS_CHANGE || roles[(unsigned)'+'] == TUI_ADDED + 1);
		assert_true(colors != COLORS_KIND || roles[(unsigned)'T'] == TUI_KIND_TUPLE + 1);
		assert_true(colors != COLORS_AGE || roles[(unsigned)'0'] == TUI_AGE_NEW + 1);
		close_stage();
	}
}

/* ---- what is under a click ---- */

/* The text of the screen from x, y on. */
static bool stands_at(const struct grid *g, int x, int y, const char *text)
{
	for (; *text; text++, x++)
		if (x >= g->columns || g->cells[y * g->columns + x].point != (uint32_t)*text)
			return false;
	return true;
}

UNIT_TEST(keys_are_buttons)
{
	int n_found = 0;

	stage_open(&s, 60, 24, true, true);
	tui_draw(s.tui, &s.grid, 0);
	for (int x = 0; x < 60; x++) {
		const struct key_row *row = panel_keys_at(s.tui, x, 23), *before = panel_keys_at(s.tui, x - 1, 23);
		char text[64], key[KEYS_NAME_BYTES];
		assert_true(row || s.grid.cells[23 * 60 + x].point == ' ');
		if (!row || row == before)
			continue;
		keys_name(row->keys[0], key);
		snprintf(text, sizeof(text), "%s %s", key, row->name);
		assert_true(stands_at(&s.grid, x, 23, text));
		n_found++;
	}
	assert_in_range(n_found, 4, 20);
	assert_null(panel_keys_at(s.tui, 2, 22));
	stage_key(&s, '/');
	tui_draw(s.tui, &s.grid, 0);
	assert_null(panel_keys_at(s.tui, 2, 23));
}

UNIT_TEST(a_click_finds_the_pool)
{
	size_t i_pool, n_found = 0;

	stage_open(&s, 100, 40, true, true);
	stage_play(&s, 3);
	for (int round = 0; round < 3; round++, stage_key(&s, '\t')) {
		tui_draw(s.tui, &s.grid, 0);
		const struct rect *r = &s.tui->plan.panels[PANEL_POOLS];
		assert_false(panel_pools_at(s.tui, 5, r->y, &i_pool));
		for (int y = r->y + 1; y < r->y + r->rows; y++, n_found++) {
			assert_true(panel_pools_at(s.tui, 5, y, &i_pool));
			assert_true(stands_at(&s.grid, 2, y, tui_moment(s.tui)->pools[i_pool].name));
			assert_int_equal(s.grid.cells[y * 100].point == '>',
					 &tui_moment(s.tui)->pools[i_pool] == tui_figures(s.tui));
		}
	}
	assert_int_equal(n_found, 9);
}

UNIT_TEST(a_click_finds_the_event)
{
	size_t i, n = 0;

	stage_open(&s, 100, 40, true, true);
	stage_play(&s, 130);
	tui_draw(s.tui, &s.grid, 0);
	const struct rect *r = &s.tui->plan.panels[PANEL_EVENTS];
	assert_false(panel_events_at(s.tui, 5, r->y, &i));
	for (int y = r->y + 1; y < r->y + r->rows; y++, n++) {
		char time[PANEL_WORD_BYTES];
		assert_true(panel_events_at(s.tui, 5, y, &i));
		assert_int_equal(i, history_n_events(s.history) - (size_t)(r->rows - 1) + n);
		assert_true(stands_at(&s.grid, 1, y, panel_time(time, history_event(s.history, i)->info.at_us)));
	}
	assert_in_range(n, 2, 40);
}

UNIT_TEST(a_click_finds_the_moment)
{
	uint64_t n, last = 0;

	stage_open(&s, 60, 40, true, true);
	stage_play(&s, 130);
	tui_draw(s.tui, &s.grid, 0);
	const struct rect *r = &s.tui->plan.panels[PANEL_TREND];
	for (int x = r->x; x < r->x + r->columns; x++) {
		if (!panel_trend_at(s.tui, x, r->y + 1, &n))
			continue;
		assert_in_range(n, MAX(last, 1u), 130);
		assert_true(last == 0 || n - last < 6);
		last = n;
	}
	assert_int_equal(last, 130);
}

/* ---- figures ---- */

UNIT_TEST(sizes_keep_to_their_room)
{
	char text[PANEL_WORD_BYTES];

	assert_string_equal(panel_size(text, 0, 5), "0");
	assert_string_equal(panel_size(text, 99999, 5), "99999");
	assert_string_equal(panel_size(text, 262144, 6), "262144");
	assert_string_equal(panel_size(text, 262144, 5), "256K");
	assert_string_equal(panel_size(text, 1258291, 5), "1.2M");
	assert_string_equal(panel_size(text, 1048575, 5), "1.0M");
	assert_string_equal(panel_size(text, NOT_KNOWN, 5), "-");
	for (uint64_t bytes = 1; bytes < NOT_KNOWN / 3; bytes = bytes * 3 - 1 + bytes % 2)
		assert_in_range(strlen(panel_size(text, bytes, 5)), 1, 5);
	assert_in_range(strlen(panel_size(text, NOT_KNOWN - 1, 5)), 1, 5);
	assert_string_equal(panel_time(text, UINT64_C(411999999)), "00:06:51");
	assert_string_equal(panel_time(text, UINT64_C(360000) * 1000000), "100:00:00");
	assert_string_equal(panel_time(text, NOT_KNOWN), "--:--:--");
}

static bool row_has(const struct grid *g, int y, const char *text)
{
	for (int x = 0; x + (int)strlen(text) <= g->columns; x++)
		if (stands_at(g, x, y, text))
			return true;
	return false;
}

/* Curves of the same kind, without areas in reverse video; from 0 unless zoomed; with times from 4 rows on. */
UNIT_TEST(both_curves_begin_at_0)
{
	stage_open(&s, 80, 24, true, false);
	stage_play(&s, 60);
	tui_draw(s.tui, &s.grid, 0);
	for (int rows = 4; rows < 12; rows++) {
		struct rect r = { 0, 0, 80, rows };
		grid_clear(&s.grid);
		panel_trend(s.tui, &s.grid, &r);
		for (int x = 0; x < 80; x += 40) {
			assert_true(stands_at(&s.grid, x, rows - 2, "     0"));
			assert_true(stands_at(&s.grid, x + 7, rows - 1, "00:00:00"));
		}
		for (int i = 0; i < s.grid.columns * rows; i++)
			assert_false(palette_of(s.grid.cells[i].role, THEME_DARK, 256).reverse &&
				     s.grid.cells[i].point != ' ');
	}
	s.tui->focus = PANEL_TREND;
	stage_key(&s, '+');
	tui_draw(s.tui, &s.grid, 0);
	const struct rect *r = &s.tui->plan.panels[PANEL_TREND];
	assert_false(row_has(&s.grid, r->y + r->rows - 2, "     0"));
	stage_key(&s, '-');
	tui_draw(s.tui, &s.grid, 0);
	assert_true(row_has(&s.grid, r->y + r->rows - 2, "     0"));
}

/* Whether the times below the curves are those, in sixteenths of all there is. */
static bool times_are(uint64_t from, uint64_t to)
{
	const struct history *h = s.tui->o.history;
	uint64_t first = history_moment(h, 0)->at_us, last = history_moment(h, history_n(h) - 1)->at_us;
	const struct rect *r = &s.tui->plan.panels[PANEL_TREND];
	char text[PANEL_WORD_BYTES];

	tui_draw(s.tui, &s.grid, 0);
	return row_has(&s.grid, r->y + r->rows - 1, panel_time(text, first + (last - first) * from / 16)) &&
	       row_has(&s.grid, r->y + r->rows - 1, panel_time(text, first + (last - first) * to / 16));
}

/* Half of the time each, around the moment or up to the newest one; all of it again. */
UNIT_TEST(time_zooms)
{
	stage_open(&s, 80, 24, true, false);
	stage_play(&s, 65);
	tui_draw(s.tui, &s.grid, 0);
	s.tui->focus = PANEL_TREND;
	stage_key(&s, '+');
	assert_true(times_are(0, 16));
	stage_key(&s, '+');
	assert_true(times_are(8, 16));
	tui_look_at(s.tui, history_moment(s.tui->o.history, 32)->n);
	stage_key(&s, '+');
	assert_true(times_are(6, 10));
	tui_look_at(s.tui, history_moment(s.tui->o.history, 0)->n);
	assert_true(times_are(0, 4));
	for (int i = 0; i < 100; i++)
		stage_key(&s, '+');
	tui_draw(s.tui, &s.grid, 0);
	stage_key(&s, '0');
	assert_true(times_are(0, 16));
	stage_key(&s, '-');
	assert_int_equal(s.tui->trend_zoom, 0);
}

UNIT_TEST(the_title_shows_whether_it_continues)
{
	static const struct {
		enum tui_link link;
		bool follows;
		const char *summary;
	} rows[] = {
		{ TUI_LIVE, true, "LIVE" },      { TUI_LIVE, false, "PAUSED" }, { TUI_LISTENING, true, "LISTENING" },
		{ TUI_AWAY, true, "GONE" },      { TUI_AWAY, false, "GONE" },   { TUI_ENDED, true, "ENDED" },
		{ TUI_REPLAY, false, "REPLAY" },
	};

	stage_open(&s, 40, 10, true, true);
	stage_play(&s, 5);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		tui_set_link(s.tui, rows[i].link, "");
		s.tui->follows = rows[i].follows;
		s.tui->n_moment = 3;
		for (int columns = 12; columns < 40; columns++) {
			struct rect r = { 0, 0, columns, 1 };
			grid_clear(&s.grid);
			panel_title(s.tui, &s.grid, &r, 0);
			assert_true(stands_at(&s.grid, columns - 1 - (int)strlen(rows[i].summary), 0, rows[i].summary));
		}
	}
}

/* No hole in it, whatever it has to tell. */
UNIT_TEST(the_title_is_one_bar)
{
	stage_open(&s, 120, 24, true, true);
	stage_play(&s, 30);
	for (int link = TUI_LIVE; link <= TUI_REPLAY; link++)
		for (int i = 0; i < 12; i++) {
			tui_set_link(s.tui, (enum tui_link)link, "agent 1.0, 4 Hz");
			s.tui->follows = i & 1;
			s.tui->n_moment = 3;
			tui_draw(s.tui, &s.grid, 0);
			struct verdict_words *words = &s.tui->verdict.words;
			snprintf(words->text, sizeof(words->text), i & 2 ? "LEAKING" : "");
			words->warns = i & 4;
			if (i & 8)
				tui_message(s.tui, "a note", 0);
			tui_draw(s.tui, &s.grid, 1);
			for (int x = 0; x < s.grid.columns; x++)
				assert_true(palette_of(s.grid.cells[x].role, THEME_DARK, i & 1 ? 256 : 0).reverse);
		}
}
