#include "memprof/feed/board.h"

#include "memprof/base/number.h"

/* ---- what the session hands out ---- */

static void on_event(void *ctx, struct event *event) { feed_event(((struct feed_board *)ctx)->feed, event); }

static void on_console(void *ctx, const char *bytes, size_t n_bytes)
{
	struct feed_board *b = ctx;

	b->feed->at_us = b->session ? session_now_us(b->session) : NOT_KNOWN;
	feed_text(b->feed, bytes, n_bytes);
}

static void on_reset(void *ctx)
{
	struct feed_board *b = ctx;

	follow_forget(&b->follow);
	SINKS_CALL(b->feed, on_reset);
}

static void on_link(void *ctx, const char *words)
{
	struct feed_board *b = ctx;

	SINKS_CALL(b->feed, on_link, words);
}

static void on_board(void *ctx, const struct board_info *board)
{
	struct feed_board *b = ctx;

	SINKS_CALL(b->feed, on_board, board);
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
		.ui = b->ui,
	};
	struct session *s;

	b->config.listen_only |= b->config.figures != NULL;
	int error = session_open(&s, &b->config, &handler, &b->outcome, diag);
	if (error < 0)
		return error;
	b->session = b->follow.session = s;
	b->follow.capture = b->feed->capture;
	b->follow.on_board = on_board;
	b->follow.ctx = b;
	b->follow.poll = (struct board_poll){
		.session = s,
		.probe_largest = b->probe_largest,
		.on_event = on_event,
		.ctx = b,
		.agent = b->follow.survey ? BOARD_AGENT_UNASKED : BOARD_AGENT_NONE,
	};
	if (!b->reads_text && session_protocol(s) == SESSION_REPL)
		b->follow.poll.raw = raw_poll_new(s, on_event, b);
	return 0;
}

enum session_outcome feed_board_follow(struct feed_board *b)
{
	b->outcome = follow_run(&b->follow, b->outcome);
	if (b->outcome == SESSION_RAISED)
		session_report_raised(b->session);
	return b->outcome;
}

void feed_board_close(struct feed_board *b)
{
	board_poll_end(&b->follow.poll);
	raw_poll_free(b->follow.poll.raw);
	b->follow.poll.raw = NULL;
	struct session *s = b->session;
	b->session = b->follow.session = NULL; /* text has no time any more */
	session_close(s);
}
