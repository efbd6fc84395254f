#include "mem_info.h"

#include <string.h>

#include "failure.h"
#include "memprof/text.h"

enum {
	/* So many lines of something else, and a dump is over: statistics stand together, a table may
	 * have the output of other threads between its rows. */
	OTHER_IN_STATISTICS = 8,
	OTHER_IN_TABLE = 256,
};

#define DAY_US (UINT64_C(24) * 3600 * 1000000)

/* ---- numbers in lines ---- */

/* Reads text like "total: 140032, used: 768" by a pattern in which each # is a number, and each ~
 * that and the rest may be absent. The line must end with the pattern. Returns how many numbers
 * there were, -1 if it does not match. */
static int scan(const char *p, const char *end, const char *pattern, uint64_t *ret, int n_max)
{
	int n = 0;

	for (; *pattern; pattern++) {
		if (*pattern == '~') {
			if (p == end)
				break;
		} else if (*pattern == '#') {
			if (n == n_max || !(p = number_scan(p, end, &ret[n++])))
				return -1;
		} else if (p == end || *p++ != *pattern) {
			return -1;
		}
	}
	return p == end ? n : -1;
}

/* A log may stop inside a number: what its last line says is not believed unless it ended. */
static bool may_be_cut(const struct mem_info *m)
{
	const struct console_line *line = &m->line;

	return !m->raw_line.ended && line->n_bytes > 0 && line->text[line->n_bytes - 1] >= '0' &&
	       line->text[line->n_bytes - 1] <= '9';
}

/* The same for a pattern that may start anywhere in the line, at its first word. */
static int scan_from(const struct console_line *line, const char *word, const char *pattern,
		     uint64_t *ret, int n_max)
{
	const char *p = text_find(line->text, line->n_bytes, word);

	return p ? scan(p + strlen(word), line->text + line->n_bytes, pattern, ret, n_max) : -1;
}

/* ---- time ---- */

/* Time since the first stamped line; a stamp without a date that jumps back is the next day. */
static uint64_t since_start(struct mem_info *m, const struct stamp *stamp)
{
	uint64_t at_us = stamp->at_us;

	if (!stamp->dated) {
		if (m->stamped && at_us + m->day_us + DAY_US / 2 < m->last_stamp_us)
			m->day_us += DAY_US;
		at_us += m->day_us;
	}
	if (!m->stamped) {
		m->stamped = true;
		m->epoch_us = at_us;
	}
	m->last_stamp_us = at_us;
	return at_us >= m->epoch_us ? at_us - m->epoch_us : 0;
}

static uint64_t line_time(struct mem_info *m)
{
	return m->line.stamp.set ? since_start(m, &m->line.stamp) : m->now_us;
}

static void event_time(const struct stamp *stamp, struct event *ret)
{
	if (!stamp->set)
		return;
	size_t n = MIN(stamp->n_bytes, sizeof(ret->time) - 1);
	memcpy(ret->time, stamp->text, n);
}

/* ---- a dump's beginning and end ---- */

static bool begin_dump(struct mem_info *m, enum mem_info_phase phase)
{
	heap_reset(&m->heap);
	/* One pool fits in any heap: only memory can run out, and then the lines are not taken. */
	if (heap_add_pool(&m->heap, "gc", POOL_GC, &m->pool) < 0)
		return false;
	table_begin(&m->table, &m->heap, m->pool);
	m->phase = phase;
	m->saw_stack = m->saw_gc = false;
	m->first_line = m->raw_line.number;
	m->dump_at_us = line_time(m);
	m->stamp = m->line.stamp;
	memset(m->stamp_text, 0, sizeof(m->stamp_text));
	if (m->stamp.set) {
		memcpy(m->stamp_text, m->stamp.text, MIN(m->stamp.n_bytes, sizeof(m->stamp_text) - 1));
		m->stamp.text = m->stamp_text;
	}
	return true;
}

/* Ends the dump at hand; true if there is one to give. */
static bool end_dump(struct mem_info *m, struct event *ret)
{
	bool worth = m->phase != MEM_INFO_NONE &&
		     (m->saw_gc || m->pool->n_areas > 0 || m->heap.problem == HEAP_BAD_STATISTICS);

	if (worth) {
		table_end(&m->table, m->last_line);
		heap_seal(&m->heap);
		*ret = (struct event){ .kind = EVENT_SNAPSHOT, .line = m->first_line,
				       .at_us = m->dump_at_us };
		event_time(&m->stamp, ret);
		ret->snapshot.heap = &m->heap;
		ret->snapshot.n_lines = m->last_line - m->first_line + 1;
	}
	m->phase = MEM_INFO_NONE;
	m->n_other = 0;
	return worth;
}

static void dump_line(struct mem_info *m)
{
	m->last_line = m->raw_line.number;
	m->n_other = 0;
}

/* ---- the lines of a dump ----
 * Each reader answers what its line was. */
enum answer {
	NOT_MINE,
	TAKEN,
	FULL,   /* taken, and the dump is all there */
	NEW,    /* it begins another dump: end the one at hand, then look again */
};

static enum answer read_mem(struct mem_info *m)
{
	uint64_t said[3];

	if (scan_from(&m->line, "mem: total=", "#, current=#, peak=#", said, 3) != 3)
		return NOT_MINE;
	if (m->phase != MEM_INFO_NONE)
		return NEW;
	return begin_dump(m, MEM_INFO_STATISTICS) ? TAKEN : NOT_MINE;
}

static enum answer read_stack(struct mem_info *m)
{
	uint64_t said[2] = { NOT_KNOWN, NOT_KNOWN };

	if (scan_from(&m->line, "stack: ", "#~ out of #", said, 2) < 1 || may_be_cut(m))
		return NOT_MINE;
	if (m->phase != MEM_INFO_NONE && (m->phase == MEM_INFO_TABLE || m->saw_stack || m->saw_gc))
		return NEW;
	if (m->phase == MEM_INFO_NONE && !begin_dump(m, MEM_INFO_STATISTICS))
		return NOT_MINE;
	m->saw_stack = true;
	m->heap.stack_used_bytes = said[0];
	m->heap.stack_limit_bytes = said[1];
	return TAKEN;
}

static enum answer read_gc(struct mem_info *m)
{
	static const char word[] = "GC: total: ";
	uint64_t said[4] = { NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN };

	if (!text_find(m->line.text, m->line.n_bytes, word))
		return NOT_MINE;
	if (m->phase != MEM_INFO_NONE && (m->phase == MEM_INFO_TABLE || m->saw_gc))
		return NEW;
	if (m->phase == MEM_INFO_NONE && !begin_dump(m, MEM_INFO_STATISTICS))
		return NOT_MINE;
	m->saw_gc = true;
	if (scan_from(&m->line, word, "#, used: #, free: #~, max new split: #", said, 4) < 3 ||
	    may_be_cut(m)) {
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

	if (m->phase != MEM_INFO_STATISTICS || !text_find(m->line.text, m->line.n_bytes, word))
		return NOT_MINE;
	if (!m->saw_gc || scan_from(&m->line, word, "#, 2-blocks: #, max blk sz: #~, max free sz: #",
				    said, 4) < 3 || may_be_cut(m)) {
		heap_note(&m->heap, HEAP_BAD_STATISTICS, m->raw_line.number);
		return TAKEN;
	}
	m->pool->reported.one_blocks = said[0];
	m->pool->reported.two_blocks = said[1];
	m->pool->reported.max_block_blocks = said[2];
	m->pool->reported.max_free_blocks = said[3];
	return TAKEN;
}

static enum answer read_area(struct mem_info *m)
{
	static const char word[] = "GC memory layout; from ";
	const char *end = m->line.text + m->line.n_bytes;
	const char *p = text_find(m->line.text, m->line.n_bytes, word);
	uint64_t base;

	if (!p)
		return NOT_MINE;
	p += sizeof(word) - 1;
	if (text_starts(p, (size_t)(end - p), "0x"))
		p += 2;
	p = number_scan_hex(p, end, &base);
	if (!p || end - p != 1 || *p != ':')
		return NOT_MINE;
	bool more = m->phase == MEM_INFO_TABLE && m->pool->n_areas < HEAP_AREAS_MAX;
	for (uint32_t i = 0; more && i < m->pool->n_areas; i++)
		if (m->pool->areas[i].base == base)
			return NEW;
	if (m->phase == MEM_INFO_NONE && !begin_dump(m, MEM_INFO_TABLE))
		return NOT_MINE;
	if (m->phase == MEM_INFO_STATISTICS && !m->saw_gc)
		heap_note(&m->heap, HEAP_BAD_STATISTICS, m->raw_line.number);
	m->phase = MEM_INFO_TABLE;
	table_area(&m->table, base, m->raw_line.number);
	return TAKEN;
}

static enum answer read_table(struct mem_info *m)
{
	enum table_answer answer;

	if (m->phase != MEM_INFO_TABLE)
		return NOT_MINE;
	answer = table_row(&m->table, m->line.text, m->line.n_bytes, m->raw_line.number);
	if (answer == TABLE_NOT_MINE)
		answer = table_elision(&m->table, m->line.text, m->line.n_bytes, m->raw_line.number);
	if (answer == TABLE_NOT_MINE)
		return NOT_MINE;
	if (answer == TABLE_TAKEN && !m->raw_line.ended && !table_full(&m->table))
		heap_note(&m->heap, HEAP_CUT, m->raw_line.number);
	return table_full(&m->table) ? FULL : TAKEN;
}

static enum answer (*const readers[])(struct mem_info *) = {
	read_table, read_mem, read_stack, read_gc, read_counts, read_area,
};

/* ---- what else a log says ---- */

static bool read_qstr(struct mem_info *m, struct event *ret)
{
	const char *text = m->line.text;
	size_t n = m->line.n_bytes;
	uint64_t said[4];

	if (scan_from(&m->line, "qstr pool: n_pool=",
		      "#, n_qstr=#, n_str_data_bytes=#, n_total_bytes=#", said, 4) == 4 && !may_be_cut(m)) {
		m->in_qstr = true;
		m->qstr_open = false;
		ret->kind = EVENT_QSTR;
		ret->qstr = (struct heap_qstr){ said[0], said[1], said[2], said[3] };
		return true;
	}
	if (!m->in_qstr)
		return false;
	if (text_starts(m->raw_line.text, m->raw_line.n_bytes, "Q(")) { /* as it is: it may hold anything */
		text = m->raw_line.text;
		n = m->raw_line.n_bytes;
	}
	bool begins = text_starts(text, n, "Q("), ends = n > 0 && text[n - 1] == ')';
	if (m->qstr_open && !begins) {          /* a string with a line break goes on */
		m->qstr_open = !ends;
		return false;
	}
	m->qstr_open = begins && !ends;
	if (!begins) {
		m->in_qstr = false;
		return false;
	}
	ret->kind = EVENT_QSTR_TEXT;
	ret->text = (struct event_text){ text + 2, n - 2 - ends };
	ret->text_broken = !ends;
	return true;
}

static bool ends_with(const struct console_line *line, const char *words)
{
	size_t n = strlen(words);

	return line->n_bytes >= n && memcmp(line->text + line->n_bytes - n, words, n) == 0;
}

/* "Initial free: 108592 allocated: 2000", the words of MicroPython's own documentation. */
static bool read_free_allocated(const struct mem_info *m, struct event *ret)
{
	const struct console_line *line = &m->line;
	const char *end = line->text + line->n_bytes;
	const char *p = text_find(line->text, line->n_bytes, "ree: ");
	uint64_t free_bytes, used_bytes;

	if (!p || p == line->text || (p[-1] != 'f' && p[-1] != 'F'))
		return false;
	p = number_scan(p + 5, end, &free_bytes);
	if (p && p < end && *p == ',')
		p++;
	if (!p || !text_starts(p, (size_t)(end - p), " allocated: ") ||
	    !number_scan(p + 12, end, &used_bytes))
		return false;
	if (may_be_cut(m))
		return false;
	ret->kind = EVENT_SAMPLE;
	ret->sample.free_bytes = free_bytes;
	ret->sample.used_bytes = used_bytes;
	ret->sample.largest_free_bytes = NOT_KNOWN;
	return true;
}

static bool read_answer(struct mem_info *m, struct event *ret)
{
	const char *end = m->line.text + m->line.n_bytes;
	uint64_t bytes;
	enum sample_answer wanted = m->answer;

	if (wanted == ANSWER_NONE || m->line.n_bytes == 0)
		return false;
	m->answer = ANSWER_NONE;
	if (may_be_cut(m) || number_scan(m->line.text, end, &bytes) != end)
		return false;
	ret->kind = EVENT_SAMPLE;
	ret->sample.free_bytes = wanted == ANSWER_FREE ? bytes : NOT_KNOWN;
	ret->sample.used_bytes = wanted == ANSWER_USED ? bytes : NOT_KNOWN;
	ret->sample.largest_free_bytes = NOT_KNOWN;
	return true;
}

static bool read_banner(struct mem_info *m, struct event *ret)
{
	const char *text = m->line.text;
	size_t n = m->line.n_bytes;

	if ((!text_starts(text, n, "MicroPython v") && !text_starts(text, n, "Adafruit CircuitPython ")) ||
	    !text_find(text, n, " on ") || !text_find(text, n, "; "))
		return false;
	ret->kind = EVENT_BANNER;
	ret->text = (struct event_text){ text, n };
	return true;
}

/* A line that is no part of a dump. True if it is an event. */
static bool read_other(struct mem_info *m, struct event *ret)
{
	struct event event = { .line = m->raw_line.number };
	enum failure failure;
	uint64_t asked;

	if (m->line.prompt) {
		m->in_qstr = false;
		m->answer = ends_with(&m->line, "gc.mem_free()") || ends_with(&m->line, "gc.mem_free())") ?
			    ANSWER_FREE : ends_with(&m->line, "gc.mem_alloc()") ||
			    ends_with(&m->line, "gc.mem_alloc())") ? ANSWER_USED : ANSWER_NONE;
		return false;
	}
	if (read_qstr(m, &event)) {
		/* whatever else a string may look like */
	} else if (failure_scan(m->line.text, m->line.n_bytes, &failure, &asked)) {
		event.kind = EVENT_FAILED;
		event.failed.failure = failure;
		event.failed.asked_bytes = asked;
		event.failed.text = (struct event_text){ m->line.text, m->line.n_bytes };
	} else if (!read_answer(m, &event) && !read_free_allocated(m, &event) &&
		   !read_banner(m, &event)) {
		return false;
	}
	event.at_us = line_time(m);
	event_time(&m->line.stamp, &event);
	*ret = event;
	return true;
}

/* "=== " and "... " are prompts if code follows that has to do with the heap; else they may be a
 * heading or an ellipsis in the output of a program. */
static bool typed_for_us(const struct console_line *line)
{
	return text_find(line->text, line->n_bytes, "mem_info") || text_find(line->text, line->n_bytes, "gc.");
}

/* Looks at the line at hand. True if it made an event. */
static bool look(struct mem_info *m, struct event *ret)
{
	if (m->line.stamp.set)
		since_start(m, &m->line.stamp);
	bool prompt = m->line.primary || (m->line.prompt && typed_for_us(&m->line));
	if (prompt && m->phase != MEM_INFO_NONE && end_dump(m, ret)) {
		m->again = true;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(readers) && !prompt; i++) {
		switch (readers[i](m)) {
		case NOT_MINE:
			continue;
		case TAKEN:
			dump_line(m);
			return false;
		case FULL:
			dump_line(m);
			return end_dump(m, ret);
		case NEW:
			m->again = end_dump(m, ret);
			return m->again || look(m, ret);
		}
	}
	if (m->phase != MEM_INFO_NONE && m->line.n_bytes > 0 &&
	    ++m->n_other > (m->phase == MEM_INFO_TABLE ? OTHER_IN_TABLE : OTHER_IN_STATISTICS)) {
		m->again = end_dump(m, ret);
		if (m->again)
			return true;
	}
	return read_other(m, ret);
}

/* A row with nothing around it: nearly every line of a log of dumps. */
static bool bare_row(const struct line *line)
{
	return line->n_bytes > 10 && line->n_bytes <= 10 + ROW_BLOCKS && line->text[8] == ':' &&
	       !memchr(line->text, '\x1b', line->n_bytes) && line->text[line->n_bytes - 1] != ' ' &&
	       line->text[0] != ' ' && line->text[0] != '>';
}

void mem_info_feed(void *state, const uint8_t *bytes, size_t n, uint64_t now_us)
{
	struct mem_info *m = state;

	m->now_us = now_us;
	lines_feed(&m->lines, bytes, n);
}

int mem_info_next_event(void *state, struct event *ret, struct diag *diag)
{
	struct mem_info *m = state;

	(void)diag;
	for (;;) {
		if (m->again) {
			m->again = false;
		} else if (lines_next(&m->lines, &m->raw_line)) {
			if (m->raw_line.n_bytes == 0)
				continue;
			if (m->phase == MEM_INFO_TABLE && bare_row(&m->raw_line))
				m->line = (struct console_line){ .text = m->raw_line.text,
								 .n_bytes = m->raw_line.n_bytes };
			else
				console_line(&m->raw_line, m->scratch, &m->line);
		} else if (m->finished && m->phase != MEM_INFO_NONE) {
			if (m->phase == MEM_INFO_STATISTICS && !m->raw_line.ended)
				heap_note(&m->heap, HEAP_CUT, m->last_line);
			if (end_dump(m, ret))
				return DECODER_EVENT;
			continue;
		} else {
			return m->finished ? DECODER_END : DECODER_MORE;
		}
		if (look(m, ret))
			return DECODER_EVENT;
	}
}

void mem_info_finish(void *state)
{
	struct mem_info *m = state;

	lines_finish(&m->lines);
	m->finished = true;
}

void mem_info_deinit(void *state)
{
	struct mem_info *m = state;

	heap_deinit(&m->heap);
}

static int mem_info_probe(const uint8_t *head, size_t n)
{
	static const char *const words[] = {
		"GC: total: ", "GC memory layout; from ", "qstr pool: n_pool=", "MemoryError",
		"memory allocation failed", "gc.mem_", "free: ", "MicroPython v", ">>> ",
	};
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (text_find((const char *)head, n, words[i]))
			return i < 3 ? 90 : 60;
	return memchr(head, '\0', n) ? 0 : 10;  /* any text may have a dump further down */
}

const struct decoder decoder_mem_info = {
	.name = "mem-info",
	.says = "text of micropython.mem_info(), in any console log",
	.state_bytes = sizeof(struct mem_info),
	.hold_max_bytes = 2 * LINE_MAX_BYTES,
	.probe = mem_info_probe,
	.feed = mem_info_feed,
	.next_event = mem_info_next_event,
	.finish = mem_info_finish,
	.deinit = mem_info_deinit,
};
