#include "mem_info.h"

#include <string.h>

#include "memprof/text.h"
#include "scan.h"

enum {
	/* So many lines of something else, and a dump is over: statistics stand together, a table may
	 * have the output of other threads between its rows. */
	OTHER_IN_STATISTICS = 8,
	OTHER_IN_TABLE = 256,
};

static bool may_be_cut(const struct mem_info *m)
{
	return console_may_be_cut(&m->raw_line, &m->line);
}

/* Numbers behind a word anywhere in the line, to its end. */
static int numbers(const struct mem_info *m, const char *word, const char *pattern, uint64_t *ret, int n_max)
{
	return scan_from(m->line.text, m->line.n_bytes, word, pattern, ret, n_max);
}

/* When the line at work was said. A stamp before the line tells it, or one of a frame around it. */
static void line_moment(const struct mem_info *m, struct moment *ret)
{
	*ret = (struct moment){ m->now_us, "" };
	if (m->line.stamp.set) {
		ret->at_us = m->stamp_us;
		if (!m->timeline.deltas)
			stamp_time(&m->line.stamp, ret->time);
	} else if (m->frames.open && m->frames.at.at_us != NOT_KNOWN) {
		*ret = m->frames.at;
	} else if (m->stands) {
		*ret = m->standing;
	}
}

/* ---- a dump's beginning and end ---- */

static bool begin_dump_at(struct mem_info *m, enum mem_info_phase phase, uint64_t line,
			  const struct moment *at)
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

static bool begin_dump(struct mem_info *m, enum mem_info_phase phase)
{
	struct moment at;

	line_moment(m, &at);
	return begin_dump_at(m, phase, m->raw_line.number, &at);
}

/* Ends the dump at hand; true if there is one to give. */
static bool end_dump(struct mem_info *m, struct event *ret)
{
	bool worth = m->phase != MEM_INFO_NONE &&
		     (m->saw_gc || m->pool->n_areas > 0 || m->heap.problem == HEAP_BAD_STATISTICS);

	if (worth) {
		table_end(&m->table, m->last_line);
		heap_seal(&m->heap);
		*ret = (struct event){ .kind = EVENT_SNAPSHOT, .line = m->first_line, .at_us = m->at.at_us };
		memcpy(ret->time, m->at.time, sizeof(ret->time));
		ret->snapshot.heap = &m->heap;
		ret->snapshot.n_lines = m->last_line - m->first_line + 1;
		memcpy(ret->snapshot.label, m->label, sizeof(ret->snapshot.label));
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

	if (numbers(m, "mem: total=", "#, current=#, peak=#", said, 3) != 3)
		return NOT_MINE;
	if (m->phase != MEM_INFO_NONE)
		return NEW;
	return begin_dump(m, MEM_INFO_STATISTICS) ? TAKEN : NOT_MINE;
}

static enum answer read_stack(struct mem_info *m)
{
	uint64_t said[2] = { NOT_KNOWN, NOT_KNOWN };

	if (numbers(m, "stack: ", "#~ out of #", said, 2) < 1 || may_be_cut(m))
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

/* Numbers that a person has grouped in threes are believed if they add up. */
static bool read_totals(struct mem_info *m, const char *word, uint64_t said[4])
{
	if (may_be_cut(m))
		return false;
	if (numbers(m, word, "#, used: #, free: #~, max new split: #", said, 4) >= 3)
		return true;
	said[3] = NOT_KNOWN;
	return numbers(m, word, "@, used: @, free: @~, max new split: @", said, 4) >= 3 &&
	       said[1] <= said[0] && said[2] == said[0] - said[1];
}

static enum answer read_gc(struct mem_info *m)
{
	static const char word[] = "GC: total: ";
	uint64_t said[4] = { NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN };
	const char *p = text_find(m->line.text, m->line.n_bytes, word);

	/* Prose may quote the line: with something before it, it is only taken behind its stack line. */
	if (!p || (p != m->line.text && m->phase != MEM_INFO_STATISTICS))
		return NOT_MINE;
	if (m->phase != MEM_INFO_NONE && (m->phase == MEM_INFO_TABLE || m->saw_gc))
		return NEW;
	if (m->phase == MEM_INFO_NONE && !begin_dump(m, MEM_INFO_STATISTICS))
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

	if (m->phase != MEM_INFO_STATISTICS || !text_find(m->line.text, m->line.n_bytes, word))
		return NOT_MINE;
	m->saw_counts = true;
	if (!m->saw_gc || numbers(m, word, "#, 2-blocks: #, max blk sz: #~, max free sz: #",
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

/* "GC:" and three lines, as machine.info() and pyb.info() print them (ports/stm32/modmachine.c, and
 * in another spelling ports/teensy). */
static enum answer read_info(struct mem_info *m)
{
	const char *text = m->line.text, *end = text + m->line.n_bytes;
	struct heap_reported *said = m->phase == MEM_INFO_STATISTICS ? &m->pool->reported : NULL;
	uint64_t n[3];

	if (scan(text, end, "GC:", n, 0) == 0) {
		if (m->phase != MEM_INFO_NONE)
			return NEW;
		return begin_dump(m, MEM_INFO_STATISTICS) ? TAKEN : NOT_MINE;
	}
	if (!said || m->saw_stack || may_be_cut(m))
		return NOT_MINE;
	if (!m->saw_gc && scan(text, end, "# total", n, 1) == 1) {
		m->saw_gc = true;
		said->total_bytes = n[0];
	} else if (m->saw_gc && !m->saw_counts && (scan(text, end, "# : #", n, 2) == 2 ||
						   scan(text, end, "# used # free", n, 2) == 2)) {
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

/* What stands before the address of an area. The second is of micropython/micropython#3533. */
static const char *const area_words[] = { "GC memory layout; from ", "GC area #" };

/* The address in a line that begins an area, NOT_KNOWN if it is not such a line. */
static uint64_t area_address(const struct mem_info *m)
{
	const char *text = m->line.text, *end = text + m->line.n_bytes, *p = NULL;
	uint64_t base, said[2];
	/* Someone may have cut the words away: an address further on than any heap is long. */
	bool bare = m->phase == MEM_INFO_TABLE && m->line.n_bytes >= 8 && m->line.n_bytes <= 19 &&
		    end[-1] == ':';

	for (size_t i = 0; i < ARRAY_SIZE(area_words) && !p; i++) {
		p = text_find(text, m->line.n_bytes, area_words[i]);
		p = p ? p + strlen(area_words[i]) : NULL;
		if (p && i == 1)
			p = scan_start(p, end, "# (size #), from ", said);
	}
	bare &= !p;
	if (bare)
		p = text;
	if (!p)
		return NOT_KNOWN;
	if (text_starts(p, (size_t)(end - p), "0x"))
		p += 2;
	p = p < end ? number_scan_hex(p, end, &base) : NULL;
	if (!p || end - p != 1 || *p != ':')
		return NOT_KNOWN;
	return bare && base < (uint64_t)HEAP_BLOCKS_MAX * MAX(m->pool->block_bytes, 16u) ? NOT_KNOWN : base;
}

static enum answer read_area(struct mem_info *m)
{
	uint64_t base = m->line.n_bytes >= 8 && m->line.text[m->line.n_bytes - 1] == ':' ?
			area_address(m) : NOT_KNOWN;

	if (base == NOT_KNOWN)
		return NOT_MINE;
	bool more = m->phase == MEM_INFO_TABLE && m->pool->n_areas < HEAP_AREAS_MAX;
	for (uint32_t i = 0; more && i < m->pool->n_areas; i++)
		if (m->pool->areas[i].base == base && !m->pool->areas[i].loose)
			return NEW;
	if (m->phase == MEM_INFO_NONE && !begin_dump(m, MEM_INFO_TABLE))
		return NOT_MINE;
	if (m->phase == MEM_INFO_STATISTICS && !m->saw_gc)
		heap_note(&m->heap, HEAP_BAD_STATISTICS, m->raw_line.number);
	m->phase = MEM_INFO_TABLE;
	table_area(&m->table, base, m->raw_line.number);
	return TAKEN;
}

/* ---- rows ---- */

/* Rows that go on where a full dump has ended are more than its total says. */
static void note_full(struct mem_info *m)
{
	const struct heap_area *area = &m->pool->areas[m->pool->n_areas - 1];
	uint64_t next = m->table.origin + (uint64_t)area->n_blocks * m->pool->block_bytes;

	m->full_line = m->raw_line.number;
	m->full_address = m->table.digits == 5 ? next & 0xfffff : next;
}

static enum answer read_table(struct mem_info *m)
{
	const char *text = m->line.text;
	size_t n = m->line.n_bytes;
	enum table_answer answer;

	if (m->phase != MEM_INFO_TABLE)
		return NOT_MINE;
	bool loose = m->pool->n_areas > 0 && m->pool->areas[m->pool->n_areas - 1].loose;
	uint64_t address;
	uint32_t digits;
	if (loose && table_area_ended(&m->table) && table_is_row(text, n, &address, &digits))
		return NEW;
	answer = table_row(&m->table, text, n, m->raw_line.number);
	if (answer == TABLE_DAMAGED && loose && table_is_row(text, n, &address, &digits))
		return NEW;             /* nothing said that it belongs to this table */
	if (answer == TABLE_NOT_MINE)
		answer = table_elision(&m->table, text, n, m->raw_line.number);
	if (answer == TABLE_NOT_MINE)
		return NOT_MINE;
	if (answer == TABLE_TAKEN && !m->raw_line.ended && !table_full(&m->table))
		heap_note(&m->heap, HEAP_CUT, m->raw_line.number);
	if (!table_full(&m->table))
		return TAKEN;
	note_full(m);
	return FULL;
}

/* By how much the address grows with a row, from the loose row to this one; 0 if they do not belong
 * together. */
static uint32_t loose_step(const struct loose_row *loose, uint64_t address, uint32_t digits)
{
	uint64_t n_rows = 1 + loose->n_free_rows;
	uint64_t step = (address - loose->address) & (digits == 5 ? 0xfffff : UINT64_MAX);

	if (!loose->set || digits != loose->digits || step % n_rows ||
	    (step / n_rows) % ROW_BLOCKS || !heap_block_bytes_ok(step / n_rows / ROW_BLOCKS))
		return 0;
	return (uint32_t)(step / n_rows);
}

static void keep_loose(struct mem_info *m, uint64_t address, uint32_t digits)
{
	struct loose_row *loose = &m->loose;

	*loose = (struct loose_row){ .set = true, .n_bytes = m->line.n_bytes, .address = address,
				     .digits = digits, .line = m->raw_line.number };
	memcpy(loose->text, m->line.text, loose->n_bytes);
	line_moment(m, &loose->at);
}

/* Rows of a table whose first line is not there: an excerpt, or a page that lost it. */
static enum answer read_loose(struct mem_info *m)
{
	struct loose_row *loose = &m->loose;
	uint64_t address, n_rows;
	uint32_t digits;

	if (m->phase == MEM_INFO_TABLE || m->line.n_bytes == 0)
		return NOT_MINE;
	if (!table_is_row(m->line.text, m->line.n_bytes, &address, &digits)) {
		n_rows = loose->set ? table_is_elision(m->line.text, m->line.n_bytes) : 0;
		loose->set = n_rows > 0 && n_rows <= HEAP_BLOCKS_MAX / ROW_BLOCKS &&
			     loose->n_free_rows == 0;
		loose->n_free_rows = n_rows;
		return NOT_MINE;
	}
	uint32_t step_bytes = loose_step(loose, address, digits);
	if (!step_bytes) {
		keep_loose(m, address, digits);
		return NOT_MINE;
	}
	loose->set = false;
	if (m->phase == MEM_INFO_NONE && !begin_dump_at(m, MEM_INFO_TABLE, loose->line, &loose->at))
		return NOT_MINE;
	m->phase = MEM_INFO_TABLE;
	if (m->full_line && loose->line == m->full_line + 1 && loose->address == m->full_address)
		heap_note(&m->heap, HEAP_TOO_LARGE, loose->line);
	table_loose_area(&m->table, loose->address, digits, step_bytes, loose->line);
	table_row(&m->table, loose->text, loose->n_bytes, loose->line);
	if (loose->n_free_rows)
		table_free_rows(&m->table, loose->n_free_rows, loose->line + 1);
	return read_table(m);
}

static enum answer (*const readers[])(struct mem_info *) = {
	read_table, read_mem, read_stack, read_gc, read_counts, read_area, read_info, read_loose,
};

/* ---- what else a log says ---- */

static void set_moment(const struct mem_info *m, struct event *ret)
{
	struct moment at;

	line_moment(m, &at);
	ret->line = m->raw_line.number;
	ret->at_us = at.at_us;
	memcpy(ret->time, at.time, sizeof(ret->time));
}

/* What a line of another heap has not told yet. */
static bool next_pool(struct mem_info *m, struct event *ret)
{
	struct event event = { .kind = EVENT_POOL };

	if (!regions_next(&m->regions, &event.pool))
		return false;
	set_moment(m, &event);
	*ret = event;
	return true;
}

/* A line that is no part of a dump. True if it is an event. */
static bool read_other(struct mem_info *m, struct event *ret)
{
	struct event event = { 0 };

	if (!m->line.prompt && (frames_read(&m->frames, &m->raw_line, &m->line)))
		return false;
	if (!m->line.prompt && !m->said.in_qstr && regions_read(&m->regions, &m->raw_line, &m->line))
		return next_pool(m, ret);
	if (!said_read(&m->said, &m->raw_line, &m->line, &event))
		return false;
	set_moment(m, &event);
	*ret = event;
	return true;
}

/* "=== " and "... " are prompts if code follows that has to do with the heap; else they may be a
 * heading or an ellipsis in the output of a program. */
static bool typed_for_us(const struct console_line *line)
{
	return text_find(line->text, line->n_bytes, "mem_info") || text_find(line->text, line->n_bytes, "gc.");
}

/* A stamp in a line of its own is for the lines after it (minicom's "persecond"). */
static void take_stamp(struct mem_info *m)
{
	const struct stamp *stamp = &m->line.stamp;

	if (!stamp->set)
		return;
	m->stamp_us = timeline_at(&m->timeline, stamp);
	if (!stamp->alone)
		return;
	m->stands = true;
	line_moment(m, &m->standing);
}

/* Looks at the line at hand. True if it made an event. */
static bool look(struct mem_info *m, struct event *ret)
{
	bool prompt = m->line.primary || (m->line.prompt && typed_for_us(&m->line));
	bool edge = prompt || frames_edge(&m->line);

	if (edge && m->phase != MEM_INFO_NONE && end_dump(m, ret)) {
		m->again = true;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(readers) && !edge; i++) {
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

/* Whether a log was cut in the first line of another dump: then the one at hand is all there. */
static bool next_dump_begins(const struct mem_info *m)
{
	return m->saw_counts && m->n_other > 0 &&
	       (text_starts(m->line.text, m->line.n_bytes, "stack: ") ||
		text_starts(m->line.text, m->line.n_bytes, "mem: total="));
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
	if (next_pool(m, ret))
		return DECODER_EVENT;
	for (;;) {
		if (m->again) {
			m->again = false;
		} else if (lines_next(&m->lines, &m->raw_line)) {
			if (m->raw_line.n_bytes == 0)
				continue;
			if (m->phase == MEM_INFO_TABLE && bare_row(&m->raw_line)) {
				m->line = (struct console_line){ .text = m->raw_line.text,
								 .n_bytes = m->raw_line.n_bytes };
			} else {
				console_line(&m->raw_line, m->scratch, &m->line);
				take_stamp(m);
			}
		} else if (m->finished && m->phase != MEM_INFO_NONE) {
			if (m->phase == MEM_INFO_STATISTICS && !m->raw_line.ended && !next_dump_begins(m))
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

/* The same text in frames that tell the time: mem_info reads them wherever they are. */
const struct decoder decoder_mpm_log = {
	.name = "mpm-log",
	.says = "frames of micropython-memory-profiler, @@@ TICKS",
	.state_bytes = sizeof(struct mem_info),
	.hold_max_bytes = 2 * LINE_MAX_BYTES,
	.probe = frames_probe,
	.feed = mem_info_feed,
	.next_event = mem_info_next_event,
	.finish = mem_info_finish,
	.deinit = mem_info_deinit,
};
