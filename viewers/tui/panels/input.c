/* The line that somebody types, or a question that waits for a yes. */
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "tui/panels/panel.h"

static const char *const prompts[] = {
	[TYPING_NOTHING] = "",
	[TYPING_SEARCH] = "find: ",
	[TYPING_GO_TO] = "go to: ",
	[TYPING_CONSOLE] = "board> ",
};
static const char *const questions[] = {
	[ASKING_NOTHING] = "",
	[ASKING_INTERRUPT] = "Interrupt the program on the board? y, or any other key: no",
	[ASKING_RESET] = "Reset the board? What is in its memory is lost. y, or any other key: no",
};

/* Where the shown part of a line begins, so that the cursor is in it. */
static size_t begin_of(const struct typed_line *line, const struct grid *g, int n_columns)
{
	const uint8_t *text = (const uint8_t *)line->text, *end = text + line->n;
	size_t i = 0, i_line = MIN(line->i, line->n);

	while (i < i_line && grid_columns(g, line->text + i, i_line - i) >= n_columns)
		i += MAX(text_utf8(text + i, end, NULL), 1u);
	return i;
}

void input_line(struct grid *g, const struct rect *r, const char *prompt, const struct typed_line *line)
{
	int x = r->x, end = r->x + r->columns;

	x += grid_text(g, x, r->y, end - x, TUI_KEY, prompt);
	if (x >= end)
		return;
	size_t i_begin = begin_of(line, g, end - x), i_line = MIN(line->i, line->n);
	grid_bytes(g, x, r->y, end - x, TUI_PLAIN, line->text + i_begin, line->n - i_begin);
	g->cursor_x = MIN(x + grid_columns(g, line->text + i_begin, i_line - i_begin), end - 1);
	g->cursor_y = r->y;
}

/* That Enter does not end it, at the right, where there is room. Where it begins. */
static int say_way_back(struct grid *g, const struct rect *r)
{
	enum { TYPED_COLUMNS_MIN = 16 };
	static const char words[] = "  Esc: back to keys";
	int n = (int)strlen(words), end = r->x + r->columns;

	if (r->columns < n + TYPED_COLUMNS_MIN)
		return end;
	grid_text(g, end - n, r->y, n, TUI_KEY, words);
	return end - n;
}

void panel_input(const struct tui *t, struct grid *g, const struct rect *r)
{
	struct rect row = *r;

	if (r->rows < 1 || r->columns < 1)
		return;
	if (t->asking != ASKING_NOTHING) {
		grid_text(g, r->x, r->y, r->columns, TUI_WARNING, questions[t->asking]);
		return;
	}
	if (t->typing == TYPING_NOTHING)
		return;
	if (t->typing == TYPING_CONSOLE)
		row.columns = say_way_back(g, r) - r->x;
	input_line(g, &row, prompts[t->typing], &t->line);
}
