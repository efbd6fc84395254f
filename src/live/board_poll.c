#include "memprof/live/board_poll.h"

#include <inttypes.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/cli/message.h"
#include "memprof/live/raw_poll.h"
#include "memprof/protocol/survey.h"

static const char alloc_code[] = "print(__import__('gc').mem_alloc())";
static const char free_code[] = "print(__import__('gc').mem_free())";
static const char figures_code[] =
	"print('free:',__import__('gc').mem_free(),'allocated:',__import__('gc').mem_alloc())";
const char look_collect_code[] = "[__import__('gc').collect()]and None";

static bool raised(const struct look *look, const char *what)
{
	size_t n;
	const char *traceback = session_traceback(look->session, &n);

	return text_find(traceback, n, what) != NULL;
}

uint64_t look_used(struct look *look) { return session_number(look->session, alloc_code); }

/* ---- the largest free block, by trying ---- */

/* Halves the space between what could be had and what could not, down to one block. Each try that
 * fails makes the board collect, and the object of one that does not is garbage at once. So what is
 * free is asked after a collection too, or the largest block could be more than all that is free. */
static enum session_outcome try_largest(struct look *look, uint64_t most_bytes, uint64_t *ret)
{
	enum { STEP_BYTES = 16 };
	uint64_t low = 0, high = most_bytes / STEP_BYTES + 1;
	char code[64];

	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;
		snprintf(code, sizeof(code), "bytearray(%" PRIu64 ")and None", middle * STEP_BYTES);
		enum session_outcome outcome = session_helper(look->session, code);
		if (outcome == SESSION_DONE)
			low = middle;
		else if (outcome == SESSION_RAISED && raised(look, "MemoryError"))
			high = middle;
		else
			return outcome;
	}
	*ret = low * STEP_BYTES;
	return SESSION_DONE;
}

static enum session_outcome take_by_trying(struct look *look)
{
	struct event event = { .kind = EVENT_SAMPLE, .at_us = session_now_us(look->session) };

	session_helper(look->session, look_collect_code);
	event.sample.used_bytes = session_number(look->session, alloc_code);
	event.sample.free_bytes = session_number(look->session, free_code);
	event.sample.largest_free_bytes = NOT_KNOWN;
	if (event.sample.used_bytes == NOT_KNOWN || event.sample.free_bytes == NOT_KNOWN)
		return session_helper(look->session, figures_code);
	enum session_outcome outcome = try_largest(look, event.sample.used_bytes + event.sample.free_bytes,
						   &event.sample.largest_free_bytes);
	if (outcome == SESSION_DONE || outcome == SESSION_RAISED)
		look->on_event(look->of, &event);
	return outcome;
}

/* ---- snapshots ---- */

static enum session_outcome take_text(struct look *look)
{
	enum session_outcome outcome = SESSION_RAISED;

	if (!look->no_mem_info) {
		outcome = session_helper(look->session, session_snapshot_code);
		if (outcome == SESSION_RAISED && raised(look, "MemoryError")) {
			session_helper(look->session, look_collect_code); /* no room even for the question */
			outcome = session_helper(look->session, session_snapshot_code);
		}
		look->no_mem_info = outcome == SESSION_RAISED &&
				    (raised(look, "AttributeError") || raised(look, "ImportError"));
	}
	if (outcome != SESSION_RAISED)
		return outcome;
	return look->probe_largest && look->no_mem_info ? take_by_trying(look) :
							  session_helper(look->session, figures_code);
}

enum session_outcome look_take(struct look *look)
{
	enum session_outcome outcome = look_find_agent(look);

	if (outcome == SESSION_DONE && look->agent == LOOK_AGENT_THERE)
		outcome = look_take_agent(look);
	else if (outcome == SESSION_DONE)
		outcome = SESSION_RAISED;
	if (outcome != SESSION_RAISED)
		return outcome;
	outcome = SESSION_DONE;
	enum fast_answer answer = look->fast ? fast_take(look->fast, &outcome) : FAST_TEXT;

	if (answer != FAST_TEXT)
		return outcome;
	if (look->fast)
		fast_text_begins(look->fast);
	outcome = take_text(look);
	if (look->fast)
		fast_text_ended(look->fast);
	return outcome;
}

enum session_outcome look_collect(struct look *look)
{
	enum session_outcome outcome = SESSION_DONE;

	if (look->fast && fast_collect(look->fast, &outcome))
		return SESSION_DONE;
	return outcome == SESSION_DONE ? session_helper(look->session, look_collect_code) : outcome;
}

void look_forget(struct look *look)
{
	look->no_mem_info = false;
	if (look->fast)
		fast_forget(look->fast);
}

void look_say_garbage(const struct look *look, const char *who, uint64_t before_bytes, uint64_t after_bytes)
{
	if (before_bytes == NOT_KNOWN || after_bytes == NOT_KNOWN || after_bytes <= before_bytes)
		return;
	message_at((struct place){ .file = session_source_name(look->session) }, "note",
		   "%s about %" PRIu64 " B of garbage there, until the next collection; nothing else", who,
		   after_bytes - before_bytes);
}

/* ---- the survey ---- */

enum session_outcome look_survey(struct look *look, struct board_info *ret)
{
	for (size_t i = 0; i < n_survey_questions; i++) {
		const struct survey_question *question = &survey_questions[i];
		size_t n;
		if (!survey_applies(question, ret))
			continue;
		enum session_outcome outcome = session_helper(look->session, question->code);
		if (outcome == SESSION_DONE) {
			const char *answer = session_answer(look->session, &n);
			question->read(answer, n, ret);
		} else if (outcome != SESSION_RAISED) {
			return outcome;
		}
	}
	return SESSION_DONE;
}
