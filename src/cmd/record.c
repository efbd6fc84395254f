/* record: follows boards, and keeps all that comes in a recording. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "live.h"
#include "load.h"
#include "memprof/base/date.h"
#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "record_options.h"
#include "recorder.h"

static const struct option_spec record_options[] = {
	OPTION_GROUP("Recording"),
	{ 'o', "output", "FILE", "the recording; one that exists is added to" },
	{ 0, "for", "DURATION", "exit after this time: 90s, 30m, 24h, 7d" },
	OPTION_KEEP,
	OPTION_GROUP("Snapshots"),
	OPTION_INTERVAL,
	{ 0, "collect", NULL, "run gc.collect() on the board before each snapshot" },
	{ 0, "text", NULL, "poll with mem_info(1); do not read block tables" },
	OPTIONS_QUERY,
	OPTIONS_BOARD,
	OPTION_LISTEN_ONLY,
	OPTION_FIGURES,
	{ 0, "wait", NULL, "wait for a board that is absent or disconnects" },
	OPTION_GROUP("Output"),
	OPTION_QUIET,
	OPTION_END,
};

enum { TURN_US = 250000 };

/* One board. */
struct record {
	struct recorder recorder;
	struct capture *capture;
	struct follow follow;
	uint64_t until_us; /* of clock_now_us; NOT_KNOWN */
};

/* ---- what comes ---- */

static void on_moment(void *ctx, struct moment *m)
{
	struct record *r = ctx;

	recorder_moment(&r->recorder, m);
	r->follow.n_seen += m->kind != MOMENT_POOLS && (!m->heap || m->heap->problem == HEAP_WHOLE);
}

static void on_event(void *ctx, struct event *event)
{
	struct record *r = ctx;

	capture_event(r->capture, event);
	recorder_event(&r->recorder, event, r->capture);
}

static void on_console(void *ctx, const char *bytes, size_t n_bytes)
{
	struct record *r = ctx;

	if (r->follow.session)
		recorder_text(&r->recorder, session_now_us(r->follow.session), bytes, n_bytes);
}

static void on_reset(void *ctx)
{
	struct record *r = ctx;

	follow_forget(&r->follow);
}

/* ---- following ---- */

static bool enough(void *ctx)
{
	struct record *r = ctx;

	return r->recorder.failed || clock_now_us() >= r->until_us;
}

static void on_board(void *ctx)
{
	struct record *r = ctx;

	recorder_board(&r->recorder, &r->follow.board);
}

static enum session_outcome wait_and_commit(void *ctx, uint64_t until_us)
{
	struct record *r = ctx;
	uint64_t turn_us = MIN(clock_now_us() + TURN_US, r->until_us);
	enum session_outcome outcome = session_wait(r->follow.session, MIN(until_us, turn_us));

	recorder_turn(&r->recorder);
	return outcome;
}

static int follow_board(struct record *r, const struct options *options, const struct session_config *config)
{
	const struct session_handler handler = {
		.on_event = on_event, .on_console = on_console, .on_reset = on_reset, .ctx = r
	};
	enum session_outcome outcome;
	struct session *s;
	int code = EXIT_FINE;

	if (!live_open(config, &handler, &s, &outcome, &code))
		return code;
	live_follow_begin(options, s, &r->follow, on_event, r);
	r->follow.capture = r->capture;
	r->follow.hooks = (struct follow_hooks){ enough, NULL, on_board, wait_and_commit, r };
	session_notice(s, "note", "recording into %s; Ctrl-C ends it", r->recorder.path);
	outcome = follow_run(&r->follow, outcome);
	if (outcome == SESSION_RAISED)
		session_report_raised(s);
	if (outcome == SESSION_GONE || outcome == SESSION_RAISED)
		code = EXIT_DEVICE;
	live_follow_end(&r->follow);
	recorder_turn(&r->recorder);
	r->follow.session = NULL;
	session_close(s);
	return code;
}

/* One board, from opening the file to closing it. */
static int record_board(struct record *r, const struct options *options, const struct session_config *config,
			const struct recording_keep *keep)
{
	const struct recording_session session = { config->uri, NULL, clock_wall_us() };
	const struct capture_subscriber subscriber = { .on_moment = on_moment, .ctx = r };

	if (recorder_begin(&r->recorder, &session, keep) < 0)
		return EXIT_INPUT;
	r->capture = capture_new(&(struct capture_options){ .live = true }, &subscriber);
	if (!r->capture) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	int code = follow_board(r, options, config);
	capture_free(r->capture);
	return code;
}

static int record_run(const struct options *options)
{
	struct log_format format CLEANUP(log_format_deinit) = { .figures = NULL };
	struct record r = { .until_us = NOT_KNOWN };
	struct session_config config;
	struct recording_keep keep;
	const char *path, *uri;

	if (record_options_path(options, "output", &path) < 0 || record_options_until(options, &r.until_us) < 0 ||
	    record_options_keep(options, &keep) < 0 || live_follow_options(options, &r.follow) < 0 ||
	    load_figures(options, &format.figures) < 0 || live_source(options, 0, &uri) < 0)
		return EXIT_INPUT;
	int code = live_config(options, uri, &config);
	config.figures = format.figures;
	config.listen_only |= format.figures != NULL;
	if (code != EXIT_FINE)
		return code;
	if (recorder_open(&r.recorder, path) < 0)
		return EXIT_INPUT;
	code = record_board(&r, options, &config, &keep);
	code = exit_worse(recorder_close(&r.recorder), code);
	if (r.follow.n_seen > 0)
		message_at((struct place){ .file = path }, "note", "%" PRIu64 " snapshot%s recorded", r.follow.n_seen,
			   r.follow.n_seen == 1 ? "" : "s");
	return code;
}

const struct command command_record = {
	.name = "record",
	.usage = "[OPTIONS] -o FILE [SOURCE]",
	.summary = "record the heap of a live board into a file",
	.group = GROUP_BOARD,
	.options = record_options,
	.common = { "output", "for", "interval", "keep", "wait" },
	.examples = { "memprof record -o night.mprof --for 24h /dev/ttyACM0",
		      "memprof record -o soak.mprof --interval 10 --keep 24h exec:micropython" },
	.run = record_run,
};
