/* Figures of any firmware's heap, by patterns (memprof/protocol/figures.h), as heaps without a table. */
#include <string.h>

#include "console/mem_info_private.h"
#include "console/memory_error.h"
#include "memprof/base/number.h"

/* ---- time ---- */

/* The board's own clock, for lines without a stamp: uptimes of all boots one after the other. Whether it fell by more
 * than lines of two tasks are out of order, which a reset does. */
static bool keep_uptime(struct mem_info *m, uint64_t uptime_us)
{
	static const uint64_t OUT_OF_ORDER_US = 5000000, MOST_US = UINT64_C(1) << 62;
	struct mem_info_figures *f = &m->figures;
	bool fell = f->any_uptime && uptime_us < f->uptime_us && f->uptime_us - uptime_us > OUT_OF_ORDER_US;

	if (fell)
		f->base_us = MIN(f->base_us + f->uptime_us, MOST_US);
	f->uptime_us = fell || !f->any_uptime ? MIN(uptime_us, MOST_US) : MAX(f->uptime_us, MIN(uptime_us, MOST_US));
	f->any_uptime = true;
	if (!m->line.stamp.set) {
		m->line.stamp =
			(struct timestamp){ .set = true, .kind = TIMESTAMP_START, .at_us = f->base_us + f->uptime_us };
		mem_info_read_stamp(m);
	}
	return fell;
}

/* ---- heaps ---- */

/* There is room: a heap that is full has ended. */
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

/* What the line says besides: that is never hidden. */
static bool says_something_else(const struct mem_info *m)
{
	enum failure failure;
	uint64_t asked_bytes;

	return memory_error_scan(m->line.text, m->line.n_bytes, &failure, &asked_bytes) || resets_is_banner(&m->line);
}

/* As it stands, where its beginning was taken for a stamp, a prompt or a quote. */
static bool read_raw(struct mem_info *m, const struct figures *patterns)
{
	const struct raw_line *raw = &m->raw_line;
	struct mem_info_figures *f = &m->figures;

	return m->line.n_bytes < raw->n_bytes && !memchr(raw->text, '\x1b', raw->n_bytes) &&
	       figures_reader_line(&f->reader, patterns, raw->text, raw->n_bytes, raw->number, &f->pattern, &f->found);
}

bool mem_info_read_figures(struct mem_info *m)
{
	struct mem_info_figures *f = &m->figures;
	const struct figures *patterns = m->options ? m->options->figures : NULL;
	const struct figures_pattern *waiting = f->pattern;

	if (!patterns || waiting || m->phase == MEM_INFO_TABLE || says_something_else(m) ||
	    plain_line_may_be_cut(&m->raw_line, &m->line) ||
	    !(figures_reader_line(&f->reader, patterns, m->line.text, m->line.n_bytes, m->raw_line.number, &f->pattern,
				  &f->found) ||
	      read_raw(m, patterns)))
		return false;
	if (!f->pattern)
		return true;
	if (f->found.stamp.set && !m->line.stamp.set) {
		m->line.stamp = f->found.stamp;
		m->line.stamp.text = f->found.stamp_text;
		m->line.stamp.n_bytes = strlen(f->found.stamp_text);
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
	bool again = f->pattern && (!f->found.pool[0] || heap_find_pool(&f->heap, f->found.pool) ||
				    f->heap.n_pools == HEAP_POOLS_MAX);

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
