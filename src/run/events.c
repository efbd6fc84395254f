/* What the board reports of the heap of a program. */
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "memprof/model/board_event.h"
#include "private.h"

void program_note(struct program *p, const struct pool_state *s)
{
	struct run_info *info = &p->result->info;

	if (s->used_bytes != NOT_KNOWN && (info->peak_used_bytes == NOT_KNOWN || s->used_bytes > info->peak_used_bytes))
		info->peak_used_bytes = s->used_bytes;
	info->lowest_lfb_bytes = MIN(info->lowest_lfb_bytes, s->lfb_bytes); /* NOT_KNOWN is most */
	if (p->options->tests)
		tests_used(p->options->tests, s->used_bytes);
}

/* Figures without a table, while the program runs: what is kept there for the prompt is ours. A recording has them as
 * the board sends them, and a recorded run reports the same. */
static void leave_out_room(const struct program *p, struct heap_reported *reported)
{
	uint64_t room_bytes = p->is_running && !p->records ? p->collections.room_bytes : 0;

	if (reported->used_bytes != NOT_KNOWN && reported->used_bytes >= room_bytes)
		reported->used_bytes -= room_bytes;
	if (reported->total_bytes != NOT_KNOWN && reported->total_bytes >= room_bytes)
		reported->total_bytes -= room_bytes;
}

static uint64_t since(uint64_t now, uint64_t before)
{
	return now == NOT_KNOWN || before == NOT_KNOWN || before > now ? now : now - before;
}

/* Those that the board reports one by one, where it does not count them itself. */
static void set_failures(const struct program *p, struct heap_pool *pool)
{
	for (size_t i = 0; i < ARRAY_SIZE(p->failed); i++)
		if (p->failed[i].n && strcmp(p->failed[i].pool, pool->name) == 0)
			pool->reported.n_failures = p->failed[i].n;
}

static void count_failure(struct program *p, const char *pool)
{
	struct heap *kept = &p->result->info.pools;
	size_t i = 0;

	while (i < ARRAY_SIZE(p->failed) && p->failed[i].n && strcmp(p->failed[i].pool, pool) != 0)
		i++;
	if (i == ARRAY_SIZE(p->failed))
		return;
	memcpy(p->failed[i].pool, pool, sizeof(p->failed[i].pool));
	p->failed[i].n++;
	for (uint32_t k = 1; k < kept->n_pools; k++)
		if (kept->pools[k].reported.n_allocations == NOT_KNOWN)
			set_failures(p, &kept->pools[k]);
}

/* All pools of a snapshot that has several. Before the program began: where its failures are counted from. */
static int keep_pools(struct program *p, const struct heap *heap)
{
	struct heap *kept = p->result->ran ? &p->result->info.pools : &p->pools_before;
	int error = 0;

	heap_reset(kept);
	for (uint32_t i = 0; i < heap->n_pools && error == 0; i++) {
		const struct heap_pool *pool = &heap->pools[i];
		const struct heap_pool *before = heap_find_pool(&p->pools_before, pool->name);
		const struct pool_state state = pool_state_counted(pool);
		struct heap_pool figures = heap_pool_named(pool->name, pool->kind);
		figures.memory = pool->memory;
		figures.start = pool->start;
		figures.damaged = pool->damaged;
		figures.reported = pool->reported;
		figures.reported.total_bytes = state.total_bytes;
		figures.reported.used_bytes = state.used_bytes;
		figures.reported.free_bytes = state.free_bytes;
		figures.reported.largest_free_bytes = state.lfb_bytes;
		if (before && p->result->ran) {
			const struct heap_reported *was = &before->reported;
			figures.reported.n_failures = since(pool->reported.n_failures, was->n_failures);
			figures.reported.n_allocations = since(pool->reported.n_allocations, was->n_allocations);
		}
		if (figures.reported.n_allocations == NOT_KNOWN)
			set_failures(p, &figures);
		error = heap_add_figures(kept, &figures);
	}
	return error;
}

static void take_snapshot(struct program *p, struct event *event, struct pool_state *ret)
{
	struct run_info *info = &p->result->info;
	struct heap_pool *pool = &event->snapshot.heap->pools[0];

	event->snapshot.collected |= p->after_collect;
	event->snapshot.n_lines = 1;
	if (pool->n_areas == 0)
		leave_out_room(p, &pool->reported);
	if (pool->block_bytes == 0) /* statistics alone: of the board that we know */
		pool->block_bytes = p->block_bytes;
	p->block_bytes = info->block_bytes = pool->block_bytes;
	*ret = pool_state_counted(pool);
	if (event->snapshot.heap->problem == HEAP_WHOLE)
		program_note(p, ret);
	p->last_sample = *ret;
	if (event->snapshot.heap->n_pools > 1 && keep_pools(p, event->snapshot.heap) < 0)
		p->result->info.pools.n_pools = 0;
	if (p->is_running) {
		uint64_t stop_us = p->stop_began_us ? clock_now_us() - p->stop_began_us : 0;
		event->at_us = session_now_us(p->session) - p->stopped_us - stop_us;
		info->n_samples++;
		p->fresh_sample |= p->by_agent;
		if (p->handler.on_sample)
			p->handler.on_sample(p->handler.ctx, ret, event->snapshot.heap, clock_now_us() - p->began_us);
	}
	if (!p->wanted)
		return;
	*p->wanted = *ret;
	for (uint32_t i = 0; p->wanted_counts && i < pool->n_areas; i++)
		area_count(&pool->areas[i], p->wanted_counts);
}

void program_event(struct program *p, struct event *event)
{
	struct pool_state summary = POOL_STATE_NOT_KNOWN;
	struct board_event happened;

	if (p->is_deaf)
		return;
	if (p->result->ran && board_event_of(event, &happened) && happened.kind == BOARD_EVENT_FAILED)
		count_failure(p, happened.pool);
	event->line = ++p->n_events;
	if (event->kind == EVENT_SNAPSHOT) {
		take_snapshot(p, event, &summary);
	} else if (event->kind == EVENT_SAMPLE && p->wanted) { /* no mem_info there */
		*p->wanted = (struct pool_state){
			NOT_KNOWN, event->pool.reported.used_bytes, event->pool.reported.free_bytes, NOT_KNOWN, 0, -1
		};
		program_note(p, p->wanted);
	}
	for (struct run_row *row = p->rows; row < p->rows + p->n_rows; row++)
		if (row->hook->event)
			row->hook->event(p, row, event, &summary);
	if (p->handler.on_event)
		p->handler.on_event(p->handler.ctx, event, p->label);
}
