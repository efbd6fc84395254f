#include "tui/grid.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "tui/width.h"

/* ---- the grid ---- */

int grid_init(struct grid *g, int columns, int rows, bool utf8)
{
	*g = (struct grid){ .utf8 = utf8 };
	return grid_resize(g, columns, rows);
}

void grid_deinit(struct grid *g)
{
	free(g->cells);
	*g = (struct grid){ 0 };
}

int grid_resize(struct grid *g, int columns, int rows)
{
	size_t n = (size_t)MAX(columns, 0) * (size_t)MAX(rows, 0);
	struct grid_cell *cells = calloc(MAX(n, 1), sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	free(g->cells);
	g->cells = cells;
	g->columns = n ? columns : 0;
	g->rows = n ? rows : 0;
	grid_clear(g);
	return 0;
}

void grid_clear(struct grid *g)
{
	size_t n = (size_t)g->columns * (size_t)g->rows;

	for (size_t i = 0; i < n; i++)
		g->cells[i] = (struct grid_cell){ ' ', TUI_PLAIN };
	g->cursor_x = g->cursor_y = -1;
}

/* ---- cells ---- */

/* What stands for signs of ours where there is only ASCII; the first row that has one counts. */
static const struct {
	uint32_t from, to, ascii;
} plain_signs[] = {
	{ 0xb7, 0xb7, '.' },     { 0xd7, 0xd7, 'x' },     { 0x2013, 0x2014, '-' }, { 0x2022, 0x2022, '*' },
	{ 0x2026, 0x2026, '~' }, { 0x2190, 0x2190, '<' }, { 0x2191, 0x2191, '^' }, { 0x2192, 0x2192, '>' },
	{ 0x2193, 0x2193, 'v' }, { 0x2500, 0x2501, '-' }, { 0x2502, 0x2503, '|' }, { 0x251c, 0x252b, '|' },
	{ 0x2500, 0x257f, '+' }, { 0x2591, 0x2591, ':' }, { 0x2592, 0x2592, '+' }, { 0x2593, 0x2593, '*' },
	{ 0x2580, 0x259f, '#' }, { 0x25b2, 0x25b2, '^' }, { 0x25b6, 0x25b6, '>' }, { 0x25bc, 0x25bc, 'v' },
	{ 0x25c0, 0x25c0, '<' }, { 0x2800, 0x2800, ' ' }, { 0x2801, 0x28ff, ':' },
};

static uint32_t ascii_of(uint32_t point)
{
	for (size_t i = 0; i < ARRAY_SIZE(plain_signs); i++)
		if (point >= plain_signs[i].from && point <= plain_signs[i].to)
			return plain_signs[i].ascii;
	return '?';
}

/* What is drawn for a point, and the columns that it takes; 0: nothing is. */
static uint32_t shown(const struct grid *g, uint32_t point, int *ret_columns)
{
	int columns = width_of(point);

	if (columns < 0)
		point = '?';
	else if (!g->utf8 && columns > 0 && point >= 0x80)
		point = ascii_of(point);
	*ret_columns = point < 0x80 ? 1 : columns;
	return point;
}

static struct grid_cell *cell_at(const struct grid *g, int x, int y)
{
	return &g->cells[(size_t)y * (size_t)g->columns + (size_t)x];
}

/* One column; if it was half of a wide character, the other half is blank then. */
static void set(struct grid *g, int x, int y, uint32_t point, enum tui_role role)
{
	if (x < 0 || x >= g->columns || y < 0 || y >= g->rows)
		return;
	struct grid_cell *cell = cell_at(g, x, y);
	if (cell->point == 0)
		cell[-1].point = ' ';
	if (x + 1 < g->columns && cell[1].point == 0)
		cell[1].point = ' ';
	*cell = (struct grid_cell){ point, (uint8_t)role };
}

/* Of a wide character that does not fit whole, blanks. */
static void put(struct grid *g, int x, int y, uint32_t point, int columns, enum tui_role role)
{
	bool whole = columns == 1 || (x >= 0 && x + 1 < g->columns);

	set(g, x, y, whole ? point : ' ', role);
	if (columns < 2)
		return;
	set(g, x + 1, y, ' ', role);
	if (whole && y >= 0 && y < g->rows) {
		cell_at(g, x, y)->point = point;
		cell_at(g, x + 1, y)->point = 0;
	}
}

void grid_put(struct grid *g, int x, int y, uint32_t point, enum tui_role role)
{
	int columns;

	point = shown(g, point, &columns);
	if (columns > 0)
		put(g, x, y, point, columns, role);
}

static struct rect within(const struct grid *g, const struct rect *r)
{
	int x = MAX(r->x, 0), y = MAX(r->y, 0);
	int x_end = MIN(r->x + r->columns, g->columns), y_end = MIN(r->y + r->rows, g->rows);

	return (struct rect){ x, y, MAX(x_end - x, 0), MAX(y_end - y, 0) };
}

void grid_fill(struct grid *g, const struct rect *r, uint32_t point, enum tui_role role)
{
	struct rect in = within(g, r);
	int columns;

	point = shown(g, point, &columns);
	for (int y = in.y; y < in.y + in.rows; y++)
		for (int x = in.x; x < in.x + in.columns; x++)
			set(g, x, y, columns == 1 ? point : ' ', role);
}

/* ---- text ---- */

/* Of a text that can be seen as it is. Columns, not counted further than beyond n_columns. */
static int columns_of(const struct grid *g, const uint8_t *p, const uint8_t *end, int n_columns)
{
	int n = 0, columns;
	uint32_t point;

	for (; p < end && n <= n_columns; n += columns) {
		p += text_utf8(p, end, &point);
		shown(g, point, &columns);
	}
	return n;
}

size_t grid_fitting(const struct grid *g, const char *text, size_t n_bytes, int n_columns)
{
	const uint8_t *start = (const uint8_t *)text, *p = start, *end = p + n_bytes;

	for (int n = 0, columns; p < end; n += columns) {
		uint32_t point;
		size_t n_point = text_utf8(p, end, &point);
		shown(g, point, &columns);
		if (n + columns > n_columns && p > start)
			break;
		p += n_point;
	}
	return (size_t)(p - start);
}

static int draw(struct grid *g, int x, int y, int n_columns, enum tui_role role, const char *text, size_t n_bytes)
{
	const uint8_t *p = (const uint8_t *)text, *end = p + n_bytes;
	bool cut = columns_of(g, p, end, n_columns) > n_columns;
	int n = 0, n_room = n_columns - (cut ? 1 : 0), columns;

	while (p < end) {
		uint32_t point;
		p += text_utf8(p, end, &point);
		point = shown(g, point, &columns);
		if (n + columns > n_room)
			break;
		if (columns > 0)
			put(g, x + n, y, point, columns, role);
		n += columns;
	}
	if (cut)
		grid_put(g, x + n++, y, 0x2026, role);
	return n;
}

int grid_bytes(struct grid *g, int x, int y, int n_columns, enum tui_role role, const char *bytes, size_t n_bytes)
{
	struct strbuf visible CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (n_columns <= 0)
		return 0;
	if (text_is_visible(bytes, n_bytes))
		return draw(g, x, y, n_columns, role, bytes, n_bytes);
	text_visible(&visible, bytes, n_bytes, false);
	return draw(g, x, y, n_columns, role, strbuf_text(&visible), visible.n_bytes);
}

int grid_columns(const struct grid *g, const char *bytes, size_t n_bytes)
{
	struct strbuf visible CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const uint8_t *p;

	text_visible(&visible, bytes, n_bytes, false);
	p = (const uint8_t *)strbuf_text(&visible);
	return columns_of(g, p, p + visible.n_bytes, INT_MAX - 2);
}

int grid_text(struct grid *g, int x, int y, int n_columns, enum tui_role role, const char *text)
{
	return grid_bytes(g, x, y, n_columns, role, text, strlen(text));
}

int grid_printf(struct grid *g, int x, int y, int n_columns, enum tui_role role, const char *format, ...)
{
	char text[2048]; /* more than any screen has columns */
	va_list args;

	va_start(args, format);
	int n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return n < 0 ? 0 : grid_text(g, x, y, n_columns, role, text);
}

/* ---- what panels are made of ---- */

void grid_heading(struct grid *g, const struct rect *r, enum tui_role role, const char *text)
{
	const struct rect line = { r->x, r->y, r->columns, MIN(r->rows, 1) };
	enum { N_AROUND = 4 }; /* the line and a blank, on both sides */

	grid_fill(g, &line, 0x2500, role);
	if (line.rows <= 0 || r->columns <= N_AROUND || !*text)
		return;
	grid_put(g, r->x + 1, r->y, ' ', role);
	int n = grid_text(g, r->x + 2, r->y, r->columns - N_AROUND, role, text);
	grid_put(g, r->x + 2 + n, r->y, ' ', role);
}

void grid_bar(struct grid *g, int x, int y, int n_columns, double part, enum tui_role full, enum tui_role rest)
{
	int n_parts = g->utf8 ? 8 : 1, n_all = n_columns * n_parts;
	int n = part >= 1 ? n_all : part > 0 ? MAX(MIN((int)(part * n_all + 0.5), n_all - 1), 1) : 0;

	for (int i = 0; i < n_columns; i++, n -= n_parts) {
		int n_here = MIN(n, n_parts);
		if (n_here <= 0)
			grid_put(g, x + i, y, '.', rest);
		else if (g->utf8) /* from a whole column on, ever narrower ones follow in Unicode */
			grid_put(g, x + i, y, 0x2588 + (uint32_t)(n_parts - n_here), full);
		else
			grid_put(g, x + i, y, '#', full);
	}
}

uint32_t grid_shade(const struct grid *g, double part)
{
	static const uint32_t shades[] = { '.', 0x2591, 0x2592, 0x2593, 0x2588 };
	int columns, i = part >= 1 ? 4 : part > 0 ? MAX((int)(part * 4 + 0.5), 1) : 0;

	return shown(g, shades[i], &columns);
}

void grid_as_text(const struct grid *g, struct strbuf *ret)
{
	for (int y = 0; y < g->rows; y++) {
		int n_columns = g->columns;
		while (n_columns > 0 && cell_at(g, n_columns - 1, y)->point == ' ')
			n_columns--;
		for (int x = 0; x < n_columns; x++) {
			char utf8[4];
			uint32_t point = cell_at(g, x, y)->point;
			if (point)
				strbuf_add(ret, utf8, text_put_utf8(point, utf8));
		}
		strbuf_putc(ret, '\n');
	}
}
