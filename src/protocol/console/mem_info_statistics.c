/* The statistics before a table, in every form since 2014 (py/modmicropython.c, py/gc.c). */
#include "console/mem_info_private.h"

#include "console/scan.h"
#include "memprof/base/text.h"

static bool may_be_cut(const struct mem_info *m) { return console_may_be_cut(&m->raw_line, &m->line); }

/* Numbers behind a word anywhere in the line, to its end. */
static int numbers(const struct mem_info *m, const char *word, const char *pattern, uint64_t *ret, int n_max)
{
	return scan_from(m->line.text, m->line.n_bytes, word, pattern, ret, n_max);
}

/* Within a table the first line of a dump is held until what follows decides. */
static enum answer hold_lead(struct mem_info *m, const struct lead *lead)
{
	m->lead = *lead;
	m->lead.set = true;
	m->lead.line = m->raw_line.number;
	mem_info_event_time(m, &m->lead.at);
	return NOT_MINE;
}

static enum answer read_mem(struct mem_info *m)
{
	uint64_t said[3];

	if (numbers(m, "mem: total=", "#, current=#, peak=#", said, 3) != 3)
		return NOT_MINE;
	if (m->phase == MEM_INFO_TABLE)
		return hold_lead(m, &(struct lead){ .info = false });
	if (m->phase != MEM_INFO_NONE)
		return NEW;
	return mem_info_begin(m, MEM_INFO_STATISTICS) ? TAKEN : NOT_MINE;
}

static enum answer read_stack(struct mem_info *m)
{
	uint64_t said[2] = { NOT_KNOWN, NOT_KNOWN };

	if (numbers(m, "stack: ", "#~ out of #", said, 2) < 1 || may_be_cut(m))
		return NOT_MINE;
	if (m->phase == MEM_INFO_TABLE)
		return hold_lead(
			m,
			&(struct lead){ .has_stack = true, .stack_used_bytes = said[0], .stack_limit_bytes = said[1] });
	if (m->phase != MEM_INFO_NONE && (m->saw_stack || m->saw_gc))
		return NEW;
	if (m->phase == MEM_INFO_NONE && !mem_info_begin(m, MEM_INFO_STATISTICS))
		return NOT_MINE;
	m->saw_stack = true;
	m->heap.stack_used_bytes = said[0];
	m->heap.stack_limit_bytes = said[1];
	return TAKEN;
}

/* Numbers that a person has grouped in threes are believed if they add up. */
static bool read_totals(struct mem_info *m, const char *word, uint64_t said[4])
{
	if (may_be_cut(m))
		return false;
	if (numbers(m, word, "#, used: #, free: #~, max new split: #", said, 4) >= 3)
		return true;
	said[3] = NOT_KNOWN;
	return numbers(m, word, "@, used: @, free: @~, max new split: @", said, 4) >= 3 && said[1] <= said[0] &&
	       said[2] == said[0] - said[1];
}

static enum answer read_gc(struct mem_info *m)
{
	static const char word[] = "GC: total: ";
	uint64_t said[4] = { NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN };
	const char *p = text_find(m->line.text, m->line.n_bytes, word);

	/* Prose may quote the line: with something before it, it is only taken behind its stack line. */
	if (!p || (p != m->line.text && m->phase != MEM_INFO_STATISTICS && !mem_info_has_lead(m)))
		return NOT_MINE;
	if (m->phase != MEM_INFO_NONE && (m->phase == MEM_INFO_TABLE || m->saw_gc))
		return NEW;
	if (m->phase == MEM_INFO_NONE && !mem_info_begin(m, MEM_INFO_STATISTICS))
		return NOT_MINE;
	m->saw_gc = true;
	if (!read_totals(m, word, said)) {
		heap_note(&m->heap, HEAP_BAD_STATISTICS, m->raw_line.number);
		return TAKEN;
	}
	m->pool->reported.total_bytes = said[0];
	m->pool->reported.used_bytes = said[1];
	m->pool->reported.free_bytes = said[2];
	m->pool->reported.max_new_split_bytes = said[3];
	return TAKEN;
}

static enum answer read_counts(struct mem_info *m)
{
	static const char word[] = "No. of 1-blocks: ";
	uint64_t said[4] = { NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN };

	if (!text_find(m->line.text, m->line.n_bytes, word))
		return NOT_MINE;
	if (m->phase == MEM_INFO_TABLE && mem_info_has_lead(m))
		return NEW;
	if (m->phase == MEM_INFO_NONE && mem_info_has_lead(m))
		mem_info_begin(m, MEM_INFO_STATISTICS);
	if (m->phase != MEM_INFO_STATISTICS)
		return NOT_MINE;
	m->saw_counts = true;
	if (!m->saw_gc || numbers(m, word, "#, 2-blocks: #, max blk sz: #~, max free sz: #", said, 4) < 3 ||
	    may_be_cut(m)) {
		heap_note(&m->heap, HEAP_BAD_STATISTICS, m->raw_line.number);
		return TAKEN;
	}
	m->pool->reported.one_blocks = said[0];
	m->pool->reported.two_blocks = said[1];
	m->pool->reported.max_block_blocks = said[2];
	m->pool->reported.max_free_blocks = said[3];
	return TAKEN;
}

/* "GC:" and three lines, as machine.info() and pyb.info() print them (ports/stm32/modmachine.c, and
 * in another spelling ports/teensy). */
static enum answer read_info(struct mem_info *m)
{
	const char *text = m->line.text, *end = text + m->line.n_bytes;
	bool led = mem_info_has_lead(m) && m->lead.info && m->phase != MEM_INFO_STATISTICS;
	uint64_t n[3];

	if (scan(text, end, "GC:", n, 0) == 0) {
		if (m->phase == MEM_INFO_TABLE)
			return hold_lead(m, &(struct lead){ .info = true });
		if (m->phase != MEM_INFO_NONE)
			return NEW;
		return mem_info_begin(m, MEM_INFO_STATISTICS) ? TAKEN : NOT_MINE;
	}
	if (led && scan(text, end, "# total", n, 1) == 1) {
		if (m->phase == MEM_INFO_TABLE)
			return NEW;
		mem_info_begin(m, MEM_INFO_STATISTICS);
	}
	if (m->phase != MEM_INFO_STATISTICS || m->saw_stack || m->n_other > 0 || may_be_cut(m))
		return NOT_MINE;
	struct heap_reported *said = &m->pool->reported;
	if (said->total_bytes == NOT_KNOWN && scan(text, end, "# total", n, 1) == 1) {
		said->total_bytes = n[0];
	} else if (said->total_bytes != NOT_KNOWN && !m->saw_gc &&
		   (scan(text, end, "# : #", n, 2) == 2 || scan(text, end, "# used # free", n, 2) == 2)) {
		m->saw_gc = true;
		said->used_bytes = n[0];
		said->free_bytes = n[1];
	} else if (m->saw_gc && !m->saw_counts && scan(text, end, "1=# 2=# m=#", n, 3) == 3) {
		m->saw_counts = true;
		said->one_blocks = n[0];
		said->two_blocks = n[1];
		said->max_block_blocks = n[2];
	} else {
		return NOT_MINE;
	}
	return TAKEN;
}

enum answer mem_info_read_statistics(struct mem_info *m)
{
	static enum answer (*const forms[])(struct mem_info *) = {
		read_mem, read_stack, read_gc, read_counts, read_info,
	};
	enum answer answer = NOT_MINE;

	for (size_t i = 0; i < ARRAY_SIZE(forms) && answer == NOT_MINE; i++)
		answer = forms[i](m);
	return answer;
}
