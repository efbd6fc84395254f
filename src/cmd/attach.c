/* attach: follows a board, on a full screen or with one line per snapshot, until Ctrl-C. */
#include <errno.h>
#include <unistd.h>

#include "callers.h"
#include "live.h"
#include "load.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "memprof/live/stop_signals.h"
#include "memprof/sinks/documents.h"
#include "memprof/sinks/lines.h"
#include "memprof/sinks/recorder.h"
#include "memprof/sinks/screen.h"
#include "memprof/viewers/trend_view.h"
#include "snap.h"
#include "target.h"

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
	{ 0, "keep", "AMOUNT", "keep heap maps of the last 24h, or 500M of the file", AS_LIST(attach, keep),
	  .needs = "record" },
	OPTION_GROUP("Screen"),
	{ 0, "plain", NULL, "no full-screen view: one line per snapshot", AS_FLAG(attach, plain) },
	OPTIONS_SCREEN(attach),
	{ 0, "no-memory", NULL, "do not read the board's memory, so no owners", AS_FLAG(attach, no_memory) },
	OPTIONS_HEAP(attach),
	OPTIONS_ELF_OR_BOARD,
	OPTIONS_OUTPUT(attach),
	OPTIONS_SIZES(attach),
	OPTION_END,
};

struct attach {
	const struct attach_args *args;
	const char *source;
	struct output out;
	struct report_options options;
	struct feed feed;        /* of all that comes */
	struct feed_board board; /* of a GDB server, only its interval */
	struct callers callers;
	struct recorder recorder; /* --record */
	struct boots boots;
	struct lines lines;
	struct screen screen;
	struct documents documents; /* JSON */
};

/* ---- the target of a GDB server ---- */

static void on_turn(void *ctx) { screen_turn(&((struct attach *)ctx)->screen); }

static void on_look(void *ctx, struct objects_reading *reading, uint64_t look_us)
{
	struct attach *a = ctx;

	a->screen.halted_us = reading->halted_us;
	if (reading->objects)
		screen_take(&a->screen, reading, look_us);
}

static int follow_target(struct attach *a)
{
	int code = target_follow(&(struct target_follow){
		.source = a->source,
		.elf = a->args->elf,
		.board = a->args->of_board,
		.feed = &a->feed,
		.interval_us = a->board.interval_us,
		.ui = screen_hooks(&a->screen),
		.turn = on_turn,
		.looked = on_look,
		.ctx = a,
	});

	screen_end(&a->screen, code == EXIT_DEVICE);
	return code;
}

/* ---- all of it ---- */

static void on_open(void *ctx, const char *source, bool is_listening)
{
	const struct attach *a = ctx;
	struct place at = { .file = source };

	if (is_listening && a->board.config.figures)
		message_at(at, "note", "listening; each line that --figures matches is shown");
	else if (is_listening && a->board.config.listen_only)
		message_at(at, "note",
			   "listening; each micropython.mem_info(1) that the program there prints is shown");
}

static int status(void *ctx)
{
	const struct attach *a = ctx;

	return a->out.gone || a->out.error ? -EPIPE : 0;
}

/* 0 or -ENOMEM. */
static int open_feed(struct attach *a)
{
	const struct watch_options watch = { .source = a->source,
					     .boots = &a->boots,
					     .report = a->options,
					     .style = &a->out.style,
					     .mouse = !a->args->no_mouse };
	const struct attach_args *args = a->args;
	bool wants_lines = args->plain || args->count != NOT_KNOWN || args->output.format || args->output.json ||
			   args->output.files.n || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO);

	if (!wants_lines && screen_begin(&a->screen, &watch, args->history_bytes) < 0)
		return -ENOMEM;
	struct sink sinks[CAPTURE_SINKS_MAX] = {
		callers_sink(&a->callers),
		recorder_sink(&a->recorder, &a->feed),
		boots_sink(&a->boots),
		a->out.format == OUTPUT_JSON ? documents_sink(&a->documents) : lines_sink(&a->lines),
		{ .on_open = on_open, .status = status, .ctx = a },
	};
	return feed_open(&a->feed, &(struct capture_options){ .live = true }, sinks,
			 5 + screen_sinks(&a->screen, sinks + 5));
}

/* --record: a file that cannot be written is refused before a board is asked. */
static int begin_recording(struct attach *a)
{
	const struct recording_session session = { a->source, NULL, clock_wall_us() };
	struct recording_keep keep;

	if (!a->args->record)
		return 0;
	if (recorder_path(a->args->record) < 0 || recorder_keep(&a->args->keep, &keep) < 0 ||
	    recorder_open(&a->recorder, a->args->record, NULL) < 0)
		return -EINVAL;
	a->recorder.is_beside = true;
	return recorder_begin(&a->recorder, &session, &keep);
}

/* The last words: how the heap went. */
static void print_trend(struct attach *a)
{
	enum trend_of of = a->board.listened   ? (a->args->board.save ? TREND_OF_SAVED_PROGRAM : TREND_OF_PROGRAM) :
			   a->args->board.save ? TREND_OF_SAVED_BOARD :
						 TREND_OF_BOARD;
	struct trend_result result;
	struct boot_info boot;

	if (a->out.format != OUTPUT_TEXT || boots_n_samples(&a->boots) == 0 ||
	    boots_work_out(&a->boots, &result, &boot) < 0)
		return;
	const struct trend_view view = {
		.name = a->source, .of = of, .trend = &result, .boot = &boot, .has_failed = boot.failed.set
	};
	struct document d CLEANUP(doc_deinit);
	if (a->args->trend) {
		document_trend(&d, &view);
	} else {
		doc_init(&d, "leak");
		document_trend_finding(&d, &view,
				       of == TREND_OF_BOARD || of == TREND_OF_PROGRAM ?
					       "attach --trend shows its curves." :
					       "memprof trend shows its curves.");
	}
	if (d.answer.n_spans) {
		strbuf_putc(&a->out.text, '\n');
		print_text(&a->out.text, &d, &a->out.style);
	}
	trend_result_deinit(&result);
	output_flush(&a->out);
}

static void attach_deinit(struct attach *a)
{
	screen_deinit(&a->screen);
	boots_deinit(&a->boots);
	feed_close(&a->feed);
	callers_close(&a->callers);
}

/* From the output, which is open, on. The exit code. */
static int follow(struct attach *a)
{
	bool is_target = intake_kind_of(a->source) == INTAKE_TARGET;
	int code = EXIT_INPUT;

	if (open_feed(a) < 0) {
		message_error("out of memory");
	} else {
		a->board.ui = screen_hooks(&a->screen);
		a->board.wait = a->screen.is_on ? screen_wait : NULL;
		code = is_target ? follow_target(a) : live_follow(&a->board);
		capture_end_input(a->feed.capture);
		documents_end(&a->documents);
	}
	code = exit_worse(code, recorder_close(&a->recorder));
	print_trend(a);
	return output_close(&a->out, code);
}

static int attach_run(const struct options *options)
{
	struct log_format format CLEANUP(log_format_deinit) = { .figures = NULL };
	const struct attach_args *args = options->values;
	struct attach a CLEANUP(attach_deinit) = {
		.args = args,
		.source = live_source(options, 0),
		.feed = { .notices = message_notices, .n_most = args->count == NOT_KNOWN ? 0 : args->count },
		.board = { .feed = &a.feed, .ctx = &a.screen },
		.boots.live = true,
		.lines = { &a.out, &a.feed, &a.screen.is_on, { &a.out, &a.boots } },
		.documents = { &a.out, &a.options, &a.feed, &a.boots, live_source(options, 0) },
		.screen = { .board = &a.board, .no_memory = args->no_memory },
	};
	bool is_target = intake_kind_of(a.source) == INTAKE_TARGET;

	if (args->log.figures.n && is_target) {
		message_error("--figures reads what a board prints, and a GDB server has no console");
		return EXIT_INPUT;
	}
	if (report_options_read(&args->heap, &a.options) < 0)
		return EXIT_INPUT;
	if (args->once)
		return snap_run(options);
	int code = live_follow_config(&a.board, &args->board, a.source);
	if (code != EXIT_FINE || (is_target && load_check_prompt(options, a.source) < 0) ||
	    load_figures(&args->log.figures, &format.figures) < 0 || begin_recording(&a) < 0 ||
	    callers_open(&a.callers, args->elf) < 0 || output_open(&a.out, options, &args->output) < 0)
		return exit_worse(exit_worse(code, EXIT_INPUT), recorder_close(&a.recorder));
	a.board.config.figures = format.figures;
	a.board.survey_first = a.out.format == OUTPUT_JSON;
	a.out.pager_wanted = false;
	return follow(&a);
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
