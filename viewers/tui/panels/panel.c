#include "tui/panels/panel.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/viewers/view.h"

const char *panel_size(char ret[PANEL_WORD_BYTES], uint64_t bytes, int n_columns)
{
	static const char units[] = "KMGTPE";
	double value = (double)bytes / 1024;
	size_t i = 0;

	if (bytes == NOT_KNOWN)
		return strcpy(ret, "-");
	if (snprintf(ret, PANEL_WORD_BYTES, "%" PRIu64, bytes) <= n_columns)
		return ret;
	for (; value >= 1023.5 && i + 2 < sizeof(units); i++)
		value /= 1024;
	snprintf(ret, PANEL_WORD_BYTES, value < 9.95 ? "%.1f%c" : "%.0f%c", value, units[i]);
	return ret;
}

const char *panel_time(char ret[PANEL_WORD_BYTES], uint64_t at_us)
{
	uint64_t s = at_us / 1000000;

	if (at_us == NOT_KNOWN)
		return strcpy(ret, TEXT_NO_TIME);
	snprintf(ret, PANEL_WORD_BYTES, "%02" PRIu64 ":%02u:%02u", s / 3600, (unsigned)(s / 60 % 60),
		 (unsigned)(s % 60));
	return ret;
}

const char *panel_pool_name(const struct tui *t)
{
	const struct history_figures *f = tui_figures(t);

	return f ? f->name : t->pool;
}

struct rect panel_heading(const struct tui *t, struct grid *g, const struct rect *r, enum tui_panel panel,
			  const char *text)
{
	struct rect first = { r->x, r->y, r->columns, MIN(r->rows, 1) };
	struct rect rest = { r->x, r->y + 1, r->columns, MAX(r->rows - 1, 0) };

	if (first.rows > 0)
		grid_heading(g, &first, t->focus == panel ? TUI_HEAD : TUI_FAINT, text);
	return rest;
}

struct rect panel_within(const struct rect *a, const struct rect *b)
{
	int x = MAX(a->x, b->x), y = MAX(a->y, b->y);
	int right = MIN(a->x + a->columns, b->x + b->columns), below = MIN(a->y + a->rows, b->y + b->rows);

	return (struct rect){ x, y, MAX(right - x, 0), MAX(below - y, 0) };
}

void panel_window(size_t n, size_t n_up, int n_rows, size_t *ret_first, size_t *ret_end)
{
	size_t room = n_rows > 0 ? (size_t)n_rows : 0;
	size_t end = MAX(n - MIN(n_up, n), MIN(room, n));

	*ret_first = end > room ? end - room : 0;
	*ret_end = end;
}

/* ---- phrases ---- */

static bool flow_room(struct flow *f, int n_columns)
{
	if (f->x > 0 && f->x + n_columns > f->r.columns) {
		f->x = 0;
		f->y++;
	}
	return f->y < f->r.rows && f->r.columns > 0;
}

void flow_printf(struct flow *f, enum tui_role role, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (flow_room(f, grid_columns(f->g, text, strlen(text))))
		f->x += grid_text(f->g, f->r.x + f->x, f->r.y + f->y, f->r.columns - f->x, role, text) + 2;
}

void flow_sign(struct flow *f, const uint32_t *points, int n_points, enum tui_role role, const char *words)
{
	if (!flow_room(f, n_points + 1 + (int)strlen(words)))
		return;
	for (int i = 0; i < n_points && f->x < f->r.columns; i++, f->x++)
		grid_put(f->g, f->r.x + f->x, f->r.y + f->y, points[i], role);
	f->x++;
	if (f->x < f->r.columns)
		f->x += grid_text(f->g, f->r.x + f->x, f->r.y + f->y, f->r.columns - f->x, TUI_FAINT, words) + 2;
}

void flow_row(struct flow *f)
{
	if (f->x > 0) {
		f->x = 0;
		f->y++;
	}
}
