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
	OPTION_INTERVAL(attach),
	{ 0, "count", "N", "exit after N snapshots", AS_COUNT(attach, count), .least = 1 },
	{ 0, "once", NULL, "take one snapshot and report it, as memprof snap does", AS_FLAG(attach, once),
	  .excludes = "record|figures" },
	OPTION_PATIENCE("with --once: wait for a program's dump"),
	OPTION_COLLECT(attach),
	OPTION_TEXT_ONLY(attach),
	OPTIONS_QUERY(attach),
	{ 0, "trend", NULL, "at the end, report the trend as memprof trend does", AS_FLAG(attach, trend) },
	OPTIONS_BOARD(attach),
	OPTION_LISTEN_ONLY(attach),
	OPTION_FIGURES(attach),
	OPTION_WAIT(attach),
	OPTIONS_SAVE(attach),
	{ 0, "record", "FILE", "record what is seen, as memprof record does", AS_NAME(attach, record) },
	{ 0, "keep", "AMOUNT", "newest block tables to keep: 24h, or 500M of the file", AS_LIST(attach, keep),
	  .needs = "record" },
	OPTION_GROUP("Screen"),
	{ 0, "plain", NULL, "no full-screen view: one line per snapshot", AS_FLAG(attach, plain) },
	OPTIONS_SCREEN(attach),
	{ 0, "no-memory", NULL, "do not read whose memory it is when asked to", AS_FLAG(attach, no_memory) },
	OPTIONS_HEAP(attach),
	OPTIONS_ELF_OR_BOARD,
	OPTIONS_OUTPUT(attach),
	OPTIONS_SIZES(attach),
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

static int watch_board(struct attach *a, const struct attach_args *args, const struct session_handler *handler)
{
	struct session_config config;
	enum session_outcome outcome;
	int code = live_config(&args->board, a->source, &config);

	config.figures = a->figures;
	config.listen_only |= a->figures != NULL;
	if (code != EXIT_FINE || !live_open(&config, handler, &a->session, &outcome, &code))
		return code;
	struct session *s = a->session;
	recorder_rename(&a->recorder, session_source_name(s));
	live_follow_begin(&args->board, s, &a->follow, attach_event, a);
	a->follow.survey_first = a->out.format == OUTPUT_JSON;
	a->follow.capture = a->capture;
	a->follow.hooks = (struct follow_hooks){ enough, on_state, on_board, wait_for_board, a };
	if (a->figures && outcome == SESSION_LISTENING)
		session_notice(s, "note", "listening; each line that --figures matches is shown");
	else if (args->board.listen_only && outcome == SESSION_LISTENING)
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
static int begin_recording(struct attach *a, const struct attach_args *args)
{
	const struct recording_session session = { a->source, NULL, clock_wall_us() };
	struct recording_keep keep;

	if (record_options_keep(&args->keep, &keep) < 0)
		return -EINVAL;
	if (!args->record)
		return 0;
	if (record_options_path(args->record) < 0 || recorder_open(&a->recorder, args->record, false) < 0)
		return -EINVAL;
	if (recorder_begin(&a->recorder, &session, &keep) == 0)
		return 0;
	recorder_close(&a->recorder);
	return -EINVAL;
}

static int attach_run(const struct options *options)
{
	const struct attach_args *args = options->values;
	struct attach a = { .first_us = NOT_KNOWN,
			    .n_wanted = args->count == NOT_KNOWN ? 0 : args->count,
			    .source = options->n_args > 0 ? options->args[0] : "auto",
			    .saves = args->board.save };
	struct session_handler handler = {
		.on_event = attach_event, .on_reset = forget, .on_link = on_link, .ctx = &a
	};

	live_follow_options(&args->board, &a.follow);
	if (args->log.figures.n && objects_is_gdb(a.source)) {
		message_error("--figures reads what a board prints, and a GDB server has no console");
		return EXIT_INPUT;
	}
	if (report_options_read(&args->heap, &a.options) < 0)
		return EXIT_INPUT;
	if (args->once)
		return snap_run(options);
	struct log_format format CLEANUP(log_format_deinit) = { .figures = NULL };
	if (load_figures(&args->log.figures, &format.figures) < 0 || begin_recording(&a, args) < 0)
		return EXIT_INPUT;
	if (callers_open(&a.callers, args->elf) < 0)
		return exit_worse(EXIT_INPUT, recorder_close(&a.recorder));
	if (output_open(&a.out, options, &args->output) < 0) {
		callers_close(&a.callers);
		return exit_worse(EXIT_INPUT, recorder_close(&a.recorder));
	}
	a.figures = format.figures;
	a.out.pager_wanted = false;
	if (attach_lines_begin(&a) < 0) {
		message_error("out of memory");
		callers_close(&a.callers);
		recorder_close(&a.recorder);
		return output_close(&a.out, EXIT_INPUT);
	}
	if (attach_screen_begin(&a, args) < 0) {
		capture_free(a.capture);
		callers_close(&a.callers);
		recorder_close(&a.recorder);
		return output_close(&a.out, EXIT_INPUT);
	}
	if (a.screen)
		handler.ui = watch_ui_hooks(a.watch);
	if (a.screen || a.recorder.is_open)
		handler.on_console = on_console;
	int code = objects_is_gdb(a.source) ? attach_target(&a, options) : watch_board(&a, args, &handler);
	attach_lines_end(&a);
	attach_screen_deinit(&a);
	code = exit_worse(code, recorder_close(&a.recorder));
	attach_print_trend(&a, args->trend);
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
	.args_bytes = sizeof(struct attach_args),
	.common = { "once", "interval", "plain", "save", "json" },
	.examples = { "memprof attach /dev/ttyACM0",
		      "memprof attach --interval 0.5 --count 20 --save day.log exec:micropython" },
	.run = attach_run,
};
