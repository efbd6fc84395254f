/* Charts of text: pictures of a trend, drawn into cells. */
#pragma once

#include "memprof/analysis/trend.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"

/* What the heap is made of from sample to sample, as layers: used, free in pieces, the largest free
 * block. With its axes, 12 rows and 2. */
void chart_layers(struct strbuf *out, const struct trend_result *trend, const struct trend_pool_result *pool,
		  const struct text_style *style);

/* A figure after collections: a dot for each. Its axis begins where the dots do, not at 0. */
void chart_minima(struct strbuf *out, const struct trend_result *trend, const struct trend_pool_result *pool,
		  enum trend_field field, const struct text_style *style);

/* "45 s", "3 min 20 s", "2 h 5 min", "3 days 4 h". */
void chart_duration(struct strbuf *out, uint64_t us);

/* When nothing is left, as a range in one unit: "in 2 to 4 min", "within 3 s". */
void chart_range(struct strbuf *out, uint64_t least_us, uint64_t most_us);
