/* How a heap goes over time: what it means (trend_words.c), the pictures, and the figures that it rests on. */
#include <errno.h>
#include <math.h>

#include "document/trend_parts.h"
#include "shared/number_words.h"
#include "text/chart.h"
#include "text/cut.h"

/* What tables and pictures refer to. */
struct part {
	const struct trend_view *view;
	const struct trend_pool_result *pool;
	enum trend_field field; /* of a picture of minima */
};

static struct part *part_of(struct document *d, const struct trend_view *view, const struct trend_pool_result *pool)
{
	struct part *ret = arena_zeroed(&d->arena, 1, sizeof(*ret));
	struct trend_view *copy = arena_zeroed(&d->arena, 1, sizeof(*copy));

	if (!ret || !copy)
		return NULL;
	*copy = *view;
	*ret = (struct part){ copy, pool, pool->fragments ? TREND_LARGEST_FREE : trend_judged_field(pool) };
	return ret;
}

/* ---- the pictures ---- */

static void draw(struct strbuf *out, const void *ctx, bool alone)
{
	const struct part *part = ctx;

	svg_trend(out, part->view, part->pool, alone);
}

static void draw_layers(struct strbuf *out, const void *ctx, const struct text_style *style)
{
	const struct part *part = ctx;

	chart_layers(out, part->view->trend, part->pool, style);
}

static void draw_minima(struct strbuf *out, const void *ctx, const struct text_style *style)
{
	const struct part *part = ctx;

	chart_minima(out, part->view->trend, part->pool, part->field, style);
	if (part->pool->n_per_minimum > 1)
		strbuf_printf(out, "  each dot is the lowest of %s %s in a row\n",
			      count_words(part->pool->n_per_minimum, style).text, trend_minima_name(part->pool));
}

void trend_add_picture(struct document *d, const struct trend_view *view, const struct trend_pool_result *pool,
		       bool minima, bool has_svg)
{
	static const char *const fields[] = { "Used", "Free", "Largest free" };
	struct part *part = part_of(d, view, pool);

	if (!part)
		return;
	doc_picture(d,
		    &(struct doc_picture){
			    .svg = has_svg ? draw : NULL,
			    .ctx = part,
			    .text = minima ? draw_minima : draw_layers,
			    .title = !minima ? "The heap from sample to sample" :
					       arena_printf(&d->arena, "%s %s", fields[part->field],
							    pool->no_collector ? "at low points" : "after collections"),
		    });
}

/* ---- the figures ---- */

static const struct trend_series *series_at(const struct trend_pool_result *pool, size_t i, enum trend_field *ret)
{
	for (*ret = TREND_USED;; (*ret)++)
		if (pool->series[*ret].n_known > 0 && i-- == 0)
			return &pool->series[*ret];
}

static struct doc_span value_of(enum trend_field field, uint64_t value)
{
	return field == TREND_FRAGMENTATION ? doc_share(value, TREND_FRAGMENTATION_ONE) : DOC_BYTES(value);
}

static struct doc_span rate_of(enum trend_field field, double value)
{
	return field == TREND_FRAGMENTATION ? DOC_GROWTH(value) : doc_exact(DOC_PACE(value));
}

static const char *const names[] = { "used", "free", "largest free", "fragmentation" };

static void fill_figures(const void *ctx, size_t i, struct doc_row *ret)
{
	enum trend_field field;
	const struct trend_series *s = series_at(((const struct part *)ctx)->pool, i, &field);

	ret->cells[0] = DOC_T(names[field]);
	ret->cells[1] = value_of(field, s->first);
	ret->cells[2] = value_of(field, s->last);
	ret->cells[3] = value_of(field, s->min);
	ret->cells[4] = value_of(field, s->max);
}

static void fill_slopes(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct part *part = ctx;
	enum trend_field field;
	const struct trend_series *s = series_at(part->pool, i, &field);
	double hours = rate_unit_of(part->view->trend->span_us).hours;

	ret->cells[0] = DOC_T(names[field]);
	ret->cells[1] = rate_of(field, s->slope.per_sample);
	ret->cells[2] = rate_of(field, s->slope.low);
	ret->cells[3] = rate_of(field, s->slope.high);
	ret->cells[4] = rate_of(field, s->slope.per_hour * hours);
	ret->cells[5] = DOC_T(trend_verdict_name(s->verdict));
}

static void add_tables(struct document *d, const struct trend_view *view, const struct trend_pool_result *pool)
{
	static const struct doc_column figures[] = {
		{ NULL, "figure", DOC_TEXT, .is_name = true },
		{ NULL, "first", DOC_SIZE },
		{ NULL, "last", DOC_SIZE },
		{ NULL, "lowest", DOC_SIZE, .drop = 1 },
		{ NULL, "highest", DOC_SIZE, .drop = 1 },
	};
	const struct doc_column slopes[] = {
		{ NULL, "slope", DOC_TEXT, .is_name = true },
		{ NULL, "a sample", DOC_RATE },
		{ NULL, "95 % from", DOC_RATE, .drop = 2 },
		{ NULL, "95 % to", DOC_RATE, .drop = 3 },
		{ NULL, rate_unit_of(view->trend->span_us).name, DOC_RATE, .drop = 1 },
		{ NULL, pool->no_collector ? "verdict" : "after collections", DOC_TEXT },
	};
	struct doc_table table = {
		.title = "Figures", DOC_COLUMNS(figures), .row = fill_figures, .ctx = part_of(d, view, pool)
	};

	for (int f = 0; f < N_TREND_FIELDS; f++)
		table.n_rows += pool->series[f].n_known > 0;
	if (!table.ctx)
		return;
	doc_table(d, &table);
	table.title = "Slopes";
	table.columns = doc_columns(d, slopes, ARRAY_SIZE(slopes));
	table.n_columns = ARRAY_SIZE(slopes);
	table.row = fill_slopes;
	if (table.columns)
		doc_table(d, &table);
}

/* ---- all of it ---- */

void document_trend(struct document *d, const struct trend_view *view)
{
	struct strbuf span CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct trend_result *trend = view->trend;
	const struct trend_pool_result *worst = trend_worst(trend);

	doc_init(d, "heap over time");
	doc_title(d, text_input_name(view->name));
	document_trend_pool(d, view, worst, NULL);
	trend_add_boot(d, view);
	for (size_t i = 0; i < trend->n_pools; i++) {
		const struct trend_pool_result *pool = &trend->pools[i];
		if (trend->n_pools > 1)
			doc_section(d, arena_printf(&d->arena, "Pool %s", pool->name));
		if (pool != worst)
			document_trend_pool(d, view, pool, NULL);
		trend_add_picture(d, view, pool, false, true);
		if (pool->n_minima >= 2)
			trend_add_picture(d, view, pool, true, false);
		add_tables(d, view, pool);
	}
	if (trend->span_us != NOT_KNOWN && trend->n_samples > 1) {
		strbuf_puts(&span, " in ");
		chart_duration(&span, trend->span_us);
	}
	doc_source(d, DOC_FILE(view->name), DOC_T(": "), DOC_OF(trend->n_samples, "sample"), DOC_T(strbuf_text(&span)));
}
