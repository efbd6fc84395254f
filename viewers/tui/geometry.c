#include "tui/geometry.h"

#include <string.h>

#include "memprof/base/number.h"
#include "tui/rows.h"

enum { ADDRESS_DIGITS = 8, LEGEND_FROM_ROWS = 6, FOCUS_ROWS_MIN = 3 };

/* What shares the rows of a column. The first ones are the panels. */
enum { PART_INSPECTOR = N_PANELS, PART_BESIDE /* two columns, on a wide screen */, N_PARTS };

/* The first parts of an order; the panels after the map follow. */
enum { N_FIRST = 4 };
static const int from_top[N_FIRST] = { PANEL_POOLS, PART_BESIDE, PANEL_MAP, PART_INSPECTOR };
/* Who has its least first, after the focus. */
static const int by_need[N_FIRST] = { PART_BESIDE, PANEL_MAP, PART_INSPECTOR, PANEL_POOLS };

static int nth_part(const int first[N_FIRST], int i) { return i < N_FIRST ? first[i] : PANEL_MAP + 1 + i - N_FIRST; }

/* The panels in a column of a wide screen, a bit each. */
enum panel_column { ABOVE, LEFT, RIGHT };
static unsigned panels_of(enum panel_column column)
{
#define PANEL_BIT(CONSTANT, name, key, least, wanted, weight, its_column, help) \
	| (unsigned)(column == its_column) << PANEL_##CONSTANT
	return 0 TUI_PANELS(PANEL_BIT);
}

struct maker {
	const struct plan_wants *wants;
	bool there[N_PARTS];
	struct row_share shares[N_PARTS];
	struct rect rects[N_PARTS];
};

static bool is_there(const struct maker *m, int part)
{
	return m->there[part] && (part != PART_INSPECTOR || m->shares[PANEL_MAP].rows > 0);
}

static bool any_there(const struct maker *m, unsigned set)
{
	bool any = false;

	for (int i = 0; i < N_PARTS; i++)
		any |= m->there[i] && set >> i & 1;
	return any;
}

/* Shares a column among the parts of a set, a bit each. */
static void make_column(struct maker *m, struct rect column, unsigned set)
{
	struct row_share *shares[N_PARTS];
	int parts[N_PARTS], n = 0, n_left = column.rows;

	if (set >> m->wants->focus & 1)
		parts[n++] = (int)m->wants->focus;
	for (int i = 0, part; i < N_PARTS; i++) {
		part = nth_part(by_need, i);
		if (set >> part & 1 && part != (int)m->wants->focus)
			parts[n++] = part;
	}

	for (int i = 0; i < n; i++) {
		shares[i] = &m->shares[parts[i]];
		if (is_there(m, parts[i]))
			rows_give_least(shares[i], &n_left);
	}
	/* They stay as they are when another panel is chosen than the map. */
	if (set >> PANEL_POOLS & 1 && !(m->wants->focus == PANEL_MAP && set >> PANEL_MAP & 1))
		rows_give_wanted(&m->shares[PANEL_POOLS], &n_left);
	for (int i = 0; i < n; i++)
		rows_give_wanted(shares[i], &n_left);
	rows_give_rest(shares, n, &n_left);

	for (int i = 0; i < N_PARTS; i++) {
		int part = nth_part(from_top, i);
		int n_rows = m->shares[part].rows;
		if (!(set >> part & 1) || n_rows == 0)
			continue;
		m->rects[part] = (struct rect){ column.x, column.y, column.columns, n_rows };
		column.y += n_rows;
	}
}

int plan_list_columns(int n_columns)
{
	return n_columns < TUI_COLUMNS_WIDE ? n_columns : MIN(MAX(n_columns * 3 / 8, 48), 100);
}

/* Across the screen the panels above; below them those at the left and the right. */
static void make_wide(struct maker *m, struct rect body)
{
	make_column(m, body, panels_of(ABOVE) | 1 << PART_BESIDE);
	struct rect left = m->rects[PART_BESIDE], right = left;
	right.columns = plan_list_columns(body.columns);
	left.columns -= right.columns + 1;
	right.x = left.columns + 1;
	make_column(m, left, panels_of(LEFT));
	make_column(m, right, 1 << PART_INSPECTOR | panels_of(RIGHT));
}

static void make_shares(struct maker *m, bool wide, int n_rows)
{
	const struct plan_wants *w = m->wants;
	int n_pools = (int)MIN(MAX(w->n_pools, 1u), (uint32_t)n_rows);
	int most_pools = w->focus == PANEL_POOLS ? w->rows / 2 : MAX(w->rows / 4, 4);
	const struct row_share inspector = wide ? (struct row_share){ 4, n_rows < 36 ? 9 : 16, 0, 0 } :
						  (struct row_share){ 2, n_rows < 30 ? 2 : 3, 0, 0 };
#define PANEL_SHARE(CONSTANT, name, key, least, wanted, weight, ...) [PANEL_##CONSTANT] = { least, wanted, weight, 0 },
	const struct row_share shares[N_PARTS] = {
		[PART_INSPECTOR] = inspector, [PART_BESIDE] = { 4, 18, 1, 0 }, TUI_PANELS(PANEL_SHARE)
	};

	memcpy(m->shares, shares, sizeof(shares));
	m->shares[PANEL_POOLS].wanted = MIN(1 + n_pools, most_pools);
	m->shares[PANEL_MAP].wanted += w->compared;
	struct row_share *focus = &m->shares[w->focus];
	focus->least = MAX(focus->least, FOCUS_ROWS_MIN);
	focus->weight = w->big ? 1 : 2 * focus->weight;
}

static void make_map(const struct plan_wants *wants, struct plan *ret)
{
	const struct rect *map = &ret->panels[PANEL_MAP];
	int n_address = 2 + (wants->address_digits > 0 ? MIN(wants->address_digits, 16) : ADDRESS_DIGITS);
	bool legend = map->rows >= LEGEND_FROM_ROWS, compared = legend && wants->compared;

	if (map->rows == 0)
		return;
	struct rect row = { map->x, map->y + 1, map->columns, map->rows - 1 - legend - compared };
	ret->map_addresses = ret->map_cells = ret->minimap = row;
	ret->map_addresses.columns = n_address;
	ret->map_cells.x += n_address;
	ret->map_cells.columns -= n_address + 2; /* a blank before the minimap */
	ret->minimap.x += map->columns - 1;
	ret->minimap.columns = 1;
	if (legend)
		ret->legend = (struct rect){ map->x, map->y + map->rows - 1, map->columns, 1 };
	if (compared)
		ret->compared = (struct rect){ map->x, map->y + map->rows - 2, map->columns, 1 };
}

void plan_make(const struct plan_wants *wants, struct plan *ret)
{
	struct maker m = { .wants = wants };
	struct rect body = { 0, 1, wants->columns, wants->rows - 2 - wants->input };

	*ret = (struct plan){ .too_small = wants->columns < TUI_COLUMNS_MIN || wants->rows < TUI_ROWS_MIN };
	if (ret->too_small)
		return;
	ret->title = (struct rect){ 0, 0, wants->columns, 1 };
	ret->keys = (struct rect){ 0, wants->rows - 1, wants->columns, 1 };
	if (wants->input)
		ret->input = (struct rect){ 0, wants->rows - 2, wants->columns, 1 };

	for (int i = 0; i < N_PANELS; i++)
		m.there[i] = i == (int)wants->focus || (wants->open[i] && !wants->big);
	m.there[PART_INSPECTOR] = wants->inspector;
	m.there[PART_BESIDE] = wants->columns >= TUI_COLUMNS_WIDE && any_there(&m, panels_of(LEFT)) &&
			       any_there(&m, panels_of(RIGHT));
	make_shares(&m, m.there[PART_BESIDE], body.rows);
	if (m.there[PART_BESIDE])
		make_wide(&m, body);
	else
		make_column(&m, body, (1 << N_PARTS) - 1);
	memcpy(ret->panels, m.rects, sizeof(ret->panels));
	ret->inspector = m.rects[PART_INSPECTOR];
	make_map(wants, ret);
}
