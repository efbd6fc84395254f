/* What is left at the end, by who holds it, and whether it leaks. */
#include <stdio.h>

#include "memprof/base/number.h"
#include "shared/number_words.h"
#include "shared/sites_words.h"
#include "tui/panels/panel.h"
#include "tui/profile/figures.h"
#include "tui/profile/state.h"

enum {
	HEAD_ROWS = 2,
	QUARTER_COLUMNS = 5,
	COLUMNS_FOR_SAMPLES = 56,
	COLUMNS_FOR_QUARTERS = 72,
	COLUMNS_FOR_WORDS = 90
};

int profile_kept_rows(const struct tui_profile *p) { return MAX(p->plan.panes[PROFILE_KEPT].rows - HEAD_ROWS, 0); }

static void draw_heading(const struct tui_profile *p, struct grid *g, const struct rect *r)
{
	const struct text_style style = { .columns = 80, .utf8 = g->utf8 };
	const struct sites *s = p->o.view->sites;
	uint64_t leak_bytes = sites_leak_bytes(s);
	char words[160] = "what is left, by holder";

	if (leak_bytes > 0)
		snprintf(words, sizeof(words), "what is left, by holder; + leaks: about %s",
			 human_words(leak_bytes, &style).text);
	grid_heading(g, r, p->focus == PROFILE_KEPT ? TUI_HEAD : TUI_FAINT, words);
}

static void draw_heads(struct grid *g, const struct rect *r)
{
	static const char *const quarters[SITES_QUARTERS] = { "1/4", "2/4", "3/4", "4/4" };
	int x = r->x + 1, end = r->x + r->columns;

	grid_printf(g, x, r->y, MIN(FIGURE_COLUMNS, end - x), TUI_FAINT, "%*s", FIGURE_COLUMNS, "bytes");
	x += FIGURE_COLUMNS;
	if (r->columns >= COLUMNS_FOR_SAMPLES) {
		grid_printf(g, x, r->y, COUNT_COLUMNS, TUI_FAINT, "%*s", COUNT_COLUMNS, "samples");
		x += COUNT_COLUMNS;
	}
	for (int i = 0; r->columns >= COLUMNS_FOR_QUARTERS && i < SITES_QUARTERS; i++, x += QUARTER_COLUMNS)
		grid_printf(g, x, r->y, QUARTER_COLUMNS, TUI_FAINT, "%*s", QUARTER_COLUMNS, quarters[i]);
	grid_printf(g, x + 4, r->y, end - x - 4, TUI_FAINT, "held by %s line%s", g->utf8 ? "←" : "<-",
		    r->columns >= COLUMNS_FOR_WORDS ? "; quarters of the run in percent" : "");
}

static void draw_row(const struct tui_profile *p, struct grid *g, const struct rect *r, size_t i)
{
	const struct sites *s = p->o.view->sites;
	const struct sites_kept *kept = &s->kept[i];
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool is_chosen = i == p->i_kept && p->follows_kept;
	enum tui_role role = figure_role(is_chosen, p->focus == PROFILE_KEPT);
	uint64_t all = sites_kept_bytes(kept);
	int x = r->x + 1, end = r->x + r->columns;
	char text[PANEL_WORD_BYTES];

	role = role == TUI_PLAIN && kept->is_leak ? TUI_WARNING : role;
	grid_fill(g, r, ' ', role);
	grid_put(g, r->x, r->y, is_chosen ? '>' : ' ', role);
	figure_amount(text, s, all, FIGURE_COLUMNS - 1);
	grid_printf(g, x, r->y, MIN(FIGURE_COLUMNS, end - x), role, "%*s", FIGURE_COLUMNS, text);
	x += FIGURE_COLUMNS;
	if (r->columns >= COLUMNS_FOR_SAMPLES) {
		figure_count(text, kept->n_samples, COUNT_COLUMNS - 1);
		grid_printf(g, x, r->y, COUNT_COLUMNS, role, "%*s", COUNT_COLUMNS, text);
		x += COUNT_COLUMNS;
	}
	for (int k = 0; r->columns >= COLUMNS_FOR_QUARTERS && k < SITES_QUARTERS; k++, x += QUARTER_COLUMNS)
		grid_printf(g, x, r->y, QUARTER_COLUMNS, role, "%*.0f", QUARTER_COLUMNS,
			    all ? 100 * (double)kept->bytes[k] / (double)all : 0);
	if (x + 2 < end)
		grid_put(g, x + 2, r->y, kept->is_leak ? '+' : kept->in_doubt ? '?' : ' ', role);
	sites_kept_words(&name, s, kept, g->utf8);
	grid_text(g, x + 4, r->y, end - x - 4, role, strbuf_text(&name));
}

void profile_draw_kept(const struct tui_profile *p, struct grid *g, const struct rect *r)
{
	const struct sites *s = p->o.view->sites;
	struct rect row = { r->x, r->y + 1, r->columns, 1 };

	draw_heading(p, g, r);
	if (s->n_kept == 0) {
		grid_text(g, r->x + 1, row.y, r->rows > 1 ? r->columns - 1 : 0, TUI_FAINT,
			  s->has_kept ? "nothing is left" : "this profile does not record what was left");
		return;
	}
	if (r->rows > 1)
		draw_heads(g, &row);
	row.y++;
	for (size_t i = p->i_kept_top; i < s->n_kept && row.y < r->y + r->rows; i++, row.y++)
		draw_row(p, g, &row, i);
}

bool profile_kept_at(const struct tui_profile *p, int x, int y, size_t *ret_i_kept)
{
	const struct rect *r = &p->plan.panes[PROFILE_KEPT];

	if (!rect_has(r, x, y) || y < r->y + HEAD_ROWS)
		return false;
	*ret_i_kept = p->i_kept_top + (size_t)(y - r->y - HEAD_ROWS);
	return *ret_i_kept < p->o.view->sites->n_kept;
}
