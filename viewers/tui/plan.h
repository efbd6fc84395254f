/* What goes where: the screen's size and what is open make rectangles that do not overlap and lie within the screen.
 * Pure; tested as properties over all sizes. */
#ifndef MEMPROF_TUI_PLAN_H
#define MEMPROF_TUI_PLAN_H

#include "grid.h"

enum { TUI_COLUMNS_MIN = 40, TUI_ROWS_MIN = 10 };

enum tui_panel { PANEL_POOLS, PANEL_MAP, PANEL_TREND, PANEL_EVENTS, PANEL_CONSOLE, N_PANELS };
const char *tui_panel_name(enum tui_panel panel);

struct plan_wants {
	int columns, rows;
	uint32_t n_pools;               /* 1.. */
	bool open[N_PANELS];            /* what somebody wants to see; the focus is always among them */
	enum tui_panel focus;           /* gets what there is to give */
	bool big;                       /* the focus alone has the screen (z) */
	bool inspector;                 /* the block under the cursor has its lines */
	bool input;                     /* a line is typed: search, go to, console */
};

/* Each panel's rectangle begins with its heading line (pools: the column heads). rows 0: there is no room for it. On wide screens (>= 132 columns) events and console stand beside map and trend. */
struct plan {
	bool too_small;                 /* below 40x10: nothing but a word */
	struct rect title, panels[N_PANELS], inspector, input, keys;
	struct rect map_cells, map_addresses, minimap;   /* within the map's */
};
void plan_make(const struct plan_wants *wants, struct plan *ret);

#endif
