#include "text/chart.h"

#include <inttypes.h>
#include <math.h>

#include "shared/chart_axis.h"
#include "text/column.h"
#include "text/cut.h"

enum {
	LAYER_ROWS = 12,
	DOT_ROWS = 5,
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

void chart_samples(struct strbuf *out, double n, const struct text_style *style)
{
	if (n < 1e6)
		strbuf_printf(out, "%s samples", count_words((uint64_t)(n + 0.5), style).text);
	else
		strbuf_printf(out, "%.1e samples", n);
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

static bool lasts_samples(struct strbuf *out, double least, double most, const struct text_style *style)
{
	if (isnan(most))
		return false;
	strbuf_printf(out, "in %s to ", count_words((uint64_t)least, style).text);
	chart_samples(out, most, style);
	return true;
}

bool chart_ends(struct strbuf *out, const struct trend_pool_result *pool, const struct text_style *style)
{
	if (pool->ends_least_us == NOT_KNOWN)
		return lasts_samples(out, pool->ends_least_samples, pool->ends_most_samples, style);
	chart_range(out, pool->ends_least_us, pool->ends_most_us);
	return true;
}

/* ---- axes ---- */

static unsigned plot_columns(const struct text_style *style)
{
	return MIN(style->columns - LABEL_COLUMNS - 2, (unsigned)PLOT_COLUMNS_MAX);
}

static void axis_label(struct strbuf *out, uint64_t bytes, const struct text_style *style)
{
	if (bytes == NOT_KNOWN) {
		strbuf_printf(out, "%*s %s", LABEL_COLUMNS, "", style->utf8 ? "│" : "|");
		return;
	}
	if (bytes < UINT64_C(1) << 50)
		text_right(out, LABEL_COLUMNS, human_words(bytes, style).text);
	else
		strbuf_printf(out, "%*.1e B", LABEL_COLUMNS - 2, (double)bytes);
	strbuf_puts(out, style->utf8 ? " ┤" : " +");
}

/* The axis below, and what its two ends are. */
static void below(struct strbuf *out, const struct trend_result *trend, size_t n_columns,
		  const struct text_style *style)
{
	struct strbuf left CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf right CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(out, "%*s %s", LABEL_COLUMNS, "", style->utf8 ? "└" : "+");
	strbuf_repeat(out, style->utf8 ? "─" : "-", n_columns);
	strbuf_puts(&left, "sample 1");
	strbuf_puts(&right, count_words(trend->n_samples, style).text);
	if (trend->span_us != NOT_KNOWN) {
		strbuf_puts(&right, ", after ");
		chart_duration(&right, trend->span_us);
	}
	size_t n_used = left.n_bytes + text_columns_of(strbuf_text(&right));
	strbuf_printf(out, "\n%*s%s", LABEL_COLUMNS + 2, "", strbuf_text(&left));
	strbuf_repeat(out, " ", n_columns > n_used ? n_columns - n_used : 1);
	strbuf_printf(out, "%s\n", strbuf_text(&right));
}

/* ---- layers ---- */

/* One column, in eighths of a row from below. */
struct column {
	uint64_t used_low, used_high, pieces; /* pieces: where the largest free block begins */
};

/* Of bytes: a log may report nearly 2^64 of them. */
static uint64_t whole(double n_bytes) { return n_bytes < 0x1p64 ? (uint64_t)n_bytes : NOT_KNOWN - 1; }

static uint64_t eighths(uint64_t bytes, uint64_t top)
{
	return (uint64_t)chart_axis_step(&(struct chart_axis){ 0, (double)top }, (double)bytes, LAYER_ROWS * 8 + 1);
}

/* Whether nothing tells how large the heap is: then free is drawn from below, in used's place. */
static bool is_free_alone(const struct trend_pool_result *pool)
{
	return pool->series[TREND_USED].n_known == 0 && pool->buckets[0].high_total_bytes == NOT_KNOWN;
}

static struct column column_of(const struct trend_pool_result *pool, size_t from, size_t to, uint64_t top)
{
	uint64_t used_low = NOT_KNOWN, used_high = 0, largest = NOT_KNOWN;
	bool free_alone = is_free_alone(pool);

	for (size_t i = from; i < to; i++) {
		const struct trend_bucket *b = &pool->buckets[i];
		enum trend_field field = free_alone ? TREND_FREE : TREND_USED;
		uint64_t low = b->low[field], high = b->high[field];
		if (low == NOT_KNOWN && b->low[TREND_FREE] != NOT_KNOWN) {
			low = top - b->high[TREND_FREE];
			high = top - b->low[TREND_FREE];
		}
		if (low == NOT_KNOWN)
			continue;
		used_low = MIN(used_low, low);
		used_high = MAX(used_high, high);
		largest = MIN(largest, b->low[TREND_LARGEST_FREE]);
	}
	if (used_low == NOT_KNOWN)
		return (struct column){ 0, 0, 0 };
	uint64_t begins = largest == NOT_KNOWN || largest > top ? used_high : top - largest;
	return (struct column){ eighths(used_low, top), eighths(used_high, top), eighths(begins, top) };
}

enum layer { LAYER_NOTHING, LAYER_USED, LAYER_EDGE, LAYER_AT_TIMES, LAYER_PIECES };

static enum layer layer_at(const struct column *c, unsigned row, bool has_edges)
{
	uint64_t from = (uint64_t)row * 8, middle = from + 4;

	if (c->used_low >= from + 8)
		return LAYER_USED;
	if (has_edges && c->used_low > from && c->used_low + 4 > c->used_high)
		return LAYER_EDGE;
	if (c->used_low > middle)
		return LAYER_USED;
	if (c->used_high > middle)
		return LAYER_AT_TIMES;
	return c->pieces > middle ? LAYER_PIECES : LAYER_NOTHING;
}

static void layer(struct strbuf *out, enum layer what, uint64_t eighth, const struct text_style *style)
{
	static const char *const edges[] = { "", "▁", "▂", "▃", "▄", "▅", "▆", "▇" };
	static const char *const fine[] = { " ", "█", "", "▒", "·" };
	static const char *const plain[] = { " ", "#", "", "+", "." };

	if (what == LAYER_EDGE)
		strbuf_puts(out, edges[eighth % 8]);
	else
		strbuf_puts(out, style->utf8 ? fine[what] : plain[what]);
}

/* As many for each bucket, unless that would leave much of the width empty. */
static size_t columns_of(size_t n_buckets, size_t n_plot)
{
	size_t n_even = n_buckets > 0 ? n_plot / n_buckets * n_buckets : 0;

	return n_even >= n_plot - n_plot / 4 ? n_even : n_plot;
}

void chart_layers(struct strbuf *out, const struct trend_result *trend, const struct trend_pool_result *pool,
		  const struct text_style *style)
{
	struct column columns[PLOT_COLUMNS_MAX];
	size_t n_plot = plot_columns(style), n = pool->n_buckets;
	size_t n_columns = columns_of(n, n_plot);
	uint64_t top = whole(chart_axis_of_pool(pool).high);

	for (size_t i = 0; i < n_columns; i++) {
		size_t from = i * n / n_columns, to = (i + 1) * n / n_columns;
		columns[i] = column_of(pool, from, MAX(to, from + 1), top);
	}
	for (unsigned row = LAYER_ROWS; row-- > 0;) {
		bool labelled = row + 1 == LAYER_ROWS || row + 1 == LAYER_ROWS / 2;
		axis_label(out,
			   labelled ? top / LAYER_ROWS * (row + 1) + top % LAYER_ROWS * (row + 1) / LAYER_ROWS :
				      NOT_KNOWN,
			   style);
		size_t n_drawn = n_columns;
		while (n_drawn > 0 && layer_at(&columns[n_drawn - 1], row, style->utf8) == LAYER_NOTHING)
			n_drawn--;
		for (size_t i = 0; i < n_drawn; i++)
			layer(out, layer_at(&columns[i], row, style->utf8), columns[i].used_low, style);
		strbuf_putc(out, '\n');
	}
	below(out, trend, n_columns, style);
	strbuf_printf(out, "  %s %s", style->utf8 ? "█" : "#", is_free_alone(pool) ? "free" : "used");
	if (n > n_columns || pool->buckets[0].n_samples > 1)
		strbuf_puts(out, style->utf8 ? "  ▒ at times" : "  + at times");
	if (is_free_alone(pool))
		strbuf_puts(out, "  (nothing tells how large the heap is)\n");
	else if (pool->series[TREND_LARGEST_FREE].n_known > 0)
		strbuf_puts(out, style->utf8 ? "  · free, in smaller pieces  blank: largest free block\n" :
					       "  . free, in smaller pieces  blank: largest free block\n");
	else
		strbuf_puts(out, "  blank: free (nothing tells the largest block)\n");
}

/* ---- dots ---- */

void chart_minima(struct strbuf *out, const struct trend_result *trend, const struct trend_pool_result *pool,
		  enum trend_field field, const struct text_style *style)
{
	uint8_t cells[DOT_ROWS][PLOT_COLUMNS_MAX] = { { 0 } };
	size_t n_columns = plot_columns(style);
	struct chart_axis samples = { 0, (double)MAX(trend->n_samples, 1u) }, axis = { INFINITY, -INFINITY };

	for (size_t i = 0; i < pool->n_minima; i++)
		chart_axis_reach(&axis, pool->minima[i].value[field]);
	if (axis.low > axis.high)
		return;
	uint64_t low = whole(axis.low), high = whole(axis.high);
	for (size_t i = 0; i < pool->n_minima; i++) {
		const struct trend_minimum *m = &pool->minima[i];
		if (m->value[field] == NOT_KNOWN)
			continue;
		int x = (int)(chart_axis_part(&samples, (double)m->i_sample) * (double)n_columns * 2);
		int y = DOT_ROWS * 4 - 1 - chart_axis_step(&axis, (double)m->value[field], DOT_ROWS * 4);
		cells[y / 4][x / 2] |= chart_braille_dot(x, y);
	}
	for (size_t row = 0; row < DOT_ROWS; row++) {
		axis_label(out,
			   low == high         ? (row == DOT_ROWS / 2 ? low : NOT_KNOWN) :
			   row == 0            ? high :
			   row + 1 == DOT_ROWS ? low :
						 NOT_KNOWN,
			   style);
		size_t n_drawn = n_columns;
		while (n_drawn > 0 && cells[row][n_drawn - 1] == 0)
			n_drawn--;
		for (size_t i = 0; i < n_drawn; i++) {
			if (cells[row][i] == 0) {
				strbuf_putc(out, ' ');
			} else if (style->utf8) { /* three bytes, 1110xxxx 10xxxxxx 10xxxxxx */
				unsigned code = 0x2800u + cells[row][i];
				char text[] = { (char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3f)),
						(char)(0x80 | (code & 0x3f)), '\0' };
				strbuf_puts(out, text);
			} else {
				strbuf_putc(out, 'o');
			}
		}
		strbuf_putc(out, '\n');
	}
	below(out, trend, n_columns, style);
}
