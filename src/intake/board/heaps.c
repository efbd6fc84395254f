/* The heaps of a live board, for the layout table. */
#include "memprof/intake/layout.h"
#include "memprof/io/clock.h"
#include "memprof/live/board_poll.h"

enum { TRIES = 3, SNAPSHOT_US = 10000000 };

static void on_event(void *ctx, struct event *event) { layout_heaps_event(ctx, event); }

static enum session_outcome ask(struct layout_heaps *h, struct board_poll *poll)
{
	uint64_t before_bytes = board_poll_used(poll);
	enum session_outcome outcome = board_poll_take(poll);

	if (outcome == SESSION_DONE || outcome == SESSION_RAISED)
		outcome = board_poll_survey(poll, &h->board);
	board_poll_end(poll);
	if (outcome == SESSION_DONE)
		board_poll_report_garbage(poll, "memprof left", before_bytes, board_poll_used(poll));
	return outcome;
}

/* Without a prompt, of an agent. */
static enum session_outcome wait_for_agent(struct layout_heaps *h, struct session *s)
{
	uint64_t until_us = clock_now_us() + SNAPSHOT_US;
	enum session_outcome outcome = SESSION_TIME;

	session_ask_snapshot(s, true);
	while (!h->any && outcome == SESSION_TIME && clock_now_us() < until_us)
		outcome = session_wait(s, clock_now_us() + 50000);
	if (outcome == SESSION_TIME && !h->any)
		session_notice(s, "error", "its agent sends no snapshot");
	return outcome == SESSION_TIME ? SESSION_DONE : outcome;
}

int layout_ask_board(struct layout_heaps *h, const struct session_config *config, struct diag *diag)
{
	const struct session_handler handler = { .on_event = on_event, .ctx = h };
	struct session_config with_prompt = *config;
	enum session_outcome outcome;
	struct session *s;

	with_prompt.protocol = SESSION_REPL;
	with_prompt.needs_prompt = with_prompt.agent_will_do = true;
	int error = session_open(&s, &with_prompt, &handler, &outcome, diag);
	if (error < 0)
		return error;
	struct board_poll poll = { .session = s, .on_event = on_event, .ctx = h };
	for (unsigned n_tries = 0; outcome == SESSION_READY && n_tries < TRIES; n_tries++) {
		outcome = ask(h, &poll);
		if (outcome == SESSION_RESTARTED)
			outcome = session_find(s);
	}
	if (outcome == SESSION_LISTENING && session_agent_talks(s))
		outcome = wait_for_agent(h, s);
	/* LISTENING: reported when no prompt was found. */
	error = session_report(s, outcome, outcome == SESSION_RESTARTED ? "the board resets again and again" : NULL);
	session_close(s);
	return error;
}
