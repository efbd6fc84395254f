/* The keys of a profile: one table, from which the bottom line, the help and the choice are made; and what each does.
 */
#include "memprof/base/number.h"
#include "tui/profile/actions.h"

enum { CTRL_B = 2, CTRL_C, CTRL_F = 6, TAB = 9, LF, CTRL_L = 12, CR, CTRL_Z = 26, ESC };

/* ---- what is shown ---- */

static void do_request(struct tui_profile *p, int request) { p->request = (enum tui_request)request; }

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
static void remake(struct tui_profile *p)
{
	p->source_stays = false;
	p->failed = profile_part_make(p) < 0 || profile_rows_make(p) < 0;
}

void profile_list(struct tui_profile *p, int kind)
{
	p->kind = (enum profile_list_kind)kind;
	profile_focus(p, PROFILE_LIST);
	remake(p);
}

static void do_step_list(struct tui_profile *p, int way)
{
	profile_list(p, ((int)p->kind + way + N_PROFILE_LISTS) % N_PROFILE_LISTS);
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
	remake(p);
	if (!profile_part_of(p)->calls) {
		p->alive = !p->alive;
		remake(p);
		profile_note(p, "not enough memory for what was alive");
	}
	profile_choose_frame(p, frame);
}

/* ---- order ---- */

void profile_order_by(struct tui_profile *p, enum profile_column column)
{
	p->reverse[p->kind] = p->sort[p->kind] == column && !p->reverse[p->kind];
	p->sort[p->kind] = column;
	remake(p);
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
	remake(p);
}

static void do_reverse(struct tui_profile *p, int arg)
{
	(void)arg;
	p->reverse[p->kind] = !p->reverse[p->kind];
	remake(p);
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
	profile_list(p, PROFILE_CALLERS);
	if (p->failed)
		return;
	const struct profile_part *part = profile_part_of(p);
	for (uint32_t i = part->callers.nodes[0].child; i != SITES_NONE; i = part->callers.nodes[i].sibling)
		if (part->callers.nodes[i].frame == frame) {
			profile_show_node(p, i);
			profile_open_row(p, true);
			return;
		}
	profile_list(p, PROFILE_LINES);
	profile_note(p, "this line allocates nothing itself: it has no callers here");
}

void profile_open(struct tui_profile *p, int arg)
{
	const struct profile_row *row = profile_chosen(p);

	(void)arg;
	if (p->focus == PROFILE_SOURCE) {
		p->big = !p->big;
	} else if (p->focus == PROFILE_KEPT) {
		uint32_t frame = profile_source_frame(p);
		profile_list(p, PROFILE_LINES);
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

static const struct key_row rows[] = {
	{ { .profile = do_help }, 0, { TUI_KEY_F1, '?' }, "this help", "Help", "The screen" },
	{ { .profile = do_next_pane }, 0, { 'w', TUI_KEY_F1 + 5 }, "next panel gets the keys" },
	{ { .profile = profile_list }, PROFILE_LINES, { '1' }, "lines: what each allocates, as a table" },
	{ { .profile = profile_list }, PROFILE_CALLS, { '2' }, "calls: from the main program down" },
	{ { .profile = profile_list }, PROFILE_CALLERS, { '3' }, "callers: from the lines that allocate up" },
	{ { .profile = do_pane }, PROFILE_SOURCE, { '4' }, "source: show and choose, again: hide" },
	{ { .profile = do_pane }, PROFILE_KEPT, { '5' }, "what is left, by holder: the same" },
	{ { .profile = do_step_list }, 1, { TAB }, "next of lines, calls and callers", "View" },
	{ { .profile = do_step_list }, -1, { TUI_KEY_BACK_TAB }, "previous of them" },
	{ { .profile = do_big }, 0, { 'z' }, "this panel alone, or all of them" },
	{ { .profile = do_about }, 0, { 'i' }, "how it was sampled, how exact it is", "About" },
	{ { .profile = do_back }, 0, { ESC, TUI_KEY_BACKSPACE }, "back, one step at a time" },
	{ { .profile = do_request }, TUI_SAVE_SCREEN, { 's', 'S' }, "this screen as text, into a file" },
	{ { .profile = do_request }, TUI_REDRAW, { CTRL_L }, "redraw" },
	{ { .profile = do_request }, TUI_SUSPEND, { CTRL_Z }, "to the shell; fg returns" },
	{ { .profile = do_request }, TUI_QUIT, { 'q', TUI_KEY_F10, CTRL_C }, "end", "Quit" },

	{ { .profile = do_step }, -1, { TUI_KEY_UP, 'k' }, "up", NULL, "The profile" },
	{ { .profile = do_step }, 1, { TUI_KEY_DOWN, 'j' }, "down" },
	{ { .profile = do_side }, 0, { TUI_KEY_LEFT, 'h' }, "tree: close, again: to the line above" },
	{ { .profile = do_side }, 1, { TUI_KEY_RIGHT, 'l' }, "tree: open" },
	{ { .profile = do_page }, -1, { TUI_KEY_PAGE_UP, CTRL_B }, "a page up" },
	{ { .profile = do_page }, 1, { TUI_KEY_PAGE_DOWN, CTRL_F }, "a page down" },
	{ { .profile = do_end }, -1, { TUI_KEY_HOME, '^' }, "to the beginning" },
	{ { .profile = do_end }, 1, { TUI_KEY_END, '$' }, "to the end" },
	{ { .profile = profile_open }, 0, { CR, LF }, "tree: open, close; line: its callers", "Open" },
	{ { .profile = do_all }, true, { '+', '*' }, "tree: open all below the line" },
	{ { .profile = do_all }, false, { '-' }, "tree: close all" },
	{ { .profile = do_alive }, 0, { 'a' }, "only what was still alive, or all", "Alive" },
	{ { .profile = do_sort }, 0, { 'o' }, "order by the next column", "Order" },
	{ { .profile = do_reverse }, 0, { 'r' }, "the least first, or the most" },
	{ { .profile = do_search }, 0, { '/' }, "find a part of a line's name: main.py, step", "Find" },
	{ { .profile = profile_find }, 1, { 'n' }, "next one that was searched for" },
	{ { .profile = profile_find }, -1, { 'N' }, "previous one" },
};

struct key_list profile_key_list(void) { return (struct key_list){ rows, ARRAY_SIZE(rows), false }; }

/* A page of text is over the screen: arrows scroll it, any other key ends it. */
static bool page_key(struct tui_profile *p, const struct key_row *row)
{
	profile_act *act = row ? row->act.profile : NULL;
	int lines = act == do_step ? 1 : act == do_page ? 8 : act == do_end ? 1000 : 0;

	if (p->help && lines) {
		p->help_top = MAX(p->help_top + row->arg * lines, 0);
		return true;
	}
	p->help = p->about = false;
	return !act || act == do_help || act == do_about || act == do_back || act == profile_open ||
	       (act == do_request && row->arg == TUI_QUIT);
}

/* Requests that are carried out at any time. */
static bool is_always(const struct key_row *row)
{
	return row && row->act.profile == do_request && (row->arg == TUI_REDRAW || row->arg == TUI_SUSPEND);
}

void profile_press_key(struct tui_profile *p, uint32_t key)
{
	const struct key_list list = profile_key_list();
	const struct key_row *row = keys_find(&list, key);
	bool is_page = p->help || p->about;

	p->note[0] = '\0';
	if (p->typing && !is_always(row))
		type(p, key);
	else if ((!is_page || is_always(row) || !page_key(p, row)) && row)
		row->act.profile(p, row->arg);
}
