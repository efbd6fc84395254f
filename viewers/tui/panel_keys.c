/* The bottom line: the keys that work here, each of them a button. */
#include <string.h>

#include "memprof/number.h"
#include "panel.h"

static const char *const while_typing[] = {
	[TYPING_NOTHING] = "", [TYPING_SEARCH] = "T  tuple  >4096  100-200  0x20001234  T >64",
	[TYPING_GO_TO] = "0x20001234  @12  1:23  -10", [TYPING_CONSOLE] = "sent to the board, as it is",
};

struct button {
	size_t i_row;           /* of the keys */
	int x, n_columns;       /* from the left of the line */
	char key[KEYS_NAME_BYTES];
};

/* The next button that fits into n_columns, from *i_row and x on. */
static bool next_button(const struct tui *t, int n_columns, size_t *i_row, int x, struct button *ret)
{
	for (; *i_row < n_key_rows; ++*i_row) {
		const struct key_row *row = &key_rows[*i_row];
		if (!row->name || (row->live && !t->o.live))
			continue;
		keys_name(row->keys[0], ret->key);
		ret->i_row = (*i_row)++;
		ret->x = x;
		ret->n_columns = (int)(strlen(ret->key) + 1 + strlen(row->name));
		return x + ret->n_columns < n_columns;
	}
	return false;
}

static bool is_busy(const struct tui *t)
{
	return t->typing != TYPING_NOTHING || t->asking != ASKING_NOTHING;
}

void panel_keys(const struct tui *t, struct grid *g, const struct rect *r)
{
	struct rect row = { r->x, r->y, r->columns, 1 };
	struct button b;
	int x = 1;

	if (r->rows < 1 || r->columns < 1)
		return;
	grid_fill(g, &row, ' ', TUI_PLAIN);
	if (is_busy(t)) {
		struct flow f = { .g = g, .r = row, .x = 1 };
		if (t->typing != TYPING_NOTHING) {
			flow_printf(&f, TUI_KEY, "Enter");
			flow_printf(&f, TUI_KEY, "Esc");
			flow_printf(&f, TUI_FAINT, "%s", while_typing[t->typing]);
		}
		return;
	}
	for (size_t i = 0; next_button(t, r->columns, &i, x, &b); x += b.n_columns + 2) {
		int n_key = (int)strlen(b.key);
		grid_text(g, r->x + x, r->y, n_key, TUI_KEY, b.key);
		grid_text(g, r->x + x + n_key + 1, r->y, b.n_columns - n_key - 1, TUI_PLAIN, key_rows[b.i_row].name);
	}
}

enum tui_action panel_keys_at(const struct tui *t, int x, int y)
{
	const struct rect *r = &t->plan.keys;
	struct button b;
	int at = 1;

	if (!rect_has(r, x, y) || is_busy(t))
		return ACT_NONE;
	for (size_t i = 0; next_button(t, r->columns, &i, at, &b); at += b.n_columns + 2)
		if (x - r->x >= b.x && x - r->x < b.x + b.n_columns)
			return key_rows[b.i_row].action;
	return ACT_NONE;
}
