/* What goes where: the screen's size and what is open make rectangles that do not overlap and lie within
 * the screen. Pure; tested as properties over all sizes. */
#pragma once

#include "tui/grid.h"
#include "tui/panels/table.h"

enum {
	TUI_COLUMNS_MIN = 40,
	TUI_ROWS_MIN = 10,
	TUI_COLUMNS_WIDE = 132, /* from here on events and console stand beside map and trend */
};

#define PANEL_CONSTANT(CONSTANT, ...) PANEL_##CONSTANT,
enum tui_panel { TUI_PANELS(PANEL_CONSTANT) N_PANELS };
#undef PANEL_CONSTANT

struct plan_wants {
	int columns, rows;
	uint32_t n_pools;     /* 1.., and rows for tasks */
	int address_digits;   /* that rows of the map begin with (map_address_digits); 0: 8 */
	bool open[N_PANELS];  /* what somebody wants to see; the focus is always among them */
	enum tui_panel focus; /* gets what there is to give, at least 3 rows */
	bool big;             /* the focus alone has the screen (z) */
	bool inspector;       /* the block under the cursor has its lines */
	bool compared;        /* the map has a line on what it is compared with */
	bool input;           /* a line is typed: search, go to, console */
};

/* Each panel's rectangle begins with its heading line (pools: the column heads). rows 0: there is no room
 * for it; console, events, trend, pools go in this order, and the focus never. */
struct plan {
	bool too_small; /* below 40x10: nothing but a word, and no rectangles */
	struct rect title, panels[N_PANELS], input, keys;
	/* 2 or 3 rows below the map; where events and console stand beside it, above these, at least 48
	 * columns and 4 rows, usually 9 to 16. No heading. Not there without the map. */
	struct rect inspector;
	struct rect map_addresses; /* within the map's, as the next three: a blank, the digits, a blank */
	struct rect map_cells;
	struct rect minimap;  /* one column at the right, as high as the cells */
	struct rect legend;   /* the last row of a map that has 6 rows or more */
	struct rect compared; /* the row before it, if the map is compared */
};
void plan_make(const struct plan_wants *wants, struct plan *ret);
/* Of the events and the console, on a screen of so many. */
int plan_list_columns(int n_columns);
