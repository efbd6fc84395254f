/* A dump from its beginning to its end, and its time. */
#include "console/mem_info_private.h"

#include <string.h>

/* When the line at work was said: a stamp before it tells, or one of a frame around it. */
void mem_info_event_time(const struct mem_info *m, struct event_time *ret)
{
	const struct stamp *stamp = &m->line.stamp;
	const struct stamp_clock *clock = &m->stamps.clocks[stamp->kind];

	*ret = (struct event_time){ m->now_us, "", false };
	if (stamp->set && (m->stamp_us != NOT_KNOWN || clock->fell)) {
		*ret = (struct event_time){ m->stamp_us, "", clock->fell };
		if (!clock->deltas)
			stamp_time(stamp, ret->time);
	} else if (m->frames.open && m->frames.at.at_us != NOT_KNOWN) {
		*ret = m->frames.at;
	} else if (m->stands) {
		*ret = m->standing;
	}
	if (m->now_us != NOT_KNOWN) { /* whoever feeds knows best */
		ret->at_us = m->now_us;
		ret->clock_fell = false;
	}
}

/* ---- a dump's beginning and end ---- */

bool mem_info_begin_at(struct mem_info *m, enum mem_info_phase phase, uint64_t line, const struct event_time *at)
{
	heap_reset(&m->heap);
	/* One pool fits in any heap: only memory can run out, and then the lines are not taken. */
	if (heap_add_pool(&m->heap, "gc", POOL_GC, &m->pool) < 0)
		return false;
	table_begin(&m->table, &m->heap, m->pool);
	m->phase = phase;
	m->saw_stack = m->saw_gc = m->saw_counts = false;
	m->first_line = m->last_line = line;
	m->at = *at;
	memcpy(m->label, m->frames.label, sizeof(m->label));
	return true;
}

bool mem_info_begin(struct mem_info *m, enum mem_info_phase phase)
{
	bool led = mem_info_has_lead(m);
	struct lead lead = m->lead;
	struct event_time at;

	m->lead.set = false;
	mem_info_event_time(m, &at);
	if (!led)
		return mem_info_begin_at(m, phase, m->raw_line.number, &at);
	if (!mem_info_begin_at(m, MEM_INFO_STATISTICS, lead.line, &lead.at))
		return false;
	m->saw_stack = lead.has_stack;
	if (lead.has_stack) {
		m->heap.stack_used_bytes = lead.stack_used_bytes;
		m->heap.stack_limit_bytes = lead.stack_limit_bytes;
	}
	return true;
}

bool mem_info_has_lead(const struct mem_info *m)
{
	return m->lead.set && m->raw_line.number - m->lead.line <= OTHER_IN_STATISTICS + 1;
}

/* Whether the lines so far are a dump, whatever follows. */
bool mem_info_is_dump(const struct mem_info *m)
{
	return m->phase != MEM_INFO_NONE &&
	       (m->saw_gc || m->pool->n_areas > 0 || m->heap.problem == HEAP_BAD_STATISTICS);
}

/* Ends the dump at hand; true if there is one to give. */
bool mem_info_end_dump(struct mem_info *m, struct event *ret)
{
	bool worth = mem_info_is_dump(m);

	m->bare.set = false;
	if (worth) {
		table_end(&m->table, m->last_line);
		heap_seal(&m->heap);
		*ret = (struct event){ .kind = EVENT_SNAPSHOT,
				       .line = m->first_line,
				       .at_us = m->at.at_us,
				       .clock_fell = m->at.clock_fell,
				       .snapshot = EVENT_SNAPSHOT_UNTOLD };
		memcpy(ret->time, m->at.time, sizeof(ret->time));
		ret->snapshot.heap = &m->heap;
		ret->snapshot.n_lines = m->last_line - m->first_line + 1;
		memcpy(ret->snapshot.label, m->label, sizeof(ret->snapshot.label));
	}
	m->phase = MEM_INFO_NONE;
	m->n_other = 0;
	return worth;
}
