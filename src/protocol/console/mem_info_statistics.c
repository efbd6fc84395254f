/* The statistics before a table, in every form since 2014 (py/modmicropython.c, py/gc.c). */
#include "console/mem_info_private.h"

#include "console/scan.h"
#include "memprof/base/text.h"
#include "memprof/protocol/mem_info_text.h"

static bool may_be_cut(const struct mem_info *m) { return plain_line_may_be_cut(&m->raw_line, &m->line); }

/* Numbers after a word anywhere in the line, to its end. */
static int numbers_after(const struct mem_info *m, const char *word, const char *pattern, uint64_t *ret, int n_max)
{
	return scan_from(m->line.text, m->line.n_bytes, word, pattern, ret, n_max);
}

/* The first line of a dump. Within a table it is held until the next lines show whether it is one.
 * repeated: the current statistics already have such a line. */
static enum line_use read_start(struct mem_info *m, const struct pending_start *start, bool repeated)
{
	if (m->phase == MEM_INFO_TABLE) {
		m->start = *start;
		m->start.set = true;
		m->start.line = m->raw_line.number;
		mem_info_event_time(m, &m->start.at);
		return LINE_OTHER;
	}
	if (m->phase != MEM_INFO_NONE)
		return repeated ? LINE_NEXT_DUMP : LINE_TAKEN;
	return mem_info_begin(m, MEM_INFO_STATISTICS) ? LINE_TAKEN : LINE_OTHER;
}

static enum line_use read_mem(struct mem_info *m)
{
	uint64_t n[3];

	if (numbers_after(m, "mem: total=", "#, current=#, peak=#", n, 3) != 3)
		return LINE_OTHER;
	return read_start(m, &(struct pending_start){ .info = false }, true);
}

static enum line_use read_stack(struct mem_info *m)
{
	uint64_t n[2] = { NOT_KNOWN, NOT_KNOWN };

	if (numbers_after(m, "stack: ", "#~ out of #", n, 2) < 1 || may_be_cut(m))
		return LINE_OTHER;
	const struct pending_start start = { .has_stack = true, .stack_used_bytes = n[0], .stack_limit_bytes = n[1] };
	enum line_use use = read_start(m, &start, m->saw_stack || m->saw_gc || m->lacks_gc);
	if (use == LINE_TAKEN) {
		m->saw_stack = true;
		m->heap.stack_used_bytes = n[0];
		m->heap.stack_limit_bytes = n[1];
	}
	return use;
}

/* Numbers with grouped digits are accepted if they add up. */
static bool read_totals(struct mem_info *m, const char *word, uint64_t n[4])
{
	if (may_be_cut(m))
		return false;
	if (numbers_after(m, word, "#, used: #, free: #~, max new split: #", n, 4) >= 3)
		return true;
	n[3] = NOT_KNOWN;
	return numbers_after(m, word, "@, used: @, free: @~, max new split: @", n, 4) >= 3 && n[1] <= n[0] &&
	       n[2] == n[0] - n[1];
}

static enum line_use read_gc(struct mem_info *m)
{
	static const char word[] = "GC: total: ";
	uint64_t n[4] = { NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN };
	const char *p = text_find(m->line.text, m->line.n_bytes, word);

	if (plain_line_is(&m->line, mem_info_collected)) {
		m->collected_line = m->raw_line.number;
		m->of_dump = true;
	}
	/* Prose may quote the line: with text before it, it counts only after its stack line, or in a board's own log.
	 */
	if (!p || (p != m->line.text && m->line.uptime_us == NOT_KNOWN && m->phase != MEM_INFO_STATISTICS &&
		   !mem_info_has_start(m)))
		return LINE_OTHER;
	if (m->phase != MEM_INFO_NONE && (m->phase == MEM_INFO_TABLE || m->saw_gc || m->lacks_gc))
		return LINE_NEXT_DUMP;
	if (m->phase == MEM_INFO_NONE && !mem_info_begin(m, MEM_INFO_STATISTICS))
		return LINE_OTHER;
	m->saw_gc = true;
	if (!read_totals(m, word, n)) {
		heap_note(&m->heap, HEAP_BAD_STATISTICS, m->raw_line.number);
		return LINE_TAKEN;
	}
	m->pool->reported.total_bytes = n[0];
	m->pool->reported.used_bytes = n[1];
	m->pool->reported.free_bytes = n[2];
	m->pool->reported.max_new_split_bytes = n[3];
	return LINE_TAKEN;
}

static enum line_use read_counts(struct mem_info *m)
{
	static const char word[] = "No. of 1-blocks: ";
	uint64_t n[4] = { NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN };

	if (!text_find(m->line.text, m->line.n_bytes, word))
		return LINE_OTHER;
	bool whole = numbers_after(m, word, "#, 2-blocks: #, max blk sz: #~, max free sz: #", n, 4) >= 3 &&
		     !may_be_cut(m);
	if (m->phase == MEM_INFO_TABLE && mem_info_has_start(m))
		return LINE_NEXT_DUMP;
	if (m->phase == MEM_INFO_NONE && mem_info_has_start(m))
		mem_info_begin(m, MEM_INFO_STATISTICS);
	if (m->phase == MEM_INFO_NONE && whole && mem_info_begin(m, MEM_INFO_STATISTICS))
		m->lacks_gc = true;
	if (m->phase != MEM_INFO_STATISTICS)
		return LINE_OTHER;
	if (m->lacks_gc && m->saw_counts)
		return LINE_NEXT_DUMP;
	m->saw_counts = true;
	if (!whole || (!m->saw_gc && !m->lacks_gc))
		heap_note(&m->heap, HEAP_BAD_STATISTICS, m->raw_line.number);
	if (!whole)
		return LINE_TAKEN;
	m->pool->reported.one_blocks = n[0];
	m->pool->reported.two_blocks = n[1];
	m->pool->reported.max_block_blocks = n[2];
	m->pool->reported.max_free_blocks = n[3];
	return LINE_TAKEN;
}

/* "GC:" and three lines of machine.info() and pyb.info() (ports/stm32/modmachine.c, and in another
 * spelling ports/teensy). */
static enum line_use read_info(struct mem_info *m)
{
	const char *text = m->line.text, *end = text + m->line.n_bytes;
	bool may_start = mem_info_has_start(m) && m->start.info && m->phase != MEM_INFO_STATISTICS;
	uint64_t n[3];

	if (scan(text, end, "GC:", n, 0) == 0) {
		return read_start(m, &(struct pending_start){ .info = true }, true);
	}
	if (may_start && scan(text, end, "# total", n, 1) == 1) {
		if (m->phase == MEM_INFO_TABLE)
			return LINE_NEXT_DUMP;
		mem_info_begin(m, MEM_INFO_STATISTICS);
	}
	if (m->phase != MEM_INFO_STATISTICS || m->saw_stack || m->lacks_gc || m->n_other > 0 || may_be_cut(m))
		return LINE_OTHER;
	struct heap_reported *reported = &m->pool->reported;
	if (reported->total_bytes == NOT_KNOWN && scan(text, end, "# total", n, 1) == 1) {
		reported->total_bytes = n[0];
	} else if (reported->total_bytes != NOT_KNOWN && !m->saw_gc &&
		   (scan(text, end, "# : #", n, 2) == 2 || scan(text, end, "# used # free", n, 2) == 2)) {
		m->saw_gc = true;
		reported->used_bytes = n[0];
		reported->free_bytes = n[1];
	} else if (m->saw_gc && !m->saw_counts && scan(text, end, "1=# 2=# m=#", n, 3) == 3) {
		m->saw_counts = true;
		reported->one_blocks = n[0];
		reported->two_blocks = n[1];
		reported->max_block_blocks = n[2];
	} else {
		return LINE_OTHER;
	}
	return LINE_TAKEN;
}

enum line_use mem_info_read_statistics(struct mem_info *m)
{
	static enum line_use (*const forms[])(struct mem_info *) = {
		read_mem, read_stack, read_gc, read_counts, read_info,
	};
	enum line_use use = LINE_OTHER;

	if (m->phase != MEM_INFO_STATISTICS && !m->start.set && !(m->line.words & LINE_OF_STATISTICS))
		return LINE_OTHER;
	for (size_t i = 0; i < ARRAY_SIZE(forms) && use == LINE_OTHER; i++)
		use = forms[i](m);
	return use;
}
