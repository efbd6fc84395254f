/* What the board printed. */
#include "tui/panels/panel.h"

void panel_console(const struct tui *t, struct grid *g, const struct rect *r)
{
	const struct console *c = t->o.console;
	size_t n = tui_console_n_lines(c), n_bytes, i_first, i_end;
	struct strbuf head CLEANUP(strbuf_deinit) = STRBUF_INIT;
	uint64_t at_us;

	if (r->rows < 1 || r->columns < 1)
		return;
	panel_window(n, t->console_up, r->rows - 1, &i_first, &i_end);
	strbuf_puts(&head, "console");
	if (i_end < n)
		strbuf_printf(&head, " %zu-%zu of %zu", i_first + 1, i_end, n);
	struct rect rest = panel_heading(t, g, r, PANEL_CONSOLE, strbuf_text(&head));
	if (n == 0 && rest.rows > 0)
		grid_text(g, rest.x + 1, rest.y, rest.columns - 1, TUI_FAINT,
			  c ? "the board printed nothing yet" : "there is no console");
	for (size_t i = i_first; i < i_end; i++) {
		const char *line = console_line(c, i, &n_bytes, &at_us);
		grid_bytes(g, rest.x + 1, rest.y + (int)(i - i_first), rest.columns - 1, TUI_PLAIN, line, n_bytes);
	}
}
