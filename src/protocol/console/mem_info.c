#include "console/mem_info_private.h"

#include <stdio.h>
#include <string.h>

#include "memprof/base/text.h"

static void note_dump_line(struct mem_info *m)
{
	m->of_dump = true;
	m->last_line = m->raw_line.number;
	m->n_other = 0;
	m->start.set = m->bare.set = false;
}

static enum line_use (*const readers[])(struct mem_info *) = {
	mem_info_read_table,
	mem_info_read_statistics,
	mem_info_read_area,
	mem_info_read_loose,
};

/* ---- lines outside a dump ---- */

/* Adds line and time. */
static bool make_event(const struct mem_info *m, const struct event *event, struct event *ret)
{
	struct event_time at;

	mem_info_event_time(m, &at);
	*ret = *event;
	ret->line = m->raw_line.number;
	mem_info_set_time(ret, &at);
	return true;
}

static bool next_pool(struct mem_info *m, struct event *ret)
{
	struct event event = { .kind = EVENT_POOL };

	return (heap_caps_next(&m->heap_caps, &event.pool) || umalloc_next(&m->umalloc, &event.pool)) &&
	       make_event(m, &event, ret);
}

static bool make_reset(struct mem_info *m, struct event *ret)
{
	m->resets.has_figures = false;
	return make_event(m, &(struct event){ .kind = EVENT_RESET }, ret);
}

/* True if the line is an event. */
static bool read_other(struct mem_info *m, struct event *ret)
{
	struct event event = { 0 };

	if (!m->line.prompt && dump_frames_read(&m->dump_frames, &m->raw_line, &m->line))
		return m->dump_frames.reset && m->resets.has_figures && make_reset(m, ret);
	if (!m->facts.in_qstr && heap_caps_read(&m->heap_caps, &m->raw_line, &m->line))
		return next_pool(m, ret);
	if (umalloc_read(&m->umalloc, &m->raw_line, &m->line))
		return next_pool(m, ret);
	if (console_facts_read(&m->facts, &m->raw_line, &m->line, &event)) {
		if (event.kind == EVENT_FAILED && m->phase == MEM_INFO_NONE)
			mem_info_read_words(m, true);
		return make_event(m, &event, ret);
	}
	if (m->phase != MEM_INFO_NONE)
		return mem_info_words_between(m, &event) && make_event(m, &event, ret);
	mem_info_read_words(m, false);
	return false;
}

/* "=== " and "... " count as prompts only before code about the heap; a program may print them as a
 * heading or an ellipsis. */
static bool is_heap_code(const struct plain_line *line)
{
	return text_find(line->text, line->n_bytes, "mem_info") || text_find(line->text, line->n_bytes, "gc.");
}

void mem_info_read_stamp(struct mem_info *m)
{
	const struct timestamp *stamp = &m->line.stamp;

	if (!stamp->set)
		return;
	m->stamp_us = timestamp_clocks_at(&m->clocks, stamp);
	if (!stamp->alone)
		return;
	m->has_stamp_line = true;
	mem_info_event_time(m, &m->stamp_line);
}

/* Holds an event until the dump is out. The text of a mark is copied, as its line is gone by then. */
static void hold_event(struct mem_info *m, const struct event *event)
{
	struct event *waiting = &m->waiting[m->n_waiting];
	char *text = m->marks[m->n_waiting++];

	*waiting = *event;
	if (event->kind != EVENT_MARK)
		return;
	waiting->mark.n_bytes = MIN(event->mark.n_bytes, sizeof(m->marks[0]));
	memcpy(text, event->mark.bytes, waiting->mark.n_bytes);
	waiting->mark.bytes = text;
}

/* Reads a line between those of a dump; its event follows that of the dump. A sample or a mark may be
 * from another thread, so the dump continues; other events end statistics. */
static bool read_between(struct mem_info *m, struct event *ret)
{
	struct event event;

	if (!read_other(m, &event))
		return false;
	if (event.kind == EVENT_FAILED) /* perhaps of the dump that was announced */
		m->collected_line = 0;
	bool room = m->n_waiting + 1 < WAITING_MAX;
	bool other_thread = event.kind == EVENT_SAMPLE || (event.kind == EVENT_MARK && m->phase == MEM_INFO_TABLE);
	if (mem_info_is_dump(m) && (m->phase == MEM_INFO_STATISTICS || (other_thread && room))) {
		hold_event(m, &event);
		return (!other_thread || !room) && mem_info_end_dump(m, ret);
	}
	*ret = event;
	return true;
}

static bool next_waiting(struct mem_info *m, struct event *ret)
{
	if (m->phase != MEM_INFO_NONE || m->i_waiting == m->n_waiting)
		return false;
	*ret = m->waiting[m->i_waiting++];
	if (m->i_waiting == m->n_waiting)
		m->i_waiting = m->n_waiting = 0;
	return true;
}

/* A gc.collect() at the prompt; it holds until something else is typed than what asks for figures. */
static void note_typed(struct mem_info *m)
{
	const char *text = m->line.text;
	size_t n = m->line.n_bytes;

	if (text_find(text, n, "gc.collect()") == text)
		m->typed_line = m->raw_line.number;
	else if (!text_find(text, n, "mem_"))
		m->typed_line = 0;
}

/* Reads the current line. True if it made an event. */
static bool read_line(struct mem_info *m, struct event *ret)
{
	bool prompt = m->line.primary || (m->line.prompt && m->phase != MEM_INFO_TABLE && is_heap_code(&m->line));
	bool fell = m->line.uptime_us != NOT_KNOWN && mem_info_keep_uptime(m, m->line.uptime_us);
	bool reset = fell || resets_is_reset(&m->resets, &m->line);
	bool edge = prompt || reset || dump_frames_is_edge(&m->dump_frames, &m->line);

	mem_info_note_dialect(m, reset);
	if (edge) {
		m->start.set = false;
		m->look_again = mem_info_end_dump(m, ret);
		if (m->look_again)
			return true;
		if (m->line.primary)
			note_typed(m);
	}
	if (reset && (m->resets.has_figures || m->figures.begun)) {
		m->look_again = true;
		return make_reset(m, ret);
	}
	for (size_t i = 0; i < ARRAY_SIZE(readers) && !edge; i++) {
		switch (readers[i](m)) {
		case LINE_OTHER:
			continue;
		case LINE_TAKEN:
			note_dump_line(m);
			return false;
		case LINE_LAST:
			note_dump_line(m);
			return mem_info_end_dump(m, ret);
		case LINE_NEXT_DUMP:
			m->look_again = mem_info_end_dump(m, ret);
			return m->look_again || read_line(m, ret);
		}
	}
	if (mem_info_read_figures(m)) {
		if (m->phase == MEM_INFO_STATISTICS && m->figures.n_found > 0) /* of a moment after it */
			return mem_info_end_dump(m, ret);
		return false;
	}
	if (m->phase != MEM_INFO_NONE && m->line.n_bytes > 0 &&
	    ++m->n_other > (m->phase == MEM_INFO_TABLE ? OTHER_IN_TABLE : OTHER_IN_STATISTICS)) {
		m->look_again = mem_info_end_dump(m, ret);
		if (m->look_again)
			return true;
	}
	return read_between(m, ret);
}

/* A row with nothing around it, which most lines of a log are; needs no stripping. */
static bool is_bare_row(const struct raw_line *line)
{
	return line->n_bytes > 10 && line->n_bytes <= 10 + ROW_BLOCKS && line->text[8] == ':' &&
	       !memchr(line->text, '\x1b', line->n_bytes) && strchr("hTLDSAFBMmt=-.", line->text[line->n_bytes - 1]) &&
	       strchr("0123456789abcdef", line->text[0]);
}

/* Whether the log ends inside the first line of another dump: then the current one is complete. */
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

static void take_apart(struct mem_info *m)
{
	plain_line_strip(&m->raw_line, m->scratch, &m->line);
	m->line.words = line_words(&m->line_words, m->line.text, m->line.n_bytes);
}

/* What prints, by the beginning of a log: before its first figures. */
static void look_at_head(struct mem_info *m)
{
	lines_feed(&m->lines, m->options->head, m->options->n_head_bytes);
	while (lines_next(&m->lines, &m->raw_line)) {
		take_apart(m);
		mem_info_note_dialect(m, resets_is_reset(&m->resets, &m->line));
	}
	m->lines = (struct lines){ .p = NULL };
}

void mem_info_set(void *state, const struct decoder_options *options)
{
	struct mem_info *m = state;

	m->options = options;
	look_at_head(m);
}

void mem_info_mute(struct mem_info *m, bool muted) { printed_mute(&m->printed, muted, m->lines.n_held); }

static int next_event(struct mem_info *m, struct event *ret)
{
	if (m->has_after) {
		m->has_after = false;
		*ret = m->after;
		return DECODER_EVENT;
	}
	if (next_waiting(m, ret) || ((m->heap_caps.p || m->umalloc.has_persistent) && next_pool(m, ret)))
		return DECODER_EVENT;
	for (;;) {
		if (mem_info_next_figures(m, false, ret))
			return DECODER_EVENT;
		if (m->look_again) {
			m->look_again = false;
		} else if (lines_next(&m->lines, &m->raw_line)) {
			m->of_dump = false;
			if (m->raw_line.n_bytes == 0) {
				printed_line(&m->printed, m->options, &m->raw_line, true);
				continue;
			}
			if (m->phase == MEM_INFO_TABLE && is_bare_row(&m->raw_line)) {
				m->line = (struct plain_line){ .text = m->raw_line.text,
							       .n_bytes = m->raw_line.n_bytes,
							       .uptime_us = NOT_KNOWN };
				m->resets.idle = false;
			} else {
				resets_note_line(&m->resets, &m->raw_line);
				take_apart(m);
				mem_info_read_stamp(m);
			}
		} else if (m->finished && m->phase != MEM_INFO_NONE) {
			if (m->phase == MEM_INFO_STATISTICS && !m->raw_line.ended && !next_dump_begins(m))
				heap_note(&m->heap, HEAP_CUT, m->last_line);
			if (mem_info_end_dump(m, ret))
				return DECODER_EVENT;
			continue;
		} else if (m->finished && mem_info_next_figures(m, true, ret)) {
			return DECODER_EVENT;
		} else {
			return m->finished ? DECODER_END : DECODER_MORE;
		}
		bool made = read_line(m, ret);
		if (!m->look_again)
			printed_line(&m->printed, m->options, &m->raw_line,
				     !m->of_dump && !(made && ret->kind == EVENT_PROGRAM_ENDED));
		if (!made)
			continue;
		m->after = *ret;
		m->has_after = mem_info_end_moment(m, ret);
		if (!m->has_after)
			*ret = m->after;
		return DECODER_EVENT;
	}
}

int mem_info_next_event(void *state, struct event *ret, struct diag *diag)
{
	struct mem_info *m = state;
	int answer = next_event(m, ret);

	(void)diag;
	if (answer == DECODER_EVENT && ret->kind == EVENT_RESET)
		m->resets.has_figures = false;
	m->resets.has_figures |= answer == DECODER_EVENT &&
				 (ret->kind == EVENT_SNAPSHOT || ret->kind == EVENT_SAMPLE || ret->kind == EVENT_POOL);
	return answer;
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
	heap_deinit(&m->figures.heap);
}

static size_t mem_info_notes(const void *state, char ret[DECODER_NOTES_MAX][DECODER_NOTE_BYTES])
{
	const struct mem_info *m = state;
	const struct figures *figures = m->options ? m->options->figures : NULL;
	const char *firmware = figures ? figures_reader_firmware(&m->figures.reader, figures) : NULL;
	size_t n = 0;

	if (firmware)
		snprintf(ret[n++], DECODER_NOTE_BYTES, "figures in it are read as lines of %s", firmware);
	return n + mixed_note(&m->figures.mixed, ret[n]);
}

static int mem_info_probe(const uint8_t *head, size_t n)
{
	static const char *const words[] = {
		"GC: total: ",
		"GC memory layout; from ",
		"qstr pool: n_pool=",
		"MemoryError",
		"memory allocation failed",
		"gc.mem_",
		"free: ",
		"MicroPython v",
		">>> ",
	};
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (text_find((const char *)head, n, words[i]))
			return i < 3 ? 90 : 60;
	return memchr(head, '\0', n) ? 0 : 10; /* any text may have a dump later */
}

const struct decoder decoder_mem_info = {
	.name = "mem-info",
	.summary = "text of micropython.mem_info(), in any console log",
	.state_bytes = sizeof(struct mem_info),
	.hold_max_bytes = 2 * LINE_MAX_BYTES,
	.probe = mem_info_probe,
	.feed = mem_info_feed,
	.set = mem_info_set,
	.next_event = mem_info_next_event,
	.finish = mem_info_finish,
	.deinit = mem_info_deinit,
	.notes = mem_info_notes,
};

/* The same text in frames with times, which mem_info reads in any log. */
const struct decoder decoder_mpm_log = {
	.name = "mpm-log",
	.summary = "frames of micropython-memory-profiler, @@@ TICKS",
	.state_bytes = sizeof(struct mem_info),
	.hold_max_bytes = 2 * LINE_MAX_BYTES,
	.probe = dump_frames_probe,
	.feed = mem_info_feed,
	.set = mem_info_set,
	.next_event = mem_info_next_event,
	.finish = mem_info_finish,
	.deinit = mem_info_deinit,
};
