/* The panels. A new one is a row here and its functions: panel_NAME draws it (panel.h), move_in_NAME handles the arrows
 * in it (state/focus.c). */
#pragma once

/* X(CONSTANT, name, key, least, wanted, weight, column, help). From the top down; after the map also in the order in
 * which they get their rows. Rows: the least; the wanted, at least; the weight in what is left over, 0: takes none.
 * column: on a wide screen. help: at most 44 columns. */
#define TUI_PANELS(X)                                                               \
	X(POOLS, pools, '1', 2, 2, 0, ABOVE, "pools: show and choose, again: hide") \
	X(MAP, map, '2', 4, 6, 6, LEFT, "heap map")                                 \
	X(TREND, trend, '3', 3, 5, 3, LEFT, "trend")                                \
	X(EVENTS, events, '4', 3, 6, 3, RIGHT, "events")                            \
	X(CONSOLE, console, '5', 3, 6, 3, RIGHT, "console")                         \
	X(OWNERS, owners, '6', 3, 9, 3, RIGHT, "owners: globals by what they retain")
