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

bool board_metrics_moment(struct board_metrics *m, const struct moment *moment, uint64_t wall_us)
{
	struct history_figures figures;

	if (moment->kind == MOMENT_SNAPSHOT && moment->heap->problem != HEAP_WHOLE)
		return false;
	for (uint32_t i = 0; moment->kind == MOMENT_SNAPSHOT && i < moment->heap->n_pools; i++)
		take_pool(m, &moment->heap->pools[i]);
	if (moment->kind == MOMENT_SAMPLE) {
		pool_figures_of_sample(moment, &figures);
		take_figures(m, &figures);
	}
	for (size_t i = 0; i < moment->n_pools; i++)
		if (!heap_find_pool(moment->heap, moment->pools[i].name))
			take_pool(m, &moment->pools[i]);
	m->n_snapshots += moment->kind != MOMENT_POOLS;
	m->taken_wall_us = wall_us;
	return true;
}

void board_metrics_pool(struct board_metrics *m, const struct pool_moment *pool) { take_pool(m, &pool->pool); }

bool board_metrics_event(struct board_metrics *m, const struct board_event *event)
{
	switch (event->kind) {
	case BOARD_EVENT_GC:
		m->n_collections++;
		m->counts_collections = true;
		return true;
	case BOARD_EVENT_FAILED:
		m->n_failures++;
		return true;
	case BOARD_EVENT_RESET:
		m->n_resets++;
		return true;
	default:
		return false;
	}
}

/* ---- the board ---- */

void board_metrics_board(struct board_metrics *m, const struct board_info *board)
{
	bool both = board->firmware[0] && board->version[0];

	if (!board->known)
		return;
	snprintf(m->firmware, sizeof(m->firmware), "%s%s%s", board->firmware, both ? " " : "", board->version);
	memcpy(m->machine, board->machine, sizeof(m->machine));
}

void board_metrics_agent(struct board_metrics *m, const struct event_hello *hello, bool counts_collections)
{
	m->counts_collections |= counts_collections;
	if (!m->firmware[0])
		snprintf(m->firmware, sizeof(m->firmware), "%s", hello->firmware);
	if (!m->machine[0])
		snprintf(m->machine, sizeof(m->machine), "%s", hello->machine);
}

void board_metrics_forget(struct board_metrics *m)
{
	m->n_pools = 0;
	m->firmware[0] = m->machine[0] = '\0';
}

void board_metrics_link(struct board_metrics *m, enum board_link link)
{
	if (link == BOARD_LINK_AWAY)
		board_metrics_forget(m);
	m->link = link;
}
