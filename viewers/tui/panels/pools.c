/* The pools, a row each: numbers, and a bar of what is used, what is free in pieces, and the largest free
 * block. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "memprof/viewers/view.h"
#include "tui/panels/panel.h"

enum { BAR_COLUMNS_MIN = 10, NAME_COLUMNS_MAX = 15, NUMBER_COLUMNS_MIN = 5 };

/* What a row tells besides its name. */
enum field { FIELD_MEMORY, FIELD_SIZE, FIELD_USED, FIELD_FREE, FIELD_LFB, FIELD_PEAK, FIELD_INDEX, N_FIELDS };
static const char *const heads[N_FIELDS] = { "memory", "size", "used", "free", "LFB", "peak", "frag" };
/* What stays longest where there is little room. */
static const uint8_t fields_by_weight[] = { FIELD_USED,  FIELD_LFB,    FIELD_SIZE, FIELD_FREE,
					    FIELD_INDEX, FIELD_MEMORY, FIELD_PEAK };

static uint64_t bytes_of(const struct history_figures *f, enum field field)
{
	const uint64_t bytes[N_FIELDS] = {
		[FIELD_SIZE] = f->state.total_bytes, [FIELD_USED] = f->state.used_bytes,
		[FIELD_FREE] = f->state.free_bytes,  [FIELD_LFB] = f->state.lfb_bytes,
		[FIELD_PEAK] = f->peak_bytes,
	};
	return bytes[field];
}

/* Where what stands: the same for a picture and for a click. */
struct pool_table {
	const struct history_moment *m;  /* NULL: there is none yet */
	size_t order[HEAP_POOLS_MAX], n; /* pools of the moment: tui_pools_order */
	size_t i_first, n_rows;          /* of the order, in sight */
	int y_first;                     /* of the first pool's row, from the top */
};

static void table_make(const struct tui *t, const struct rect *r, struct pool_table *ret)
{
	struct pool_table a = { .m = tui_moment(t), .y_first = r->rows > 1 };
	const struct history_figures *chosen = tui_figures(t);
	size_t i_chosen = 0;

	a.n = tui_pools_order(a.m, a.order);
	for (size_t i = 0; i < a.n; i++)
		if (&a.m->pools[a.order[i]] == chosen)
			i_chosen = i;
	a.n_rows = MIN(a.n, (size_t)MAX(r->rows - a.y_first, 0));
	if (i_chosen >= a.n_rows && a.n_rows > 0)
		a.i_first = i_chosen + 1 - a.n_rows;
	*ret = a;
}

/* ---- columns ---- */

struct columns {
	bool there[N_FIELDS];
	int n_name, n_number, n_bar;
};

static int field_columns(const struct columns *c, enum field field)
{
	return field == FIELD_MEMORY ? 6 : field == FIELD_INDEX ? 4 : c->n_number;
}

/* Which fields there is room for beside a bar. */
static void columns_choose(struct columns *c, int n_columns, bool any_peak, bool any_memory)
{
	int left = n_columns - 2 - c->n_name - 2;

	for (size_t i = 0; i < ARRAY_SIZE(fields_by_weight); i++) {
		enum field field = (enum field)fields_by_weight[i];
		int n = field_columns(c, field) + 2;
		bool wanted = (field != FIELD_PEAK || any_peak) && (field != FIELD_MEMORY || any_memory);
		c->there[field] = wanted && left - n >= BAR_COLUMNS_MIN;
		left -= c->there[field] ? n : 0;
	}
	c->n_bar = MAX(left, 0);
}

static void columns_make(const struct grid *g, const struct pool_table *a, int n_columns, struct columns *ret)
{
	struct columns c = { .n_name = 4, .n_number = NUMBER_COLUMNS_MIN };
	bool any_peak = false, any_memory = false;

	for (size_t i = 0; i < a->n; i++) {
		const struct history_figures *f = &a->m->pools[a->order[i]];
		c.n_name = MAX(c.n_name, MIN(grid_columns(g, f->name, strlen(f->name)), NAME_COLUMNS_MAX));
		any_peak |= f->peak_bytes != NOT_KNOWN;
		any_memory |= f->memory != MEMORY_NOT_KNOWN;
		for (int k = FIELD_SIZE; k <= FIELD_PEAK; k++) {
			uint64_t bytes = bytes_of(f, (enum field)k);
			int n = bytes == NOT_KNOWN ? 0 : snprintf(NULL, 0, "%" PRIu64, bytes);
			c.n_number = MAX(c.n_number, n);
		}
	}
	columns_choose(&c, n_columns, any_peak, any_memory);
	if (!(c.there[FIELD_LFB] && c.there[FIELD_SIZE] && c.there[FIELD_FREE]) && c.n_number > NUMBER_COLUMNS_MIN) {
		c.n_number = NUMBER_COLUMNS_MIN; /* rounded ones, so that more can stand there */
		columns_choose(&c, n_columns, any_peak, any_memory);
	}
	*ret = c;
}

/* ---- drawing ---- */

static void draw_heads(struct grid *g, const struct rect *r, const struct pool_table *a, const struct columns *c)
{
	int x = r->x + 2 + c->n_name + 2, end = r->x + r->columns;
	struct rect row = { r->x, r->y, r->columns, 1 };
	char more[48] = "";

	grid_fill(g, &row, ' ', TUI_HEAD);
	grid_text(g, r->x + 2, r->y, MIN(c->n_name, r->columns - 2), TUI_HEAD, "pool");
	for (int k = 0; k < N_FIELDS; k++) {
		int n = field_columns(c, (enum field)k);
		if (!c->there[k])
			continue;
		if (k == FIELD_MEMORY)
			grid_text(g, x, r->y, n, TUI_HEAD, heads[k]);
		else
			grid_printf(g, x, r->y, n, TUI_HEAD, "%*s", n, heads[k]);
		x += n + 2;
	}
	if (a->n_rows < a->n)
		snprintf(more, sizeof(more), "%zu more", a->n - a->n_rows);
	else if (c->n_bar >= 24)
		snprintf(more, sizeof(more), "100%%");
	if (c->n_bar >= 24)
		grid_text(g, x, r->y, 10, TUI_HEAD, "0% used");
	int n = (int)strlen(more);
	if (n > 0 && end - n > r->x + 7)
		grid_text(g, end - n, r->y, n, TUI_HEAD, more);
}

static void draw_bar(struct grid *g, int x, int y, int n_columns, const struct history_figures *f)
{
	double total = (double)f->state.total_bytes;

	if (n_columns < 1)
		return;
	if (f->state.total_bytes == NOT_KNOWN || f->state.total_bytes == 0 || f->state.used_bytes == NOT_KNOWN) {
		grid_text(g, x, y, n_columns, TUI_FAINT, "its size is not known");
		return;
	}
	double used = MIN((double)f->state.used_bytes / total, 1.0);
	grid_bar(g, x, y, n_columns, used, TUI_USED, TUI_FREE);
	int n_full = (int)(used * n_columns + 0.999), n_largest = 0;
	if (f->state.lfb_bytes != NOT_KNOWN)
		n_largest = (int)(MIN((double)f->state.lfb_bytes / total, 1.0) * n_columns + 0.5);
	n_largest = MIN(n_largest, n_columns - n_full);
	for (int i = n_full; i < n_columns; i++) {
		bool is_largest = i >= n_columns - n_largest;
		grid_put(g, x + i, y, is_largest ? '_' : '.', is_largest ? TUI_LARGEST : TUI_FREE);
	}
	if (f->peak_bytes != NOT_KNOWN) {
		int at = (int)(MIN((double)f->peak_bytes / total, 1.0) * n_columns);
		grid_put(g, x + MIN(at, n_columns - 1), y, '|', TUI_PEAK);
	}
}

/* Whether its allocator's own data is broken, as the heap of the moment tells. */
static bool is_damaged(const struct tui *t, const struct history_moment *m, size_t i)
{
	const struct heap *heap = &t->picture.heap;

	return t->picture.n_moment == m->n && i < heap->n_pools && heap->pools[i].damaged;
}

static void draw_pool(const struct tui *t, struct grid *g, const struct rect *row, const struct pool_table *a,
		      const struct columns *c, size_t i)
{
	const struct history_figures *f = &a->m->pools[a->order[i]];
	bool first_of_memory = i == a->i_first || a->m->pools[a->order[i - 1]].memory != f->memory;
	bool full = f->state.total_bytes != NOT_KNOWN && f->state.free_bytes != NOT_KNOWN &&
		    f->state.free_bytes < f->state.total_bytes / 50;
	bool damaged = is_damaged(t, a->m, a->order[i]), chosen = f == tui_figures(t);
	enum tui_role role = damaged || full ? TUI_WARNING : chosen ? TUI_CHOSEN : TUI_PLAIN;
	int x = row->x, y = row->y;
	char text[PANEL_WORD_BYTES];

	grid_fill(g, row, ' ', chosen ? TUI_CHOSEN : TUI_PLAIN);
	grid_put(g, x, y, chosen ? '>' : ' ', role);
	if (damaged && row->columns > 1)
		grid_put(g, x + 1, y, '!', role);
	grid_text(g, x + 2, y, MIN(c->n_name, row->columns - 2), role, f->name);
	x += 2 + c->n_name + 2;
	for (int k = 0; k < N_FIELDS; k++) {
		const char *memory = heap_memory_name(f->memory);
		int n = field_columns(c, (enum field)k);
		if (!c->there[k])
			continue;
		if (k == FIELD_MEMORY)
			grid_text(g, x, y, n, role, first_of_memory ? (memory ? memory : "-") : "");
		else if (k == FIELD_INDEX && f->state.fragmentation < 0)
			grid_printf(g, x, y, n, role, "%*s", n, "-");
		else if (k == FIELD_INDEX)
			grid_printf(g, x, y, n, role, "%*.2f", n, f->state.fragmentation);
		else
			grid_printf(g, x, y, n, role, "%*s", n, panel_size(text, bytes_of(f, (enum field)k), n));
		x += n + 2;
	}
	if (damaged)
		grid_text(g, x, y, c->n_bar, TUI_WARNING, "damaged: something wrote past a block");
	else
		draw_bar(g, x, y, c->n_bar, f);
}

uint32_t panel_window_rows(const struct tui *t)
{
	const struct heap_pool *pool = tui_pool(t);

	return pool && pool->window;
}

/* What the chosen one's allocator was asked for since the snapshot before. */
static void draw_window(const struct tui *t, struct grid *g, int x, int y, int n_columns)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(&text, "%s: ", tui_pool(t)->name);
	text_pool_allocations(&text, tui_pool(t), NULL);
	grid_text(g, x, y, n_columns, TUI_PLAIN, strbuf_text(&text));
}

void panel_pools(const struct tui *t, struct grid *g, const struct rect *r)
{
	struct pool_table a;
	struct columns c;

	if (r->rows < 1 || r->columns < 1)
		return;
	table_make(t, r, &a);
	columns_make(g, &a, r->columns, &c);
	if (a.y_first > 0)
		draw_heads(g, r, &a, &c);
	if (a.n == 0)
		grid_text(g, r->x + 2, r->y + a.y_first, r->columns - 2, TUI_FAINT,
			  a.m ? "no pool is known yet" : "waiting for the first snapshot");
	for (size_t i = 0; i < a.n_rows; i++) {
		struct rect row = { r->x, r->y + a.y_first + (int)i, r->columns, 1 };
		draw_pool(t, g, &row, &a, &c, a.i_first + i);
	}
	int n_above = a.y_first + (int)MAX(a.n_rows, (size_t)1);
	if (panel_window_rows(t) && n_above < r->rows)
		draw_window(t, g, r->x + 2, r->y + n_above++, r->columns - 2);
	struct rect below = { r->x, r->y + n_above, r->columns, r->rows - n_above };
	panel_tasks(t, g, &below);
}

bool panel_pools_at(const struct tui *t, int x, int y, size_t *ret_i_pool)
{
	const struct rect *r = &t->plan.panels[PANEL_POOLS];
	struct pool_table a;

	if (!rect_has(r, x, y))
		return false;
	table_make(t, r, &a);
	if (y < r->y + a.y_first || (size_t)(y - r->y - a.y_first) >= a.n_rows)
		return false;
	*ret_i_pool = a.order[a.i_first + (size_t)(y - r->y - a.y_first)];
	return true;
}
