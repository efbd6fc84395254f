/* The screen of an allocation profile: created, drawn through its panels, and given keys and the mouse. */
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "tui/panels/panel.h"
#include "tui/profile/actions.h"

struct tui_profile *tui_profile_new(const struct tui_profile_options *options)
{
	struct tui_profile *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->o = *options;
	p->stale = true;
	p->open[PROFILE_LIST] = p->open[PROFILE_SOURCE] = true;
	p->open[PROFILE_KEPT] = options->view->sites->n_kept > 0;
	p->sort[PROFILE_CALLS] = p->sort[PROFILE_CALLERS] = COLUMN_TOTAL;
	if (profile_part_make(p) == 0 && profile_rows_make(p) == 0)
		return p;
	tui_profile_free(p);
	return NULL;
}

void tui_profile_free(struct tui_profile *p)
{
	if (!p)
		return;
	profile_source_deinit(&p->source);
	for (size_t i = 0; i < ARRAY_SIZE(p->parts); i++)
		profile_part_deinit(&p->parts[i]);
	free(p->ranks);
	free(p->is_found);
	free(p);
}

/* ---- drawing ---- */

static void make_plan(struct tui_profile *p, const struct grid *grid)
{
	struct profile_wants wants = {
		.columns = grid->columns,
		.rows = grid->rows,
		.focus = p->focus,
		.big = p->big,
		.input = p->typing,
		.n_kept = p->o.view->sites->n_kept,
	};

	memcpy(wants.open, p->open, sizeof(wants.open));
	profile_plan_make(&wants, &p->plan);
}

/* The first one in sight, so that the chosen one is, too, and no row is left empty. */
static size_t top_of(size_t i_top, size_t i_chosen, size_t n, int n_rows)
{
	size_t n_seen = (size_t)MAX(n_rows, 1);

	if (i_chosen < i_top)
		i_top = i_chosen;
	else if (i_chosen - i_top >= n_seen)
		i_top = i_chosen - n_seen + 1;
	return MIN(i_top, n - MIN(n, n_seen));
}

static void scroll(struct tui_profile *p)
{
	struct profile_list *list = &p->parts[p->alive].lists[p->kind];
	const struct sites *s = p->o.view->sites;
	uint32_t frame = profile_source_frame(p);
	size_t n_lines = p->source.n_begins - (p->source.n_begins > 0), n_rows = (size_t)MAX(profile_source_rows(p), 1);

	list->i_top = top_of(list->i_top, list->i_row, list->n_rows, profile_list_rows(p));
	p->i_kept_top = top_of(p->i_kept_top, p->i_kept, s->n_kept, profile_kept_rows(p));
	if (!p->source_stays) {
		size_t i_line = frame != SITES_NONE && s->frames[frame].line > 0 ? s->frames[frame].line - 1 : 0;
		p->i_source_top = i_line - MIN(i_line, n_rows / 2);
	}
	p->i_source_top = MIN(p->i_source_top, n_lines - MIN(n_lines, n_rows));
}

static void draw_keys(const struct tui_profile *p, struct grid *g, const struct rect *r)
{
	const struct key_list list = profile_key_list();

	if (p->note[0])
		grid_text(g, r->x + 1, r->y, r->columns - 1, TUI_WARNING, p->note);
	else if (p->typing)
		keys_typing(g, r, "Find", "a part of a name: main.py:14   connect");
	else
		keys_line(&list, g, r);
}

static void draw_input(const struct tui_profile *p, struct grid *g, const struct rect *r)
{
	input_line(g, r, "find: ", &p->line);
}

static void draw_pages(struct tui_profile *p, struct grid *grid)
{
	const struct key_list list = profile_key_list();

	if (p->about)
		profile_draw_about(p, grid);
	if (p->help) {
		p->help_top = MIN(p->help_top, keys_help_top_max(&list, grid));
		keys_help(&list, grid, p->help_top);
	}
}

static void draw(void *ctx, struct grid *grid, uint64_t now_us)
{
	static const struct {
		size_t offset; /* of its rectangle, in the plan */
		void (*draw)(const struct tui_profile *p, struct grid *g, const struct rect *r);
	} parts[] = {
		{ offsetof(struct profile_plan, title), profile_draw_title },
		{ offsetof(struct profile_plan, panes[PROFILE_LIST]), profile_draw_list },
		{ offsetof(struct profile_plan, panes[PROFILE_SOURCE]), profile_draw_source },
		{ offsetof(struct profile_plan, panes[PROFILE_KEPT]), profile_draw_kept },
		{ offsetof(struct profile_plan, input), draw_input },
		{ offsetof(struct profile_plan, keys), draw_keys },
	};
	struct tui_profile *p = ctx;

	(void)now_us;
	make_plan(p, grid);
	if (profile_source_make(p) < 0)
		profile_note(p, "not enough memory for this source");
	scroll(p);
	grid_clear(grid);
	p->stale = false;
	if (p->plan.too_small) {
		grid_printf(grid, 0, 0, grid->columns, TUI_WARNING, "needs %dx%d", TUI_COLUMNS_MIN, TUI_ROWS_MIN);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		const struct rect *r = (const struct rect *)((const char *)&p->plan + parts[i].offset);
		if (r->columns > 0 && r->rows > 0)
			parts[i].draw(p, grid, r);
	}
	draw_pages(p, grid);
}

/* ---- for the event loop ---- */

static enum tui_request input(void *ctx, const struct tui_input *input, uint64_t now_us)
{
	struct tui_profile *p = ctx;

	(void)now_us;
	p->stale = true;
	p->request = TUI_NOTHING;
	if (input->kind == TUI_INPUT_KEY)
		profile_press_key(p, input->key);
	else if (input->kind == TUI_INPUT_MOUSE)
		profile_mouse(p, input);
	return p->request;
}

static void message(void *ctx, const char *text, uint64_t now_us)
{
	struct tui_profile *p = ctx;

	(void)now_us;
	profile_note(p, "%s", text);
	p->stale = true;
}

static bool is_stale(const void *ctx)
{
	const struct tui_profile *p = ctx;

	return p->stale;
}

static uint64_t deadline_us(const void *ctx)
{
	(void)ctx;
	return NOT_KNOWN;
}

const struct tui_screen tui_screen_profile = {
	.input = input,
	.message = message,
	.draw = draw,
	.is_stale = is_stale,
	.deadline_us = deadline_us,
};
