/* How the pool that is looked at went: the largest free block and what is used, over all that is kept. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "shared/chart_axis.h"
#include "shared/number_words.h"
#include "tui/panels/panel.h"

enum {
	LABEL_COLUMNS = 7,   /* " 1023K┤" */
	BESIDE_COLUMNS = 64, /* from here on there are two charts beside each other */
	PLOT_ROWS_MIN = 2,   /* above the times */
	SPAN_LEAST = 32,     /* the axis spans at least this part of its highest value */
};

struct chart {
	const char *name;
	uint64_t (*bytes)(const struct history_figures *f);
	enum trend_field field;
	enum tui_role role;
	bool with_pool;          /* its name is in the heading */
	struct rect whole, plot; /* with heading, axis and times; of the dots alone */
	struct chart_axis axis;
	uint64_t now; /* at the moment that is looked at; NOT_KNOWN */
};

static uint64_t lfb_of(const struct history_figures *f) { return f->state.lfb_bytes; }

static uint64_t used_of(const struct history_figures *f) { return f->state.used_bytes; }

/* ---- what is drawn ---- */

/* Moments by their time, or by their number where they have none. */
struct scale {
	const struct history *h;
	const char *pool; /* its name */
	size_t n;
	bool timed;
	uint64_t first, last;
};

/* A part of the time around the moment that is looked at, or up to the end. A moment without a time keeps all. */
static void scale_zoom(struct scale *s, const struct tui *t)
{
	const struct history_moment *now = tui_moment(t);
	uint64_t key = !now || t->follows ? s->last : s->timed ? now->at_us : now->n;
	uint64_t span = t->trend_zoom > 1 ? (s->last - s->first) >> (t->trend_zoom - 1) : 0;

	if (span == 0 || key < s->first || key > s->last)
		return;
	s->first = MIN(key - MIN(key - s->first, span / 2), s->last - span);
	s->last = s->first + span;
}

static void scale_make(const struct tui *t, struct scale *ret)
{
	const struct history *h = t->o.history;
	struct scale s = { .h = h, .n = history_n(h), .pool = panel_pool_name(t) };

	if (s.n > 0) {
		const struct history_moment *first = history_moment(h, 0), *last = history_moment(h, s.n - 1);
		s.timed = first->at_us != NOT_KNOWN && last->at_us != NOT_KNOWN && first->at_us < last->at_us;
		s.first = s.timed ? first->at_us : first->n;
		s.last = s.timed ? last->at_us : last->n;
	}
	scale_zoom(&s, t);
	*ret = s;
}

/* Which of n_steps it falls into; -1: it has no place. */
static int scale_at(const struct scale *s, const struct history_moment *m, int n_steps)
{
	uint64_t key = s->timed ? m->at_us : m->n;

	if (key == NOT_KNOWN || key < s->first || key > s->last)
		return -1;
	if (s->last == s->first)
		return n_steps - 1;
	return chart_axis_step(&(struct chart_axis){ (double)s->first, (double)s->last }, (double)key, n_steps);
}

/* The figures of a pool at a moment; *hint is where it was the last time. */
static const struct history_figures *figures_at(const struct history_moment *m, const char *pool, size_t *hint)
{
	for (size_t k = 0; k < m->n_pools; k++) {
		size_t i = (*hint + k) % m->n_pools;
		if (strcmp(m->pools[i].name, pool) == 0) {
			*hint = i;
			return &m->pools[i];
		}
	}
	return NULL;
}

/* ---- the slope ---- */

static void print_slope(struct strbuf *out, const struct tui *t, enum trend_field field)
{
	uint64_t span_us;
	double per_hour = tui_slope_per_hour(t, field, &span_us);

	if (isnan(per_hour) || fabs(per_hour) < 0.5)
		return;
	strbuf_printf(out, ", %c", per_hour < 0 ? '-' : '+');
	rate_words(out, per_hour, span_us, NULL);
}

/* ---- dots ---- */

/* Two columns and four rows of dots a cell; one of each where there is only ASCII. */
struct dots {
	struct grid *g;
	struct rect r;
	int n_x, n_y; /* dots across and down */
	enum tui_role role;
};

static void dots_begin(struct dots *d, struct grid *g, const struct chart *c)
{
	*d = (struct dots){ .g = g, .r = c->plot, .role = c->role };
	d->n_x = c->plot.columns * (g->utf8 ? 2 : 1);
	d->n_y = c->plot.rows * (g->utf8 ? 4 : 1);
}

/* y from below. */
static void dot(struct dots *d, int x, int y)
{
	struct grid *g = d->g;

	if (x < 0 || x >= d->n_x || y < 0 || y >= d->n_y)
		return;
	y = d->n_y - 1 - y;
	if (!g->utf8) {
		grid_put(g, d->r.x + x, d->r.y + y, '*', d->role);
		return;
	}
	int at_x = d->r.x + x / 2, at_y = d->r.y + y / 4;
	if (at_x >= g->columns || at_y >= g->rows)
		return;
	uint32_t there = g->cells[at_y * g->columns + at_x].point;
	if (there < 0x2800 || there > 0x28ff)
		there = 0x2800;
	grid_put(g, at_x, at_y, there | (uint32_t)chart_braille_dot(x, y), d->role);
}

/* Column by column, each from where the one before ended. */
static void stroke(struct dots *d, int x0, int y0, int x1, int y1)
{
	for (int x = x0, y = y0; x <= x1; x++) {
		int to = x1 > x0 ? y0 + (y1 - y0) * (x - x0) / (x1 - x0) : y1;
		for (int at = MIN(y, to); at <= MAX(y, to); at++)
			dot(d, x, at);
		y = to;
	}
}

/* A line down the plot, where nothing else is drawn. */
static void rule(struct dots *d, int x, uint32_t point, enum tui_role role)
{
	struct grid *g = d->g;
	int at_x = d->r.x + (g->utf8 ? x / 2 : x);

	for (int y = d->r.y; x >= 0 && y < d->r.y + d->r.rows; y++)
		if (at_x < g->columns && y < g->rows && g->cells[y * g->columns + at_x].point == ' ')
			grid_put(g, at_x, y, point, role);
}

/* ---- one chart ---- */

/* The axis begins at 0; zoomed in, at the least that there is, but it never makes much of a little. false: nothing is
 * known. */
static bool chart_measure(struct chart *c, const struct tui *t, const struct scale *s)
{
	const struct history_moment *now = tui_moment(t);
	struct chart_axis range = { INFINITY, -INFINITY };
	size_t hint = 0;

	c->now = NOT_KNOWN;
	for (size_t i = 0; i < s->n; i++) {
		const struct history_moment *m = history_moment(s->h, i);
		const struct history_figures *f = figures_at(m, s->pool, &hint);
		uint64_t bytes = f ? c->bytes(f) : NOT_KNOWN;
		if (bytes == NOT_KNOWN || scale_at(s, m, 1) < 0)
			continue;
		chart_axis_reach(&range, bytes);
		if (now && m->n == now->n)
			c->now = bytes;
	}
	if (range.low > range.high)
		return false;
	c->axis.low = t->trend_zoom > 0 ? MIN(range.low, range.high - range.high / SPAN_LEAST) : 0;
	c->axis.high = MAX(range.high, c->axis.low + 1);
	return true;
}

static void draw_line(struct grid *g, const struct chart *c, const struct tui *t, const struct scale *s)
{
	uint64_t n_boot = NOT_KNOWN;
	int last_x = -1, last_y = 0;
	struct dots d;
	size_t hint = 0;

	dots_begin(&d, g, c);
	for (size_t i = 0; i < s->n; i++) {
		const struct history_moment *m = history_moment(s->h, i);
		const struct history_figures *f = figures_at(m, s->pool, &hint);
		uint64_t bytes = f ? c->bytes(f) : NOT_KNOWN;
		int x = scale_at(s, m, d.n_x);
		if (m->n_boot != n_boot && i > 0) {
			rule(&d, x, 0x250a, TUI_FAINT);
			last_x = -1;
		}
		n_boot = m->n_boot;
		if (x < 0 || bytes == NOT_KNOWN)
			continue;
		int y = chart_axis_step(&c->axis, (double)bytes, d.n_y);
		if (last_x >= 0 && last_x <= x)
			stroke(&d, last_x, last_y, x, y);
		else
			dot(&d, x, y);
		last_x = x;
		last_y = y;
	}
	const struct history_moment *now = tui_moment(t);
	if (now && !t->follows)
		rule(&d, scale_at(s, now, d.n_x), 0x2502, TUI_CHOSEN);
}

static void draw_label(struct grid *g, const struct chart *c, int y, double n_bytes)
{
	uint64_t bytes = n_bytes < 0x1p64 ? (uint64_t)n_bytes : NOT_KNOWN - 1;
	char text[PANEL_WORD_BYTES];

	grid_printf(g, c->whole.x, y, LABEL_COLUMNS - 1, TUI_FAINT, "%*s", LABEL_COLUMNS - 1,
		    panel_size(text, bytes, LABEL_COLUMNS - 2));
	grid_put(g, c->whole.x + LABEL_COLUMNS - 1, y, 0x2524, TUI_FAINT);
}

static void draw_axis(struct grid *g, const struct chart *c)
{
	for (int y = 0; y < c->plot.rows; y++)
		grid_put(g, c->whole.x + LABEL_COLUMNS - 1, c->plot.y + y, 0x2502, TUI_FAINT);
	draw_label(g, c, c->plot.y, c->axis.high);
	if (c->plot.rows > 1)
		draw_label(g, c, c->plot.y + c->plot.rows - 1, c->axis.low);
}

static void end_text(const struct scale *s, uint64_t key, char ret[PANEL_WORD_BYTES])
{
	if (s->timed)
		panel_time(ret, key);
	else
		snprintf(ret, PANEL_WORD_BYTES, "%s%" PRIu64, key == s->first ? "snapshot " : "", key);
}

static void draw_times(struct grid *g, const struct chart *c, const struct scale *s)
{
	int y = c->plot.y + c->plot.rows, x = c->plot.x;
	char from[PANEL_WORD_BYTES], to[PANEL_WORD_BYTES];

	if (y >= c->whole.y + c->whole.rows || s->n == 0)
		return;
	end_text(s, s->first, from);
	end_text(s, s->last, to);
	int n_from = (int)strlen(from), n_to = (int)strlen(to);
	if (s->last == s->first || c->plot.columns < n_from + n_to + 2)
		n_from = 0;
	grid_text(g, x, y, n_from, TUI_FAINT, from);
	if (c->plot.columns >= n_to)
		grid_text(g, x + c->plot.columns - n_to, y, n_to, TUI_FAINT, to);
}

static void draw_chart(struct chart *c, const struct tui *t, struct grid *g, const struct scale *s)
{
	struct strbuf head CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool known = chart_measure(c, t, s);

	strbuf_puts(&head, c->name);
	if (c->with_pool && *s->pool)
		strbuf_printf(&head, " of %s", s->pool);
	if (c->now != NOT_KNOWN)
		strbuf_printf(&head, " %" PRIu64 " B", c->now);
	print_slope(&head, t, c->field);
	panel_heading(t, g, &c->whole, PANEL_TREND, strbuf_text(&head));
	if (c->plot.rows < 1 || c->plot.columns < 1)
		return;
	if (!known) {
		grid_text(g, c->whole.x + 1, c->plot.y, c->whole.columns - 1, TUI_FAINT, "not known");
		return;
	}
	draw_axis(g, c);
	draw_line(g, c, t, s);
	draw_times(g, c, s);
}

/* ---- where they are ---- */

static size_t charts_make(const struct rect *r, struct chart ret[2])
{
	bool beside = r->columns >= BESIDE_COLUMNS;

	ret[0] = (struct chart){ .name = "LFB",
				 .with_pool = true,
				 .bytes = lfb_of,
				 .field = TREND_LARGEST_FREE,
				 .role = TUI_LFB_CURVE,
				 .whole = *r };
	ret[1] = (struct chart){ .name = "used", .bytes = used_of, .field = TREND_USED, .role = TUI_USED, .whole = *r };
	if (beside) {
		ret[0].whole.columns = r->columns / 2;
		ret[1].whole.x += r->columns / 2;
		ret[1].whole.columns -= r->columns / 2;
	} else if (r->rows >= 8) {
		ret[0].whole.rows = r->rows / 2;
		ret[1].whole.y += r->rows / 2;
		ret[1].whole.rows -= r->rows / 2;
	} else {
		ret[1].whole.rows = 0;
	}
	for (int i = 0; i < 2; i++) {
		struct rect p = ret[i].whole;
		p.x += LABEL_COLUMNS;
		p.columns = MAX(p.columns - LABEL_COLUMNS - 1, 0);
		p.y++;
		p.rows = MAX(p.rows - 1, 0);
		p.rows -= p.rows > PLOT_ROWS_MIN;
		ret[i].plot = p;
	}
	return ret[1].whole.rows > 0 ? 2 : 1;
}

void panel_trend(const struct tui *t, struct grid *g, const struct rect *r)
{
	struct chart charts[2];
	struct scale scale;

	if (r->rows < 1 || r->columns < 1)
		return;
	scale_make(t, &scale);
	size_t n = charts_make(r, charts);
	for (size_t i = 0; i < n; i++)
		draw_chart(&charts[i], t, g, &scale);
}

bool panel_trend_at(const struct tui *t, int x, int y, uint64_t *ret_n_moment)
{
	struct chart charts[2];
	struct scale s;
	size_t n = charts_make(&t->plan.panels[PANEL_TREND], charts);

	scale_make(t, &s);
	for (size_t i = 0; i < n && s.n > 0; i++) {
		const struct rect *p = &charts[i].plot;
		if (!rect_has(p, x, y))
			continue;
		/* The last moment that falls into the column, or the one before it. */
		double part = p->columns > 1 ? ((double)(x - p->x) + 0.5) / (double)(p->columns - 1) : 1;
		uint64_t key = s.first + (uint64_t)((double)(s.last - s.first) * MIN(part, 1.0));
		size_t at = s.timed ? history_find_time(s.h, key) : history_find(s.h, key);
		*ret_n_moment = history_moment(s.h, at)->n;
		return true;
	}
	return false;
}
