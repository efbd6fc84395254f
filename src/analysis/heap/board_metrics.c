#include "memprof/analysis/board_metrics.h"

#include <stdio.h>
#include <string.h>

#include "memprof/analysis/pool_figures.h"
#include "memprof/base/number.h"

const char *board_link_name(enum board_link link)
{
	static const char *const names[N_BOARD_LINKS] = {
		[BOARD_LINK_AWAY] = "away",
		[BOARD_LINK_POLLING] = "polling",
		[BOARD_LINK_LISTENING] = "listening",
	};
	return names[link];
}

/* ---- figures ---- */

static struct history_figures *pool_named(struct board_metrics *m, const char *name)
{
	for (size_t i = 0; i < m->n_pools; i++)
		if (strcmp(m->pools[i].name, name) == 0)
			return &m->pools[i];
	return NULL;
}

/* Pools that were there before and are not in it keep theirs: they are reported at times of their own. */
static void take_figures(struct board_metrics *m, const struct history_figures *figures)
{
	struct history_figures *pool = pool_named(m, figures->name);

	if (!pool && m->n_pools < ARRAY_SIZE(m->pools))
		pool = &m->pools[m->n_pools++];
	if (pool)
		*pool = *figures;
}

static void take_pool(struct board_metrics *m, const struct heap_pool *pool)
{
	struct history_figures figures;

	pool_figures(pool, true, &figures);
	take_figures(m, &figures);
}

static void forget(struct board_metrics *m)
{
	m->n_pools = 0;
	m->has_verdict = false;
	m->firmware[0] = m->machine[0] = '\0';
}

void board_metrics_link(struct board_metrics *m, enum board_link link)
{
	if (link == BOARD_LINK_AWAY)
		forget(m);
	m->link = link;
}

/* ---- what comes ---- */

static void take_agent(struct board_metrics *m, const struct agent_info *agent)
{
	if (!agent->greeted)
		return;
	if (!m->firmware[0])
		snprintf(m->firmware, sizeof(m->firmware), "%s", agent->hello.firmware);
	if (!m->machine[0])
		snprintf(m->machine, sizeof(m->machine), "%s", agent->hello.machine);
}

static void on_moment(void *ctx, struct moment *moment)
{
	struct board_metrics_feed *f = ctx;
	struct board_metrics *m = &f->metrics;
	struct history_figures figures;

	if (f->is_away || (moment->kind == MOMENT_SNAPSHOT && moment->heap->problem != HEAP_WHOLE))
		return;
	take_agent(m, capture_agent(f->capture));
	for (uint32_t i = 0; moment->kind == MOMENT_SNAPSHOT && i < moment->heap->n_pools; i++)
		take_figures(m, &moment_figures(moment)[i]);
	if (moment->kind == MOMENT_SAMPLE) {
		pool_figures_of_sample(moment, &figures);
		take_figures(m, &figures);
	}
	for (size_t i = 0; i < moment->n_pools; i++)
		if (!heap_find_pool(moment->heap, moment->pools[i].name))
			take_pool(m, &moment->pools[i]);
	m->n_snapshots += moment->kind != MOMENT_POOLS;
	m->taken_wall_us = f->wall_us();
	f->is_new = true;
}

static void on_pool(void *ctx, const struct pool_moment *pool)
{
	struct board_metrics_feed *f = ctx;

	if (f->is_away)
		return;
	take_pool(&f->metrics, &pool->pool);
	f->metrics.taken_wall_us = f->wall_us();
	f->is_new = true;
}

static void on_board_event(void *ctx, const struct board_event *event)
{
	struct board_metrics_feed *f = ctx;
	bool is_gc = event->kind == BOARD_EVENT_GC;

	f->metrics.n_collections += is_gc;
	f->metrics.counts_collections |= is_gc;
	f->metrics.n_failures += event->kind == BOARD_EVENT_FAILED;
	f->metrics.n_resets += event->kind == BOARD_EVENT_RESET;
	f->is_new |= is_gc || event->kind == BOARD_EVENT_FAILED || event->kind == BOARD_EVENT_RESET;
}

static void on_board(void *ctx, const struct board_info *board)
{
	struct board_metrics_feed *f = ctx;
	struct board_metrics *m = &f->metrics;
	bool both = board->firmware[0] && board->version[0];

	f->is_new = true;
	if (!board->known)
		return;
	snprintf(m->firmware, sizeof(m->firmware), "%s%s%s", board->firmware, both ? " " : "", board->version);
	memcpy(m->machine, board->machine, sizeof(m->machine));
}

static void on_reset(void *ctx)
{
	struct board_metrics_feed *f = ctx;

	forget(&f->metrics);
	f->is_new = true;
}

static void on_state(void *ctx, enum board_link state)
{
	struct board_metrics_feed *f = ctx;

	f->is_away = state == BOARD_LINK_AWAY;
	board_metrics_link(&f->metrics, state);
	f->is_new = true;
}

struct sink board_metrics_sink(struct board_metrics_feed *f)
{
	return (struct sink){
		.on_moment = on_moment,
		.on_pool = on_pool,
		.on_board_event = on_board_event,
		.on_board = on_board,
		.on_reset = on_reset,
		.on_state = on_state,
		.ctx = f,
	};
}
