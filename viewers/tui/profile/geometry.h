/* What goes where on the screen of a profile: rectangles that do not overlap and lie within the screen. Pure; tested as
 * properties over all sizes. */
#pragma once

#include "tui/geometry.h"

/* The list is of lines, or a tree. */
enum profile_pane { PROFILE_LIST, PROFILE_SOURCE, PROFILE_KEPT, N_PROFILE_PANES };

struct profile_wants {
	int columns, rows;
	bool open[N_PROFILE_PANES]; /* the focus is always among them */
	enum profile_pane focus;    /* gets what there is to give */
	bool big;                   /* the focus alone has the screen */
	bool input;                 /* a line is typed */
	size_t n_kept;              /* rows that PROFILE_KEPT wants below its heads */
};

/* Each pane's rectangle begins with its heading line. rows 0: there is no room for it; what is left at the end and the
 * source go in this order, and the focus never. From TUI_COLUMNS_WIDE on they stand beside the list. */
struct profile_plan {
	bool too_small; /* below 40x10: nothing but a word, and no rectangles */
	struct rect title, panes[N_PROFILE_PANES], input, keys;
};
void profile_plan_make(const struct profile_wants *wants, struct profile_plan *ret);
