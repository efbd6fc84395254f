/* Slopes of the pool and the boot that are shown, as analysis/trend computes them for every view. */
#include <math.h>
#include <string.h>

#include "tui/state/actions.h"

enum {
	EVERY_US = 1000000, /* while a board grows the history: it takes 10 ms */
	SAMPLES_MIN = 8,    /* for a slope in a heading, which has no room for its interval */
};

static void restart(struct slopes *s, uint64_t n_boot, const char *pool)
{
	trend_deinit(&s->trend);
	*s = (struct slopes){ .n_boot = n_boot };
	memcpy(s->pool, pool, sizeof(s->pool));
}

static void add(struct slopes *s, const struct history_moment *m)
{
	for (size_t i = 0; i < m->n_pools; i++) {
		const struct history_figures *f = &m->pools[i];
		const struct trend_sample sample = { .at_us = m->at_us,
						     .state = f->state,
						     .no_collector = f->kind != POOL_GC };
		if (strcmp(f->name, s->pool) == 0)
			trend_add(&s->trend, s->pool, &sample);
	}
	s->n_moment = m->n;
}

/* Where a collector runs, of what is left after collections: between them it rises by garbage. */
static double slope_of(const struct trend_pool_result *pool, enum trend_field field)
{
	const struct trend_series *series = &pool->series[field];
	bool has_floors = series->n_minima >= TREND_MINIMA_LEAST;

	if (!pool->no_collector && !has_floors)
		return NAN;
	return has_floors ? series->floor.per_hour : series->slope.per_hour;
}

static int work_out(struct slopes *s, uint64_t now_us)
{
	struct trend_result result;
	int r = trend_work_out(&s->trend, &result);

	if (r < 0)
		return r;
	s->n_worked_out = s->trend.n_samples;
	s->worked_out_us = now_us;
	s->span_us = result.span_us;
	for (int f = 0; f < N_TREND_FIELDS; f++)
		s->per_hour[f] = result.n_pools > 0 ? slope_of(&result.pools[0], (enum trend_field)f) : (double)NAN;
	trend_result_deinit(&result);
	return 0;
}

int tui_prepare_slopes(struct tui *t)
{
	const struct history *h = t->o.history;
	const struct history_moment *m = tui_moment(t);
	const struct history_figures *f = tui_figures(t);
	struct slopes *s = &t->slopes;

	if (!m || !f || !t->open[PANEL_TREND])
		return 0;
	if (s->n_boot != m->n_boot || strcmp(s->pool, f->name) != 0)
		restart(s, m->n_boot, f->name);
	for (size_t i = s->n_moment ? history_find(h, s->n_moment) + 1 : 0; i < history_n(h); i++)
		if (history_moment(h, i)->n_boot == s->n_boot)
			add(s, history_moment(h, i));
	return tui_slopes_due_us(t) <= t->now_us ? work_out(s, t->now_us) : 0;
}

uint64_t tui_slopes_due_us(const struct tui *t)
{
	const struct slopes *s = &t->slopes;

	if (s->n_worked_out == s->trend.n_samples)
		return NOT_KNOWN;
	return s->n_worked_out == 0 || !t->o.live ? 0 : s->worked_out_us + EVERY_US;
}

double tui_slope_per_hour(const struct tui *t, enum trend_field field, uint64_t *ret_span_us)
{
	*ret_span_us = t->slopes.span_us;
	return t->slopes.n_worked_out >= SAMPLES_MIN ? t->slopes.per_hour[field] : (double)NAN;
}
