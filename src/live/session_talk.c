/* A helper that is talked with while it runs: lines of text, then bytes that are counted. What timers and threads of
 * the board print meanwhile goes to the decoder as always; if it falls among counted bytes, whoever counts has to see
 * that from what was read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "session_private.h"

static const uint64_t SILENCE_US = 3000000; /* a collection of a large heap takes one second */
static const uint64_t DRAIN_US = 300000;
static const uint64_t END_US = 2000000;
static const uint64_t TURN_US = 10000;

enum { SEND_MAX_BYTES = REPL_OUTBOX_BYTES };

bool session_talks(const struct session *s) { return s->talk.on; }

void session_watch(struct session *s, void (*on_snapshot)(void *of, const struct event *event), void *of)
{
	s->on_snapshot = on_snapshot;
	s->on_snapshot_of = of;
}

uint64_t session_helper_bytes(const struct session *s) { return s->n_helper_bytes; }

void talk_over(struct session *s)
{
	s->talk.on = s->talk.wants_line = false;
	s->in_helper = false;
	repl_stop_raw(&s->repl);
}

enum session_outcome talk_heard(struct session *s, const struct repl_event *event)
{
	if (!s->talk.on)
		return SESSION_GOES_ON;
	bool line = s->talk.wants_line && memchr(event->bytes ? event->bytes : "", '\n', event->n_bytes);

	return event->kind == REPL_TAKEN || line ? SESSION_ANSWERED : SESSION_GOES_ON;
}

/* Until an outcome, or until nothing came for so long. */
static enum session_outcome wait_for(struct session *s, uint64_t silence_us, bool stop_counts)
{
	uint64_t from_us = clock_now_us();

	for (;;) {
		uint64_t quiet_us = MAX(from_us, s->repl.heard_us) + silence_us;
		enum session_outcome outcome = session_loop(s, quiet_us, stop_counts);
		if (outcome != SESSION_TIME || clock_now_us() >= MAX(from_us, s->repl.heard_us) + silence_us)
			return outcome;
	}
}

/* What an outcome means for the conversation: only an answer and a timeout leave it as it is. */
static enum session_outcome settle(struct session *s, enum session_outcome outcome)
{
	if (outcome == SESSION_DONE || outcome == SESSION_RAISED)
		talk_over(s);
	return outcome;
}

enum session_outcome session_talk_begin(struct session *s, const char *code, const char *end, size_t n_end)
{
	enum session_outcome outcome = session_begin(s, code, true);

	strbuf_reset(&s->helper_output);
	s->n_helper_bytes = 0;
	if (outcome != SESSION_GOES_ON)
		return outcome;
	s->talk.on = s->in_helper = true;
	s->talk.i_line = 0;
	s->talk.end = end;
	s->talk.n_end = n_end;
	return SESSION_ANSWERED;
}

void session_talk_ends(struct session *s, size_t n_end) { s->talk.n_end = MIN(n_end, s->talk.n_end); }

/* The next whole line of what it has printed; NULL. */
static const char *next_line(struct session *s, size_t *ret_n)
{
	const char *text = strbuf_text(&s->helper_output) + s->talk.i_line;
	size_t n = s->helper_output.n_bytes - s->talk.i_line;
	const char *end = n ? memchr(text, '\n', n) : NULL;

	if (!end)
		return NULL;
	s->talk.i_line += (size_t)(end - text) + 1;
	*ret_n = (size_t)(end - text);
	return text;
}

enum session_outcome session_talk_line(struct session *s, const char **ret, size_t *ret_n)
{
	enum session_outcome outcome = SESSION_ANSWERED;
	const char *line;

	if (!s->talk.on)
		return SESSION_DONE;
	while (outcome == SESSION_ANSWERED && !(line = next_line(s, ret_n))) {
		s->talk.wants_line = true;
		outcome = wait_for(s, SILENCE_US, true);
		s->talk.wants_line = false;
	}
	if (outcome == SESSION_ANSWERED)
		*ret = line;
	return settle(s, outcome);
}

static bool make_room(struct session *s, size_t n_bytes)
{
	if (n_bytes <= s->talk.cap_bytes)
		return true;
	char *bytes = realloc(s->talk.bytes, n_bytes);
	if (!bytes)
		return false;
	s->talk.bytes = bytes;
	s->talk.cap_bytes = n_bytes;
	return true;
}

/* The bytes are taken into memory of the session, as its asker may be gone when they come. */
enum session_outcome session_talk(struct session *s, const void *out, size_t n_out, void *in, size_t n_in,
				  unsigned n_crs)
{
	if (!s->talk.on)
		return SESSION_DONE;
	if (repl_counts(&s->repl) || !make_room(s, n_in) || n_out > SEND_MAX_BYTES)
		return SESSION_TIME;
	int error = n_in ? repl_take_raw(&s->repl, s->talk.bytes, n_in, n_crs) : 0;
	if (error == 0)
		error = repl_send(&s->repl, out, n_out);
	if (error < 0)
		return SESSION_TIME;
	enum session_outcome outcome = n_in ? wait_for(s, SILENCE_US, true) : SESSION_ANSWERED;
	if (outcome == SESSION_ANSWERED && n_in)
		memcpy(in, s->talk.bytes, n_in);
	return settle(s, outcome);
}

enum session_outcome session_talk_drain(struct session *s)
{
	enum session_outcome outcome = SESSION_ANSWERED;

	while (s->talk.on && outcome == SESSION_ANSWERED) {
		if (!repl_counts(&s->repl) &&
		    (!make_room(s, READ_BYTES) || repl_take_raw(&s->repl, s->talk.bytes, READ_BYTES, 0) < 0))
			break;
		outcome = wait_for(s, DRAIN_US, true);
	}
	repl_stop_raw(&s->repl);
	return settle(s, outcome == SESSION_TIME ? SESSION_ANSWERED : outcome);
}

static enum session_outcome until_end(struct session *s, uint64_t silence_us)
{
	enum session_outcome outcome = SESSION_ANSWERED;

	while (outcome == SESSION_ANSWERED)
		outcome = wait_for(s, silence_us, false);
	return outcome == SESSION_RAISED ? SESSION_DONE : outcome;
}

/* Somebody may want to stop while the program is still being told, and a Ctrl-C there may come too late for that, and
 * then be nothing but a byte that it reads: so it is told to the end, and ended then. */
static enum session_outcome send_end(struct session *s)
{
	uint64_t until_us = clock_now_us() + END_US;
	enum session_outcome outcome = SESSION_TIME;

	while (!s->gone && clock_now_us() < until_us && (outcome == SESSION_TIME || outcome == SESSION_ANSWERED)) {
		if (repl_send(&s->repl, s->talk.end, s->talk.n_end) == 0)
			return SESSION_ANSWERED;
		outcome = session_loop(s, clock_now_us() + TURN_US, false);
	}
	return outcome;
}

enum session_outcome session_talk_end(struct session *s)
{
	enum session_outcome outcome;

	if (!s->talk.on)
		return SESSION_DONE;
	s->talk.wants_line = false;
	outcome = send_end(s);
	if (outcome == SESSION_ANSWERED)
		outcome = until_end(s, END_US);
	/* Out of step, or what it answers is still being counted: let that go. */
	if (outcome == SESSION_TIME && !s->gone) {
		session_talk_drain(s);
		repl_send(&s->repl, s->talk.end, s->talk.n_end);
		repl_interrupt(&s->repl, clock_now_us());
		outcome = until_end(s, END_US);
	}
	talk_over(s);
	return outcome == SESSION_RAISED ? SESSION_DONE : outcome;
}
