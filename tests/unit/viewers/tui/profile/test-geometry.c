/* What goes where on the screen of a profile: what is true at every size and whatever is open. */
#include "tui/profile/geometry.h"

#include "unit.h"

enum { COLUMNS_MOST = 300, ROWS_MOST = 90 };

static void fail_at(const struct profile_wants *w, int line)
{
	fail_msg("%s:%d: %dx%d, open %d%d, focus %d%s%s, %zu kept", __FILE__, line, w->columns, w->rows,
		 w->open[PROFILE_SOURCE], w->open[PROFILE_KEPT], (int)w->focus, w->big ? ", big" : "",
		 w->input ? ", input" : "", w->n_kept);
}

#define HOLDS(condition)                      \
	do {                                  \
		if (!(condition))             \
			fail_at(w, __LINE__); \
	} while (0)

static void assert_cells_are_once(const struct profile_wants *w, const struct profile_plan *p)
{
	const struct rect *all[] = { &p->title, &p->keys, &p->input, &p->panes[0], &p->panes[1], &p->panes[2] };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		const struct rect *a = all[i];
		if (a->rows == 0)
			continue;
		HOLDS(a->rows > 0 && a->columns > 0 && a->x >= 0 && a->y >= 0);
		HOLDS(a->x + a->columns <= w->columns && a->y + a->rows <= w->rows);
		for (size_t k = 0; k < i; k++) {
			const struct rect *b = all[k];
			HOLDS(b->rows == 0 || a->x >= b->x + b->columns || b->x >= a->x + a->columns ||
			      a->y >= b->y + b->rows || b->y >= a->y + a->rows);
		}
	}
}

static void assert_panes(const struct profile_wants *w, const struct profile_plan *p)
{
	static const int least[N_PROFILE_PANES] = { [PROFILE_LIST] = 4, [PROFILE_SOURCE] = 5, [PROFILE_KEPT] = 4 };
	int n_body = w->rows - 2 - w->input, n_left = n_body, n_right = n_body;

	for (int i = 0; i < N_PROFILE_PANES; i++) {
		const struct rect *r = &p->panes[i];
		HOLDS(r->rows == 0 || r->rows >= least[i]);
		HOLDS(r->rows == 0 || w->open[i] || i == (int)w->focus);
		HOLDS(r->rows == 0 || i == (int)w->focus || !w->big);
		n_left -= r->x == 0 ? r->rows : 0;
		n_right -= r->x > 0 ? r->rows : 0;
	}
	HOLDS(p->panes[w->focus].rows > 0);
	HOLDS(n_left == 0); /* no row is empty */
	HOLDS(n_right == 0 || n_right == n_body);
	HOLDS(n_right == n_body || w->columns >= TUI_COLUMNS_WIDE);
	HOLDS(n_right == 0 || p->panes[PROFILE_KEPT].rows == 0 || p->panes[PROFILE_SOURCE].rows > 0 ||
	      !w->open[PROFILE_SOURCE] || w->big || w->focus == PROFILE_KEPT);
}

static void assert_plan(const struct profile_wants *w)
{
	struct profile_plan p;

	profile_plan_make(w, &p);
	HOLDS(p.too_small == (w->columns < TUI_COLUMNS_MIN || w->rows < TUI_ROWS_MIN));
	assert_cells_are_once(w, &p);
	if (p.too_small)
		return;
	HOLDS(p.title.rows == 1 && p.keys.rows == 1 && p.input.rows == w->input);
	assert_panes(w, &p);
}

/* All that can be wanted: a bit each. */
static struct profile_wants wants_of(int columns, int rows, unsigned how)
{
	static const size_t n_kept[] = { 0, 1, 8, 100000 };

	return (struct profile_wants){
		.columns = columns,
		.rows = rows,
		.open = { true, how & 1, how >> 1 & 1 },
		.focus = how >> 6 & 1 ? PROFILE_KEPT :
			 how >> 7 & 1 ? PROFILE_SOURCE :
					PROFILE_LIST,
		.big = how >> 2 & 1,
		.input = how >> 3 & 1,
		.n_kept = n_kept[how >> 4 & 3],
	};
}

UNIT_TEST(nothing_overlaps_at_any_size)
{
	for (int columns = 1; columns <= COLUMNS_MOST; columns += columns < 140 ? 1 : 7)
		for (int rows = 1; rows <= ROWS_MOST; rows += rows < 50 ? 1 : 5)
			for (unsigned how = 0; how < 256; how++) {
				struct profile_wants w = wants_of(columns, rows, how);
				w.open[w.focus] = true;
				assert_plan(&w);
			}
}

static void assert_rows(int columns, int rows, size_t n_kept, int list, int source, int kept)
{
	struct profile_wants w = {
		.columns = columns, .rows = rows, .open = { true, true, n_kept > 0 }, .n_kept = n_kept
	};
	struct profile_plan p;

	profile_plan_make(&w, &p);
	assert_int_equal(p.panes[PROFILE_LIST].rows, list);
	assert_int_equal(p.panes[PROFILE_SOURCE].rows, source);
	assert_int_equal(p.panes[PROFILE_KEPT].rows, kept);
}

UNIT_TEST(panes_vanish_from_the_bottom_up)
{
	assert_rows(80, 40, 8, 20, 8, 10);
	assert_rows(80, 24, 8, 10, 8, 4);
	assert_rows(80, 15, 8, 4, 5, 4);
	assert_rows(80, 14, 8, 7, 5, 0);
	assert_rows(80, 11, 8, 4, 5, 0);
	assert_rows(80, 10, 8, 8, 0, 0);
	assert_rows(80, 24, 0, 14, 8, 0);
	assert_rows(132, 24, 2, 22, 18, 4);
	assert_rows(132, 24, 0, 22, 22, 0);
}
