/* Figures of pools over time as OpenMetrics text, for promtool tsdb create-blocks-from openmetrics. The format wants
 * all samples of a series together, and all series of a family, so the figures are kept until the end: 40 bytes for
 * each pool of each moment. */
#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/vec.h"
#include "memprof/viewers/export_view.h"
#include "memprof/viewers/openmetrics.h"
#include "shared/export_when.h"

struct point {
	uint64_t at_us;
	uint64_t figures[OPENMETRICS_POOL_FAMILIES];
};

/* A pool of an input. */
struct series {
	const char *board; /* the input's name */
	char pool[EVENT_NAME_BYTES];
	VEC(struct point, points);
};

struct state {
	struct when when;
	VEC(struct series, series);
};

static struct series *find_series(struct state *s, const char *board, const char *pool)
{
	for (size_t i = s->n_series; i-- > 0;)
		if (strcmp(s->series[i].pool, pool) == 0 && strcmp(s->series[i].board, board) == 0)
			return &s->series[i];
	struct series *series = vec_add(s, series);
	if (!series)
		return NULL;
	series->board = board;
	memcpy(series->pool, pool, sizeof(series->pool));
	return series;
}

static void moment(struct export *e, const struct export_moment *m)
{
	struct state *s = e->state;
	uint64_t at_us = when_ns(&s->when, e, &m->place, true) / 1000;

	for (size_t i = 0; i < m->n_pools; i++) {
		struct series *series = find_series(s, m->place.file, m->pools[i].name);
		struct point *point = series && series->n_points ? &series->points[series->n_points - 1] : NULL;
		/* Times of a series grow: of two figures at one time the later one counts, and none that goes back. */
		if (point && at_us < point->at_us)
			continue;
		if (series && (!point || at_us > point->at_us))
			point = vec_add(series, points);
		if (!point) {
			e->out->error = -ENOMEM;
			return;
		}
		point->at_us = at_us;
		for (size_t k = 0; k < OPENMETRICS_POOL_FAMILIES; k++)
			point->figures[k] = openmetrics_pool_figure(k, &m->pools[i]);
	}
}

static void end(struct export *e)
{
	struct state *s = e->state;

	for (size_t k = 0; k < OPENMETRICS_POOL_FAMILIES; k++) {
		openmetrics_pool_head(e->out, k);
		for (size_t i = 0; i < s->n_series; i++)
			for (size_t n = 0; n < s->series[i].n_points; n++) {
				const struct point *p = &s->series[i].points[n];
				openmetrics_pool_sample(e->out, k, s->series[i].board, s->series[i].pool, p->figures[k],
							p->at_us);
				e->drain(e->ctx);
			}
	}
	strbuf_puts(e->out, "# EOF\n");
}

static void deinit(struct export *e)
{
	struct state *s = e->state;

	for (size_t i = 0; i < s->n_series; i++)
		vec_deinit(&s->series[i], points);
	vec_deinit(s, series);
}

const struct export_format export_openmetrics = {
	.name = "openmetrics",
	.suffixes = { ".om", ".openmetrics" },
	.state_bytes = sizeof(struct state),
	.moment = moment,
	.end = end,
	.deinit = deinit,
};
