#include "layout/ask_board.h"

#include "live.h"
#include "memprof/cli/command.h"
#include "memprof/live/board_poll.h"

enum { TRIES = 3 };

static void on_event(void *ctx, struct event *event) { layout_heaps_event(ctx, event); }

static enum session_outcome ask(struct layout_heaps *h, struct board_poll *poll)
{
	uint64_t before_bytes = board_poll_used(poll);
	enum session_outcome outcome = board_poll_take(poll);

	if (outcome == SESSION_DONE || outcome == SESSION_RAISED)
		outcome = board_poll_survey(poll, &h->board);
	if (outcome == SESSION_DONE)
		board_poll_report_garbage(poll, "memprof's own commands left", before_bytes, board_poll_used(poll));
	return outcome;
}

static int report_outcome(struct session *s, enum session_outcome outcome)
{
	if (outcome == SESSION_DONE || outcome == SESSION_STOPPED)
		return EXIT_FINE;
	if (outcome == SESSION_GONE)
		session_report_gone(s);
	else if (outcome == SESSION_RAISED)
		session_report_raised(s);
	else if (outcome == SESSION_RESTARTED)
		session_notice(s, "error", "it is reset again and again");
	return EXIT_DEVICE; /* LISTENING: reported when no prompt was found */
}

int layout_ask_board(struct layout_heaps *h, const struct options *options, const char *source)
{
	const struct session_handler handler = { .on_event = on_event, .ctx = h };
	struct session_config config;
	enum session_outcome outcome;
	struct session *s;
	int code = live_config(options, source, &config);

	config.protocol = SESSION_REPL;
	config.needs_prompt = true;
	if (code != EXIT_FINE || !live_open(&config, &handler, &s, &outcome, &code))
		return code;
	struct board_poll poll = { .session = s, .on_event = on_event, .ctx = h };
	for (unsigned n_tries = 0; outcome == SESSION_READY && n_tries < TRIES; n_tries++) {
		outcome = ask(h, &poll);
		if (outcome == SESSION_RESTARTED)
			outcome = session_find(s);
	}
	code = report_outcome(s, outcome);
	session_close(s);
	return code;
}
