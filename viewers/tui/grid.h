/* A screen in memory: cells that have a character and a role. All that the screen shows is drawn into one by
 * pure code; terminal.c brings it to a terminal, and tests look at it without one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/strbuf.h"
#include "memprof/viewers/tui.h"

/* x, y from the top left of the screen; nothing is ever drawn outside of the grid. */
struct rect {
	int x, y, columns, rows; /* columns or rows 0: it is not there */
};
static inline bool rect_has(const struct rect *r, int x, int y)
{
	return x >= r->x && x < r->x + r->columns && y >= r->y && y < r->y + r->rows;
}

struct grid_cell {
	uint32_t point; /* of Unicode, one column wide; 0: the right half of the one before */
	uint8_t role;   /* enum tui_role */
};

struct grid {
	int columns, rows;
	bool utf8;               /* else only ASCII is drawn */
	struct grid_cell *cells; /* rows * columns */
	int cursor_x, cursor_y;  /* where somebody types; -1: nowhere */
};

int grid_init(struct grid *g, int columns, int rows, bool utf8); /* 0 or -ENOMEM */
void grid_deinit(struct grid *g);                                /* safe twice, and on all-zero */
int grid_resize(struct grid *g, int columns, int rows);          /* 0 or -ENOMEM; it is clear then */
void grid_clear(struct grid *g);

/* A point that may not be drawn (a control character, one that turns text round) is a '?', half of a wide one
 * a blank. Where there is only ASCII, lines, shades and arrows are its nearest sign, and all else '?'. */
void grid_put(struct grid *g, int x, int y, uint32_t point, enum tui_role role);
/* With a point of one column. */
void grid_fill(struct grid *g, const struct rect *r, uint32_t point, enum tui_role role);
/* Text of ours or from outside: made visible (memprof/text.h); cut at n_columns, and then '…' or '~' ends it.
 * Wide characters take two columns, combining ones none (they are left out). Answers the columns that it
 * took. */
int grid_text(struct grid *g, int x, int y, int n_columns, enum tui_role role, const char *text);
int grid_bytes(struct grid *g, int x, int y, int n_columns, enum tui_role role, const char *bytes, size_t n_bytes);
int grid_printf(struct grid *g, int x, int y, int n_columns, enum tui_role role, const char *format, ...)
	__attribute__((format(printf, 6, 7)));
/* Of a text that can be seen as it is, the bytes of the characters that n_columns have room for; at least one
 * character, if there is any. */
size_t grid_fitting(const struct grid *g, const char *text, size_t n_bytes, int n_columns);
/* The columns that all of it would take. */
int grid_columns(const struct grid *g, const char *bytes, size_t n_bytes);

/* A heading across: "─ heap map gc.1 ─ 1 cell = 64 blocks ────". */
void grid_heading(struct grid *g, const struct rect *r, enum tui_role role, const char *text);
/* A bar of n_columns, a part 0..1 of it full, in eighths of a column where there is UTF-8; the rest is '.'.
 * More than nothing is seen, and what is not all leaves something. */
void grid_bar(struct grid *g, int x, int y, int n_columns, double part, enum tui_role full, enum tui_role rest);
/* A shade for part 0..1: ".░▒▓█", or ".:+*#"; 0 is '.', anything above it is not. */
uint32_t grid_shade(const struct grid *g, double part);

/* The screen as lines without trailing blanks: for tests, and for S. */
void grid_as_text(const struct grid *g, struct strbuf *ret);
