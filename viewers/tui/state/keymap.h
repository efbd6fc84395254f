/* Keys: one table for each screen, from which its bottom line, its help and the choice are made. */
#ifndef MEMPROF_TUI_KEYS_H
#define MEMPROF_TUI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/viewers/tui.h"
#include "tui/panels/table.h"

#define PANEL_ACTION(CONSTANT, ...) ACT_PANEL_##CONSTANT,
enum tui_action {
	ACT_NONE,
	ACT_UP,
	ACT_DOWN,
	ACT_LEFT,
	ACT_RIGHT,
	ACT_PAGE_UP,
	ACT_PAGE_DOWN,
	ACT_HOME,
	ACT_END,
	ACT_NEXT_POOL,
	ACT_PREVIOUS_POOL,
	ACT_NEXT_PANEL,
	ACT_OPEN,
	ACT_BACK,
	ACT_ZOOM_IN,
	ACT_ZOOM_OUT,
	ACT_ZOOM_FIT,
	ACT_BIG,
	ACT_COLORS,
	ACT_LETTERS,
	ACT_WRAP,
	ACT_INSPECTOR,
	ACT_CULPRIT,
	ACT_LARGEST,
	ACT_SEARCH,
	ACT_FIND_NEXT,
	ACT_FIND_PREVIOUS,
	ACT_GO_TO,
	ACT_PAUSE,
	ACT_OLDER,
	ACT_NEWER,
	ACT_OLDEST,
	ACT_LIVE,
	ACT_OLDER_EVENT,
	ACT_NEWER_EVENT,
	ACT_COMPARE,
	ACT_TYPE,
	ACT_OWNERS,
	ACT_MARK,
	ACT_SLOWER,
	ACT_FASTER,
	ACT_SAVE,
	ACT_INTERRUPT,
	ACT_RESET,
	ACT_HELP,
	ACT_REDRAW,
	ACT_SUSPEND,
	ACT_QUIT,
	TUI_PANELS(PANEL_ACTION) N_ACTIONS
};
#undef PANEL_ACTION

/* What a key does. arg: which way, which panel, which line. */
typedef void tui_act(struct tui *t, int arg);

enum { KEYS_MAX = 4 }; /* that one row has */
struct key_row {
	int action;   /* enum tui_action, or one of another screen; never 0 */
	tui_act *act; /* NULL: another screen has its own */
	int arg;
	uint32_t keys[KEYS_MAX]; /* the first one is shown; 0 ends them */
	const char *name;        /* for the bottom line: "Pause"; NULL: not there */
	const char *summary;     /* for the help, at most 44 columns */
	const char *group;       /* of the help, where one begins */
	bool live;               /* only with a board */
};
extern const struct key_row key_rows[];
extern const size_t n_key_rows;

struct key_list {
	const struct key_row *rows;
	size_t n_rows;
	bool live; /* there is a board */
};
struct key_list tui_key_list(const struct tui *t);
int keys_action(const struct key_list *list, uint32_t key); /* 0: none */
/* "F1", "PgUp", "Ctrl-L", "h": of a key that is in the table. */
enum { KEYS_NAME_BYTES = 12 };
void keys_name(uint32_t key, char ret[KEYS_NAME_BYTES]);

#endif
