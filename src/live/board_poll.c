#include "memprof/live/board_poll.h"

#include <inttypes.h>
#include <stdio.h>

#include "memprof/base/number.h"
#include "memprof/protocol/mem_info_text.h"
#include "memprof/protocol/survey.h"

static const char alloc_code[] = "print(__import__('gc').mem_alloc())";
static const char free_code[] = "print(__import__('gc').mem_free())";
static const char figures_code[] =
	"print('free:',__import__('gc').mem_free(),'allocated:',__import__('gc').mem_alloc())";
const char board_poll_collect_code[] = "[__import__('gc').collect()]and None";

uint64_t board_poll_used(struct board_poll *p)
{
	return session_board(p->session) ? NOT_KNOWN : session_number(p->session, alloc_code);
}

/* ---- the largest free block, by allocating ---- */

/* Halves the space between what could be allocated and what could not, down to one block. Each failure makes the board
 * collect, and the object of a success is garbage at once. So what is free is asked after a collection too, or the
 * largest block could be more than all that is free. */
static enum session_outcome try_largest(struct board_poll *p, uint64_t most_bytes, uint64_t *ret)
{
	enum { STEP_BYTES = 16 };
	uint64_t low = 0, high = most_bytes / STEP_BYTES + 1;
	char code[64];

	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;
		snprintf(code, sizeof(code), "bytearray(%" PRIu64 ")and None", middle * STEP_BYTES);
		enum session_outcome outcome = session_helper(p->session, code);
		if (outcome == SESSION_DONE)
			low = middle;
		else if (outcome == SESSION_RAISED && session_raised(p->session, "MemoryError"))
			high = middle;
		else
			return outcome;
	}
	*ret = low * STEP_BYTES;
	return SESSION_DONE;
}

static enum session_outcome take_by_allocating(struct board_poll *p)
{
	struct event event = { .kind = EVENT_SAMPLE, .at_us = session_now_us(p->session) };

	session_helper(p->session, board_poll_collect_code);
	uint64_t used_bytes = session_number(p->session, alloc_code);
	uint64_t free_bytes = session_number(p->session, free_code);
	event.pool = heap_pool_sample(used_bytes, free_bytes, NOT_KNOWN);
	if (used_bytes == NOT_KNOWN || free_bytes == NOT_KNOWN)
		return session_helper(p->session, figures_code);
	enum session_outcome outcome = try_largest(p, used_bytes + free_bytes, &event.pool.reported.largest_free_bytes);
	if (outcome == SESSION_DONE || outcome == SESSION_RAISED)
		p->on_event(p->ctx, &event);
	return outcome;
}

/* ---- snapshots ---- */

static enum session_outcome take_text(struct board_poll *p)
{
	struct session *s = p->session;
	enum session_outcome outcome = SESSION_RAISED;

	if (!p->no_mem_info) {
		outcome = session_mem_info(s);
		if (outcome == SESSION_RAISED && session_raised(s, "MemoryError")) {
			session_helper(s, board_poll_collect_code); /* no room even for the question */
			outcome = session_mem_info(s);
		}
		p->no_mem_info = outcome == SESSION_RAISED &&
				 (session_raised(s, "AttributeError") || session_raised(s, "ImportError"));
	}
	if (outcome != SESSION_RAISED)
		return outcome;
	return p->probe_largest && p->no_mem_info ? take_by_allocating(p) : session_helper(s, figures_code);
}

enum session_outcome board_poll_take(struct board_poll *p)
{
	enum session_outcome outcome = session_poll(p->session);

	if (outcome != SESSION_UNABLE)
		return outcome;
	outcome = board_poll_find_agent(p);
	if (outcome == SESSION_DONE && p->agent == BOARD_AGENT_THERE)
		outcome = board_poll_take_agent(p);
	else if (outcome == SESSION_DONE)
		outcome = SESSION_RAISED;
	if (outcome != SESSION_RAISED)
		return outcome;
	if (!p->raw)
		return take_text(p);
	outcome = raw_poll_take(p->raw);
	if (outcome != SESSION_UNABLE)
		return outcome;
	raw_poll_text_begins(p->raw);
	outcome = take_text(p);
	raw_poll_text_ended(p->raw);
	return outcome;
}

enum session_outcome board_poll_collect(struct board_poll *p)
{
	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;
	enum session_outcome outcome = p->raw ? raw_poll_collect(p->raw) : SESSION_UNABLE;

	if (outcome == SESSION_UNABLE)
		outcome = session_helper(p->session, board_poll_collect_code);
	strbuf_printf(&line, "\n%s\n", mem_info_collected);
	if (outcome == SESSION_DONE && !strbuf_error(&line))
		session_save_text(p->session, strbuf_text(&line), line.n_bytes);
	return outcome;
}

void board_poll_forget(struct board_poll *p)
{
	p->no_mem_info = false;
	p->started = AGENT_START_UNKNOWN;
	if (p->raw)
		raw_poll_forget(p->raw);
}

void board_poll_report_garbage(const struct board_poll *p, const char *what, uint64_t before_bytes,
			       uint64_t after_bytes)
{
	if (before_bytes == NOT_KNOWN || after_bytes == NOT_KNOWN || after_bytes <= before_bytes)
		return;
	session_notice(p->session, "note", "%s about %" PRIu64 " B of garbage, until the next collection", what,
		       after_bytes - before_bytes);
}

/* ---- the survey ---- */

enum session_outcome board_poll_survey(struct board_poll *p, struct board_info *ret)
{
	const struct board_info *board = session_board(p->session);

	if (board) {
		*ret = *board;
		return SESSION_DONE;
	}
	for (size_t i = 0; i < n_survey_questions; i++) {
		const struct survey_question *question = &survey_questions[i];
		size_t n;
		if (!survey_applies(question, ret))
			continue;
		enum session_outcome outcome = session_helper(p->session, question->code);
		if (outcome == SESSION_DONE) {
			const char *answer = session_answer(p->session, &n);
			question->read(answer, n, ret);
		} else if (outcome != SESSION_RAISED) {
			return outcome;
		}
	}
	return SESSION_DONE;
}
