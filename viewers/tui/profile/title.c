/* The first line of a profile: which one, how much it is, whether it leaks; and a page on how it was sampled. */
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "shared/number_words.h"
#include "text/cut.h"
#include "tui/panels/panel.h"
#include "tui/profile/state.h"

static struct text_style style_of(const struct grid *g)
{
	return (struct text_style){ .columns = (unsigned)MAX(g->columns, 40), .utf8 = g->utf8, .sizes = SIZES_USUAL };
}

/* "11.2 MiB in 332 674 allocations" */
static void put_amount(const struct sites *s, const struct text_style *style, char *ret, size_t n_ret)
{
	const struct sites_sum *all = &s->nodes[0].total;

	if (s->unit == SITES_TIME)
		snprintf(ret, n_ret, "%s us", count_words(all->bytes, style).text);
	else if (s->has_counts)
		snprintf(ret, n_ret, "%s in %s allocation%s", human_words(all->bytes, style).text,
			 count_words(all->count, style).text, all->count == 1 ? "" : "s");
	else
		snprintf(ret, n_ret, "%s", human_words(all->bytes, style).text);
}

/* At the right, before what is there already. */
static int put_right(struct grid *g, const struct rect *r, int end, enum tui_role role, const char *words)
{
	int n = grid_columns(g, words, strlen(words));

	if (n == 0 || end - n - 2 < r->x)
		return end;
	grid_text(g, end - n - 1, r->y, n, role, words);
	return end - n - 2;
}

void profile_draw_title(const struct tui_profile *p, struct grid *g, const struct rect *r)
{
	const struct text_style style = style_of(g);
	const struct sites *s = profile_part_of(p)->calls;
	uint64_t leak_bytes = sites_leak_bytes(p->o.view->sites);
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int x = r->x + 1, end = r->x + r->columns;
	char words[160];

	grid_fill(g, r, ' ', TUI_TITLE);
	end = put_right(g, r, end, TUI_TITLE_KEY, p->alive ? "ALIVE" : "PROFILE");
	if (leak_bytes > 0) {
		snprintf(words, sizeof(words), "LEAKING %s", human_words(leak_bytes, &style).text);
		end = put_right(g, r, end, TUI_TITLE_WARNING, words);
	}
	text_cut_source(&name, p->o.view->title, (size_t)MAX((end - x) / 2, 2), g->utf8);
	x += grid_text(g, x, r->y, end - x, TUI_TITLE, strbuf_text(&name)) + 2;
	if (s)
		put_amount(s, &style, words, sizeof(words));
	if (s && x + grid_columns(g, words, strlen(words)) < end)
		grid_text(g, x, r->y, end - x, TUI_TITLE, words);
}

/* Bytes of a line that a row has room for: up to a blank, if there is one. */
static size_t row_of(const struct grid *g, const char *line, size_t n)
{
	size_t n_fit = grid_fitting(g, line, n, g->columns), n_row = n_fit;

	while (n_fit < n && n_row > 0 && line[n_row] != ' ')
		n_row--;
	return n_row > 0 ? n_row : n_fit;
}

void profile_draw_about(const struct tui_profile *p, struct grid *g)
{
	struct rect all = { 0, 0, g->columns, g->rows }, row = { 0, 0, g->columns, 1 };
	const struct text_style style = style_of(g);
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct document d CLEANUP(doc_deinit);

	grid_fill(g, &all, ' ', TUI_PLAIN);
	grid_heading(g, &row, TUI_HEAD, "memprof: this profile");
	document_sites_summary(&d, p->o.view);
	print_text(&text, &d, &style);
	const char *line = strbuf_text(&text);
	for (int y = 1; *line && y < g->rows - 1; y++) {
		size_t n = row_of(g, line, strcspn(line, "\n"));
		grid_bytes(g, 0, y, g->columns, TUI_PLAIN, line, n);
		line += n + (line[n] == '\n');
	}
	if (g->rows > 1)
		grid_text(g, 1, g->rows - 1, g->columns - 1, TUI_KEY, "Esc  back");
}
