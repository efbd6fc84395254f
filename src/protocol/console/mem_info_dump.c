/* Beginning and end of a dump, and times of lines. */
#include "console/mem_info_private.h"

#include <string.h>

void mem_info_event_time(const struct mem_info *m, struct event_time *ret)
{
	const struct timestamp *stamp = &m->line.stamp;
	const struct timestamp_clock *clock = &m->clocks.clocks[stamp->kind];

	*ret = (struct event_time){ m->now_us, "", false };
	if (stamp->set && (m->stamp_us != NOT_KNOWN || (clock->started && !clock->deltas))) {
		*ret = (struct event_time){ m->stamp_us, "", clock->fell };
		if (!clock->deltas)
			timestamp_text(stamp, ret->time);
	} else if (m->dump_frames.open && m->dump_frames.at.at_us != NOT_KNOWN) {
		*ret = m->dump_frames.at;
	} else if (m->has_stamp_line) {
		*ret = m->stamp_line;
	}
	if (m->now_us != NOT_KNOWN) { /* the caller's clock takes precedence */
		ret->at_us = m->now_us;
		ret->clock_fell = false;
	}
}

void mem_info_set_time(struct event *ret, const struct event_time *at)
{
	ret->at_us = at->at_us;
	ret->clock_fell = at->clock_fell;
	memcpy(ret->time, at->time, sizeof(ret->time));
}

bool mem_info_begin_at(struct mem_info *m, enum mem_info_phase phase, uint64_t line, const struct event_time *at)
{
	heap_reset(&m->heap);
	/* Fails only without memory, as one pool is within the bounds of any heap. */
	if (heap_add_pool(&m->heap, "gc", POOL_GC, &m->pool) < 0)
		return false;
	block_table_begin(&m->table, &m->heap, m->pool);
	m->phase = phase;
	m->saw_stack = m->saw_gc = m->saw_counts = false;
	m->first_line = m->last_line = line;
	m->collected = m->collected_line > 0 && line - m->collected_line <= OTHER_IN_STATISTICS;
	m->collected_line = 0;
	m->at = *at;
	memcpy(m->label, m->dump_frames.label, sizeof(m->label));
	return true;
}

bool mem_info_begin(struct mem_info *m, enum mem_info_phase phase)
{
	bool has_start = mem_info_has_start(m);
	struct pending_start start = m->start;
	struct event_time at;

	m->start.set = false;
	mem_info_event_time(m, &at);
	if (!has_start)
		return mem_info_begin_at(m, phase, m->raw_line.number, &at);
	if (!mem_info_begin_at(m, MEM_INFO_STATISTICS, start.line, &start.at))
		return false;
	m->saw_stack = start.has_stack;
	if (start.has_stack) {
		m->heap.stack_used_bytes = start.stack_used_bytes;
		m->heap.stack_limit_bytes = start.stack_limit_bytes;
	}
	return true;
}

bool mem_info_has_start(const struct mem_info *m)
{
	return m->start.set && m->raw_line.number - m->start.line <= OTHER_IN_STATISTICS + 1;
}

bool mem_info_is_dump(const struct mem_info *m)
{
	return m->phase != MEM_INFO_NONE &&
	       (m->saw_gc || m->pool->n_areas > 0 || m->heap.problem == HEAP_BAD_STATISTICS);
}

bool mem_info_end_dump(struct mem_info *m, struct event *ret)
{
	bool is_dump = mem_info_is_dump(m);

	m->bare.set = false;
	if (is_dump) {
		block_table_end(&m->table, m->last_line);
		heap_seal(&m->heap);
		*ret = (struct event){ .kind = EVENT_SNAPSHOT, .line = m->first_line, .snapshot = EVENT_SNAPSHOT_INIT };
		mem_info_set_time(ret, &m->at);
		ret->snapshot.heap = &m->heap;
		ret->snapshot.collected = m->collected;
		ret->snapshot.n_lines = m->last_line - m->first_line + 1;
		memcpy(ret->snapshot.label, m->label, sizeof(ret->snapshot.label));
	}
	m->phase = MEM_INFO_NONE;
	m->n_other = 0;
	return is_dump;
}
