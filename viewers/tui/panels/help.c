/* All keys of a screen, over all of it. */
#include <string.h>

#include "memprof/base/number.h"
#include "tui/panels/panel.h"

enum {
	KEYS_COLUMNS = 16,
	SAYS_COLUMNS = 44,
	GAP_COLUMNS = 2,
	LINE_COLUMNS = KEYS_COLUMNS + 1 + SAYS_COLUMNS + GAP_COLUMNS,
	LINES_MAX = 256,
};

struct help_line {
	const struct key_row *row; /* NULL: an empty one */
	bool is_head;              /* of a group */
};

static size_t lines_make(const struct key_list *list, struct help_line ret[LINES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < list->n_rows && n + 3 <= LINES_MAX; i++) {
		const struct key_row *row = &list->rows[i];
		if (row->group && n > 0)
			ret[n++] = (struct help_line){ NULL, false };
		if (row->group)
			ret[n++] = (struct help_line){ row, true };
		if (!row->live || list->live)
			ret[n++] = (struct help_line){ row, false };
	}
	return n;
}

static void draw_keys(struct grid *g, int x, int y, int n_columns, const struct key_row *row)
{
	int at = 0;

	for (int i = 0; i < KEYS_MAX && row->keys[i]; i++) {
		char name[KEYS_NAME_BYTES];
		keys_name(row->keys[i], name);
		int n = (int)strlen(name);
		if (at + n > n_columns)
			return;
		at += grid_text(g, x + at, y, n_columns - at, TUI_KEY, name) + 1;
	}
}

static void draw_line(struct grid *g, int x, int y, int n_columns, const struct help_line *line)
{
	if (!line->row)
		return;
	if (line->is_head) {
		grid_text(g, x, y, n_columns, TUI_HEAD, line->row->group);
		return;
	}
	draw_keys(g, x + 1, y, MIN(KEYS_COLUMNS - 1, n_columns - 1), line->row);
	if (n_columns > KEYS_COLUMNS + 1)
		grid_text(g, x + 1 + KEYS_COLUMNS, y, n_columns - KEYS_COLUMNS - 1, TUI_PLAIN, line->row->summary);
}

/* Columns of lines that fit beside each other, and the rows that each has. */
static size_t n_across(const struct grid *g) { return (size_t)MAX(g->columns / LINE_COLUMNS, 1); }

static size_t n_down(const struct grid *g) { return (size_t)MAX(g->rows - 2, 0); }

int keys_help_top_max(const struct key_list *list, const struct grid *g)
{
	struct help_line lines[LINES_MAX];
	size_t n_lines = lines_make(list, lines), n_page = n_across(g) * n_down(g);

	return (int)(n_lines - MIN(n_lines, n_page));
}

void keys_help(const struct key_list *list, struct grid *g, int top)
{
	struct rect all = { 0, 0, g->columns, g->rows }, first = { 0, 0, g->columns, 1 };
	struct help_line lines[LINES_MAX];
	size_t n_lines = lines_make(list, lines), n_rows = n_down(g);

	grid_fill(g, &all, ' ', TUI_PLAIN);
	grid_heading(g, &first, TUI_HEAD, "memprof: keys");
	if (n_rows < 1)
		return;
	size_t i_top = MIN((size_t)top, n_lines), i_end = MIN(i_top + n_across(g) * n_rows, n_lines);
	for (size_t i = i_top; i < i_end; i++) {
		int x = (int)((i - i_top) / n_rows) * LINE_COLUMNS + 1, y = 1 + (int)((i - i_top) % n_rows);
		draw_line(g, x, y, MIN(g->columns - x, LINE_COLUMNS - GAP_COLUMNS), &lines[i]);
	}
	struct flow end = { .g = g, .r = { 1, g->rows - 1, g->columns - 1, 1 } };
	flow_printf(&end, TUI_KEY, "Esc");
	flow_printf(&end, TUI_FAINT, "back");
	if (i_end - i_top < n_lines)
		flow_printf(&end, TUI_FAINT, "Up and Down: lines %zu-%zu of %zu", i_top + 1, i_end, n_lines);
}
