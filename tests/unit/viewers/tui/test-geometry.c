/* What goes where on the screen: what is true at every size and whatever is open, and a few sizes as
 * pictures. */
#include "tui/geometry.h"

#include "cases.h"

enum { COLUMNS_MOST = 400, ROWS_MOST = 120 };

static bool overlap(const struct rect *a, const struct rect *b)
{
	return a->rows > 0 && b->rows > 0 && a->x < b->x + b->columns && b->x < a->x + a->columns &&
	       a->y < b->y + b->rows && b->y < a->y + a->rows;
}

static bool is_within(const struct rect *r, const struct rect *whole)
{
	return r->columns > 0 && r->rows > 0 && r->x >= whole->x && r->y >= whole->y &&
	       r->x + r->columns <= whole->x + whole->columns && r->y + r->rows <= whole->y + whole->rows;
}

static void fail_at(const struct plan_wants *w, int line)
{
	fail_msg("%s:%d: %dx%d, open %d%d%d%d%d, focus %d%s%s%s, %u pools", __FILE__, line, w->columns, w->rows,
		 w->open[0], w->open[1], w->open[2], w->open[3], w->open[4], (int)w->focus + 1, w->big ? ", big" : "",
		 w->inspector ? ", inspector" : "", w->input ? ", input" : "", w->n_pools);
}

#define HOLDS(condition)                      \
	do {                                  \
		if (!(condition))             \
			fail_at(w, __LINE__); \
	} while (0)

static void assert_map_parts(const struct plan_wants *w, const struct plan *p)
{
	const struct rect *map = &p->panels[PANEL_MAP];
	const struct rect parts[] = { p->map_addresses, p->map_cells, p->minimap, p->legend, p->compared };

	if (map->rows == 0) {
		for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
			HOLDS(parts[i].rows == 0);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		HOLDS(is_within(&parts[i], map) || (i >= 3 && parts[i].rows == 0));
		HOLDS(parts[i].rows == 0 || parts[i].y > map->y); /* the heading */
		for (size_t k = 0; k < i; k++)
			HOLDS(!overlap(&parts[i], &parts[k]));
	}
	HOLDS(p->map_addresses.columns == 2 + (w->address_digits ? w->address_digits : 8));
	HOLDS(p->map_cells.columns >= 40 - 18 - 2 && p->map_cells.rows >= 2);
	HOLDS(p->map_cells.rows == p->minimap.rows && p->minimap.columns == 1);
	HOLDS(p->minimap.x == p->map_cells.x + p->map_cells.columns + 1);
	HOLDS((p->legend.rows == 1) == (map->rows >= 6));
	HOLDS((p->compared.rows == 1) == (map->rows >= 6 && w->compared));
}

static void assert_inspector(const struct plan_wants *w, const struct plan *p)
{
	const struct rect *map = &p->panels[PANEL_MAP], *r = &p->inspector;

	HOLDS(w->inspector || r->rows == 0);
	if (r->rows == 0)
		return;
	HOLDS(map->rows > 0);
	if (r->x == map->x) {
		HOLDS(r->y == map->y + map->rows && r->columns == map->columns && (r->rows == 2 || r->rows == 3));
	} else {
		HOLDS(w->columns >= TUI_COLUMNS_WIDE && r->x > map->x + map->columns);
		HOLDS(r->y == map->y && r->columns >= 48 && r->rows >= 4 && r->rows <= 16);
	}
}

/* Those that are in sight one above the other, in their order, and beside each other on a wide screen
 * only. */
static void assert_order(const struct plan_wants *w, const struct plan *p)
{
	for (int a = 0; a < N_PANELS; a++) {
		for (int b = a + 1; b < N_PANELS; b++) {
			const struct rect *x = &p->panels[a], *y = &p->panels[b];
			if (x->rows == 0 || y->rows == 0)
				continue;
			bool beside = w->columns >= TUI_COLUMNS_WIDE && (a == PANEL_MAP || a == PANEL_TREND) &&
				      (b == PANEL_EVENTS || b == PANEL_CONSOLE || b == PANEL_OWNERS);
			if (beside)
				HOLDS(y->x > x->x + x->columns);
			else
				HOLDS(y->y >= x->y + x->rows &&
				      (a == PANEL_POOLS || (y->x == x->x && y->columns == x->columns)));
		}
	}
}

static void assert_plan(const struct plan_wants *w)
{
	const struct rect screen = { 0, 0, w->columns, w->rows };
	struct plan plan, *p = &plan;

	plan_make(w, p);
	if (w->columns < 40 || w->rows < 10) {
		static const struct plan nothing = { .too_small = true };
		HOLDS(memcmp(p, &nothing, sizeof(nothing)) == 0);
		return;
	}
	HOLDS(!p->too_small);
	const struct rect all[] = { p->title,     p->keys,      p->input,     p->inspector, p->panels[0],
				    p->panels[1], p->panels[2], p->panels[3], p->panels[4], p->panels[5] };
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		HOLDS(all[i].rows == 0 || is_within(&all[i], &screen));
		for (size_t k = 0; k < i; k++)
			HOLDS(!overlap(&all[i], &all[k]));
	}
	HOLDS(p->title.y == 0 && p->title.rows == 1 && p->title.columns == w->columns);
	HOLDS(p->keys.y == w->rows - 1 && p->keys.rows == 1 && p->keys.columns == w->columns);
	HOLDS(w->input ? p->input.y == w->rows - 2 && p->input.rows == 1 : p->input.rows == 0);
	HOLDS(p->panels[w->focus].rows >= 3);
	for (int i = 0; i < N_PANELS; i++)
		HOLDS(p->panels[i].rows == 0 || i == (int)w->focus || (w->open[i] && !w->big));
	assert_map_parts(w, p);
	assert_inspector(w, p);
	assert_order(w, p);
	/* Nothing is wasted: only pools alone may leave rows. */
	int n_last = 0;
	for (size_t i = 3; i < ARRAY_SIZE(all); i++)
		n_last = MAX(n_last, all[i].rows > 0 ? all[i].y + all[i].rows : 0);
	bool only_pools = true;
	for (int i = 1; i < N_PANELS; i++)
		only_pools = only_pools && p->panels[i].rows == 0;
	HOLDS(n_last == w->rows - 1 - w->input || (only_pools && !w->big));
}

static struct plan_wants random_wants(int columns, int rows, uint32_t *random)
{
	uint32_t bits = next_random(random);
	struct plan_wants w = { .columns = columns,
				.rows = rows,
				.n_pools = 1 + next_random(random) % 32,
				.focus = next_random(random) % N_PANELS,
				.big = bits % 8 == 0,
				.inspector = bits & 8,
				.input = bits & 16,
				.compared = bits & 64,
				.address_digits = bits & 32 ? 0 : 8 + (int)(bits >> 20) % 9 };

	for (int i = 0; i < N_PANELS; i++)
		w.open[i] = i == (int)w.focus || bits >> (8 + i) & 1;
	return w;
}

UNIT_TEST(any_size)
{
	uint32_t random = 4711;

	for (int columns = -1; columns <= COLUMNS_MOST; columns++) {
		for (int rows = -1; rows <= ROWS_MOST; rows++) {
			struct plan_wants w = random_wants(columns, rows, &random);
			assert_plan(&w);
		}
	}
}

/* All that can be wanted, at sizes that are special. */
UNIT_TEST(whatever_is_open)
{
	static const int columns[] = { 40, 80, 131, 132, 200, 400 }, rows[] = { 10, 11, 12, 17, 24, 31, 32, 60, 120 };

	for (size_t c = 0; c < ARRAY_SIZE(columns); c++) {
		for (size_t r = 0; r < ARRAY_SIZE(rows); r++) {
			for (unsigned bits = 0; bits < 1u << 8; bits++) {
				for (unsigned focus = 0; focus < N_PANELS; focus++) {
					struct plan_wants w = { .columns = columns[c],
								.rows = rows[r],
								.n_pools = 1 + bits % 5 * 3,
								.focus = focus,
								.big = bits & 32,
								.inspector = bits & 64,
								.input = bits & 128 };
					for (unsigned i = 0; i < N_PANELS; i++)
						w.open[i] = bits >> i & 1 || i == focus;
					assert_plan(&w);
				}
			}
		}
	}
}

/* One row more hides nothing, and what is needed less is hidden first. */
UNIT_TEST(what_is_needed_most_stays_longest)
{
	static const enum tui_panel by_need[] = { PANEL_MAP,    PANEL_POOLS,   PANEL_TREND,
						  PANEL_EVENTS, PANEL_CONSOLE, PANEL_OWNERS };
	uint32_t random = 99;

	for (int round = 0; round < 3000; round++) {
		struct plan_wants wants = random_wants(40 + round % 200, 10, &random), *w = &wants;
		struct plan was = { .too_small = true }, is;
		w->rows = w->columns < TUI_COLUMNS_WIDE ? 10 : 18;
		for (; w->rows <= 60; w->rows++) {
			plan_make(w, &is);
			for (size_t i = 0; i < N_PANELS; i++)
				HOLDS(was.panels[i].rows == 0 || is.panels[i].rows > 0);
			bool hidden = false;
			for (size_t i = 0; i < N_PANELS && !w->big && w->columns < TUI_COLUMNS_WIDE; i++) {
				if (by_need[i] == w->focus || !w->open[by_need[i]])
					continue;
				HOLDS(!hidden || is.panels[by_need[i]].rows == 0);
				hidden = hidden || is.panels[by_need[i]].rows == 0;
			}
			was = is;
		}
	}
}

UNIT_TEST(the_focus_gets_what_there_is)
{
	for (int rows = 20; rows <= ROWS_MOST; rows++) {
		for (unsigned focus = PANEL_MAP; focus < N_PANELS; focus++) {
			struct plan_wants wants = { .columns = 100,
						    .rows = rows,
						    .n_pools = 2,
						    .open = { true, true, true, true, true } },
					  *w = &wants;
			struct plan without, with;
			w->focus = PANEL_POOLS;
			plan_make(w, &without);
			w->focus = focus;
			plan_make(w, &with);
			HOLDS(with.panels[focus].rows >= without.panels[focus].rows);
			HOLDS(rows < 40 || with.panels[focus].rows > without.panels[focus].rows + 2);
		}
	}
}

/* What opens, and what is asked, takes no pool away. */
UNIT_TEST(the_pools_stay_as_they_are)
{
	for (int rows = 24; rows <= ROWS_MOST; rows++) {
		for (unsigned bits = 0; bits < 16; bits++) {
			for (unsigned focus = PANEL_MAP; focus < N_PANELS; focus++) {
				struct plan_wants wants = {
					.columns = bits & 8 ? 80 : 140, .rows = rows, .n_pools = 3,
					.open = { true, true, true, bits & 1, bits & 2 },
					.inspector = true, .input = bits & 4,
				}, *w = &wants;
				struct plan plan;
				w->focus = focus;
				w->open[focus] = true;
				/* 24 rows are one too few for all panels, one above the other, and a line that is
				 * typed. */
				bool all = w->open[PANEL_EVENTS] && w->open[PANEL_CONSOLE] && w->open[PANEL_OWNERS];
				bool one_too_few = rows == 24 && w->columns == 80 && all && w->input;
				plan_make(w, &plan);
				HOLDS(plan.panels[PANEL_POOLS].rows == 4 - one_too_few);
			}
		}
	}
}

/* ---- pictures ---- */

/* Four columns a character, rounded down; rows as they are. */
static void draw(const struct plan_wants *w, struct strbuf *ret)
{
	struct plan p;

	plan_make(w, &p);
	const struct {
		char letter;
		struct rect rect;
	} parts[] = {
		{ 'T', p.title },
		{ 'k', p.keys },
		{ 'i', p.input },
		{ '?', p.inspector },
		{ 'P', p.panels[PANEL_POOLS] },
		{ 'x', p.map_addresses },
		{ '#', p.map_cells },
		{ '|', p.minimap },
		{ 'l', p.legend },
		{ 'M', p.panels[PANEL_MAP] },
		{ 't', p.panels[PANEL_TREND] },
		{ 'e', p.panels[PANEL_EVENTS] },
		{ 'c', p.panels[PANEL_CONSOLE] },
	};
	for (int y = 0; y < w->rows; y++) {
		for (int x = 3; x < w->columns; x += 4) {
			size_t i = 0;
			while (i < ARRAY_SIZE(parts) && !rect_has(&parts[i].rect, x, y))
				i++;
			strbuf_putc(ret, i < ARRAY_SIZE(parts) ? parts[i].letter : ' ');
		}
		strbuf_putc(ret, '\n');
	}
}

/* "80x24 focus=map open=1234", and "inspector", "input", "big". Lines that are alike stand once, with their number. */
static void picture(char *line, struct strbuf *ret)
{
	static const char *const names[] = { "pools", "map", "trend", "events", "console", "owners" };
	struct strbuf all CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct plan_wants w = { .n_pools = 3, .focus = PANEL_MAP };
	char *words[8];

	case_words(line, words, ARRAY_SIZE(words));
	w.columns = (int)strtol(words[0], &words[0], 10);
	w.rows = (int)strtol(words[0] + 1, &words[0], 10);
	const char *open = case_take(words, "open="), *focus = case_take(words, "focus=");
	for (int i = 0; i < N_PANELS; i++)
		w.open[i] = strchr(open ? open : "1234", '1' + i) != NULL;
	for (w.focus = PANEL_POOLS; strcmp(names[w.focus], focus ? focus : "map") != 0; w.focus++)
		assert_true(w.focus + 1 < N_PANELS);
	w.inspector = case_take(words, "inspector");
	w.input = case_take(words, "input");
	w.big = case_take(words, "big");
	case_all_taken(words);
	draw(&w, &all);
	char *text = all.text, *row = case_line(&text);
	for (unsigned n = 1; row; n++) {
		char *next = case_line(&text);
		if (next && strcmp(next, row) == 0)
			continue;
		strbuf_printf(ret, n > 1 ? "%s %u\n" : "%s\n", row, n);
		row = next;
		n = 0;
	}
}

UNIT_STEPS("viewers/tui/geometry.cases", picture)
