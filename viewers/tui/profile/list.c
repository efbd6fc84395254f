/* The list of a profile: lines as a table, or a tree of calls. */
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "shared/sites_words.h"
#include "text/cut.h"
#include "tui/panels/panel.h"
#include "tui/profile/figures.h"
#include "tui/profile/state.h"

enum { HEAD_ROWS = 2, NAME_COLUMNS_MIN = 26, TREE_COLUMNS_MIN = 34, LEVEL_COLUMNS = 2 };

static const struct {
	const char *head;
	int n_columns;
} columns[N_PROFILE_COLUMNS] = {
	[COLUMN_OWN] = { "own", FIGURE_COLUMNS },
	[COLUMN_SHARE] = { "share", SHARE_COLUMNS },
	[COLUMN_TOTAL] = { "total", FIGURE_COLUMNS },
	[COLUMN_COUNT] = { "count", COUNT_COLUMNS },
	[COLUMN_ALIVE] = { "alive", FIGURE_COLUMNS },
	[COLUMN_SAMPLES] = { "samples", COUNT_COLUMNS },
	[COLUMN_NAME] = { "name", 0 },
};

static const char *const tabs[N_PROFILE_LISTS] = {
	[PROFILE_LINES] = "lines",
	[PROFILE_CALLS] = "calls",
	[PROFILE_CALLERS] = "callers",
};

/* ---- geometry ---- */

int profile_list_rows(const struct tui_profile *p) { return MAX(p->plan.panes[PROFILE_LIST].rows - HEAD_ROWS, 0); }

/* The first one, and those that leave room for a name; the last of them is the one that sorts, if that is further
 * right. What they take with the sign before them. */
static size_t columns_fit(const struct tui_profile *p, int n_room, enum profile_column ret[N_PROFILE_COLUMNS],
			  int *ret_taken)
{
	int n_name = p->kind == PROFILE_LINES ? NAME_COLUMNS_MIN : TREE_COLUMNS_MIN;
	size_t n = profile_columns(p, ret), i = 0;

	*ret_taken = 1;
	while (i < n && (i == 0 || *ret_taken + columns[ret[i]].n_columns + n_name <= n_room))
		*ret_taken += columns[ret[i++]].n_columns;
	for (size_t k = i; k < n; k++)
		if (ret[k] == p->sort[p->kind]) {
			*ret_taken += columns[ret[k]].n_columns - columns[ret[i - 1]].n_columns;
			ret[i - 1] = ret[k];
		}
	return i;
}

static int indent_of(const struct profile_row *row, int n_room) { return MIN(row->depth * LEVEL_COLUMNS, n_room / 2); }

/* ---- drawing ---- */

/* One begins, and has a blank or a bracket around it. */
static int tab_columns(enum profile_list_kind kind) { return (int)strlen(tabs[kind]) + 2; }

static void draw_heading(const struct tui_profile *p, struct grid *g, const struct rect *r)
{
	enum tui_role role = p->focus == PROFILE_LIST ? TUI_HEAD : TUI_FAINT;
	int x = r->x + 1, end = r->x + r->columns;

	grid_heading(g, r, role, "");
	for (int i = 0; i < N_PROFILE_LISTS; i++) {
		bool is_shown = i == (int)p->kind;
		grid_printf(g, x, r->y, end - x, is_shown ? role : TUI_KEY, is_shown ? "[%s]" : " %s ", tabs[i]);
		x += tab_columns((enum profile_list_kind)i);
	}
	grid_printf(g, x + 1, r->y, end - x - 2, role, " by %s%s%s ", columns[p->sort[p->kind]].head,
		    p->reverse[p->kind] ? ", reversed" : "", p->alive ? ", alive only" : "");
}

static void draw_heads(const struct tui_profile *p, struct grid *g, const struct rect *r)
{
	static const char *const names[N_PROFILE_LISTS] = { "line", "line, and below it what it calls",
							    "line, and below it its callers" };
	enum profile_column shown[N_PROFILE_COLUMNS];
	int n_taken, x = r->x + 1, end = r->x + r->columns;
	size_t n = columns_fit(p, r->columns, shown, &n_taken);

	for (size_t i = 0; i < n; i++) {
		int n_columns = columns[shown[i]].n_columns;
		grid_printf(g, x, r->y, MIN(n_columns, end - x), p->sort[p->kind] == shown[i] ? TUI_KEY : TUI_FAINT,
			    "%*s", n_columns, columns[shown[i]].head);
		x += n_columns;
	}
	grid_text(g, x + 2, r->y, end - x - 2, p->sort[p->kind] == COLUMN_NAME ? TUI_KEY : TUI_FAINT, names[p->kind]);
}

static void draw_figure(const struct tui_profile *p, struct grid *g, const struct rect *r, enum tui_role role,
			const struct profile_row *row, enum profile_column column)
{
	const struct sites *s = profile_part_of(p)->calls;
	uint64_t figure = profile_row_figure(p, row, column);
	int n_columns = columns[column].n_columns;
	char text[PANEL_WORD_BYTES];

	if (column == COLUMN_SHARE)
		figure_share(text, s, figure);
	else if (column == COLUMN_COUNT || column == COLUMN_SAMPLES)
		figure_count(text, figure, n_columns - 1);
	else
		figure_amount(text, s, figure, n_columns - 1);
	grid_printf(g, r->x, r->y, MIN(n_columns, r->columns), role, "%*s", n_columns, text);
}

static void draw_name(const struct tui_profile *p, struct grid *g, const struct rect *r, enum tui_role role,
		      const struct profile_row *row)
{
	uint32_t frame = profile_row_frame(p, row);
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT, shown CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int x = r->x, end = r->x + r->columns;

	if (p->kind != PROFILE_LINES) {
		x += indent_of(row, r->columns);
		grid_put(g, x, r->y,
			 !profile_row_has_children(p, row) ? ' ' :
			 profile_row_is_open(p, row)       ? '-' :
							     '+',
			 role);
		x += 2;
	}
	if (p->is_found && frame != SITES_NONE && p->is_found[frame] && role != TUI_CHOSEN)
		role = TUI_FOUND;
	sites_frame_words(&name, sites_frame_at(p->o.view->sites, frame));
	if (end - x >= 2)
		text_cut(&shown, strbuf_text(&name), name.n_bytes, (size_t)(end - x), CUT_BEGINNING);
	grid_text(g, x, r->y, end - x, role, strbuf_text(&shown));
}

static void draw_row(const struct tui_profile *p, struct grid *g, const struct rect *r, size_t i)
{
	const struct profile_list *list = profile_list_of(p);
	const struct profile_row *row = &list->rows[i];
	bool is_chosen = i == list->i_row;
	enum tui_role role = figure_role(is_chosen, p->focus == PROFILE_LIST);
	enum profile_column shown[N_PROFILE_COLUMNS];
	struct rect rest = { r->x + 1, r->y, r->columns - 1, 1 };
	int n_taken;
	size_t n = columns_fit(p, r->columns, shown, &n_taken);

	grid_fill(g, r, ' ', role);
	grid_put(g, r->x, r->y, is_chosen ? '>' : ' ', role);
	for (size_t k = 0; k < n; k++) {
		draw_figure(p, g, &rest, role, row, shown[k]);
		rest.x += columns[shown[k]].n_columns;
		rest.columns -= columns[shown[k]].n_columns;
	}
	rest.x += 2;
	rest.columns -= 2;
	if (rest.columns > 0)
		draw_name(p, g, &rest, role, row);
}

void profile_draw_list(const struct tui_profile *p, struct grid *g, const struct rect *r)
{
	const struct profile_list *list = profile_list_of(p);
	struct rect row = { r->x, r->y, r->columns, 1 };

	draw_heading(p, g, &row);
	row.y++;
	if (r->rows > 1)
		draw_heads(p, g, &row);
	row.y++;
	if (list->n_rows == 0 && r->rows > HEAD_ROWS)
		grid_text(g, r->x + 1, row.y, r->columns - 1, p->failed ? TUI_WARNING : TUI_FAINT,
			  p->failed ? "there is not enough memory for this list" : "there are no samples");
	for (size_t i = list->i_top; i < list->n_rows && row.y < r->y + r->rows; i++, row.y++)
		draw_row(p, g, &row, i);
}

/* ---- what is under the mouse ---- */

bool profile_list_at(const struct tui_profile *p, int x, int y, size_t *ret_i_row, bool *ret_sign)
{
	const struct rect *r = &p->plan.panes[PROFILE_LIST];
	const struct profile_list *list = profile_list_of(p);
	enum profile_column shown[N_PROFILE_COLUMNS];
	int n_taken;

	if (!rect_has(r, x, y) || y < r->y + HEAD_ROWS)
		return false;
	*ret_i_row = list->i_top + (size_t)(y - r->y - HEAD_ROWS);
	if (*ret_i_row >= list->n_rows)
		return false;
	columns_fit(p, r->columns, shown, &n_taken);
	const struct profile_row *row = &list->rows[*ret_i_row];
	int x_name = r->x + n_taken + 2;
	*ret_sign = profile_row_has_children(p, row) && x == x_name + indent_of(row, r->x + r->columns - x_name);
	return true;
}

bool profile_tab_at(const struct tui_profile *p, int x, int y, enum profile_list_kind *ret)
{
	const struct rect *r = &p->plan.panes[PROFILE_LIST];
	int at = r->x + 1;

	if (!rect_has(r, x, y) || y != r->y)
		return false;
	for (int i = 0; i < N_PROFILE_LISTS; i++) {
		int n = tab_columns((enum profile_list_kind)i);
		if (x >= at && x < at + n) {
			*ret = (enum profile_list_kind)i;
			return true;
		}
		at += n;
	}
	return false;
}

bool profile_column_at(const struct tui_profile *p, int x, int y, enum profile_column *ret)
{
	const struct rect *r = &p->plan.panes[PROFILE_LIST];
	enum profile_column shown[N_PROFILE_COLUMNS];
	int n_taken, at = r->x + 1;
	size_t n = columns_fit(p, r->columns, shown, &n_taken), i = 0;

	if (!rect_has(r, x, y) || y != r->y + 1)
		return false;
	for (; i < n && x >= at + columns[shown[i]].n_columns; i++)
		at += columns[shown[i]].n_columns;
	*ret = i == n ? COLUMN_NAME : shown[i] == COLUMN_SHARE ? shown[0] : shown[i];
	return true;
}
