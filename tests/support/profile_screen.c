#include "profile_screen.h"

#include "screen.h"

static bool is_in_sight(size_t i, size_t i_top, size_t n, int n_rows)
{
	return n == 0 || n_rows <= 0 || (i < n && i >= i_top && i - i_top < (size_t)n_rows);
}

/* Each row that is within another comes below it, one deeper. */
static bool rows_are_sound(const struct profile_list *list)
{
	for (size_t i = 0; i < list->n_rows; i++) {
		int before = i > 0 ? list->rows[i - 1].depth : -1;
		if (list->rows[i].depth < 0 || list->rows[i].depth > before + 1)
			return false;
	}
	return true;
}

const char *profile_fault(const struct tui_profile *p, const struct grid *g)
{
	const struct profile_list *list = profile_list_of(p);
	size_t n_kept = p->o.view->sites->n_kept;

	return !screen_cells_are_sound(g)                      ? "a cell holds what no terminal may see" :
	       !p->open[p->focus]                              ? "a closed panel has the keys" :
	       !rows_are_sound(list)                           ? "the rows are no tree" :
	       list->n_rows > 0 && list->i_row >= list->n_rows ? "no row is chosen" :
	       !is_in_sight(list->i_row, list->i_top, list->n_rows, profile_list_rows(p)) ?
								 "the chosen row is out of sight" :
	       !is_in_sight(p->i_kept, p->i_kept_top, n_kept, profile_kept_rows(p)) ?
								 "the chosen holder is out of sight" :
	       tui_screen_profile.is_stale(p) ? "stale right after it was drawn" :
						NULL;
}
