/* The keys of a profile: one table, from which the bottom line, the help and the choice are made; and what each does.
 */
#include "memprof/base/number.h"
#include "tui/profile/actions.h"

enum { CTRL_B = 2, CTRL_C, CTRL_F = 6, TAB = 9, LF, CTRL_L = 12, CR, CTRL_Z = 26, ESC };

static const struct key_row rows[] = {
	{ DO_HELP, NULL, 0, { TUI_KEY_F1, '?' }, .summary = "this help", .name = "Help", .group = "The screen" },
	{ DO_NEXT_PANE, NULL, 0, { 'w', TUI_KEY_F1 + 5 }, .summary = "next panel gets the keys" },
	{ DO_LINES, NULL, PROFILE_LINES, { '1' }, .summary = "lines: what each allocates, as a table" },
	{ DO_CALLS, NULL, PROFILE_CALLS, { '2' }, .summary = "calls: from the main program down" },
	{ DO_CALLERS, NULL, PROFILE_CALLERS, { '3' }, .summary = "callers: from the lines that allocate up" },
	{ DO_SOURCE, NULL, PROFILE_SOURCE, { '4' }, .summary = "source: show and choose, again: hide" },
	{ DO_KEPT, NULL, PROFILE_KEPT, { '5' }, .summary = "what is left, by holder: the same" },
	{ DO_NEXT_LIST, NULL, 1, { TAB }, .summary = "next of lines, calls and callers", .name = "View" },
	{ DO_PREVIOUS_LIST, NULL, -1, { TUI_KEY_BACK_TAB }, .summary = "previous of them" },
	{ DO_BIG, NULL, 0, { 'z' }, .summary = "this panel alone, or all of them" },
	{ DO_ABOUT, NULL, 0, { 'i' }, .summary = "how it was sampled, how exact it is", .name = "About" },
	{ DO_BACK, NULL, 0, { ESC, TUI_KEY_BACKSPACE }, .summary = "back, one step at a time" },
	{ DO_SAVE, NULL, TUI_SAVE_SCREEN, { 's', 'S' }, .summary = "this screen as text, into a file" },
	{ DO_REDRAW, NULL, TUI_REDRAW, { CTRL_L }, .summary = "redraw" },
	{ DO_SUSPEND, NULL, TUI_SUSPEND, { CTRL_Z }, .summary = "to the shell; fg returns" },
	{ DO_QUIT, NULL, TUI_QUIT, { 'q', TUI_KEY_F10, CTRL_C }, .summary = "end", .name = "Quit" },

	{ DO_UP, NULL, -1, { TUI_KEY_UP, 'k' }, .summary = "up", .group = "The profile" },
	{ DO_DOWN, NULL, 1, { TUI_KEY_DOWN, 'j' }, .summary = "down" },
	{ DO_LEFT, NULL, 0, { TUI_KEY_LEFT, 'h' }, .summary = "tree: close, again: to the line above" },
	{ DO_RIGHT, NULL, 1, { TUI_KEY_RIGHT, 'l' }, .summary = "tree: open" },
	{ DO_PAGE_UP, NULL, -1, { TUI_KEY_PAGE_UP, CTRL_B }, .summary = "a page up" },
	{ DO_PAGE_DOWN, NULL, 1, { TUI_KEY_PAGE_DOWN, CTRL_F }, .summary = "a page down" },
	{ DO_HOME, NULL, -1, { TUI_KEY_HOME, '^' }, .summary = "to the beginning" },
	{ DO_END, NULL, 1, { TUI_KEY_END, '$' }, .summary = "to the end" },
	{ DO_OPEN, NULL, 0, { CR, LF }, .summary = "tree: open, close; line: its callers", .name = "Open" },
	{ DO_OPEN_ALL, NULL, true, { '+', '*' }, .summary = "tree: open all below the line" },
	{ DO_CLOSE_ALL, NULL, false, { '-' }, .summary = "tree: close all" },
	{ DO_ALIVE, NULL, 0, { 'a' }, .summary = "only what was still alive, or all", .name = "Alive" },
	{ DO_SORT, NULL, 0, { 'o' }, .summary = "order by the next column", .name = "Order" },
	{ DO_REVERSE, NULL, 0, { 'r' }, .summary = "the least first, or the most" },
	{ DO_SEARCH, NULL, 0, { '/' }, .summary = "find a part of a line's name: main.py, step", .name = "Find" },
	{ DO_FIND_NEXT, NULL, 1, { 'n' }, .summary = "next one that was searched for" },
	{ DO_FIND_PREVIOUS, NULL, -1, { 'N' }, .summary = "previous one" },
};

struct key_list profile_key_list(void) { return (struct key_list){ rows, ARRAY_SIZE(rows), false }; }

/* ---- what is shown ---- */

static void do_wish(struct tui_profile *p, int wish) { p->wish = (enum tui_wish)wish; }

static void do_help(struct tui_profile *p, int arg)
{
	(void)arg;
	p->help = true;
	p->help_top = 0;
}

static void do_about(struct tui_profile *p, int arg)
{
	(void)arg;
	p->about = true;
}

/* What is shown is made anew. */
static void show(struct tui_profile *p)
{
	p->source_stays = false;
	p->failed = profile_part_make(p) < 0 || profile_rows_make(p) < 0;
}

static void do_list(struct tui_profile *p, int kind)
{
	p->kind = (enum profile_list_kind)kind;
	profile_focus(p, PROFILE_LIST);
	show(p);
}

static void do_step_list(struct tui_profile *p, int way)
{
	do_list(p, ((int)p->kind + way + N_PROFILE_LISTS) % N_PROFILE_LISTS);
}

void profile_focus(struct tui_profile *p, enum profile_pane pane)
{
	p->open[pane] = true;
	p->focus = pane;
	if (pane != PROFILE_SOURCE)
		p->follows_kept = pane == PROFILE_KEPT;
}

static void do_next_pane(struct tui_profile *p, int arg)
{
	enum profile_pane pane = p->focus;

	(void)arg;
	do
		pane = (pane + 1) % N_PROFILE_PANES;
	while (!p->open[pane]);
	profile_focus(p, pane);
}

static void do_pane(struct tui_profile *p, int arg)
{
	enum profile_pane pane = (enum profile_pane)arg;

	if (p->open[pane] && p->focus == pane) {
		profile_focus(p, PROFILE_LIST);
		p->open[pane] = false;
		return;
	}
	profile_focus(p, pane);
	if (pane == PROFILE_KEPT && !p->o.view->sites->has_kept)
		profile_note(p, "this profile does not record what was left");
}

static void do_big(struct tui_profile *p, int arg)
{
	(void)arg;
	p->big = !p->big;
}

static void do_back(struct tui_profile *p, int arg)
{
	(void)arg;
	if (p->big)
		p->big = false;
	else if (p->is_found)
		profile_search(p, "");
	else if (p->focus != PROFILE_LIST)
		profile_focus(p, PROFILE_LIST);
}

static void do_alive(struct tui_profile *p, int arg)
{
	uint32_t frame = profile_chosen(p) ? profile_row_frame(p, profile_chosen(p)) : SITES_NONE;

	(void)arg;
	if (!p->o.view->sites->has_alive) {
		profile_note(p, "this profile does not tell what was freed");
		return;
	}
	p->alive = !p->alive;
	show(p);
	if (!profile_part_of(p)->calls) {
		p->alive = !p->alive;
		show(p);
		profile_note(p, "not enough memory for what was alive");
	}
	profile_choose_frame(p, frame);
}

/* ---- order ---- */

void profile_order_by(struct tui_profile *p, enum profile_column column)
{
	p->reverse[p->kind] = p->sort[p->kind] == column && !p->reverse[p->kind];
	p->sort[p->kind] = column;
	show(p);
}

/* The next column that has figures of its own; after the last one the names. */
static void do_sort(struct tui_profile *p, int arg)
{
	enum profile_column columns[N_PROFILE_COLUMNS];
	size_t n = profile_columns(p, columns), i = 0;

	(void)arg;
	columns[n++] = COLUMN_NAME;
	while (i < n && columns[i] != p->sort[p->kind])
		i++;
	do
		i = (i + 1) % n;
	while (columns[i] == COLUMN_SHARE);
	p->reverse[p->kind] = false;
	p->sort[p->kind] = columns[i];
	show(p);
}

static void do_reverse(struct tui_profile *p, int arg)
{
	(void)arg;
	p->reverse[p->kind] = !p->reverse[p->kind];
	show(p);
}

/* ---- moves ---- */

static size_t moved(size_t i, size_t n, int64_t steps)
{
	int64_t to = MIN((int64_t)i + steps, (int64_t)n - 1);

	return (size_t)MAX(to, 0);
}

/* So many rows, in the panel that has the keys. */
void profile_move(struct tui_profile *p, enum profile_pane pane, int64_t steps)
{
	const struct profile_list *list = profile_list_of(p);
	size_t n_lines = p->source.n_begins, n_seen = (size_t)MAX(profile_source_rows(p), 1);

	if (pane == PROFILE_LIST) {
		profile_choose(p, moved(list->i_row, list->n_rows, steps));
	} else if (pane == PROFILE_KEPT) {
		p->i_kept = moved(p->i_kept, p->o.view->sites->n_kept, steps);
		p->source_stays = false;
	} else if (n_lines > 0) {
		p->i_source_top = moved(p->i_source_top, n_lines - MIN(n_lines - 1, n_seen), steps);
		p->source_stays = true;
	}
}

static void do_step(struct tui_profile *p, int way) { profile_move(p, p->focus, way); }

static void do_page(struct tui_profile *p, int way)
{
	int n_rows = p->focus == PROFILE_LIST ? profile_list_rows(p) :
		     p->focus == PROFILE_KEPT ? profile_kept_rows(p) :
						profile_source_rows(p);

	profile_move(p, p->focus, way * MAX(n_rows - 1, 1)); /* one stays in sight */
}

static void do_end(struct tui_profile *p, int way) { profile_move(p, p->focus, way * (INT64_C(1) << 40)); }

static bool is_tree(struct tui_profile *p)
{
	if (p->focus == PROFILE_LIST && p->kind != PROFILE_LINES)
		return true;
	profile_note(p, "only trees open and close: 2 calls, 3 callers");
	return false;
}

static void do_side(struct tui_profile *p, int opens)
{
	if (!is_tree(p))
		return;
	if (opens)
		profile_open_row(p, true);
	else
		profile_leave_row(p);
}

static void do_all(struct tui_profile *p, int opens)
{
	if (is_tree(p))
		profile_open_all(p, opens);
}

/* The line of the table among those that allocate, with its callers. */
static void show_callers(struct tui_profile *p)
{
	const struct profile_row *row = profile_chosen(p);
	uint32_t frame = row ? profile_row_frame(p, row) : SITES_NONE;

	if (!row)
		return;
	do_list(p, PROFILE_CALLERS);
	if (p->failed)
		return;
	const struct profile_part *part = profile_part_of(p);
	for (uint32_t i = part->callers.nodes[0].child; i != SITES_NONE; i = part->callers.nodes[i].sibling)
		if (part->callers.nodes[i].frame == frame) {
			profile_show_node(p, i);
			profile_open_row(p, true);
			return;
		}
	do_list(p, PROFILE_LINES);
	profile_note(p, "this line allocates nothing itself: it has no callers here");
}

static void do_open(struct tui_profile *p, int arg)
{
	const struct profile_row *row = profile_chosen(p);

	(void)arg;
	if (p->focus == PROFILE_SOURCE) {
		p->big = !p->big;
	} else if (p->focus == PROFILE_KEPT) {
		uint32_t frame = profile_source_frame(p);
		do_list(p, PROFILE_LINES);
		profile_choose_frame(p, frame);
	} else if (p->kind == PROFILE_LINES) {
		show_callers(p);
	} else if (row) {
		profile_open_row(p, !profile_row_is_open(p, row));
	}
}

/* ---- search ---- */

static void do_search(struct tui_profile *p, int arg)
{
	(void)arg;
	if (p->focus == PROFILE_SOURCE)
		profile_focus(p, PROFILE_LIST);
	p->typing = true;
	typed_line_begin(&p->line);
}

static void type(struct tui_profile *p, uint32_t key)
{
	enum typed_line_result result = typed_line_key(&p->line, &p->old, key);

	if (result == TYPED_LINE_LEFT || (result == TYPED_LINE_ENTERED && profile_search(p, p->line.text)))
		p->typing = false;
	if (result == TYPED_LINE_ENTERED && !p->typing)
		typed_line_remember(&p->line, &p->old);
}

/* ---- all of them ---- */

static void (*const acts[N_PROFILE_ACTIONS])(struct tui_profile *p, int arg) = {
	[DO_HELP] = do_help,
	[DO_NEXT_PANE] = do_next_pane,
	[DO_LINES] = do_list,
	[DO_CALLS] = do_list,
	[DO_CALLERS] = do_list,
	[DO_SOURCE] = do_pane,
	[DO_KEPT] = do_pane,
	[DO_BIG] = do_big,
	[DO_ABOUT] = do_about,
	[DO_BACK] = do_back,
	[DO_SAVE] = do_wish,
	[DO_REDRAW] = do_wish,
	[DO_SUSPEND] = do_wish,
	[DO_QUIT] = do_wish,
	[DO_UP] = do_step,
	[DO_DOWN] = do_step,
	[DO_LEFT] = do_side,
	[DO_RIGHT] = do_side,
	[DO_PAGE_UP] = do_page,
	[DO_PAGE_DOWN] = do_page,
	[DO_HOME] = do_end,
	[DO_END] = do_end,
	[DO_NEXT_LIST] = do_step_list,
	[DO_PREVIOUS_LIST] = do_step_list,
	[DO_OPEN] = do_open,
	[DO_OPEN_ALL] = do_all,
	[DO_CLOSE_ALL] = do_all,
	[DO_ALIVE] = do_alive,
	[DO_SORT] = do_sort,
	[DO_REVERSE] = do_reverse,
	[DO_SEARCH] = do_search,
	[DO_FIND_NEXT] = profile_find,
	[DO_FIND_PREVIOUS] = profile_find,
};

void profile_perform(struct tui_profile *p, enum profile_action action)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].action == (int)action)
			acts[action](p, rows[i].arg);
}

/* A page of text is over the screen: arrows scroll it, any other key ends it. */
static bool page_key(struct tui_profile *p, enum profile_action action)
{
	static const int lines[N_PROFILE_ACTIONS] = {
		[DO_UP] = -1, [DO_DOWN] = 1, [DO_PAGE_UP] = -8, [DO_PAGE_DOWN] = 8, [DO_HOME] = -1000, [DO_END] = 1000
	};

	if (p->help && lines[action]) {
		p->help_top = MAX(p->help_top + lines[action], 0);
		return true;
	}
	if (action == DO_REDRAW || action == DO_SUSPEND)
		return false;
	bool is_way_back = action == DO_NOTHING || action == DO_HELP || action == DO_ABOUT || action == DO_BACK ||
			   action == DO_QUIT || action == DO_OPEN;
	p->help = p->about = false;
	return is_way_back;
}

void profile_press_key(struct tui_profile *p, uint32_t key)
{
	const struct key_list list = profile_key_list();
	enum profile_action action = (enum profile_action)keys_action(&list, key);

	p->note[0] = '\0';
	if (p->typing && action != DO_REDRAW && action != DO_SUSPEND)
		type(p, key);
	else if (!(p->help || p->about) || !page_key(p, action))
		profile_perform(p, action);
}
