#include "text/chart.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "shared/chart_axis.h"
#include "shared/number_words.h"
#include "text/cut.h"

enum {
	LAYER_ROWS = 12,
	MINIMA_ROWS = 5,
	LABEL_COLUMNS = 11, /* "  240.4 KiB" */
	PLOT_COLUMNS_MAX = 400,
};

void chart_duration(struct strbuf *out, uint64_t us)
{
	uint64_t s = us / 1000000, min = s / 60, h = min / 60, days = h / 24;

	if (s < 1)
		strbuf_printf(out, "%" PRIu64 " ms", us / 1000);
	else if (s < 60)
		strbuf_printf(out, "%" PRIu64 " s", s);
	else if (h < 1)
		strbuf_printf(out, "%" PRIu64 " min %" PRIu64 " s", min, s % 60);
	else if (days < 2)
		strbuf_printf(out, "%" PRIu64 " h %" PRIu64 " min", h, min % 60);
	else if (days < 730)
		strbuf_printf(out, "%" PRIu64 " days %" PRIu64 " h", days, h % 24);
	else
		strbuf_printf(out, "%" PRIu64 " years", days * 4 / 1461);
}

void chart_range(struct strbuf *out, uint64_t least_us, uint64_t most_us)
{
	enum { SECOND_US = 1000000 };
	static const struct {
		uint64_t seconds, most; /* so many of them, at most */
		const char *name;
	} units[] = {
		{ 1, 180, "s" }, { 60, 180, "min" }, { 3600, 72, "h" }, { 86400, 730, "days" }, { 31557600, 0, "years" }
	};
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(units) && most_us > units[i].most * units[i].seconds * SECOND_US)
		i++;
	uint64_t unit_us = units[i].seconds * SECOND_US;
	uint64_t least = least_us / unit_us, most = (most_us + unit_us - 1) / unit_us;
	if (least > 0 && least < most)
		strbuf_printf(out, "in %" PRIu64 " to %" PRIu64 " %s", least, most, units[i].name);
	else
		strbuf_printf(out, "within %" PRIu64 " %s", most, units[i].name);
}

/* ---- dots: two columns and four rows of them in a letter ---- */

struct plot {
	const struct trend_result *trend;
	const struct text_style *style;
	struct chart_axis axis;
	size_t n_columns, n_rows;
	uint8_t cells[LAYER_ROWS][PLOT_COLUMNS_MAX];
};

static struct plot plot_of(const struct trend_result *trend, size_t n_rows, struct chart_axis axis,
			   const struct text_style *style)
{
	return (struct plot){ .trend = trend,
			      .style = style,
			      .axis = axis,
			      .n_columns = MIN(style->columns - LABEL_COLUMNS - 2, (unsigned)PLOT_COLUMNS_MAX),
			      .n_rows = n_rows };
}

/* y from below. */
static void dot(struct plot *p, size_t x, size_t y)
{
	y = p->n_rows * 4 - 1 - y;
	p->cells[y / 4][x / 2] |= chart_braille_dot((int)x, (int)y);
}

/* The axis has three marks, or one where all values are the same. */
static void print_label(struct strbuf *out, const struct plot *p, size_t row)
{
	double bytes = p->axis.high - (p->axis.high - p->axis.low) * (double)row / (double)(p->n_rows - 1);
	bool is_mark = row == p->n_rows / 2 || (p->axis.high > p->axis.low && (row == 0 || row == p->n_rows - 1));

	if (!is_mark)
		strbuf_printf(out, "%*s %s", LABEL_COLUMNS, "", p->style->utf8 ? "│" : "|");
	else if (bytes < 0x1p50)
		text_right(out, LABEL_COLUMNS, human_words((uint64_t)bytes, p->style).text);
	else
		strbuf_printf(out, "%*.1e B", LABEL_COLUMNS - 2, bytes);
	strbuf_puts(out, !is_mark ? "" : p->style->utf8 ? " ┤" : " +");
}

static unsigned n_dots(unsigned cell) { return cell ? 1 + n_dots(cell & (cell - 1)) : 0; }

/* ascii: a letter for each number of dots, from 0 to 8. */
static void print(struct strbuf *out, const struct plot *p, const char *ascii)
{
	struct strbuf right CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (size_t row = 0; row < p->n_rows; row++) {
		size_t n = p->n_columns;
		print_label(out, p, row);
		while (n > 0 && p->cells[row][n - 1] == 0)
			n--;
		for (size_t i = 0; i < n; i++) {
			unsigned cell = p->cells[row][i];
			if (p->style->utf8 && cell) /* U+2800 and following, in three bytes */
				strbuf_printf(out, "\xe2%c%c", (char)(0xa0 | cell >> 6), (char)(0x80 | (cell & 0x3f)));
			else
				strbuf_putc(out, ascii[n_dots(cell)]);
		}
		strbuf_putc(out, '\n');
	}
	strbuf_printf(out, "%*s %s", LABEL_COLUMNS, "", p->style->utf8 ? "└" : "+");
	strbuf_repeat(out, p->style->utf8 ? "─" : "-", p->n_columns);
	strbuf_puts(&right, count_words(p->trend->n_samples, p->style).text);
	if (p->trend->span_us != NOT_KNOWN) {
		strbuf_puts(&right, ", after ");
		chart_duration(&right, p->trend->span_us);
	}
	size_t n_used = strlen("sample 1") + text_columns_of(strbuf_text(&right));
	strbuf_printf(out, "\n%*ssample 1", LABEL_COLUMNS + 2, "");
	strbuf_repeat(out, " ", p->n_columns > n_used ? p->n_columns - n_used : 1);
	strbuf_printf(out, "%s\n", strbuf_text(&right));
}

/* ---- layers ---- */

/* Whether the size of the heap is not known: then free is drawn from below, in used's place. */
static bool is_free_alone(const struct trend_pool_result *pool)
{
	return pool->series[TREND_USED].n_known == 0 && pool->buckets[0].high_total_bytes == NOT_KNOWN;
}

static void draw_column(struct plot *p, const struct trend_pool_result *pool, size_t x, size_t from, size_t to)
{
	bool free_alone = is_free_alone(pool);
	enum trend_field field = free_alone ? TREND_FREE : TREND_USED;
	double top = p->axis.high, used_low = top, used_high = 0, pieces = 0;
	int n_high = (int)p->n_rows * 4;

	for (size_t i = from; i < to; i++) {
		const struct trend_bucket *b = &pool->buckets[i];
		bool by_free = b->low[field] == NOT_KNOWN;
		if (by_free && b->low[TREND_FREE] == NOT_KNOWN)
			continue;
		used_low = MIN(used_low, by_free ? top - (double)b->high[TREND_FREE] : (double)b->low[field]);
		used_high = MAX(used_high, by_free ? top - (double)b->low[TREND_FREE] : (double)b->high[field]);
		if (b->low[TREND_LARGEST_FREE] != NOT_KNOWN)
			pieces = MAX(pieces, top - (double)b->low[TREND_LARGEST_FREE]);
	}
	int low = chart_axis_step(&p->axis, used_low, n_high + 1),
	    high = chart_axis_step(&p->axis, used_high, n_high + 1);
	int largest = chart_axis_step(&p->axis, pieces, n_high + 1);
	for (int y = 0; y < n_high && used_high > 0; y++)
		if (y < low || (y < high && ((int)x + y) % 2) || (y >= high && y < largest && x % 2 && y % 4 == 1))
			dot(p, x, (size_t)y);
}

void chart_layers(struct strbuf *out, const struct trend_result *trend, const struct trend_pool_result *pool,
		  const struct text_style *style)
{
	struct plot p = plot_of(trend, LAYER_ROWS, chart_axis_of_pool(pool), style);
	struct strbuf legend CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n = pool->n_buckets, n_wide = p.n_columns * 2;

	for (size_t x = 0; x < n_wide; x++) {
		size_t from = x * n / n_wide, to = (x + 1) * n / n_wide;
		draw_column(&p, pool, x, from, MAX(to, from + 1));
	}
	print(out, &p, " ..++####");
	strbuf_printf(&legend, "%s %s", style->utf8 ? "⣿" : "#", is_free_alone(pool) ? "free" : "used");
	if (n > n_wide || pool->buckets[0].n_samples > 1)
		strbuf_puts(&legend, style->utf8 ? "  ⢕ at times" : "  + at times");
	if (is_free_alone(pool))
		strbuf_puts(&legend, "  (size of the heap not known)");
	else if (pool->series[TREND_LARGEST_FREE].n_known > 0)
		strbuf_printf(&legend, "  %s free, in smaller pieces  blank: largest free", style->utf8 ? "⠐" : ".");
	else
		strbuf_puts(&legend, "  blank: free (largest free not known)");
	text_legend(out, strbuf_text(&legend), style->columns);
}

/* ---- minima ---- */

void chart_minima(struct strbuf *out, const struct trend_result *trend, const struct trend_pool_result *pool,
		  enum trend_field field, const struct text_style *style)
{
	struct chart_axis samples = { 0, (double)MAX(trend->n_samples, 1u) }, axis = { INFINITY, -INFINITY };

	for (size_t i = 0; i < pool->n_minima; i++)
		chart_axis_reach(&axis, pool->minima[i].value[field]);
	if (axis.low > axis.high)
		return;
	struct plot p = plot_of(trend, MINIMA_ROWS, axis, style);
	for (size_t i = 0; i < pool->n_minima; i++) {
		const struct trend_minimum *m = &pool->minima[i];
		double x = chart_axis_part(&samples, (double)m->i_sample) * (double)p.n_columns * 2;
		if (m->value[field] != NOT_KNOWN)
			dot(&p, (size_t)x, (size_t)chart_axis_step(&axis, (double)m->value[field], MINIMA_ROWS * 4));
	}
	print(out, &p, " oooooooo");
}
