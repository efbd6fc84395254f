/* attach: follows a board, on a full screen or with one line per snapshot, until Ctrl-C. */
#include <errno.h>
#include <stdio.h>

#include "attach/private.h"
#include "live.h"
#include "load.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "record_options.h"
#include "snap.h"

static const struct option_spec attach_options[] = {
	OPTION_GROUP("Snapshots"),
	OPTION_INTERVAL,
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
	{ 0, "record", "FILE", "record what is seen, as memprof record does" },
	OPTION_KEEP,
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

static void forget(void *ctx)
{
	struct attach *a = ctx;

	follow_forget(&a->follow);
	attach_owners_forget(a);
	a->line_taken = false;
	a->n_resets++;
}

static void on_link(void *ctx, const char *words)
{
	struct attach *a = ctx;

	attach_screen_message(a, words);
	if (attach_prints(a) && a->follow.n_seen > 0) {
		text_ticker_note(&a->out.text, words, &a->out.style);
		output_flush(&a->out);
	}
}

bool attach_enough(const struct attach *a)
{
	return a->out.gone || a->out.error || (a->n_wanted && a->follow.n_seen >= a->n_wanted);
}

/* ---- what follow_run tells ---- */

static bool enough(void *ctx) { return attach_enough(ctx); }

static void on_state(void *ctx, enum follow_state state)
{
	struct attach *a = ctx;

	if (state == FOLLOW_AWAY) {
		recorder_commit(&a->recorder);
		attach_screen_link(a, TUI_AWAY, "gone; waited for");
		attach_screen_message(a, "it is gone");
		return;
	}
	attach_screen_open(a);
	if (state == FOLLOW_LISTENING)
		attach_screen_link(a, TUI_LISTENING, "a program runs there");
	else
		attach_screen_link(a, TUI_LIVE, NULL);
}

static void on_board(void *ctx)
{
	struct attach *a = ctx;

	recorder_board(&a->recorder, &a->follow.board);
	attach_screen_board(a);
	if (attach_prints(a) && a->follow.board.known) {
		text_ticker_board(&a->out.text, &a->follow.board, &a->out.style);
		output_flush(&a->out);
	}
}

static enum session_outcome wait_for_board(void *ctx, uint64_t until_us)
{
	enum { TURN_US = 250000 };
	struct attach *a = ctx;

	if (a->recorder.is_open)
		until_us = MIN(until_us, clock_now_us() + TURN_US);
	enum session_outcome outcome = attach_wait(a, until_us);
	recorder_turn(&a->recorder);
	return outcome;
}

static void on_console(void *ctx, const char *bytes, size_t n_bytes)
{
	struct attach *a = ctx;

	attach_screen_text(a, bytes, n_bytes);
	if (a->session)
		recorder_text(&a->recorder, session_now_us(a->session), bytes, n_bytes);
}

/* ---- all of it ---- */

static int read_options(struct attach *a, const struct options *options)
{
	const char *count = option_value(options, "count");

	if (live_follow_options(options, &a->follow) < 0)
		return -EINVAL;
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
	recorder_rename(&a->recorder, session_source_name(s));
	live_follow_begin(options, s, &a->follow, attach_event, a);
	a->follow.survey_first = a->out.format == OUTPUT_JSON;
	a->follow.capture = a->capture;
	a->follow.hooks = (struct follow_hooks){ enough, on_state, on_board, wait_for_board, a };
	if (a->figures && outcome == SESSION_LISTENING)
		session_notice(s, "note", "listening; each line that --figures matches is shown");
	else if (option_is(options, "listen-only") && outcome == SESSION_LISTENING)
		session_notice(s, "note",
			       "listening; each micropython.mem_info(1) that the program there prints is shown");
	outcome = follow_run(&a->follow, outcome);
	if (outcome == SESSION_RAISED)
		session_report_raised(s);
	if (outcome == SESSION_GONE || outcome == SESSION_RAISED)
		code = EXIT_DEVICE;
	attach_screen_end(a, code == EXIT_DEVICE);
	if (session_recording_failed(s))
		code = exit_worse(code, EXIT_INPUT);
	live_follow_end(&a->follow);
	session_close(s);
	a->session = NULL;
	return code;
}

/* --record: a file that cannot be written is refused before a board is asked. */
static int begin_recording(struct attach *a, const struct options *options)
{
	const struct recording_session session = { options->n_args > 0 ? options->args[0] : "auto", NULL,
						   clock_wall_us() };
	struct recording_keep keep;
	const char *path;

	if (record_options_keep(options, &keep) < 0)
		return -EINVAL;
	if (!option_is(options, "record")) {
		if (option_is(options, "keep"))
			message_error("--keep is for --record FILE");
		return option_is(options, "keep") ? -EINVAL : 0;
	}
	if (record_options_path(options, "record", &path) < 0 || recorder_open(&a->recorder, path, false) < 0)
		return -EINVAL;
	if (recorder_begin(&a->recorder, &session, &keep) == 0)
		return 0;
	recorder_close(&a->recorder);
	return -EINVAL;
}

static int attach_run(const struct options *options)
{
	struct attach a = { .first_us = NOT_KNOWN };
	struct session_handler handler = {
		.on_event = attach_event, .on_reset = forget, .on_link = on_link, .ctx = &a
	};

	if (read_options(&a, options) < 0)
		return EXIT_INPUT;
	if (option_is(options, "once") && option_is(options, "record")) {
		message_error("--once takes one snapshot, and --record follows a board; leave one out");
		return EXIT_INPUT;
	}
	if (option_is(options, "once"))
		return snap_run(options);
	struct log_format format CLEANUP(log_format_deinit) = { .figures = NULL };
	if (load_figures(options, &format.figures) < 0 || begin_recording(&a, options) < 0)
		return EXIT_INPUT;
	if (callers_open(&a.callers, options) < 0)
		return exit_worse(EXIT_INPUT, recorder_close(&a.recorder));
	if (output_open(&a.out, options) < 0) {
		callers_close(&a.callers);
		return exit_worse(EXIT_INPUT, recorder_close(&a.recorder));
	}
	a.figures = format.figures;
	a.out.pager_wanted = false;
	a.source = options->n_args > 0 ? options->args[0] : "auto";
	a.saves = option_is(options, "save");
	if (attach_lines_begin(&a) < 0) {
		message_error("out of memory");
		callers_close(&a.callers);
		recorder_close(&a.recorder);
		return output_close(&a.out, EXIT_INPUT);
	}
	if (attach_screen_begin(&a, options) < 0) {
		capture_free(a.capture);
		callers_close(&a.callers);
		recorder_close(&a.recorder);
		return output_close(&a.out, EXIT_INPUT);
	}
	if (a.screen)
		handler.ui = watch_ui_hooks(a.watch);
	if (a.screen || a.recorder.is_open)
		handler.on_console = on_console;
	int code = objects_is_gdb(a.source) ? attach_target(&a, options) : watch_board(&a, options, &handler);
	attach_lines_end(&a);
	attach_screen_deinit(&a);
	code = exit_worse(code, recorder_close(&a.recorder));
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
