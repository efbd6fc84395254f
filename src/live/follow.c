#include "memprof/live/follow.h"

#include <inttypes.h>
#include <stdio.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "memprof/wire.h"

static const struct agent_info *agent_of(const struct follow *f) { return capture_agent(f->capture); }

static uint64_t n_seen(const struct follow *f) { return capture_counts(f->capture)->n_seen; }

static void set_state(const struct follow *f, enum follow_state state)
{
	if (f->hooks.on_state)
		f->hooks.on_state(f->hooks.ctx, state);
}

static enum session_outcome wait_until(const struct follow *f, uint64_t until_us)
{
	return f->hooks.wait ? f->hooks.wait(f->hooks.ctx, until_us) : session_wait(f->session, until_us);
}

static bool enough(const struct follow *f) { return f->hooks.enough && f->hooks.enough(f->hooks.ctx); }

void follow_forget(struct follow *f)
{
	f->board = (struct board_info){ .known = false };
	board_poll_forget(&f->poll);
	f->poll.agent = f->survey ? BOARD_AGENT_UNASKED : BOARD_AGENT_NONE;
	f->surveyed = false;
}

/* ---- listening ---- */

/* An agent that was started, and that nobody calls. */
static bool note_silent(const struct follow *f, uint64_t since_us)
{
	enum { PATIENCE_US = 3000000 };
	uint64_t period_us = agent_of(f)->hello.period_ms * 1000;

	if (n_seen(f) > 0 || !agent_of(f)->greeted || period_us == 0 || agent_of(f)->lost_frames > 0 ||
	    clock_now_us() - since_us < 3 * period_us + PATIENCE_US)
		return false;
	session_notice(f->session, "note",
		       "its agent was started, but no snapshot comes:"
		       " if its port has no timer, its VM must call the agent (MEMPROF_VM_HOOK=1), or the program"
		       " (memprof.poll())");
	return true;
}

/* An agent that sends at a period of its own, and takes no requests. */
static bool note_period(const struct follow *f)
{
	const struct agent_info *agent = agent_of(f);
	uint64_t wanted_ms = MAX(f->interval_us / 1000, UINT64_C(1)), own_ms = agent->hello.period_ms;
	char rhythm[64] = "sends snapshots only where the program asks for them";

	if (!f->interval_given || !agent->greeted || (agent->hello.abilities & WIRE_TAKES_REQUESTS) ||
	    own_ms == wanted_ms)
		return false;
	if (own_ms > 0)
		snprintf(rhythm, sizeof(rhythm), "sends a snapshot every %" PRIu64 " ms", own_ms);
	session_notice(f->session, "note",
		       "--interval has no effect: the board's agent takes no requests, and %s; memprof.start(%" PRIu64
		       ") there changes that",
		       rhythm, wanted_ms);
	return true;
}

/* Neither an agent nor a running program takes a request to collect. */
static void warn_collect_ignored(struct follow *f)
{
	if (f->collect && !f->listened)
		session_notice(f->session, "warning", "--collect has no effect: it requires a prompt, and here %s",
			       agent_of(f)->greeted ? "an agent sends the snapshots" : "a program runs");
	f->listened = true;
}

/* Listens to a program that prints dumps by itself, or to an agent, which may have to be asked each time. */
static enum session_outcome listen(struct follow *f)
{
	enum { TURN_US = 100000 };
	enum session_outcome outcome = SESSION_TIME;
	uint64_t ask_us = clock_now_us() + f->interval_us, since_us = clock_now_us();
	bool reported = false, talks = false, told_period = false;

	capture_set_collected(f->capture, false);
	warn_collect_ignored(f);
	if (f->interval_given)
		session_ask_period(f->session, f->interval_us);
	while (outcome == SESSION_TIME && !enough(f)) {
		uint64_t n_before = n_seen(f);
		if (talks != session_agent_talks(f->session)) /* it may have begun just now */
			set_state(f, FOLLOW_POLLING);
		talks = session_agent_talks(f->session);
		if (clock_now_us() >= ask_us) {
			if (!f->interval_given && session_agent_waits(f->session))
				session_ask_snapshot(f->session, n_before == 0);
			ask_us = clock_now_us() + f->interval_us;
		}
		outcome = wait_until(f, clock_now_us() + TURN_US);
		reported = reported || note_silent(f, since_us);
		told_period = told_period || note_period(f);
		if (n_seen(f) > n_before)
			ask_us = clock_now_us() + f->interval_us;
	}
	return outcome;
}

/* ---- polling ---- */

static enum session_outcome survey(struct follow *f)
{
	uint64_t before_bytes = board_poll_used(&f->poll);
	enum session_outcome outcome = board_poll_survey(&f->poll, &f->board);

	capture_set_board(f->capture, &f->board);
	if (f->on_board)
		f->on_board(f->ctx, &f->board);
	if (outcome == SESSION_DONE)
		board_poll_report_garbage(&f->poll, "the survey of the board left", before_bytes,
					  board_poll_used(&f->poll));
	return outcome;
}

/* The cost of the first snapshot is measured, and with it comes what the board reports of itself: after it, so that it
 * is the heap as it was found, unless survey_first; before it of a camera, which knows it. */
static enum session_outcome poll_first(struct follow *f)
{
	bool before = f->survey && (f->survey_first || session_protocol(f->session) == SESSION_OPENMV);
	enum session_outcome outcome = before ? survey(f) : SESSION_DONE;

	f->surveyed = true;
	if (outcome == SESSION_DONE && session_protocol(f->session) != SESSION_OPENMV)
		outcome = board_poll_find_agent(&f->poll); /* once, and so no part of the cost of each look */
	if (outcome != SESSION_DONE)
		return outcome;
	uint64_t before_bytes = board_poll_used(&f->poll);
	outcome = board_poll_take(&f->poll);
	uint64_t after_bytes = board_poll_used(&f->poll);
	/* Two commands lie between the two figures, board_poll_take and board_poll_used itself. */
	bool grew = before_bytes != NOT_KNOWN && after_bytes != NOT_KNOWN && after_bytes > before_bytes;
	if (grew)
		board_poll_report_garbage(&f->poll, "each look leaves", before_bytes,
					  before_bytes + (after_bytes - before_bytes) / 2);
	return outcome == SESSION_DONE && f->survey && !before ? survey(f) : outcome;
}

static enum session_outcome poll_board(struct follow *f)
{
	enum session_outcome outcome = SESSION_TIME;
	uint64_t look_us = clock_now_us();

	set_state(f, FOLLOW_POLLING);
	while (outcome == SESSION_TIME && !enough(f)) {
		capture_set_collected(f->capture, f->collect && board_poll_collect(&f->poll) == SESSION_DONE);
		outcome = f->surveyed ? board_poll_take(&f->poll) : poll_first(f);
		if (outcome == SESSION_DONE)
			outcome = SESSION_TIME;
		if (outcome != SESSION_TIME || enough(f))
			break;
		if (look_us + f->interval_us < clock_now_us()) /* slower than asked: no burst to catch up */
			look_us = clock_now_us() - f->interval_us;
		uint64_t n_snapshots = session_n_agent_snapshots(f->session);
		do {
			outcome = wait_until(f, look_us + f->interval_us);
		} while (outcome == SESSION_TIME && !enough(f) && clock_now_us() < look_us + f->interval_us);
		look_us += f->interval_us;
		if (outcome == SESSION_TIME && session_n_agent_snapshots(f->session) > n_snapshots)
			return listen(f); /* an agent's timer runs at the prompt: it needs no question */
	}
	return outcome;
}

/* ---- all of it ---- */

enum session_outcome follow_run(struct follow *f, enum session_outcome outcome)
{
	for (;;) {
		if (enough(f) && outcome != SESSION_RAISED)
			return SESSION_TIME;
		switch (outcome) {
		case SESSION_READY:
			outcome = poll_board(f);
			break;
		case SESSION_LISTENING:
			set_state(f, FOLLOW_LISTENING);
			outcome = listen(f);
			break;
		case SESSION_RESTARTED:
			outcome = session_find(f->session);
			break;
		case SESSION_GONE:
			set_state(f, FOLLOW_AWAY);
			outcome = session_return(f->session);
			if (outcome != SESSION_GONE)
				break;
			session_report_gone(f->session);
			return SESSION_GONE;
		default:
			return outcome;
		}
	}
}
