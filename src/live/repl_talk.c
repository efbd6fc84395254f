/* A helper that is talked with while it runs: lines of text, then bytes that are counted. What timers and threads of
 * the board print meanwhile goes to the decoder as always; where it falls among counted bytes, the caller has to detect
 * that from what was read. */
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "memprof/base/number.h"
#include "memprof/io/clock.h"

static const uint64_t SILENCE_US = 3000000; /* a collection of a large heap takes one second */
static const uint64_t DRAIN_US = 300000;
static const uint64_t END_US = 2000000;
static const uint64_t NOISE_US = 3000000; /* a timer of the board may print all the time */
static const uint64_t TURN_US = 10000;

enum { SEND_MAX_BYTES = REPL_OUTBOX_BYTES };

bool session_talks(const struct session *s) { return s->repl.talk.on; }

uint64_t session_helper_bytes(const struct session *s) { return s->repl.n_helper_bytes; }

void talk_over(struct session *s)
{
	s->repl.talk.on = s->repl.talk.wants_line = false;
	session_set_in_helper(s, false);
	repl_stop_raw(&s->repl.repl);
}

enum session_outcome talk_heard(struct session *s, const struct repl_event *event)
{
	if (!s->repl.talk.on)
		return SESSION_GOES_ON;
	bool line = s->repl.talk.wants_line && memchr(event->bytes ? event->bytes : "", '\n', event->n_bytes);

	return event->kind == REPL_TAKEN || line ? SESSION_ANSWERED : SESSION_GOES_ON;
}

/* Until an outcome, or until nothing came for so long. */
static enum session_outcome wait_until(struct session *s, uint64_t silence_us, uint64_t end_us, bool may_stop)
{
	uint64_t from_us = clock_now_us();

	for (;;) {
		uint64_t quiet_us = MAX(from_us, s->repl.repl.heard_us) + silence_us;
		enum session_outcome outcome = session_loop(s, MIN(quiet_us, end_us), may_stop);
		quiet_us = MAX(from_us, s->repl.repl.heard_us) + silence_us;
		if (outcome != SESSION_TIME || clock_now_us() >= MIN(quiet_us, end_us))
			return outcome;
	}
}

static enum session_outcome wait_for(struct session *s, uint64_t silence_us, bool may_stop)
{
	return wait_until(s, silence_us, NOT_KNOWN, may_stop);
}

/* Only an answer and a timeout leave the conversation as it is. */
static enum session_outcome note_end(struct session *s, enum session_outcome outcome)
{
	if (outcome == SESSION_DONE || outcome == SESSION_RAISED)
		talk_over(s);
	return outcome;
}

enum session_outcome session_talk_begin(struct session *s, const char *code, const char *end, size_t n_end)
{
	enum session_outcome outcome = repl_begin_program(s, code, true);

	strbuf_reset(&s->repl.helper_output);
	s->repl.n_helper_bytes = 0;
	if (outcome != SESSION_GOES_ON)
		return outcome;
	s->repl.talk.on = true;
	session_set_in_helper(s, true);
	s->repl.talk.i_line = 0;
	s->repl.talk.end = end;
	s->repl.talk.n_end = n_end;
	return SESSION_ANSWERED;
}

void session_talk_ends(struct session *s, size_t n_end) { s->repl.talk.n_end = MIN(n_end, s->repl.talk.n_end); }

/* The next whole line of what it has printed; NULL. */
static const char *next_line(struct session *s, size_t *ret_n)
{
	const char *text = strbuf_text(&s->repl.helper_output) + s->repl.talk.i_line;
	size_t n = s->repl.helper_output.n_bytes - s->repl.talk.i_line;
	const char *end = n ? memchr(text, '\n', n) : NULL;

	if (!end)
		return NULL;
	s->repl.talk.i_line += (size_t)(end - text) + 1;
	*ret_n = (size_t)(end - text);
	return text;
}

enum session_outcome session_talk_line(struct session *s, const char **ret, size_t *ret_n)
{
	enum session_outcome outcome = SESSION_ANSWERED;
	const char *line;

	if (!s->repl.talk.on)
		return SESSION_DONE;
	while (outcome == SESSION_ANSWERED && !(line = next_line(s, ret_n))) {
		s->repl.talk.wants_line = true;
		outcome = wait_for(s, SILENCE_US, true);
		s->repl.talk.wants_line = false;
	}
	if (outcome == SESSION_ANSWERED)
		*ret = line;
	return note_end(s, outcome);
}

static bool make_room(struct session *s, size_t n_bytes)
{
	if (n_bytes <= s->repl.talk.cap_bytes)
		return true;
	char *bytes = realloc(s->repl.talk.bytes, n_bytes);
	if (!bytes)
		return false;
	s->repl.talk.bytes = bytes;
	s->repl.talk.cap_bytes = n_bytes;
	return true;
}

/* The bytes are taken into memory of the session: the caller may be gone when they come. */
enum session_outcome session_talk(struct session *s, const void *out, size_t n_out, void *in, size_t n_in,
				  unsigned n_crs)
{
	if (!s->repl.talk.on)
		return SESSION_DONE;
	if (repl_reads_raw(&s->repl.repl) || !make_room(s, n_in) || n_out > SEND_MAX_BYTES)
		return SESSION_TIME;
	int error = n_in ? repl_take_raw(&s->repl.repl, s->repl.talk.bytes, n_in, n_crs) : 0;
	if (error == 0)
		error = repl_send(&s->repl.repl, out, n_out);
	if (error < 0)
		return SESSION_TIME;
	enum session_outcome outcome = n_in ? wait_for(s, SILENCE_US, true) : SESSION_ANSWERED;
	if (outcome == SESSION_ANSWERED && n_in)
		memcpy(in, s->repl.talk.bytes, n_in);
	return note_end(s, outcome);
}

enum session_outcome session_talk_drain(struct session *s)
{
	uint64_t end_us = clock_now_us() + NOISE_US;
	enum session_outcome outcome = SESSION_ANSWERED;

	while (s->repl.talk.on && outcome == SESSION_ANSWERED) {
		if (!repl_reads_raw(&s->repl.repl) &&
		    (!make_room(s, READ_BYTES) || repl_take_raw(&s->repl.repl, s->repl.talk.bytes, READ_BYTES, 0) < 0))
			break;
		outcome = wait_until(s, DRAIN_US, end_us, true);
	}
	repl_stop_raw(&s->repl.repl);
	return note_end(s, outcome == SESSION_TIME ? SESSION_ANSWERED : outcome);
}

static enum session_outcome until_end(struct session *s, uint64_t silence_us)
{
	uint64_t end_us = clock_now_us() + silence_us + NOISE_US;
	enum session_outcome outcome = SESSION_ANSWERED;

	while (outcome == SESSION_ANSWERED)
		outcome = wait_until(s, silence_us, end_us, false);
	return outcome == SESSION_RAISED ? SESSION_DONE : outcome;
}

/* Somebody may want to stop while the program is still being told, and a Ctrl-C there may come too late for that, and
 * then be nothing but a byte that it reads: so it is told to the end, and ended then. */
static enum session_outcome send_end(struct session *s)
{
	uint64_t until_us = clock_now_us() + END_US;
	enum session_outcome outcome = SESSION_TIME;

	while (!s->gone && clock_now_us() < until_us && (outcome == SESSION_TIME || outcome == SESSION_ANSWERED)) {
		if (repl_send(&s->repl.repl, s->repl.talk.end, s->repl.talk.n_end) == 0)
			return SESSION_ANSWERED;
		outcome = session_loop(s, clock_now_us() + TURN_US, false);
	}
	return outcome;
}

enum session_outcome session_talk_end(struct session *s)
{
	enum session_outcome outcome;

	if (!s->repl.talk.on)
		return SESSION_DONE;
	s->repl.talk.wants_line = false;
	outcome = send_end(s);
	if (outcome == SESSION_ANSWERED)
		outcome = until_end(s, END_US);
	/* Out of step, or what it answers is still being counted: let that go. */
	if (outcome == SESSION_TIME && !s->gone) {
		session_talk_drain(s);
		repl_send(&s->repl.repl, s->repl.talk.end, s->repl.talk.n_end);
		repl_interrupt(&s->repl.repl, clock_now_us());
		outcome = until_end(s, END_US);
	}
	talk_over(s);
	return outcome == SESSION_RAISED ? SESSION_DONE : outcome;
}
