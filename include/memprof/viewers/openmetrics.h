/* Figures of boards as OpenMetrics text, or as Prometheus' older text format, for a scraper or a file. Pure.
 *
 * Sources: OpenMetrics 1.0 (prometheus.io/docs/specs/om/open_metrics_spec), Prometheus exposition formats 0.0.4. */
#pragma once

#include "memprof/analysis/board_metrics.h"
#include "memprof/base/strbuf.h"

enum openmetrics_format {
	OPENMETRICS_1_0,  /* application/openmetrics-text */
	OPENMETRICS_0_0_4 /* text/plain: no types `info`, no units, no end mark */
};
extern const char *const openmetrics_content_types[];

/* A board at one time. */
struct openmetrics_point {
	const char *board;                   /* its label; any bytes */
	const struct board_metrics *metrics; /* borrowed */
	uint64_t at_wall_us;                 /* since 1970; NOT_KNOWN: no timestamp, as for a scraper */
};

/* Writes all metric families of all points. The points of one board stand together, in the order of their times; names
 * of boards are unique beyond that. */
void openmetrics_write(struct strbuf *out, const struct openmetrics_point *points, size_t n_points,
		       enum openmetrics_format format);

/* ---- one series after another, for an export ---- */

/* Families of figures of pools, i: 0 .. OPENMETRICS_POOL_FAMILIES - 1. */
enum { OPENMETRICS_POOL_FAMILIES = 5 };
uint64_t openmetrics_pool_figure(size_t i, const struct history_figures *pool); /* NOT_KNOWN */
void openmetrics_pool_head(struct strbuf *out, size_t i);
void openmetrics_pool_sample(struct strbuf *out, size_t i, const char *board, const char *pool, uint64_t value,
			     uint64_t at_wall_us);
