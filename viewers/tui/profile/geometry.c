#include "tui/profile/geometry.h"

#include "memprof/base/number.h"
#include "tui/rows.h"

struct maker {
	struct row_share shares[N_PROFILE_PANES];
	bool there[N_PROFILE_PANES];
	enum profile_pane focus;
};

/* The panes from first to last, one below the other; the focus has its least first. */
static void make_column(struct maker *m, struct rect column, enum profile_pane first, enum profile_pane last,
			struct profile_plan *ret)
{
	struct row_share *shares[N_PROFILE_PANES] = { NULL };
	int n = 0, n_left = column.rows;

	if (m->there[m->focus] && m->focus >= first && m->focus <= last)
		shares[n++] = &m->shares[m->focus];
	for (int i = (int)first; i <= (int)last; i++)
		if (m->there[i] && i != (int)m->focus)
			shares[n++] = &m->shares[i];
	for (int i = 0; i < n && (i == 0 || shares[i - 1]->rows > 0); i++)
		rows_give_least(shares[i], &n_left);
	for (int i = 0; i < n; i++)
		rows_give_wanted(shares[i], &n_left);
	rows_give_rest(shares, n, &n_left);
	for (int i = (int)first; i <= (int)last; i++) {
		if (m->shares[i].rows == 0)
			continue;
		ret->panes[i] = (struct rect){ column.x, column.y, column.columns, m->shares[i].rows };
		column.y += m->shares[i].rows;
	}
}

static void make_wide(struct maker *m, struct rect body, struct profile_plan *ret)
{
	struct rect left = body, right = body;

	right.columns = body.columns / 2;
	left.columns -= right.columns + 1;
	right.x = left.columns + 1;
	make_column(m, left, PROFILE_LIST, PROFILE_LIST, ret);
	make_column(m, right, PROFILE_SOURCE, PROFILE_KEPT, ret);
}

void profile_plan_make(const struct profile_wants *wants, struct profile_plan *ret)
{
	enum { HEAD_ROWS = 2 };
	struct rect body = { 0, 1, wants->columns, wants->rows - 2 - wants->input };
	int n_kept = (int)MIN(wants->n_kept, (size_t)MAX(wants->rows / 4, 4)) + HEAD_ROWS;
	struct maker m = { .focus = wants->focus,
			   .shares = { [PROFILE_LIST] = { 4, 10, 3, 0 },
				       [PROFILE_SOURCE] = { 5, 8, 2, 0 },
				       [PROFILE_KEPT] = { 4, n_kept, 0, 0 } } };

	*ret = (struct profile_plan){ .too_small = wants->columns < TUI_COLUMNS_MIN || wants->rows < TUI_ROWS_MIN };
	if (ret->too_small)
		return;
	ret->title = (struct rect){ 0, 0, wants->columns, 1 };
	ret->keys = (struct rect){ 0, wants->rows - 1, wants->columns, 1 };
	if (wants->input)
		ret->input = (struct rect){ 0, wants->rows - 2, wants->columns, 1 };
	for (int i = 0; i < N_PROFILE_PANES; i++)
		m.there[i] = i == (int)wants->focus || (wants->open[i] && !wants->big);
	bool has_right = m.there[PROFILE_SOURCE] || m.there[PROFILE_KEPT];
	bool is_wide = wants->columns >= TUI_COLUMNS_WIDE && m.there[PROFILE_LIST] && has_right;
	m.shares[wants->focus].weight = MAX(2 * m.shares[wants->focus].weight, 1);
	if (is_wide && !m.there[PROFILE_SOURCE]) /* it has the column for itself */
		m.shares[PROFILE_KEPT].weight = 1;
	if (is_wide)
		make_wide(&m, body, ret);
	else
		make_column(&m, body, PROFILE_LIST, PROFILE_KEPT, ret);
}
