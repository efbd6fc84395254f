/* How a heap goes over time, for people: what it means (trend_words.c), the pictures, and the figures that it rests on.
 */
#include <inttypes.h>
#include <math.h>

#include "memprof/base/text.h"
#include "memprof/viewers/trend_view.h"
#include "memprof/viewers/view.h"
#include "shared/number_words.h"
#include "text/chart.h"
#include "text/column.h"
#include "text/cut.h"
#include "text/trend_words.h"

static void head(struct strbuf *out, const struct text_style *style, const char *title)
{
	text_role(out, style, ROLE_HEAD);
	strbuf_printf(out, "\n%s\n", title);
	text_role(out, style, ROLE_PLAIN);
}

/* ---- the figures ---- */

static void figure(struct strbuf *out, uint64_t value, enum trend_field field, const struct text_style *style)
{
	if (field == TREND_FRAGMENTATION)
		strbuf_printf(out, " %11.2f", (double)value / TREND_FRAGMENTATION_ONE);
	else if (value < UINT64_C(100000000000) || style->sizes == SIZES_EXACT)
		text_size(out, 12, value, style);
	else
		strbuf_printf(out, " %11.4e", (double)value);
}

static void rate(struct strbuf *out, size_t columns, double value, enum trend_field field,
		 const struct text_style *style)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	double size = fabs(value);

	strbuf_putc(&text, value < 0 ? '-' : '+');
	if (isnan(value)) {
		strbuf_reset(&text);
		strbuf_putc(&text, '-');
	} else if (field == TREND_FRAGMENTATION) {
		strbuf_printf(&text, "%.5f", size);
	} else if (style->sizes == SIZES_HUMAN) {
		strbuf_puts(&text, rate_bytes(size, style).text);
	} else if (size >= 1e7) {
		strbuf_printf(&text, "%.3g", size);
	} else if (size < 100) {
		strbuf_printf(&text, "%.2f", size);
	} else {
		strbuf_puts(&text, count_words((uint64_t)(size + 0.5), style).text);
	}
	text_right(out, columns, strbuf_text(&text));
}

typedef void write_row(struct strbuf *out, const struct trend_series *s, enum trend_field field, struct rate_unit unit,
		       const struct text_style *style);

static void row_of_figures(struct strbuf *out, const struct trend_series *s, enum trend_field field,
			   struct rate_unit unit, const struct text_style *style)
{
	const uint64_t values[] = { s->first, s->last, s->min, s->max };

	(void)unit;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		figure(out, values[i], field, style);
}

static void row_of_slopes(struct strbuf *out, const struct trend_series *s, enum trend_field field,
			  struct rate_unit unit, const struct text_style *style)
{
	const double values[] = { s->slope.per_sample, s->slope.low, s->slope.high, s->slope.per_hour * unit.hours };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		rate(out, 11, values[i], field, style);
	strbuf_printf(out, "  %s", trend_verdict_name(s->verdict));
}

static void table(struct strbuf *out, const struct trend_pool_result *pool, write_row *row, const char *title,
		  struct rate_unit unit, const struct text_style *style)
{
	static const char *const names[] = { "used", "free", "largest free", "fragmentation" };

	head(out, style, title);
	for (int f = 0; f < N_TREND_FIELDS; f++) {
		if (pool->series[f].n_known == 0)
			continue;
		strbuf_printf(out, "  %-13s", names[f]);
		row(out, &pool->series[f], (enum trend_field)f, unit, style);
		strbuf_putc(out, '\n');
	}
}

static void say_figures(struct strbuf *out, const struct trend_result *trend, const struct trend_pool_result *pool,
			const struct text_style *style)
{
	struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct rate_unit unit = rate_unit_of(trend->span_us);

	const char *unit_name = style->sizes == SIZES_HUMAN ? "" : ", bytes";

	strbuf_printf(&title, "FIGURES%-7s        first        last      lowest     highest", unit_name);
	table(out, pool, row_of_figures, strbuf_text(&title), unit, style);
	strbuf_reset(&title);
	strbuf_printf(&title, "SLOPE%-7s      a sample  95 %% from         to %10s  %s", unit_name, unit.name,
		      pool->no_collector ? "verdict" : "after collections");
	table(out, pool, row_of_slopes, strbuf_text(&title), unit, style);
}

/* ---- all of it ---- */

static void say_title(struct strbuf *out, const struct trend_result *trend, const char *name,
		      const struct text_style *style)
{
	struct strbuf rest CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(&rest, ": %s sample%s", count_words(trend->n_samples, style).text,
		      trend->n_samples == 1 ? "" : "s");
	if (trend->span_us != NOT_KNOWN && trend->n_samples > 1) {
		strbuf_puts(&rest, " in ");
		chart_duration(&rest, trend->span_us);
	}
	text_cut_source(out, name, style->columns - MIN(text_columns_of(strbuf_text(&rest)), style->columns / 2),
			style->utf8);
	strbuf_printf(out, "%s\n\n", strbuf_text(&rest));
}

void text_trend(struct strbuf *out, const char *name, enum trend_of of, const struct trend_result *trend,
		const struct text_style *style)
{
	static const char *const fields[] = { "USED", "FREE", "LARGEST FREE" };

	say_title(out, trend, name, style);
	for (size_t i = 0; i < trend->n_pools; i++) {
		const struct trend_pool_result *pool = &trend->pools[i];
		enum trend_field field = pool->fragments ? TREND_LARGEST_FREE : trend_judged_field(pool);
		if (trend->n_pools > 1)
			strbuf_printf(out, "%sPOOL %s\n", i > 0 ? "\n" : "", pool->name);
		trend_say_pool(out, of, trend, pool, style);
		head(out, style, "THE HEAP FROM SAMPLE TO SAMPLE");
		chart_layers(out, trend, pool, style);
		if (pool->n_minima >= 2) {
			struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT;
			strbuf_printf(&title, "%s %s (this axis does not begin at 0)", fields[field],
				      pool->no_collector ? "AT LOW POINTS" : "AFTER COLLECTIONS");
			head(out, style, strbuf_text(&title));
			chart_minima(out, trend, pool, field, style);
			if (pool->n_per_minimum > 1)
				strbuf_printf(out, "  each dot is the lowest of %s %s in a row\n",
					      count_words(pool->n_per_minimum, style).text, trend_minima_name(pool));
		}
		say_figures(out, trend, pool, style);
	}
}
