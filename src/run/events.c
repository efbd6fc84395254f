/* What the board reports of the heap of a program. */
#include "memprof/base/number.h"
#include "memprof/io/clock.h"
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
	if (p->is_running) {
		uint64_t stop_us = p->stop_began_us ? clock_now_us() - p->stop_began_us : 0;
		event->at_us = session_now_us(p->session) - p->stopped_us - stop_us;
		info->n_samples++;
		p->fresh_sample |= p->by_agent;
		if (p->handler.on_sample)
			p->handler.on_sample(p->handler.ctx, ret, clock_now_us() - p->began_us);
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

	if (p->is_deaf)
		return;
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
