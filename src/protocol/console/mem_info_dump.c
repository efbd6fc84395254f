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
	m->saw_stack = m->saw_gc = m->saw_counts = m->lacks_gc = false;
	m->first_line = m->last_line = line;
	m->collected = m->collected_line > 0 && line - m->collected_line <= OTHER_AFTER_COLLECTED;
	m->is_typed = m->typed_line > 0 && line - m->typed_line <= OTHER_AFTER_COLLECTED;
	m->collected_line = m->typed_line = 0;
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

/* Whether the counts before a table are those of its rows (py/gc.c, gc_info). */
static bool counts_agree(const struct heap_pool *pool)
{
	const struct heap_reported *reported = &pool->reported;
	uint64_t n_one = 0, n_two = 0, max_object = 0, max_free = 0;

	for (uint32_t i = 0; i < pool->n_areas; i++) {
		const struct heap_area *area = &pool->areas[i];
		for (uint32_t k = 0, end; k < area->n_blocks; k = end) {
			bool is_free = area->kinds[k] == BLOCK_FREE, is_head = block_is_head(area->kinds[k]);
			uint8_t more = is_free ? BLOCK_FREE : BLOCK_TAIL;
			for (end = k + 1; end < area->n_blocks && area->kinds[end] == more;)
				end++;
			n_one += is_head && end - k == 1;
			n_two += is_head && end - k == 2;
			max_object = is_head ? MAX(max_object, end - k) : max_object;
			max_free = is_free ? MAX(max_free, end - k) : max_free;
		}
	}
	return n_one == reported->one_blocks && n_two == reported->two_blocks &&
	       max_object == reported->max_block_blocks &&
	       (reported->max_free_blocks == NOT_KNOWN || max_free == reported->max_free_blocks);
}

/* Tables of the hook are recorded without kinds. */
static bool has_kinds(const struct heap_pool *pool)
{
	for (uint32_t i = 0; i < pool->n_areas; i++)
		for (uint32_t k = 0; k < pool->areas[i].n_blocks; k++)
			if (block_is_head(pool->areas[i].kinds[k]) && pool->areas[i].kinds[k] != BLOCK_HEAD)
				return true;
	return false;
}

/* Without a table to hold them to: a number that a terminal wrapped, "187" of "187168", must not pass. */
static bool figures_add_up(const struct heap_reported *r)
{
	return r->total_bytes == NOT_KNOWN || r->used_bytes == NOT_KNOWN || r->free_bytes == NOT_KNOWN ||
	       (r->used_bytes <= r->total_bytes && r->free_bytes == r->total_bytes - r->used_bytes);
}

bool mem_info_end_dump(struct mem_info *m, struct event *ret)
{
	bool is_dump = mem_info_is_dump(m);

	m->bare.set = false;
	if (is_dump) {
		struct heap_reported *reported = &m->pool->reported;
		if (m->pool->n_areas == 0 && !figures_add_up(reported)) {
			heap_note(&m->heap, HEAP_BAD_STATISTICS, m->first_line);
			reported->total_bytes = reported->used_bytes = reported->free_bytes = NOT_KNOWN;
		}
		block_table_end(&m->table, m->last_line);
		heap_seal(&m->heap);
		m->pool->guessed_kinds = m->collected && !has_kinds(m->pool);
		if (m->lacks_gc && !counts_agree(m->pool))
			heap_note(&m->heap, HEAP_OTHER_COUNTS, m->first_line);
		*ret = (struct event){ .kind = EVENT_SNAPSHOT, .line = m->first_line, .snapshot = EVENT_SNAPSHOT_INIT };
		mem_info_set_time(ret, &m->at);
		ret->snapshot.heap = &m->heap;
		ret->snapshot.collected = m->collected;
		ret->snapshot.is_typed = m->is_typed;
		ret->snapshot.n_lines = m->last_line - m->first_line + 1;
		memcpy(ret->snapshot.label, m->label, sizeof(ret->snapshot.label));
	}
	m->phase = MEM_INFO_NONE;
	m->n_other = 0;
	return is_dump;
}
