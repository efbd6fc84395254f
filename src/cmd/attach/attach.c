/* attach: follows a board, on a full screen or with one line per snapshot, until Ctrl-C. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "attach/private.h"
#include "live.h"
#include "load.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "memprof/live/session.h"
#include "memprof/wire.h"
#include "snap.h"

static const struct option_spec attach_options[] = {
	OPTION_GROUP("Snapshots"),
	{ 0, "interval", "SECONDS", "time between snapshots (default: 1)" },
	{ 0, "count", "N", "exit after N snapshots" },
	{ 0, "once", NULL, "take one snapshot and report it, as memprof snap does" },
	{ 0, "patience", "SECONDS", "with --once: wait for a program's dump (default: 10)" },
	{ 0, "collect", NULL, "run gc.collect() on the board before each snapshot" },
	{ 0, "text", NULL, "poll with mem_info(1); do not read block tables" },
	OPTIONS_QUERY,
	{ 0, "trend", NULL, "at the end, report the trend as memprof trend does" },
	OPTIONS_BOARD,
	OPTION_LISTEN_ONLY,
	OPTION_FIGURES,
	{ 0, "wait", NULL, "wait for a board that is absent or disconnects" },
	OPTIONS_SAVE,
	OPTION_GROUP("Screen"),
	{ 0, "plain", NULL, "no full-screen view: one line per snapshot" },
	OPTIONS_SCREEN,
	{ 0, "no-memory", NULL, "do not read whose memory it is when asked to" },
	OPTIONS_HEAP,
	{ 0, "elf", "FILE", "ELF of the firmware: names callers; gdb: where RAM is" },
	{ 0, "board", "BOARD", "gdb: name of a known board, or a FILE.json of yours" },
	OPTIONS_OUTPUT,
	OPTIONS_SIZES,
	OPTION_END,
};

/* The board began again, or is perhaps another one: what was known of it is void. */
static void forget(void *ctx)
{
	struct attach *a = ctx;

	a->board = (struct board_info){ .known = false };
	board_poll_forget(&a->poll);
	attach_owners_forget(a);
	a->poll.agent = a->survey ? BOARD_AGENT_UNASKED : BOARD_AGENT_NONE;
	a->surveyed = a->line_taken = false;
	a->n_resets++;
}

static void on_link(void *ctx, const char *words)
{
	struct attach *a = ctx;

	attach_screen_message(a, words);
	if (attach_prints(a) && a->n_seen > 0) {
		text_ticker_note(&a->out.text, words, &a->out.style);
		output_flush(&a->out);
	}
}

bool attach_enough(const struct attach *a)
{
	return a->out.gone || a->out.error || (a->n_wanted && a->n_seen >= a->n_wanted);
}

/* An agent that was started, and that nobody calls. */
static bool note_silent(const struct attach *a, const struct session *s, uint64_t since_us)
{
	enum { PATIENCE_US = 3000000 };
	uint64_t period_us = capture_agent(a->capture)->hello.period_ms * 1000;

	if (a->n_seen > 0 || !capture_agent(a->capture)->greeted || period_us == 0 ||
	    capture_agent(a->capture)->lost_frames > 0 || clock_now_us() - since_us < 3 * period_us + PATIENCE_US)
		return false;
	session_notice(s, "note",
		       "its agent was started, but no snapshot comes:"
		       " if its port has no timer, its VM must call the agent (MEMPROF_VM_HOOK=1), or the program"
		       " (memprof.poll())");
	return true;
}

/* An agent that sends at a period of its own, and takes no requests. */
static bool note_period(const struct attach *a, const struct session *s)
{
	const struct agent_info *agent = capture_agent(a->capture);
	uint64_t wanted_ms = MAX(a->interval_us / 1000, UINT64_C(1)), own_ms = agent->hello.period_ms;
	char rhythm[64] = "sends snapshots only where the program asks for them";

	if (!a->interval_given || !agent->greeted || (agent->hello.abilities & WIRE_TAKES_REQUESTS) ||
	    own_ms == wanted_ms)
		return false;
	if (own_ms > 0)
		snprintf(rhythm, sizeof(rhythm), "sends a snapshot every %" PRIu64 " ms", own_ms);
	session_notice(s, "note",
		       "--interval has no effect: the board's agent takes no requests, and %s; memprof.start(%" PRIu64
		       ") there changes that",
		       rhythm, wanted_ms);
	return true;
}

/* Neither an agent nor a running program takes a request to collect. */
static void warn_collect_ignored(struct attach *a, const struct session *s)
{
	if (a->collect && !a->listened)
		session_notice(s, "warning", "--collect has no effect: it requires a prompt, and here %s",
			       capture_agent(a->capture)->greeted ? "an agent sends the snapshots" : "a program runs");
	a->listened = true;
}

/* Listens to a program that prints dumps by itself, or to an agent, which may have to be asked each time. */
static enum session_outcome listen(struct attach *a, struct session *s)
{
	enum { TURN_US = 100000 };
	enum session_outcome outcome = SESSION_TIME;
	uint64_t ask_us = clock_now_us() + a->interval_us, since_us = clock_now_us();
	bool reported = false, talks = false, told_period = false;

	capture_set_collected(a->capture, false);
	warn_collect_ignored(a, s);
	if (a->interval_given)
		session_ask_period(s, a->interval_us);
	while (outcome == SESSION_TIME && !attach_enough(a)) {
		uint64_t n_seen = a->n_seen;
		if (talks != session_agent_talks(s)) /* it may have begun just now */
			attach_screen_link(a, TUI_LIVE, NULL);
		talks = session_agent_talks(s);
		if (clock_now_us() >= ask_us) {
			if (!a->interval_given && session_agent_waits(s))
				session_ask_snapshot(s, n_seen == 0);
			ask_us = clock_now_us() + a->interval_us;
		}
		outcome = attach_wait(a, clock_now_us() + TURN_US);
		reported = reported || note_silent(a, s, since_us);
		told_period = told_period || note_period(a, s);
		if (a->n_seen > n_seen)
			ask_us = clock_now_us() + a->interval_us;
	}
	return outcome;
}

static enum session_outcome survey(struct attach *a)
{
	uint64_t before_bytes = board_poll_used(&a->poll);
	enum session_outcome outcome = board_poll_survey(&a->poll, &a->board);

	capture_set_board(a->capture, &a->board);

	attach_screen_board(a);
	if (attach_prints(a) && a->board.known) {
		text_ticker_board(&a->out.text, &a->board, &a->out.style);
		output_flush(&a->out);
	}
	if (outcome == SESSION_DONE)
		board_poll_report_garbage(&a->poll, "the survey of the board left", before_bytes,
					  board_poll_used(&a->poll));
	return outcome;
}

/* The cost of the first snapshot is measured, and with it comes what the board reports of itself: after it, so that it
 * is the heap as it was found; before it for JSON, where each document names the board, and of a camera, which knows
 * it. */
static enum session_outcome poll_first(struct attach *a)
{
	bool before = a->survey && (a->out.format == OUTPUT_JSON || session_protocol(a->session) == SESSION_OPENMV);
	enum session_outcome outcome = before ? survey(a) : SESSION_DONE;

	a->surveyed = true;
	if (outcome == SESSION_DONE && session_protocol(a->session) != SESSION_OPENMV)
		outcome = board_poll_find_agent(&a->poll); /* once, and so no part of the cost of each look */
	if (outcome != SESSION_DONE)
		return outcome;
	uint64_t before_bytes = board_poll_used(&a->poll);
	outcome = board_poll_take(&a->poll);
	uint64_t after_bytes = board_poll_used(&a->poll);
	/* Two commands lie between the two figures, board_poll_take and board_poll_used itself. */
	bool grew = before_bytes != NOT_KNOWN && after_bytes != NOT_KNOWN && after_bytes > before_bytes;
	if (grew)
		board_poll_report_garbage(&a->poll, "each look leaves", before_bytes,
					  before_bytes + (after_bytes - before_bytes) / 2);
	return outcome == SESSION_DONE && a->survey && !before ? survey(a) : outcome;
}

static enum session_outcome poll_board(struct attach *a, struct session *s)
{
	enum session_outcome outcome = SESSION_TIME;
	uint64_t look_us = clock_now_us();

	attach_screen_link(a, TUI_LIVE, NULL);
	while (outcome == SESSION_TIME && !attach_enough(a)) {
		capture_set_collected(a->capture, a->collect && board_poll_collect(&a->poll) == SESSION_DONE);
		outcome = a->surveyed ? board_poll_take(&a->poll) : poll_first(a);
		if (outcome == SESSION_DONE)
			outcome = SESSION_TIME;
		if (outcome != SESSION_TIME || attach_enough(a))
			break;
		if (look_us + a->interval_us < clock_now_us()) /* slower than asked: no burst to catch up */
			look_us = clock_now_us() - a->interval_us;
		uint64_t n_snapshots = session_n_agent_snapshots(s);
		do {
			outcome = attach_wait(a, look_us + a->interval_us);
		} while (outcome == SESSION_TIME && clock_now_us() < look_us + a->interval_us);
		look_us += a->interval_us;
		if (outcome == SESSION_TIME && session_n_agent_snapshots(s) > n_snapshots)
			return listen(a, s); /* an agent's timer runs at the prompt: it needs no question */
	}
	return outcome;
}

/* Follows the board through resets and absences until somebody has seen enough. */
static enum session_outcome follow(struct attach *a, struct session *s, enum session_outcome outcome)
{
	for (;;) {
		if (attach_enough(a) && outcome != SESSION_RAISED)
			return SESSION_TIME;
		switch (outcome) {
		case SESSION_READY:
			attach_screen_open(a);
			outcome = poll_board(a, s);
			break;
		case SESSION_LISTENING:
			attach_screen_open(a);
			attach_screen_link(a, TUI_LISTENING, "a program runs there");
			outcome = listen(a, s);
			break;
		case SESSION_RESTARTED:
			outcome = session_find(s);
			break;
		case SESSION_GONE:
			attach_screen_link(a, TUI_AWAY, "gone; waited for");
			attach_screen_message(a, "it is gone");
			outcome = session_return(s);
			if (outcome != SESSION_GONE)
				break;
			session_report_gone(s);
			return SESSION_GONE;
		default:
			return outcome;
		}
	}
}

/* ---- all of it ---- */

static int read_options(struct attach *a, const struct options *options)
{
	const char *interval = option_value(options, "interval"), *count = option_value(options, "count");
	char *end;

	a->interval_us = 1000000;
	a->interval_given = interval != NULL;
	if (interval) {
		double seconds = strtod(interval, &end);
		if (end == interval || *end || !(seconds >= 0 && seconds <= 86400)) {
			message_error("--interval takes seconds, from 0 to 86400, not '%s'", interval);
			return -EINVAL;
		}
		a->interval_us = (uint64_t)(seconds * 1e6);
	}
	if (count && (number_parse(count, &a->n_wanted) < 0 || a->n_wanted == 0)) {
		message_error("--count takes a number from 1, not '%s'", count);
		return -EINVAL;
	}
	if (option_is(options, "figures") &&
	    (option_is(options, "once") || (options->n_args > 0 && objects_is_gdb(options->args[0])))) {
		message_error("--figures reads what a board prints: neither --once nor a gdb: target goes with it");
		return -EINVAL;
	}
	return report_options_read(options, &a->options);
}

static int watch_board(struct attach *a, const struct options *options, const struct session_handler *handler)
{
	struct session_config config;
	enum session_outcome outcome;
	const char *uri;
	int code;

	if (live_source(options, 0, &uri) < 0)
		return EXIT_INPUT;
	code = live_config(options, uri, &config);
	config.figures = a->figures;
	config.listen_only |= a->figures != NULL;
	if (code != EXIT_FINE || !live_open(&config, handler, &a->session, &outcome, &code))
		return code;
	struct session *s = a->session;
	a->poll = (struct board_poll){
		.session = s,
		.probe_largest = option_is(options, "probe-largest"),
		.on_event = attach_event,
		.ctx = a,
		.agent = a->survey ? BOARD_AGENT_UNASKED : BOARD_AGENT_NONE,
	};
	/* A saved stream is read again, so it has to hold the text. */
	if (!option_is(options, "text") && !option_is(options, "save") && session_protocol(s) == SESSION_REPL)
		a->poll.raw = raw_poll_new(s, attach_event, a);
	if (a->figures && outcome == SESSION_LISTENING)
		session_notice(s, "note", "listening; each line that --figures matches is shown");
	else if (option_is(options, "listen-only") && outcome == SESSION_LISTENING)
		session_notice(s, "note",
			       "listening; each micropython.mem_info(1) that the program there prints is shown");
	outcome = follow(a, s, outcome);
	if (outcome == SESSION_RAISED)
		session_report_raised(s);
	if (outcome == SESSION_GONE || outcome == SESSION_RAISED)
		code = EXIT_DEVICE;
	attach_screen_end(a, code == EXIT_DEVICE);
	board_poll_end(&a->poll);
	if (session_recording_failed(s))
		code = exit_worse(code, EXIT_INPUT);
	raw_poll_free(a->poll.raw);
	session_close(s);
	a->session = NULL;
	return code;
}

static int attach_run(const struct options *options)
{
	struct attach a = { .first_us = NOT_KNOWN };
	struct session_handler handler = {
		.on_event = attach_event, .on_reset = forget, .on_link = on_link, .ctx = &a
	};

	if (read_options(&a, options) < 0)
		return EXIT_INPUT;
	if (option_is(options, "once"))
		return snap_run(options);
	struct log_format format CLEANUP(log_format_deinit) = { .figures = NULL };
	if (load_figures(options, &format.figures) < 0 || callers_open(&a.callers, options) < 0)
		return EXIT_INPUT;
	if (output_open(&a.out, options) < 0) {
		callers_close(&a.callers);
		return EXIT_INPUT;
	}
	a.figures = format.figures;
	a.out.pager_wanted = false;
	a.source = options->n_args > 0 ? options->args[0] : "auto";
	a.collect = option_is(options, "collect");
	a.saves = option_is(options, "save");
	a.survey = !option_is(options, "no-survey");
	if (attach_lines_begin(&a) < 0) {
		message_error("out of memory");
		callers_close(&a.callers);
		return output_close(&a.out, EXIT_INPUT);
	}
	if (attach_screen_begin(&a, options) < 0) {
		capture_free(a.capture);
		callers_close(&a.callers);
		return output_close(&a.out, EXIT_INPUT);
	}
	if (a.screen) {
		handler.on_console = attach_screen_text;
		handler.ui = watch_ui_hooks(a.watch);
	}
	int code = objects_is_gdb(a.source) ? attach_target(&a, options) : watch_board(&a, options, &handler);
	attach_lines_end(&a);
	attach_screen_deinit(&a);
	attach_print_trend(&a, option_is(options, "trend"));
	boots_deinit(&a.boots);
	capture_free(a.capture);
	callers_close(&a.callers);
	return output_close(&a.out, code);
}

const struct command command_attach = {
	.name = "attach",
	.usage = "[OPTIONS] [SOURCE]",
	.summary = "watch the heap of a live board, full-screen or as lines",
	.group = GROUP_BOARD,
	.options = attach_options,
	.common = { "once", "interval", "plain", "save", "json" },
	.examples = { "memprof attach /dev/ttyACM0",
		      "memprof attach --interval 0.5 --count 20 --save day.log exec:micropython" },
	.run = attach_run,
};
