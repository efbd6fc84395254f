/* What the board printed. */
#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "tui/panels/panel.h"

/* A line from row y on, cut, or wrapped into as many rows as it needs; none is drawn above from_y. How many they are.
 */
static int put_line(const struct tui *t, struct grid *g, const struct rect *r, int from_y, int y, size_t i)
{
	struct strbuf visible CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n_bytes, n_put = 0;
	const char *line = console_line(t->o.console, i, &n_bytes);
	int n_rows = 0;

	if (!t->wraps) {
		grid_bytes(g, r->x, y, r->columns, TUI_PLAIN, line, n_bytes);
		return 1;
	}
	text_visible(&visible, line, n_bytes, false);
	do {
		const char *rest = strbuf_text(&visible) + n_put;
		size_t n = grid_fitting(g, rest, visible.n_bytes - n_put, r->columns);
		if (y + n_rows >= from_y && y + n_rows < r->y + r->rows)
			grid_bytes(g, r->x, y + n_rows, r->columns, TUI_PLAIN, rest, n);
		n_put += n;
		n_rows++;
	} while (n_put < visible.n_bytes);
	return n_rows;
}

/* The lines in sight, in a rectangle without the heading. */
struct lines_in_sight {
	size_t i_first, i_end; /* but for what follows where the oldest ones leave rows */
	int n_above;           /* rows of the first one that have no room: the last one is whole */
};

static struct lines_in_sight in_sight(const struct tui *t, struct grid *g, const struct rect *r)
{
	struct lines_in_sight w = { 0 };
	int n_rows = 0;

	panel_window(tui_console_n_lines(t->o.console), t->console_up, r->rows, &w.i_first, &w.i_end);
	if (!t->wraps)
		return w;
	for (w.i_first = w.i_end; w.i_first > 0 && n_rows < r->rows;)
		n_rows += put_line(t, g, r, r->y + r->rows, 0, --w.i_first);
	w.n_above = MAX(n_rows - r->rows, 0);
	return w;
}

void panel_console(const struct tui *t, struct grid *g, const struct rect *r)
{
	const struct console *c = t->o.console;
	const struct rect lines = { r->x + 1, r->y + 1, r->columns - 1, r->rows - 1 };
	size_t n = tui_console_n_lines(c);
	struct strbuf head CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (lines.rows < 0 || lines.columns < 0)
		return;
	struct lines_in_sight w = in_sight(t, g, &lines);
	strbuf_puts(&head, t->wraps ? "console, wrapped" : "console");
	if (w.i_end < n)
		strbuf_printf(&head, " %zu-%zu of %zu", w.i_first + 1, w.i_end, n);
	panel_heading(t, g, r, PANEL_CONSOLE, strbuf_text(&head));
	if (n == 0 && lines.rows > 0)
		grid_text(g, lines.x, lines.y, lines.columns, TUI_FAINT,
			  c ? "the board printed nothing yet" : "there is no console");
	for (int y = lines.y - w.n_above; w.i_first < n && y < lines.y + lines.rows; w.i_first++)
		y += put_line(t, g, &lines, lines.y, y, w.i_first);
}
