#include "console/mem_info_private.h"

#include <string.h>

#include "memprof/base/text.h"

static void dump_line(struct mem_info *m)
{
	m->last_line = m->raw_line.number;
	m->n_other = 0;
	m->lead.set = m->bare.set = false;
}

static enum answer (*const readers[])(struct mem_info *) = {
	mem_info_read_table,
	mem_info_read_statistics,
	mem_info_read_area,
	mem_info_read_loose,
};

/* ---- what else a log says ---- */

static void set_event_time(const struct mem_info *m, struct event *ret)
{
	struct event_time at;

	mem_info_event_time(m, &at);
	ret->line = m->raw_line.number;
	ret->at_us = at.at_us;
	ret->clock_fell = at.clock_fell;
	memcpy(ret->time, at.time, sizeof(ret->time));
}

/* What a line of another heap has not told yet. */
static bool next_pool(struct mem_info *m, struct event *ret)
{
	struct event event = { .kind = EVENT_POOL };

	if (!regions_next(&m->regions, &event.pool))
		return false;
	set_event_time(m, &event);
	*ret = event;
	return true;
}

static bool say_reset(struct mem_info *m, struct event *ret)
{
	struct event event = { .kind = EVENT_RESET };

	m->resets.lived = false;
	set_event_time(m, &event);
	*ret = event;
	return true;
}

/* A line that is no part of a dump. True if it is an event. */
static bool read_other(struct mem_info *m, struct event *ret)
{
	struct event event = { 0 };

	if (!m->line.prompt && frames_read(&m->frames, &m->raw_line, &m->line))
		return m->frames.reset && m->resets.lived && say_reset(m, ret);
	if (!m->said.in_qstr && regions_read(&m->regions, &m->raw_line, &m->line))
		return next_pool(m, ret);
	if (!said_read(&m->said, &m->raw_line, &m->line, &event))
		return false;
	set_event_time(m, &event);
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
	m->stamp_us = stamps_at(&m->stamps, stamp);
	if (!stamp->alone)
		return;
	m->stands = true;
	mem_info_event_time(m, &m->standing);
}

/* Keeps an event until the dump has been given. The text of a mark would be gone by then. */
static void make_wait(struct mem_info *m, const struct event *event)
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

/* What a line says that is no part of the dump at hand comes behind it. A figure or a mark may be another
 * thread's, and the dump goes on; all else ends statistics. */
static bool give_in_order(struct mem_info *m, struct event *ret)
{
	struct event event;

	if (!read_other(m, &event))
		return false;
	bool room = m->n_waiting + 1 < WAITING_MAX;
	bool aside = event.kind == EVENT_SAMPLE || (event.kind == EVENT_MARK && m->phase == MEM_INFO_TABLE);
	if (mem_info_is_dump(m) && (m->phase == MEM_INFO_STATISTICS || (aside && room))) {
		make_wait(m, &event);
		return (!aside || !room) && mem_info_end_dump(m, ret);
	}
	*ret = event;
	return true;
}

/* What has waited for the end of a dump. */
static bool next_waiting(struct mem_info *m, struct event *ret)
{
	if (m->phase != MEM_INFO_NONE || m->i_waiting == m->n_waiting)
		return false;
	*ret = m->waiting[m->i_waiting++];
	if (m->i_waiting == m->n_waiting)
		m->i_waiting = m->n_waiting = 0;
	return true;
}

/* Looks at the line at hand. True if it made an event. */
static bool look(struct mem_info *m, struct event *ret)
{
	bool prompt = m->line.primary || (m->line.prompt && m->phase != MEM_INFO_TABLE && typed_for_us(&m->line));
	bool reset = resets_is(&m->resets, &m->line);
	bool edge = prompt || reset || frames_edge(&m->frames, &m->line);

	if (edge) {
		m->lead.set = false;
		m->again = mem_info_end_dump(m, ret);
		if (m->again)
			return true;
	}
	if (reset && m->resets.lived) {
		m->again = true;
		return say_reset(m, ret);
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
			return mem_info_end_dump(m, ret);
		case NEW:
			m->again = mem_info_end_dump(m, ret);
			return m->again || look(m, ret);
		}
	}
	if (m->phase != MEM_INFO_NONE && m->line.n_bytes > 0 &&
	    ++m->n_other > (m->phase == MEM_INFO_TABLE ? OTHER_IN_TABLE : OTHER_IN_STATISTICS)) {
		m->again = mem_info_end_dump(m, ret);
		if (m->again)
			return true;
	}
	return give_in_order(m, ret);
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

static int next_event(struct mem_info *m, struct event *ret)
{
	if (next_waiting(m, ret) || (m->regions.p && next_pool(m, ret)))
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
				m->resets.idle = false;
			} else {
				resets_line(&m->resets, &m->raw_line);
				console_line_take(&m->raw_line, m->scratch, &m->line);
				take_stamp(m);
			}
		} else if (m->finished && m->phase != MEM_INFO_NONE) {
			if (m->phase == MEM_INFO_STATISTICS && !m->raw_line.ended && !next_dump_begins(m))
				heap_note(&m->heap, HEAP_CUT, m->last_line);
			if (mem_info_end_dump(m, ret))
				return DECODER_EVENT;
			continue;
		} else {
			return m->finished ? DECODER_END : DECODER_MORE;
		}
		if (look(m, ret))
			return DECODER_EVENT;
	}
}

int mem_info_next_event(void *state, struct event *ret, struct diag *diag)
{
	struct mem_info *m = state;
	int answer = next_event(m, ret);

	(void)diag;
	m->resets.lived |= answer == DECODER_EVENT &&
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
	return memchr(head, '\0', n) ? 0 : 10; /* any text may have a dump further down */
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
