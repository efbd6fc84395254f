/* record: follows boards, and keeps all that comes in a recording. */
#include <inttypes.h>

#include "live.h"
#include "load.h"
#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/io/clock.h"
#include "memprof/live/children.h"
#include "memprof/sinks/recorder.h"
#include "target.h"

struct record_args {
	struct output_args output;
	struct log_args log;
	struct board_args board;
	struct option_list keep;
	const char *elf, *of_board;
	uint64_t for_us;
};

static const struct option_spec record_options[] = {
	OPTION_GROUP("Recording"),
	{ 'o', "output", "FILE", "the recording; one that exists is added to", AS_OUTPUTS(record, output.files),
	  .most = 1 },
	{ 0, "for", "DURATION", "exit after this time: 90s, 30m, 24h, 7d", AS_TIME(record, for_us), .least = 1 },
	{ 0, "keep", "AMOUNT", "keep heap maps of the last 24h, or 500M of the file", AS_LIST(record, keep) },
	OPTIONS_FOLLOW(record),
	OPTION_WAIT(record),
	{ 0, "elf", "FILE", "gdb: ELF of the firmware", AS_FILE(record, elf), .excludes = "board" },
	{ 0, "board", "BOARD", "gdb: name of a known board, or a FILE.json of yours", AS_NAME(record, of_board) },
	OPTION_GROUP("Output"),
	OPTION_QUIET(record),
	OPTION_END,
};

struct record {
	const struct record_args *args;
	const char *path;
	uint64_t until_us; /* of clock_now_us; 0: without end */
	struct recording_keep keep;
	const struct figures *figures;
	struct live_boards boards;
	const struct recording_lock *lock; /* of child processes; NULL: there are none */
	int code;                          /* of child processes */
};

static int record_target(const struct record *r, const struct live_board *board, const struct feed_board *live)
{
	return target_follow(&(struct target_follow){
		.source = board->source,
		.elf = r->args->elf,
		.board = r->args->of_board,
		.feed = live->feed,
		.interval_us = live->interval_us,
		.until_us = r->until_us,
		.ui = live->ui,
	});
}

/* One board, from opening the file to closing it. lifeline: of a child process, whose others write to the file, too;
 * else NULL. */
static int record_board(const struct record *r, const struct live_board *board, const struct ui_hooks *lifeline)
{
	const struct recording_session session = { board->name, NULL, clock_wall_us() };
	struct recorder recorder;
	struct feed feed = { .n_most = 0 };
	struct feed_board live = { .feed = &feed, .ui = lifeline, .until_us = r->until_us };
	int code = live_follow_config(&live, &r->args->board, board->source);

	live.config.figures = r->figures;
	if (code != EXIT_FINE || recorder_open(&recorder, r->path, r->lock) < 0)
		return exit_worse(code, EXIT_INPUT);
	recorder.is_named = board->is_named;
	const struct sink sink = recorder_sink(&recorder, &feed);
	code = EXIT_INPUT;
	if (feed_open(&feed, &(struct capture_options){ .live = true }, &sink, 1) < 0)
		message_error("out of memory");
	else if (recorder_begin(&recorder, &session, &r->keep) == 0)
		code = source_kind_of(board->source) == &source_gdb ? record_target(r, board, &live) :
								      live_follow(&live);
	feed_close(&feed);
	code = exit_worse(recorder_close(&recorder), code);
	if (recorder.n_samples > 0)
		message_at((struct place){ .file = board->name }, "note", "%" PRIu64 " snapshot%s recorded",
			   recorder.n_samples, recorder.n_samples == 1 ? "" : "s");
	return code;
}

/* ---- several boards: a process for each ---- */

static int record_child(void *ctx, size_t i, int fd)
{
	const struct record *r = ctx;
	const struct ui_hooks lifeline = children_lifeline(&fd);

	return record_board(r, &r->boards.all[i], &lifeline);
}

static void on_end(void *ctx, const struct child_end *end)
{
	struct record *r = ctx;

	r->code = exit_worse(r->code, end->exit_code < 0 ? EXIT_DEVICE : end->exit_code);
	if (end->signal)
		message_at((struct place){ .file = r->boards.all[end->i].name }, "error",
			   "its process was killed by signal %d; what it had committed is kept", end->signal);
}

static int record_boards(struct record *r)
{
	const struct children_config config = { .n = r->boards.n_all, .run = record_child, .on_end = on_end, .ctx = r };
	struct recorder recorder;
	struct children *children;
	struct diag diag = { 0 };

	/* Makes the tables, and holds the file until all have ended. SQLite's connections stay on one side of a fork.
	 */
	if (recorder_open(&recorder, r->path, NULL) < 0)
		return EXIT_INPUT;
	recorder_release(&recorder);
	r->lock = &recorder.lock;
	if (children_start(&children, &config, &diag) < 0) {
		message_diag(&diag);
		r->code = EXIT_INPUT;
	} else {
		children_join(children);
		children_free(children);
	}
	return exit_worse(recorder_close(&recorder), r->code);
}

/* ---- the command ---- */

static int record_run(const struct options *options)
{
	struct log_format format CLEANUP(log_format_deinit) = { .figures = NULL };
	const struct record_args *args = options->values;
	struct record r = { .args = args, .path = output_path(&args->output) };

	message_quiet(args->output.quiet);
	r.until_us = args->for_us == NOT_KNOWN ? 0 : clock_now_us() + args->for_us;
	if (recorder_path(r.path) < 0 || recorder_keep(&args->keep, &r.keep) < 0 ||
	    load_figures(&args->log.figures, &format.figures) < 0)
		return EXIT_INPUT;
	r.figures = format.figures;
	int code = live_boards_read(&r.boards, options, &args->board, false, true);
	for (size_t i = 0; i < r.boards.n_all && code == EXIT_FINE; i++)
		if (source_kind_of(r.boards.all[i].source) == &source_gdb &&
		    load_check_prompt(options, r.boards.all[i].source) < 0)
			code = EXIT_INPUT;
	if (code == EXIT_FINE)
		code = r.boards.n_all == 1 ? record_board(&r, &r.boards.all[0], NULL) : record_boards(&r);
	live_boards_deinit(&r.boards);
	return code;
}

const struct command command_record = {
	.name = "record",
	.usage = "[OPTIONS] -o FILE [[NAME=]SOURCE...]",
	.summary = "record the heaps of live boards into a file",
	.group = GROUP_BOARD,
	.options = record_options,
	.args_bytes = sizeof(struct record_args),
	.common = { "output", "for", "interval", "keep", "wait" },
	.examples = { "memprof record -o night.mprof --for 24h /dev/ttyACM0",
		      "memprof record -o week.mprof --keep 24h door=/dev/ttyACM0" },
	.run = record_run,
};
