/* record: follows boards, and keeps all that comes in a recording. */
#define _DEFAULT_SOURCE /* strndup */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "load.h"
#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/io/clock.h"
#include "memprof/live/children.h"
#include "memprof/live/stop_signals.h"
#include "memprof/sinks/recorder.h"
#include "record_options.h"

struct record_args {
	struct output_args output;
	struct log_args log;
	struct board_args board;
	struct option_list keep;
	uint64_t for_us;
};

static const struct option_spec record_options[] = {
	OPTION_GROUP("Recording"),
	{ 'o', "output", "FILE", "the recording; one that exists is added to", AS_OUTPUTS(record, output.files),
	  .most = 1 },
	{ 0, "for", "DURATION", "exit after this time: 90s, 30m, 24h, 7d", AS_TIME(record, for_us), .least = 1 },
	{ 0, "keep", "AMOUNT", "newest block tables to keep: 24h, or 500M of the file", AS_LIST(record, keep) },
	OPTIONS_FOLLOW(record),
	OPTION_WAIT(record),
	OPTION_GROUP("Output"),
	OPTION_QUIET(record),
	OPTION_END,
};

enum { TURN_US = 250000 };

/* One board. */
struct record {
	struct recorder recorder;
	struct feed feed;
	struct feed_board board;
	uint64_t until_us; /* of clock_now_us; NOT_KNOWN */
	uint64_t turn_us;  /* when something is to be committed next */
	int fd;            /* of a child process: the pipe to the one that started it; else -1 */
};

struct board {
	char *name;    /* as it is called in the recording */
	bool is_named; /* by NAME=SOURCE, not by its source */
	struct session_config config;
};

/* All of them. */
struct job {
	const struct record_args *args;
	const char *path;
	struct recording_keep keep;
	struct board *boards;
	size_t n_boards;
	struct record each; /* how each of them begins */
	int code;
};

/* ---- beside the session, also while it waits for a board (ui_hooks.h) ---- */

static int lifeline_fd(void *ctx) { return ((struct record *)ctx)->fd; }

static uint64_t next_turn(void *ctx)
{
	struct record *r = ctx;

	return MIN(r->turn_us, r->until_us);
}

static void turn(void *ctx)
{
	struct record *r = ctx;

	r->turn_us = clock_now_us() + TURN_US;
	if (!recorder_turn(&r->recorder) || clock_now_us() >= r->until_us)
		stop_request();
}

static bool wants_nothing(void *ctx)
{
	(void)ctx;
	return false;
}

static int follow_board(struct record *r, const struct board *board)
{
	const struct ui_hooks hooks = { lifeline_fd, next_turn, turn, wants_nothing, r };
	int code;

	r->board.feed = &r->feed;
	r->board.config = board->config;
	r->board.ui = &hooks;
	if (!live_feed_open(&r->board, &code))
		return code;
	if (!board->is_named)
		recorder_rename(&r->recorder, session_source_name(r->board.session));
	session_notice(r->board.session, "note", "recording into %s; Ctrl-C ends it", r->recorder.path);
	code = live_feed(&r->board);
	feed_board_close(&r->board);
	return code;
}

/* One board, from opening the file to closing it. shared: with other processes of this command. */
static int record_board(struct record *r, const struct job *job, size_t i, bool shared)
{
	const struct board *board = &job->boards[i];
	const struct recording_session session = { board->name, NULL, clock_wall_us() };
	int code = EXIT_INPUT;

	if (recorder_open(&r->recorder, job->path, shared) < 0)
		return EXIT_INPUT;
	const struct sink sink = recorder_sink(&r->recorder, &r->feed);
	if (feed_open(&r->feed, &(struct capture_options){ .live = true }, &sink, 1) < 0)
		message_error("out of memory");
	else if (recorder_begin(&r->recorder, &session, &job->keep) == 0)
		code = follow_board(r, board);
	feed_close(&r->feed);
	code = exit_worse(recorder_close(&r->recorder), code);
	if (r->recorder.n_samples > 0)
		message_at((struct place){ .file = board->name }, "note", "%" PRIu64 " snapshot%s recorded",
			   r->recorder.n_samples, r->recorder.n_samples == 1 ? "" : "s");
	return code;
}

/* ---- several boards: a process for each ---- */

static int record_child(void *ctx, size_t i, int fd)
{
	const struct job *job = ctx;
	struct record r = job->each;

	r.fd = fd; /* which ends with its other end: see children_lifeline */
	return record_board(&r, job, i, true);
}

static void on_end(void *ctx, const struct child_end *end)
{
	struct job *job = ctx;

	job->code = exit_worse(job->code, end->exit_code < 0 ? EXIT_DEVICE : end->exit_code);
	if (end->signal)
		message_at((struct place){ .file = job->boards[end->i].name }, "error",
			   "its process was killed by signal %d; what it had committed is kept", end->signal);
}

static int record_boards(struct job *job)
{
	const struct children_config config = { .n = job->n_boards, .run = record_child, .on_end = on_end, .ctx = job };
	struct recorder recorder;
	struct children *children;
	struct diag diag = { 0 };

	/* Makes the tables, and holds the file until all have ended. SQLite's connections stay on one side of a fork.
	 */
	if (recorder_open(&recorder, job->path, false) < 0)
		return EXIT_INPUT;
	recorder_release(&recorder);
	if (children_start(&children, &config, &diag) < 0) {
		message_diag(&diag);
		job->code = EXIT_INPUT;
	} else {
		children_join(children);
		children_free(children);
	}
	return exit_worse(recorder_close(&recorder), job->code);
}

static int read_options(struct job *job)
{
	job->path = output_path(&job->args->output);
	job->each.until_us = job->args->for_us == NOT_KNOWN ? NOT_KNOWN : clock_now_us() + job->args->for_us;
	live_follow_options(&job->args->board, &job->each.board);
	return record_options_path(job->path) < 0 ? -EINVAL : record_options_keep(&job->args->keep, &job->keep);
}

static void job_deinit(struct job *job)
{
	for (size_t i = 0; job->boards && i < job->n_boards; i++)
		free(job->boards[i].name);
	free(job->boards);
}

/* An exit code. */
static int add_board(struct job *job, const char *argument, const struct figures *figures)
{
	struct board *board = &job->boards[job->n_boards];
	size_t n_name;
	const char *source = live_named_source(argument, &n_name);

	if (!source)
		return EXIT_INPUT;
	int code = live_config(&job->args->board, source, &board->config);
	board->config.figures = figures;
	board->is_named = source != argument;
	board->name = strndup(argument, n_name);
	if (!board->name) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	for (size_t i = 0; i < job->n_boards && code == EXIT_FINE; i++) {
		bool is_same = strcmp(job->boards[i].config.uri, source) == 0;
		if (!is_same && strcmp(job->boards[i].name, board->name) != 0)
			continue;
		message_error("'%s' is given more than once", is_same ? source : board->name);
		code = EXIT_INPUT;
	}
	job->n_boards++;
	return code;
}

static int record_run(const struct options *options)
{
	struct log_format format CLEANUP(log_format_deinit) = { .figures = NULL };
	const struct record_args *args = options->values;
	struct job job CLEANUP(job_deinit) = { .args = args, .each.fd = -1 };
	int n = options->n_args, code = EXIT_FINE;

	message_quiet(args->output.quiet);
	if (read_options(&job) < 0 || load_figures(&args->log.figures, &format.figures) < 0)
		return EXIT_INPUT;
	if (n > CHILDREN_MAX) {
		message_error("at most %d boards at once", CHILDREN_MAX);
		return EXIT_INPUT;
	}
	job.boards = calloc((size_t)MAX(n, 1), sizeof(*job.boards));
	if (!job.boards) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	for (int i = 0; i < MAX(n, 1) && code == EXIT_FINE; i++)
		code = add_board(&job, n > 0 ? options->args[i] : "auto", format.figures);
	struct record r = job.each;
	if (code != EXIT_FINE)
		return code;
	return job.n_boards == 1 ? record_board(&r, &job, 0, false) : record_boards(&job);
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
