#include "memprof/feed/board.h"

#include <inttypes.h>
#include <stdio.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "memprof/live/stop_signals.h"
#include "memprof/wire.h"

static const struct agent_info *agent_of(const struct feed_board *b) { return capture_agent(b->feed->capture); }

static uint64_t n_seen(const struct feed_board *b) { return capture_counts(b->feed->capture)->n_seen; }

/* ---- to the sinks ---- */

static void set_state(const struct feed_board *b, enum board_link state)
{
	const struct feed *f = b->feed;

	for (const struct sink *s = f->sinks; s < f->sinks + f->n_sinks; s++)
		if (s->on_state)
			s->on_state(s->ctx, state);
}

static void on_event(void *ctx, struct event *event)
{
	struct feed_board *b = ctx;

	if (event->kind == EVENT_SNAPSHOT && event->snapshot.heap->n_pools > 0) {
		const struct heap_pool *pool = &event->snapshot.heap->pools[0];
		b->lfb_bytes = pool_state_counted(pool).lfb_bytes;
		b->block_bytes = pool->block_bytes;
	}
	feed_event(b->feed, event);
}

static void on_console(void *ctx, const char *bytes, size_t n_bytes)
{
	struct feed_board *b = ctx;

	b->feed->at_us = b->session ? session_now_us(b->session) : NOT_KNOWN;
	feed_text(b->feed, bytes, n_bytes);
}

static void on_reset(void *ctx)
{
	struct feed_board *b = ctx;
	const struct feed *f = b->feed;

	b->board = (struct board_info){ .known = false };
	board_poll_forget(&b->poll);
	b->poll.agent = b->survey ? BOARD_AGENT_UNASKED : BOARD_AGENT_NONE;
	b->surveyed = false;
	for (const struct sink *s = f->sinks; s < f->sinks + f->n_sinks; s++)
		if (s->on_reset)
			s->on_reset(s->ctx);
}

static void on_link(void *ctx, const char *words)
{
	const struct feed *f = ((struct feed_board *)ctx)->feed;

	for (const struct sink *s = f->sinks; s < f->sinks + f->n_sinks; s++)
		if (s->on_link)
			s->on_link(s->ctx, words);
}

/* ---- beside the session, also while it waits for a board (ui_hooks.h) ---- */

static int fd_of(void *ctx)
{
	const struct ui_hooks *ui = ((struct feed_board *)ctx)->ui;

	return ui ? ui->fd(ui->ctx) : -1;
}

static uint64_t deadline_us(void *ctx)
{
	const struct feed_board *b = ctx;
	uint64_t until_us = b->until_us ? b->until_us : NOT_KNOWN;

	return MIN(MIN(b->turn_us, until_us), b->ui ? b->ui->deadline_us(b->ui->ctx) : NOT_KNOWN);
}

static void turn(void *ctx)
{
	enum { TURN_US = 250000 };
	struct feed_board *b = ctx;
	uint64_t now_us = clock_now_us();

	if (now_us >= b->turn_us) {
		b->turn_us = now_us + TURN_US;
		if (feed_status(b->feed) < 0)
			stop_request();
	}
	if (b->until_us && now_us >= b->until_us)
		stop_request();
	if (b->ui)
		b->ui->turn(b->ui->ctx);
}

static bool wants(void *ctx)
{
	const struct ui_hooks *ui = ((struct feed_board *)ctx)->ui;

	return ui && ui->wants(ui->ctx);
}

static enum session_outcome wait_until(const struct feed_board *b, uint64_t until_us)
{
	return b->wait ? b->wait(b->ctx, until_us) : session_wait(b->session, until_us);
}

/* ---- listening ---- */

/* An agent that was started, and that nobody calls. */
static bool note_silent(const struct feed_board *b, uint64_t since_us)
{
	enum { PATIENCE_US = 3000000 };
	uint64_t period_us = agent_of(b)->hello.period_ms * 1000;

	if (n_seen(b) > 0 || !agent_of(b)->greeted || period_us == 0 || agent_of(b)->lost_frames > 0 ||
	    clock_now_us() - since_us < 3 * period_us + PATIENCE_US)
		return false;
	session_notice(b->session, "note",
		       "its agent was started, but no snapshot comes: without a timer, the VM must call it"
		       " (MEMPROF_VM_HOOK=1), or the program (memprof.poll())");
	return true;
}

/* An agent that sends at a period of its own, and takes no requests. */
static bool note_period(const struct feed_board *b)
{
	const struct agent_info *agent = agent_of(b);
	uint64_t wanted_ms = MAX(b->interval_us / 1000, UINT64_C(1)), own_ms = agent->hello.period_ms;
	char rhythm[64] = "sends snapshots only where the program asks for them";

	if (!b->interval_given || !agent->greeted || (agent->hello.abilities & WIRE_TAKES_REQUESTS) ||
	    own_ms == wanted_ms)
		return false;
	if (own_ms > 0)
		snprintf(rhythm, sizeof(rhythm), "sends a snapshot every %" PRIu64 " ms", own_ms);
	session_notice(b->session, "note",
		       "--interval has no effect: the board's agent takes no requests, and %s; memprof.start(%" PRIu64
		       ") there changes that",
		       rhythm, wanted_ms);
	return true;
}

/* Neither an agent nor a running program takes a request to collect. */
static void warn_collect_ignored(struct feed_board *b)
{
	if (b->collect && !b->listened)
		session_notice(b->session, "warning", "--collect has no effect: it requires a prompt, and here %s",
			       agent_of(b)->greeted ? "an agent sends the snapshots" : "a program runs");
	b->listened = true;
}

/* Listens to a program that prints dumps by itself, or to an agent, which may have to be asked each time. */
static enum session_outcome listen(struct feed_board *b)
{
	enum { TURN_US = 100000 };
	enum session_outcome outcome = SESSION_TIME;
	uint64_t ask_us = clock_now_us() + b->interval_us, since_us = clock_now_us();
	bool reported = false, talks = false, told_period = false;

	capture_set_collected(b->feed->capture, false);
	warn_collect_ignored(b);
	if (b->interval_given)
		session_ask_period(b->session, b->interval_us);
	while (outcome == SESSION_TIME && !feed_is_over(b->feed)) {
		uint64_t n_before = n_seen(b);
		if (talks != session_agent_talks(b->session)) /* it may have begun just now */
			set_state(b, BOARD_LINK_POLLING);
		talks = session_agent_talks(b->session);
		if (clock_now_us() >= ask_us) {
			if (!b->interval_given && session_agent_waits(b->session))
				session_ask_snapshot(b->session, n_before == 0);
			ask_us = clock_now_us() + b->interval_us;
		}
		outcome = wait_until(b, clock_now_us() + TURN_US);
		reported = reported || note_silent(b, since_us);
		told_period = told_period || note_period(b);
		if (n_seen(b) > n_before)
			ask_us = clock_now_us() + b->interval_us;
	}
	return outcome;
}

/* ---- polling ---- */

static enum session_outcome survey(struct feed_board *b)
{
	const struct feed *f = b->feed;
	uint64_t before_bytes = board_poll_used(&b->poll);
	enum session_outcome outcome = board_poll_survey(&b->poll, &b->board);

	capture_set_board(b->feed->capture, &b->board);
	for (const struct sink *s = f->sinks; s < f->sinks + f->n_sinks; s++)
		if (s->on_board)
			s->on_board(s->ctx, &b->board);
	if (outcome == SESSION_DONE)
		board_poll_report_garbage(&b->poll, "the survey left", before_bytes, board_poll_used(&b->poll));
	return outcome;
}

/* Its answers are garbage there, which a heap that is nearly full has no room for: what fitted would fit no more. */
static bool has_room_for_survey(const struct feed_board *b)
{
	enum { LEAST_BLOCKS = 512 };

	if (b->lfb_bytes >= (uint64_t)LEAST_BLOCKS * b->block_bytes) /* NOT_KNOWN is most */
		return true;
	session_notice(b->session, "note",
		       "the survey is left out: its heap is nearly full, largest free %" PRIu64 " B", b->lfb_bytes);
	return false;
}

/* The cost of the first snapshot is measured, and with it comes what the board reports of itself: after it, so that it
 * is the heap as it was found, unless survey_first; before it of a camera, which knows it. */
static enum session_outcome poll_first(struct feed_board *b)
{
	bool before = b->survey && (b->survey_first || session_protocol(b->session) == SESSION_OPENMV);
	enum session_outcome outcome = before ? survey(b) : SESSION_DONE;

	b->surveyed = true;
	if (outcome == SESSION_DONE && session_protocol(b->session) != SESSION_OPENMV)
		outcome = board_poll_find_agent(&b->poll); /* once, and so no part of the cost of each look */
	if (outcome != SESSION_DONE)
		return outcome;
	uint64_t before_bytes = board_poll_used(&b->poll);
	outcome = board_poll_take(&b->poll);
	uint64_t after_bytes = board_poll_used(&b->poll);
	/* Two commands lie between the two figures, board_poll_take and board_poll_used itself. */
	bool grew = before_bytes != NOT_KNOWN && after_bytes != NOT_KNOWN && after_bytes > before_bytes;
	if (grew)
		board_poll_report_garbage(&b->poll, "each snapshot leaves", before_bytes,
					  before_bytes + (after_bytes - before_bytes) / 2);
	return outcome == SESSION_DONE && b->survey && !before && has_room_for_survey(b) ? survey(b) : outcome;
}

static enum session_outcome poll_board(struct feed_board *b)
{
	enum session_outcome outcome = SESSION_TIME;
	uint64_t look_us = clock_now_us();

	set_state(b, BOARD_LINK_POLLING);
	while (outcome == SESSION_TIME && !feed_is_over(b->feed)) {
		capture_set_collected(b->feed->capture, b->collect && board_poll_collect(&b->poll) == SESSION_DONE);
		outcome = b->surveyed ? board_poll_take(&b->poll) : poll_first(b);
		if (outcome == SESSION_DONE)
			outcome = SESSION_TIME;
		if (outcome != SESSION_TIME || feed_is_over(b->feed))
			break;
		if (look_us + b->interval_us < clock_now_us()) /* slower than asked: no burst to catch up */
			look_us = clock_now_us() - b->interval_us;
		uint64_t n_snapshots = session_n_agent_snapshots(b->session);
		do {
			outcome = wait_until(b, look_us + b->interval_us);
		} while (outcome == SESSION_TIME && !feed_is_over(b->feed) &&
			 clock_now_us() < look_us + b->interval_us);
		look_us += b->interval_us;
		if (outcome == SESSION_TIME && session_n_agent_snapshots(b->session) > n_snapshots)
			return listen(b); /* an agent's timer runs at the prompt: it needs no question */
	}
	return outcome;
}

/* ---- from opening it to closing it ---- */

int feed_board_open(struct feed_board *b, struct diag *diag)
{
	const struct session_handler handler = {
		.on_event = on_event,
		.on_console = feed_wants_text(b->feed) ? on_console : NULL,
		.on_reset = on_reset,
		.on_link = on_link,
		.ctx = b,
		.ui = &b->hooks,
	};
	const struct feed *f = b->feed;
	struct session *opened;

	b->hooks = (struct ui_hooks){ fd_of, deadline_us, turn, wants, b };
	b->config.listen_only |= b->config.figures != NULL;
	int error = session_open(&opened, &b->config, &handler, &b->outcome, diag);
	if (error < 0)
		return error;
	b->session = opened;
	b->poll = (struct board_poll){
		.session = b->session,
		.probe_largest = b->probe_largest,
		.on_event = on_event,
		.ctx = b,
		.agent = b->survey ? BOARD_AGENT_UNASKED : BOARD_AGENT_NONE,
	};
	if (!b->reads_text && session_protocol(b->session) == SESSION_REPL)
		b->poll.raw = raw_poll_new(b->session, on_event, b);
	for (const struct sink *s = f->sinks; s < f->sinks + f->n_sinks; s++)
		if (s->on_open)
			s->on_open(s->ctx, session_source_name(b->session), b->outcome == SESSION_LISTENING);
	return 0;
}

static enum session_outcome follow(struct feed_board *b)
{
	for (enum session_outcome outcome = b->outcome;;) {
		if (feed_is_over(b->feed) && outcome != SESSION_RAISED)
			return SESSION_TIME;
		switch (outcome) {
		case SESSION_READY:
			outcome = poll_board(b);
			break;
		case SESSION_LISTENING:
			set_state(b, BOARD_LINK_LISTENING);
			outcome = listen(b);
			break;
		case SESSION_RESTARTED:
			outcome = session_find(b->session);
			break;
		case SESSION_GONE:
			set_state(b, BOARD_LINK_AWAY);
			outcome = session_return(b->session);
			if (outcome != SESSION_GONE)
				break;
			session_report_gone(b->session);
			return SESSION_GONE;
		case SESSION_RAISED:
			session_report_raised(b->session);
			return SESSION_RAISED;
		default:
			return outcome;
		}
	}
}

enum session_outcome feed_board_follow(struct feed_board *b)
{
	const struct feed *f = b->feed;

	b->outcome = follow(b);
	bool is_gone = b->outcome == SESSION_GONE || b->outcome == SESSION_RAISED;
	for (const struct sink *s = f->sinks; s < f->sinks + f->n_sinks; s++)
		if (s->on_close)
			s->on_close(s->ctx, is_gone);
	return b->outcome;
}

void feed_board_close(struct feed_board *b)
{
	struct session *s = b->session;

	board_poll_end(&b->poll);
	raw_poll_free(b->poll.raw);
	b->poll.raw = NULL;
	b->session = NULL; /* text has no time any more */
	session_close(s);
}
