/* The bottom line of a screen: the keys that work there, each of them a button; or a note that the title has no room
 * for. */
#include <string.h>

#include "memprof/base/number.h"
#include "tui/panels/panel.h"

static const struct {
	const char *enter, *words;
} while_typing[] = {
	[TYPING_SEARCH] = { "Find", "tuple   T >64   >4K   100-200   . >1K   0x20001234   a name" },
	[TYPING_GO_TO] = { "Go", "0x20001234: a block   @12: a snapshot   1:23: a time   -10: back" },
	[TYPING_CONSOLE] = { "Send", "Up and Down: lines that were sent" },
};

struct button {
	size_t i_row;     /* of the list */
	int x, n_columns; /* from the left of the line */
	char key[KEYS_NAME_BYTES];
};

/* The next button that fits into n_columns, from *i_row and x on. */
static bool next_button(const struct key_list *list, int n_columns, size_t *i_row, int x, struct button *ret)
{
	for (; *i_row < list->n_rows; ++*i_row) {
		const struct key_row *row = &list->rows[*i_row];
		if (!row->name || (row->live && !list->live))
			continue;
		keys_name(row->keys[0], ret->key);
		ret->i_row = (*i_row)++;
		ret->x = x;
		ret->n_columns = (int)(strlen(ret->key) + 1 + strlen(row->name));
		return x + ret->n_columns < n_columns;
	}
	return false;
}

static int draw_key(struct grid *g, const struct rect *r, int x, const char *key, const char *name)
{
	int n_key = (int)strlen(key), n_name = (int)strlen(name);

	grid_text(g, r->x + x, r->y, MIN(n_key, r->columns - x), TUI_KEY, key);
	grid_text(g, r->x + x + n_key + 1, r->y, MIN(n_name, r->columns - x - n_key - 1), TUI_PLAIN, name);
	return n_key + 1 + n_name + 2;
}

void keys_line(const struct key_list *list, struct grid *g, const struct rect *r)
{
	struct button b;
	int x = 1;

	for (size_t i = 0; next_button(list, r->columns, &i, x, &b);)
		x += draw_key(g, r, x, b.key, list->rows[b.i_row].name);
}

const struct key_row *keys_line_at(const struct key_list *list, const struct rect *r, int x, int y)
{
	struct button b;
	int at = 1;

	if (!rect_has(r, x, y))
		return NULL;
	for (size_t i = 0; next_button(list, r->columns, &i, at, &b); at += b.n_columns + 2)
		if (x - r->x >= b.x && x - r->x < b.x + b.n_columns)
			return &list->rows[b.i_row];
	return NULL;
}

void keys_typing(struct grid *g, const struct rect *r, const char *enter, const char *words)
{
	int x = 1;

	x += draw_key(g, r, x, "Enter", enter);
	x += draw_key(g, r, x, "Esc", "Leave") + 1;
	grid_text(g, r->x + x, r->y, r->columns - x, TUI_FAINT, words);
}

static bool is_busy(const struct tui *t)
{
	return t->typing != TYPING_NOTHING || t->asking != ASKING_NOTHING || t->note_below;
}

void panel_keys(const struct tui *t, struct grid *g, const struct rect *r)
{
	const struct key_list list = tui_key_list(t);
	struct rect row = { r->x, r->y, r->columns, 1 };

	if (r->rows < 1 || r->columns < 1)
		return;
	grid_fill(g, &row, ' ', TUI_PLAIN);
	if (t->note_below)
		grid_text(g, r->x + 1, r->y, r->columns - 1, TUI_WARNING, t->note);
	else if (t->typing != TYPING_NOTHING)
		keys_typing(g, r, while_typing[t->typing].enter, while_typing[t->typing].words);
	else if (!is_busy(t))
		keys_line(&list, g, r);
}

const struct key_row *panel_keys_at(const struct tui *t, int x, int y)
{
	const struct key_list list = tui_key_list(t);

	return is_busy(t) ? NULL : keys_line_at(&list, &t->plan.keys, x, y);
}
