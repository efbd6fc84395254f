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

bool attach_enough(const struct attach *a)
{
	return a->out.gone || a->out.error || (a->n_wanted && n_seen(a) >= a->n_wanted);
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

/* ---- all of it ---- */

static int watch_board(struct attach *a, const struct attach_args *args)
{
	struct feed_board *b = &a->board;
	int code = live_config(&args->board, a->source, &b->config);

	b->feed = &a->feed;
	b->config.figures = a->figures;
	b->follow.survey_first = a->out.format == OUTPUT_JSON;
	b->follow.hooks = (struct follow_hooks){ enough, on_state, wait_for_board, a };
	b->ui = a->screen ? watch_ui_hooks(a->watch) : NULL;
	if (code != EXIT_FINE || !live_feed_open(b, &code))
		return code;
	recorder_rename(&a->recorder, session_source_name(b->session));
	if (a->figures && b->outcome == SESSION_LISTENING)
		session_notice(b->session, "note", "listening; each line that --figures matches is shown");
	else if (args->board.listen_only && b->outcome == SESSION_LISTENING)
		session_notice(b->session, "note",
			       "listening; each micropython.mem_info(1) that the program there prints is shown");
	code = live_feed(b);
	attach_screen_end(a, code == EXIT_DEVICE);
	if (session_recording_failed(b->session))
		code = exit_worse(code, EXIT_INPUT);
	feed_board_close(b);
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
	bool is_target = intake_kind_of(a.source) == INTAKE_TARGET;

	live_follow_options(&args->board, &a.board);
	if (args->log.figures.n && is_target) {
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
	int code = EXIT_INPUT;
	if (attach_screen_begin(&a, args) < 0 || attach_lines_begin(&a) < 0) {
		message_error("out of memory");
	} else {
		code = is_target ? attach_target(&a, options) : watch_board(&a, args);
		attach_lines_end(&a);
	}
	attach_screen_deinit(&a);
	code = exit_worse(code, recorder_close(&a.recorder));
	attach_print_trend(&a, args->trend);
	boots_deinit(&a.boots);
	feed_close(&a.feed);
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
