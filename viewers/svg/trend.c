/* How a heap goes over time, as a picture: used, free and the largest free block from sample to sample, what is
 * left after collections, its slope, and what that means. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "memprof/viewers/trend_view.h"
#include "shared/chart_axis.h"
#include "svg/frame.h"
#include "text/chart.h"
#include "text/cut.h"

enum {
	LEFT_PX = 92,
	PLOT_WIDTH_PX = 640,
	PLOT_HEIGHT_PX = 260,
	RIGHT_PX = 24,
	MARGIN_PX = 16,
	TOP_PX = 40,
	WIDTH_PX = LEFT_PX + PLOT_WIDTH_PX + RIGHT_PX,
	TICKS_MAX = 6,
	NAMES_PX = 58, /* below the axis */
	NAME_PX = 108,
	SAMPLE_PX = 28,
};

#define SHAPES                                                                                                        \
	".g{stroke:var(--grid);fill:none}.l{fill:none;stroke-width:1.6;stroke-linejoin:round}"                        \
	".l.used{stroke:var(--used)}.l.free{stroke:var(--free);stroke-dasharray:7 3}"                                 \
	".l.largest{stroke:var(--largest);stroke-dasharray:2 2}"                                                      \
	".band{fill:var(--used);fill-opacity:.16}.m{fill:none;stroke:var(--ink);stroke-width:4;stroke-linecap:round}" \
	".slope{fill:none;stroke:var(--ink);stroke-width:2;stroke-dasharray:10 4}"                                    \
	".c{text-anchor:middle;fill:var(--faint)}"                                                                    \
	"text.used{fill:var(--used)}text.free{fill:var(--free)}text.largest{fill:var(--largest)}.v{font-size:13px}"
static const char file_style[] =
	":root{--used:#0b6199;--free:#9a4a00;--largest:#00694c;--grid:#0002}"
	"@media(prefers-color-scheme:dark){:root{--used:#6bb8ec;--free:#f0a24a;--largest:#4cc79b;--grid:#fff3}}" SHAPES;
/* Light or dark as the button of the page says. */
static const char page_style[] =
	"--used:light-dark(#0b6199,#6bb8ec);--free:light-dark(#9a4a00,#f0a24a);"
	"--largest:light-dark(#00694c,#4cc79b);--grid:light-dark(#0002,#fff3);" SHAPES;

static const struct {
	enum trend_field field;
	const char *class, *words;
} lines[] = {
	[TREND_USED] = { TREND_USED, "used", "used" },
	[TREND_FREE] = { TREND_FREE, "free", "free" },
	[TREND_LARGEST_FREE] = { TREND_LARGEST_FREE, "largest", "largest free" },
};

struct plot {
	const struct trend_result *trend;
	const struct trend_pool_result *pool;
	struct strbuf *out;
	int y_px; /* of its top */
	struct chart_axis samples, bytes;
};

/* ---- scales ---- */

static double x_of(const struct plot *p, double i_sample)
{
	return LEFT_PX + chart_axis_part(&p->samples, i_sample) * PLOT_WIDTH_PX;
}

static double y_of(const struct plot *p, double n_bytes)
{
	return p->y_px + PLOT_HEIGHT_PX * (1 - chart_axis_part(&p->bytes, n_bytes));
}

/* ---- axes ---- */

static void draw_axes(const struct plot *p)
{
	double top_bytes = p->bytes.high, step = chart_axis_mark(top_bytes, chart_axis_unit(top_bytes), TICKS_MAX);
	double n_samples = (double)p->trend->n_samples, step_samples = chart_axis_mark(n_samples, 1, TICKS_MAX);
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	char human[NUMBER_HUMAN_BYTES];

	for (double bytes = 0; bytes <= top_bytes; bytes += step) {
		double y = y_of(p, bytes);
		strbuf_printf(p->out,
			      "<path class=\"g\" d=\"M%d %.1fh%d\"/>"
			      "<text class=\"a\" x=\"%d\" y=\"%.1f\">%s</text>\n",
			      LEFT_PX, y, PLOT_WIDTH_PX, LEFT_PX - 8, y + 4,
			      bytes < 1e18 ? number_human((uint64_t)bytes, human) : "");
	}
	for (double sample = 1; sample <= n_samples;
	     sample = sample < step_samples ? step_samples : sample + step_samples) {
		double x = x_of(p, sample - 1);
		strbuf_printf(p->out,
			      "<path class=\"g\" d=\"M%.1f %dv5\"/>"
			      "<text class=\"c\" x=\"%.1f\" y=\"%d\">%.0f</text>\n",
			      x, p->y_px + PLOT_HEIGHT_PX, x, p->y_px + PLOT_HEIGHT_PX + 18, sample);
	}
	strbuf_puts(&words, "samples");
	if (p->trend->span_us != NOT_KNOWN && p->trend->n_samples > 1) {
		strbuf_puts(&words, " in ");
		chart_duration(&words, p->trend->span_us);
	}
	svg_text(p->out, "c", LEFT_PX + PLOT_WIDTH_PX / 2, p->y_px + PLOT_HEIGHT_PX + 35, strbuf_text(&words));
}

/* ---- what was seen ---- */

/* Between the lowest and the highest that was used at a time. */
static void draw_band(const struct plot *p)
{
	const struct trend_pool_result *pool = p->pool;
	bool first = true;

	if (pool->series[TREND_USED].n_known < 2)
		return;
	strbuf_puts(p->out, "<path class=\"band\" d=\"");
	for (size_t k = 0; k < 2 * pool->n_buckets; k++) {
		bool back = k >= pool->n_buckets;
		const struct trend_bucket *b = &pool->buckets[back ? 2 * pool->n_buckets - 1 - k : k];
		if (b->high[TREND_USED] == NOT_KNOWN)
			continue;
		strbuf_printf(p->out, "%s%.1f %.1f", first ? "M" : "L", x_of(p, (double)b->drawn[TREND_USED].i_sample),
			      y_of(p, (double)(back ? b->low : b->high)[TREND_USED]));
		first = false;
	}
	strbuf_puts(p->out, "Z\"/>\n");
}

/* With their names below. */
static void draw_lines(const struct plot *p)
{
	int x_px = LEFT_PX + PLOT_WIDTH_PX / 2, y_px = p->y_px + PLOT_HEIGHT_PX + NAMES_PX;

	for (size_t k = 0; k < ARRAY_SIZE(lines); k++) {
		const char *between = "M";
		if (p->pool->series[lines[k].field].n_known == 0)
			continue;
		strbuf_printf(p->out, "<path class=\"l %s\" d=\"M%d %dh%d\"/>", lines[k].class, x_px, y_px - 4,
			      SAMPLE_PX);
		svg_text(p->out, lines[k].class, x_px + SAMPLE_PX + 6, y_px, lines[k].words);
		x_px += NAME_PX;
		strbuf_printf(p->out, "<path class=\"l %s\" d=\"", lines[k].class);
		for (size_t i = 0; i < p->pool->n_buckets; i++) {
			const struct trend_drawn *drawn = &p->pool->buckets[i].drawn[lines[k].field];
			if (drawn->n_known == 0 || drawn->value == NOT_KNOWN)
				continue;
			strbuf_printf(p->out, "%s%.1f %.1f", between, x_of(p, (double)drawn->i_sample),
				      y_of(p, (double)drawn->value));
			between = "L";
		}
		strbuf_puts(p->out, "\"/>\n");
	}
}

/* ---- after collections ---- */

/* The slope, over the minima. */
static void draw_slope(const struct plot *p, enum trend_field field)
{
	const struct trend_series *series = &p->pool->series[field];
	double slope = series->floor.per_sample, begin = series->floor_at_zero;
	uint64_t first = NOT_KNOWN, last = 0;

	if (isnan(slope) || series->n_minima < 2)
		return;
	for (size_t i = 0; i < p->pool->n_minima; i++) {
		const struct trend_minimum *m = &p->pool->minima[i];
		if (m->value[field] == NOT_KNOWN)
			continue;
		first = MIN(first, m->i_sample);
		last = MAX(last, m->i_sample);
	}
	strbuf_printf(p->out, "<path class=\"slope\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", x_of(p, (double)first),
		      y_of(p, begin + slope * (double)first), x_of(p, (double)last),
		      y_of(p, begin + slope * (double)last));
}

static void draw_minima(const struct plot *p, enum trend_field field)
{
	if (p->pool->n_minima == 0)
		return;
	strbuf_puts(p->out, "<path class=\"m\" d=\"");
	for (size_t i = 0; i < p->pool->n_minima; i++) {
		const struct trend_minimum *m = &p->pool->minima[i];
		if (m->value[field] != NOT_KNOWN)
			strbuf_printf(p->out, "M%.1f %.1fh0", x_of(p, (double)m->i_sample),
				      y_of(p, (double)m->value[field]));
	}
	strbuf_puts(p->out, "\"/>\n");
}

/* ---- all of it ---- */

/* What document_trend_pool says. */
static void draw_words(struct plot *p, const struct trend_view *view, struct strbuf *desc)
{
	static const struct text_style style = { .columns = 110, .utf8 = true };
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct document d CLEANUP(doc_deinit);

	doc_init(&d, "");
	document_trend_pool(&d, view, p->pool, NULL);
	print_text(&words, &d, &style);
	p->y_px = svg_lines(p->out, "v", MARGIN_PX, p->y_px, strbuf_text(&words)) + 24;
	for (char *end = words.text; end && (end = strchr(end, '\n')); end++)
		*end = end[1] ? ' ' : '\0';
	strbuf_printf(desc, " %s: %s", p->pool->name, words.text ? words.text : "");
}

static void draw_pool(struct plot *p)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	enum trend_field field = p->pool->fragments ? TREND_LARGEST_FREE : trend_judged_field(p->pool);
	int bottom_px = p->y_px + PLOT_HEIGHT_PX + NAMES_PX;

	p->samples = (struct chart_axis){ 0, (double)MAX(p->trend->n_samples, UINT64_C(2)) - 1 };
	p->bytes = chart_axis_of_pool(p->pool);
	draw_axes(p);
	draw_band(p);
	draw_lines(p);
	draw_minima(p, field);
	draw_slope(p, field);
	p->y_px = bottom_px + 26;
	if (p->pool->n_minima == 0)
		return;
	strbuf_printf(p->out, "<path class=\"m\" d=\"M%d %dh0\"/>", LEFT_PX + 6, bottom_px - 4);
	strbuf_printf(&words, "%s %s, and its slope", lines[field].words,
		      p->pool->no_collector ? "at low points" : "after collections");
	svg_text(p->out, "n", LEFT_PX + 16, bottom_px, strbuf_text(&words));
}

void svg_trend(struct strbuf *out, const struct trend_view *view, const struct trend_pool_result *pool, bool alone)
{
	struct strbuf body CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf desc CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct trend_result *trend = view->trend;
	struct plot p = { .trend = trend, .out = &body, .y_px = alone ? TOP_PX : MARGIN_PX };

	svg_name(&title, text_input_name(view->name));
	strbuf_printf(&title, ": %" PRIu64 " sample%s", trend->n_samples, trend->n_samples == 1 ? "" : "s");
	strbuf_puts(&desc, "Used, free and largest free block from sample to sample.");
	for (size_t i = 0; i < trend->n_pools; i++) {
		p.pool = &trend->pools[i];
		if (!alone && p.pool != pool)
			continue;
		if (alone && trend->n_pools > 1) {
			svg_text(&body, "h", MARGIN_PX, p.y_px + 8, p.pool->name);
			p.y_px += FRAME_LINE_PX + 8;
		}
		draw_pool(&p);
		if (alone)
			draw_words(&p, view, &desc);
	}
	svg_begin(out, alone, WIDTH_PX, p.y_px, alone ? file_style : page_style, strbuf_text(&title),
		  strbuf_text(&desc));
	if (alone)
		svg_text(out, "t", MARGIN_PX, 24, strbuf_text(&title));
	strbuf_add(out, strbuf_text(&body), body.n_bytes);
	svg_end(out);
}
