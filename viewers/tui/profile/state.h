/* The state of the screen of a profile. It is drawn by what state.h declares, and changed by what actions.h does. */
#pragma once

#include "memprof/viewers/tui.h"
#include "tui/grid.h"
#include "tui/profile/geometry.h"
#include "tui/state/keymap.h"
#include "tui/state/typed_line.h"

enum profile_list_kind {
	PROFILE_LINES,   /* a table */
	PROFILE_CALLS,   /* a tree: below a line what it calls */
	PROFILE_CALLERS, /* a tree: below a line its callers */
	N_PROFILE_LISTS
};

enum profile_column {
	COLUMN_OWN,
	COLUMN_SHARE, /* of all: own of lines, total of trees */
	COLUMN_TOTAL,
	COLUMN_COUNT,
	COLUMN_ALIVE,
	COLUMN_SAMPLES,
	COLUMN_NAME,
	N_PROFILE_COLUMNS
};

struct profile_row {
	uint32_t i; /* of the lines, or the node; the root stands for samples whose calls are not known */
	int depth;
};

struct profile_list {
	VEC(struct profile_row, rows); /* those that are not within a closed one */
	size_t i_row, i_top;           /* chosen; first in sight, as it was drawn last */
	uint8_t *open;                 /* of trees: a bit for each node */
};

/* All of the profile, or what is alive of it. All-zero: it was not made yet. */
struct profile_part {
	const struct sites *calls; /* NULL: not made */
	struct sites alive, callers;
	struct sites_lines lines;
	struct profile_list lists[N_PROFILE_LISTS];
};

/* The file beside which figures are shown. */
struct profile_source {
	const struct profile_part *part;
	const char *file;                  /* of the frames; NULL: none */
	const struct sites_source *source; /* NULL: it was not found */
	VEC(size_t, begins);               /* of its lines, and its end */
	struct sites_sum *sums;            /* of each line */
};

struct tui_profile {
	struct tui_profile_options o;
	struct profile_part parts[2]; /* [alive] */
	bool alive;
	enum profile_list_kind kind;
	enum profile_column sort[N_PROFILE_LISTS];
	bool reverse[N_PROFILE_LISTS]; /* the least first, names from Z */
	uint32_t *ranks;               /* of the frames by name; NULL: not made */

	bool open[N_PROFILE_PANES], big, help, about;
	enum profile_pane focus;
	int help_top;
	size_t i_kept, i_kept_top;
	bool follows_kept;   /* the source: what is chosen of that, and not of the list */
	bool source_stays;   /* where it was scrolled to; else around the chosen line */
	size_t i_source_top; /* as it was drawn last */

	bool typing;
	struct typed_line line;
	struct old_lines old;
	char found[TYPED_LINE_BYTES]; /* what was searched for; "" */
	bool *is_found;               /* each frame; NULL: nothing was searched for */

	bool failed;    /* the list is not there, or in part: it did not fit into memory */
	char note[256]; /* until the next key; "" */
	enum tui_request request;
	bool stale;
	struct profile_source source;
	struct profile_plan plan; /* of the last picture */
};

/* ---- for drawing ---- */

struct key_list profile_key_list(void);

/* The list and the part that are shown. */
const struct profile_list *profile_list_of(const struct tui_profile *p);
const struct profile_part *profile_part_of(const struct tui_profile *p);
/* NULL: there is none. */
const struct profile_row *profile_chosen(const struct tui_profile *p);

/* rows.c: what a row of the list is of. */
uint32_t profile_row_frame(const struct tui_profile *p, const struct profile_row *row);
/* Of a column but NAME: a figure; SHARE: the bytes that it is of. */
uint64_t profile_row_figure(const struct tui_profile *p, const struct profile_row *row, enum profile_column column);
/* Those that the list has, in their order, without NAME; how many. */
size_t profile_columns(const struct tui_profile *p, enum profile_column ret[N_PROFILE_COLUMNS]);
bool profile_row_has_children(const struct tui_profile *p, const struct profile_row *row);
bool profile_row_is_open(const struct tui_profile *p, const struct profile_row *row);

/* source.c: the frame whose source is shown; SITES_NONE. */
uint32_t profile_source_frame(const struct tui_profile *p);

/* ---- drawing; each into its rectangle ---- */

void profile_draw_title(const struct tui_profile *p, struct grid *g, const struct rect *r);
void profile_draw_list(const struct tui_profile *p, struct grid *g, const struct rect *r);
void profile_draw_source(const struct tui_profile *p, struct grid *g, const struct rect *r);
void profile_draw_kept(const struct tui_profile *p, struct grid *g, const struct rect *r);
void profile_draw_about(const struct tui_profile *p, struct grid *g);

/* Rows of a pane that lists have below their headings and heads. */
int profile_list_rows(const struct tui_profile *p);
int profile_kept_rows(const struct tui_profile *p);
int profile_source_rows(const struct tui_profile *p);
/* What stands at x, y of the last picture. False: nothing of that kind. */
bool profile_list_at(const struct tui_profile *p, int x, int y, size_t *ret_i_row, bool *ret_sign);
bool profile_tab_at(const struct tui_profile *p, int x, int y, enum profile_list_kind *ret);
bool profile_column_at(const struct tui_profile *p, int x, int y, enum profile_column *ret);
bool profile_kept_at(const struct tui_profile *p, int x, int y, size_t *ret_i_kept);
