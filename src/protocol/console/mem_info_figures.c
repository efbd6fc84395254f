/* Figures of any firmware's heap, by patterns (memprof/protocol/figures.h), as heaps without a table. */
#include <string.h>

#include "console/mem_info_private.h"
#include "memprof/base/number.h"

/* ---- time ---- */

/* The board's own clock, for lines without a stamp: uptimes of all boots one after the other. Whether it fell, which a
 * reset does. */
static bool keep_uptime(struct mem_info *m, uint64_t uptime_us)
{
	struct mem_info_figures *f = &m->figures;
	bool fell = f->any_uptime && uptime_us < f->uptime_us;

	if (fell)
		f->base_us += f->uptime_us;
	f->any_uptime = true;
	f->uptime_us = uptime_us;
	if (!m->line.stamp.set) {
		m->line.stamp =
			(struct timestamp){ .set = true, .kind = TIMESTAMP_START, .at_us = f->base_us + uptime_us };
		mem_info_read_stamp(m);
	}
	return fell;
}

/* ---- heaps ---- */

/* No more than the heap has room for: a firmware has a few. */
static void add_pool(struct mem_info *m)
{
	static const char nameless[] = "heap";
	struct mem_info_figures *f = &m->figures;
	struct heap_pool *pool;

	if (!f->begun) {
		heap_reset(&f->heap);
		f->at = f->found_at;
		f->first_line = f->found_line;
	}
	f->begun = true;
	f->last_line = f->found_line;
	if (heap_add_pool(&f->heap, f->found.pool[0] ? f->found.pool : nameless, f->pattern->kind, &pool) == 0)
		figures_report(&f->found, &pool->reported);
}

static bool has_pool(const struct heap *heap, const char *name)
{
	for (uint32_t i = 0; i < heap->n_pools; i++)
		if (strcmp(heap->pools[i].name, name) == 0)
			return true;
	return false;
}

static void end_heap(struct mem_info *m, struct event *ret)
{
	struct mem_info_figures *f = &m->figures;

	f->begun = false;
	heap_seal(&f->heap);
	*ret = (struct event){ .kind = EVENT_SNAPSHOT, .line = f->first_line, .snapshot = EVENT_SNAPSHOT_INIT };
	mem_info_set_time(ret, &f->at);
	ret->snapshot.heap = &f->heap;
	ret->snapshot.reported.format = "figures";
	ret->snapshot.n_lines = f->last_line - f->first_line + 1;
}

/* ---- lines ---- */

bool mem_info_read_figures(struct mem_info *m)
{
	struct mem_info_figures *f = &m->figures;
	const struct figures *patterns = m->options ? m->options->figures : NULL;

	if (!patterns || m->phase != MEM_INFO_NONE ||
	    !figures_reader_line(&f->reader, patterns, m->line.text, m->line.n_bytes, &f->pattern, &f->found))
		return false;
	if (!f->pattern)
		return true;
	if (f->found.stamp.set && !m->line.stamp.set) {
		m->line.stamp = f->found.stamp;
		mem_info_read_stamp(m);
	}
	f->reset = f->found.uptime_us != NOT_KNOWN && keep_uptime(m, f->found.uptime_us) &&
		   (m->resets.has_figures || f->begun);
	f->found_line = m->raw_line.number;
	mem_info_event_time(m, &f->found_at);
	return true;
}

bool mem_info_next_figures(struct mem_info *m, bool at_end, struct event *ret)
{
	struct mem_info_figures *f = &m->figures;
	bool far = at_end || m->raw_line.number > f->last_line + FIGURES_APART_MAX;
	bool again = f->pattern && (!f->found.pool[0] || has_pool(&f->heap, f->found.pool));

	if (f->begun && (far || again || f->reset)) {
		end_heap(m, ret);
		return true;
	}
	if (f->reset) {
		f->reset = false;
		m->resets.has_figures = false;
		*ret = (struct event){ .kind = EVENT_RESET, .line = f->found_line };
		mem_info_set_time(ret, &f->found_at);
		return true;
	}
	if (!f->pattern)
		return false;
	add_pool(m);
	bool alone = !f->found.pool[0];
	f->pattern = NULL;
	if (alone)
		end_heap(m, ret);
	return alone;
}
