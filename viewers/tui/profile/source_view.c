/* The source of the chosen line, and beside each line what it allocates. */
#include <inttypes.h>
#include <stdio.h>

#include "memprof/base/number.h"
#include "shared/sites_words.h"
#include "tui/panels/panel.h"
#include "tui/profile/figures.h"
#include "tui/profile/state.h"

enum {
	NUMBER_COLUMNS = 6,
	COLUMNS_FOR_SHARE = 60,
	TEXT_BYTES_MAX = 4096, /* of a line: more than any screen shows */
};

int profile_source_rows(const struct tui_profile *p) { return MAX(p->plan.panes[PROFILE_SOURCE].rows - 1, 0); }

static void draw_text(const struct tui_profile *p, struct grid *g, const struct rect *r, enum tui_role role, size_t i)
{
	const struct profile_source *s = &p->source;
	size_t begin = s->begins[i], end = s->begins[i + 1];
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	end -= end > begin && s->source->text[end - 1] == '\n';
	sites_source_words(&text, s->source->text + begin, MIN(end - begin, (size_t)TEXT_BYTES_MAX));
	grid_bytes(g, r->x, r->y, r->columns, role, strbuf_text(&text), text.n_bytes);
}

static void draw_line(const struct tui_profile *p, struct grid *g, const struct rect *r, size_t i, bool is_chosen)
{
	const struct sites *s = profile_part_of(p)->calls;
	enum tui_role role = figure_role(is_chosen, p->focus == PROFILE_SOURCE);
	uint64_t bytes = p->source.sums[i].bytes;
	int x = r->x + 1, end = r->x + r->columns;
	char text[PANEL_WORD_BYTES];

	grid_fill(g, r, ' ', role);
	grid_put(g, r->x, r->y, is_chosen ? '>' : ' ', role);
	figure_amount(text, s, bytes, FIGURE_COLUMNS - 1);
	if (bytes > 0)
		grid_printf(g, x, r->y, MIN(FIGURE_COLUMNS, end - x), role, "%*s", FIGURE_COLUMNS, text);
	x += FIGURE_COLUMNS;
	if (r->columns >= COLUMNS_FOR_SHARE) {
		figure_share(text, s, bytes);
		if (bytes > 0)
			grid_printf(g, x, r->y, SHARE_COLUMNS, role, "%*s", SHARE_COLUMNS, text);
		x += SHARE_COLUMNS;
	}
	grid_printf(g, x, r->y, MIN(NUMBER_COLUMNS, end - x), is_chosen ? role : TUI_FAINT, "%*zu", NUMBER_COLUMNS,
		    i + 1);
	struct rect rest = { x + NUMBER_COLUMNS + 2, r->y, end - x - NUMBER_COLUMNS - 2, 1 };
	draw_text(p, g, &rest, role, i);
}

/* Why there is nothing to be seen; "": there is. */
static void why_empty(const struct tui_profile *p, char *ret, size_t n_ret)
{
	const struct profile_source *s = &p->source;

	if (!s->file)
		snprintf(ret, n_ret, "the calls of these samples are not known");
	else if (!s->source)
		snprintf(ret, n_ret, "its source was not found: --sources DIR names the folder");
	else if (!s->sums)
		snprintf(ret, n_ret, "there is not enough memory for its source");
	else
		snprintf(ret, n_ret, "%s", s->n_begins < 2 ? "this file is empty" : "");
}

static void draw_heading(const struct tui_profile *p, struct grid *g, const struct rect *r)
{
	const struct profile_source *s = &p->source;
	const struct sites_frame *frame = sites_frame_at(p->o.view->sites, profile_source_frame(p));
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_puts(&words, "source");
	if (frame)
		strbuf_printf(&words, " %s", frame->file[0] ? frame->file : "?");
	if (frame && s->sums && frame->line >= s->n_begins)
		strbuf_printf(&words, ": it has no line %" PRIu32, frame->line);
	else if (frame && s->source && s->source->has_changed)
		strbuf_puts(&words, ": it has changed since the profile was made");
	grid_heading(g, r, p->focus == PROFILE_SOURCE ? TUI_HEAD : TUI_FAINT, strbuf_text(&words));
}

void profile_draw_source(const struct tui_profile *p, struct grid *g, const struct rect *r)
{
	const struct profile_source *s = &p->source;
	const struct sites_frame *frame = sites_frame_at(p->o.view->sites, profile_source_frame(p));
	struct rect row = { r->x, r->y + 1, r->columns, 1 };
	char nothing[80];

	draw_heading(p, g, r);
	why_empty(p, nothing, sizeof(nothing));
	if (nothing[0]) {
		grid_text(g, r->x + 1, row.y, r->rows > 1 ? r->columns - 1 : 0, TUI_FAINT, nothing);
		return;
	}
	for (size_t i = p->i_source_top; i + 1 < s->n_begins && row.y < r->y + r->rows; i++, row.y++)
		draw_line(p, g, &row, i, frame && frame->line == i + 1);
}
