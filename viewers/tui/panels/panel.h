/* What the panels have in common: figures that keep to their room, times, phrases that flow. */
#pragma once

#include "tui/state/keymap.h"
#include "tui/state/state.h"

enum { PANEL_WORD_BYTES = 32 };

/* Bytes in at most n_columns (>= 5): "262144", else "256K", "1.2M"; "-" if they are not known. */
const char *panel_size(char ret[PANEL_WORD_BYTES], uint64_t bytes, int n_columns);
/* "00:06:51"; "--:--:--". */
const char *panel_time(char ret[PANEL_WORD_BYTES], uint64_t at_us);
/* The name of the pool that is looked at. */
const char *panel_pool_name(const struct tui *t);
/* A heading in the first row of a panel. What follows is the rest of it; rows 0 if nothing is left. */
struct rect panel_heading(const struct tui *t, struct grid *g, const struct rect *r, enum tui_panel panel,
			  const char *text);
/* The part of a that lies in b. */
struct rect panel_within(const struct rect *a, const struct rect *b);

/* Lines first .. end - 1 of n that are in sight, n_up scrolled up from the last, in n_rows. */
void panel_window(size_t n, size_t n_up, int n_rows, size_t *ret_first, size_t *ret_end);

/* What is of one kind in the pool that is looked at, and how much more than in what it is compared with. */
struct kind_row {
	uint8_t letter;
	uint64_t n_objects, bytes;
	int64_t more_objects, more_bytes;
};
enum { PANEL_KINDS_MAX = 128 };
/* Those that there are, the largest first; or those that changed, the largest change first. How many. */
size_t panel_kinds(const struct tui *t, bool changed, struct kind_row ret[PANEL_KINDS_MAX]);

/* Phrases one after the other: one that has no room left in its row begins the next. */
struct flow {
	struct grid *g;
	struct rect r;
	int x, y; /* where the next one goes, from the rectangle's corner */
};
void flow_printf(struct flow *f, enum tui_role role, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* A sign and what it means. n_points: one or more signs. */
void flow_sign(struct flow *f, const uint32_t *points, int n_points, enum tui_role role, const char *words);
void flow_row(struct flow *f); /* what follows begins a row, if something stands in this one */

/* The pool against what it was, in phrases; nothing if it is not compared. */
void panel_compared(const struct tui *t, struct flow *f);
/* A row for each kind, if two rows or more are left. */
void panel_kind_list(const struct tui *t, struct flow *f);
/* Whose the block is, if the board's memory was read since it is there; else nothing. */
void panel_owner_of(const struct tui *t, struct flow *f, const struct map_object *block);

/* A line that is typed, behind what asks for it; the cursor of the screen stands in it. */
void input_line(struct grid *g, const struct rect *r, const char *prompt, const struct typed_line *line);
/* The keys of any screen: in its bottom line, and the action at x, y there (0: none); what helps while a line is typed;
 * all of them over the whole screen, from line top on, and the top of the last page. */
void keys_line(const struct key_list *list, struct grid *g, const struct rect *r);
const struct key_row *keys_line_at(const struct key_list *list, const struct rect *r, int x, int y);
void keys_typing(struct grid *g, const struct rect *r, const char *enter, const char *words);
void keys_help(const struct key_list *list, struct grid *g, int top);
int keys_help_top_max(const struct key_list *list, const struct grid *g);

/* The panels of the table: panel_pools and so on. */
#define PANEL_DRAW(CONSTANT, name, ...) void panel_##name(const struct tui *t, struct grid *g, const struct rect *r);
TUI_PANELS(PANEL_DRAW)
#undef PANEL_DRAW

/* Panels, each in its rectangle. panel_trend scales itself; all take a history without moments. */
void panel_title(const struct tui *t, struct grid *g, const struct rect *r, uint64_t now_us);
/* For the note. */
bool panel_title_has_room(const struct tui *t, const struct grid *g, const struct rect *r);
void panel_inspector(const struct tui *t, struct grid *g, const struct rect *r);
void panel_input(const struct tui *t, struct grid *g, const struct rect *r);
void panel_keys(const struct tui *t, struct grid *g, const struct rect *r);
/* Rows below the pools: what was allocated of the chosen one; the tasks of the moment, with their heads. */
uint32_t panel_window_rows(const struct tui *t);
uint32_t panel_tasks_rows(const struct tui *t);
void panel_tasks(const struct tui *t, struct grid *g, const struct rect *r);
/* Which key of the bottom line, pool of the list, event or owner is at x, y. */
const struct key_row *panel_keys_at(const struct tui *t, int x, int y);
bool panel_pools_at(const struct tui *t, int x, int y, size_t *ret_i_pool);
bool panel_events_at(const struct tui *t, int x, int y, size_t *ret_i_board_event);
bool panel_owners_at(const struct tui *t, int x, int y, size_t *ret_i_owner);
bool panel_trend_at(const struct tui *t, int x, int y, uint64_t *ret_n_moment);
