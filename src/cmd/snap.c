/* snap: one snapshot of a live board, reported like a saved one. */
#include "snap.h"

#include <errno.h>
#include <inttypes.h>

#include "callers.h"
#include "live.h"
#include "load.h"
#include "memory_option.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "memprof/live/board_poll.h"
#include "memprof/live/session.h"
#include "memprof/sinks/document.h"

static const struct option_spec snap_options[] = {
	OPTION_GROUP("Snapshot"),
	{ 0, "memory", "FILE", "read all memory in use, and write it to FILE", AS_WRITTEN(attach, memory) },
	OPTION_PATIENCE("wait so long for a program's dump"),
	{ 0, "collect", NULL, "run gc.collect() on the board first", AS_FLAG(attach, board.collect),
	  .excludes = "protocol=openmv" },
	OPTIONS_QUERY(attach),
	OPTIONS_BOARD(attach),
	OPTION_LISTEN_ONLY(attach),
	OPTIONS_SAVE(attach),
	OPTIONS_HEAP(attach),
	OPTIONS_ELF_OR_BOARD,
	OPTIONS_OUTPUT_IN(attach, "text, markdown, json or html", "text|markdown|json|html"),
	OPTIONS_SIZES(attach),
	OPTION_END,
};

enum { TRIES = 3 };

/* What came before anything was asked may be the end of an old dump. It counts where nothing can be asked. */
struct snap {
	struct heap_document *document;
	bool asked; /* or it is known that nothing can be */
	bool any_heard;
	struct event heard; /* the last snapshot before that; its heap is here */
	struct heap heap;
	uint64_t used_bytes;            /* of Python's heap in the snapshot; 0: none yet */
	struct objects_reading reading; /* of a GDB server's target, or with --memory */
};

/* One snapshot: an agent may send another while the first is being looked at. */
static void on_event(void *ctx, struct event *event)
{
	struct snap *s = ctx;

	if (event->kind == EVENT_SNAPSHOT && !s->asked) {
		s->any_heard = true;
		s->heard = *event;
		heap_swap(&s->heap, event->snapshot.heap);
	} else if (event->kind != EVENT_SNAPSHOT || capture_counts(s->document->capture)->n_dumps == 0) {
		if (event->kind == EVENT_SNAPSHOT && event->snapshot.heap->problem == HEAP_WHOLE)
			s->used_bytes = pool_state_counted(&event->snapshot.heap->pools[0]).used_bytes;
		feed_event(&s->document->feed, event);
	}
}

/* From here on what comes counts. */
static void count_from_here(struct snap *s, bool with_heard)
{
	s->asked = true;
	s->heard.snapshot.heap = &s->heap;
	if (s->any_heard && with_heard)
		on_event(s, &s->heard);
	s->any_heard = false;
}

/* Waits for the first dump that a running program prints by itself: TIME if there is none; READY or
 * RESTARTED if the program gives way to a prompt. */
static enum session_outcome wait_for_dump(struct session *s, const struct capture_counts *counts, uint64_t until_us)
{
	enum session_outcome outcome = SESSION_TIME;

	session_ask_snapshot(s, true); /* does nothing where no agent hears it */
	while (counts->n_dumps == 0 && clock_now_us() < until_us &&
	       (outcome == SESSION_TIME || outcome == SESSION_LISTENING))
		outcome = session_wait(s, MIN(until_us, clock_now_us() + 50000));
	return outcome == SESSION_LISTENING ? SESSION_TIME : outcome;
}

/* Code and answers of memprof's own are in the heap that it reports. */
static void report_own(const struct session *s, uint64_t before_bytes, uint64_t used_bytes)
{
	if (before_bytes != NOT_KNOWN && used_bytes != NOT_KNOWN && used_bytes > before_bytes)
		session_notice(s, "note",
			       "about %" PRIu64 " B of the %" PRIu64 " B in use are memprof's; %" PRIu64
			       " B were used before",
			       used_bytes - before_bytes, used_bytes, before_bytes);
}

/* The heap first, as it was found; then the board. */
static enum session_outcome ask(struct board_poll *poll, const struct board_args *args, struct snap *snap)
{
	struct capture *capture = snap->document->capture;
	struct board_info board;

	if (args->collect)
		session_helper(poll->session, board_poll_collect_code);
	uint64_t before_bytes = board_poll_used(poll);
	enum session_outcome outcome = board_poll_take(poll);
	if (outcome == SESSION_DONE && !args->no_survey) {
		board = *capture_last_board(capture);
		outcome = board_poll_survey(poll, &board);
		capture_set_board(capture, &board);
	}
	if (outcome == SESSION_DONE)
		report_own(poll->session, before_bytes, snap->used_bytes);
	board_poll_end(poll);
	if (outcome == SESSION_DONE)
		board_poll_report_garbage(poll, "memprof left", before_bytes, board_poll_used(poll));
	return outcome;
}

/* Neither an agent nor a running program takes a request to collect. */
static void warn_collect_ignored(const struct session *s, const struct board_args *args)
{
	if (args->collect)
		session_notice(s, "warning", "--collect has no effect: it requires a free prompt");
}

static int take_one(struct session *s, const struct board_args *args, struct snap *snap, uint64_t wait_us,
		    enum session_outcome opened)
{
	const struct capture_counts *counts = capture_counts(snap->document->capture);
	struct board_poll poll = {
		.session = s,
		.probe_largest = args->probe_largest,
		.on_event = on_event,
		.ctx = snap,
		.agent = args->no_survey ? BOARD_AGENT_NONE : BOARD_AGENT_UNASKED,
	};
	enum session_outcome outcome = opened;
	uint64_t until_us = clock_now_us() + wait_us;

	/* A board that is reset is asked anew, unless it has answered already. */
	for (unsigned n_tries = 0; n_tries < TRIES; n_tries++) {
		count_from_here(snap, outcome != SESSION_READY);
		if (outcome == SESSION_LISTENING)
			warn_collect_ignored(s, args);
		if (outcome == SESSION_LISTENING)
			outcome = wait_for_dump(s, counts, until_us);
		else if (outcome == SESSION_READY)
			outcome = ask(&poll, args, snap);
		if (counts->n_dumps + counts->n_samples > 0)
			break;
		if (outcome == SESSION_RESTARTED)
			outcome = session_find(s);
		if (outcome != SESSION_READY && outcome != SESSION_LISTENING)
			break;
	}
	bool any = counts->n_dumps + counts->n_samples > 0 && outcome != SESSION_STOPPED;
	/* A program may print a dump, and end. */
	if (any && (outcome == SESSION_GONE ? session_exit_code(s) == 0 : outcome != SESSION_RAISED))
		return EXIT_FINE;
	return live_report_outcome(s, outcome,
				   outcome == SESSION_TIME ? "no dump came" : "the board resets again and again");
}

static int snap_board(const struct options *options, struct snap *snap)
{
	const struct attach_args *args = options->values;
	const struct session_handler handler = { .on_event = on_event, .ctx = snap };
	struct session_config config;
	enum session_outcome opened;
	struct session *s;
	int code = live_config(&args->board, live_source(options, 0), &config);

	if (code != EXIT_FINE || !live_open(&config, &handler, &s, &opened, &code))
		return code;
	if (session_protocol(s) == SESSION_OPENMV)
		snap->document->no_table =
			"OpenMV's protocol has no block table; --protocol repl asks a prompt for one.";
	code = take_one(s, &args->board, snap, args->patience_us, opened);
	if (session_recording_failed(s))
		code = exit_worse(code, EXIT_INPUT);
	session_close(s);
	return code;
}

/* ---- all of the memory, of a GDB server's target or with --memory ---- */

static int snap_objects(const struct options *options, struct snap *snap, bool is_gdb)
{
	const struct attach_args *args = options->values;
	const struct objects_spec spec = { .name = live_source(options, 0), .elf = args->elf, .board = args->of_board };
	int code = load_objects(&spec, is_gdb ? NULL : &args->board, &snap->reading);

	if (objects_reading_any(&snap->reading) &&
	    feed_objects(&snap->document->feed, &snap->reading, is_gdb ? "gdb" : "memory", NOT_KNOWN) < 0)
		code = exit_worse(code, EXIT_INPUT);
	return code;
}

/* 0; -EINVAL after a message: an option is for another source. */
static int check_source(const struct options *options, bool is_gdb)
{
	const struct attach_args *args = options->values;

	if (is_gdb && load_check_prompt(options, options->args[0]) < 0)
		return -EINVAL;
	if (args->memory && !is_gdb && (args->board.collect || args->board.listen_only)) {
		message_error(
			"--memory reads the heap as it is, at a free prompt: --collect and --listen-only do not go with it");
		return -EINVAL;
	}
	if (!is_gdb && args->of_board) {
		message_error("--board is for a GDB server, gdb:HOST:PORT");
		return -EINVAL;
	}
	return 0;
}

/* ---- the command ---- */

int snap_run(const struct options *options)
{
	const struct attach_args *args = options->values;
	bool is_gdb = intake_kind_of(live_source(options, 0)) == INTAKE_TARGET;
	struct output out;
	struct heap_document d = { .out = &out,
				   .live = true,
				   .title = options->n_args ? options->args[0] : "snapshot" };
	struct callers callers = { .sites = NULL };
	struct snap snap = { .document = &d };

	if (memory_option_check(args->memory, &args->output) < 0 || check_source(options, is_gdb) < 0 ||
	    report_options_read(&args->heap, &d.options) < 0)
		return EXIT_INPUT;
	if (!is_gdb && callers_open(&callers, args->elf) < 0) /* nothing calls while it is halted */
		return EXIT_INPUT;
	if (output_open(&out, options, &args->output) < 0) {
		callers_close(&callers);
		return EXIT_INPUT;
	}
	d.namer = callers_sink(&callers);
	if (document_begin(&d, &(struct capture_options){ .live = false }) < 0) {
		message_error("out of memory");
		callers_close(&callers);
		return output_close(&out, EXIT_INPUT);
	}
	heap_init(&snap.heap);
	int code = is_gdb || args->memory ? snap_objects(options, &snap, is_gdb) : snap_board(options, &snap);
	const struct capture_counts *counts = capture_counts(d.capture);
	if (code != EXIT_STOPPED && counts->n_dumps + counts->n_samples > 0) {
		struct input_info input = { live_source(options, 0), document_format(&d), NOT_KNOWN, counts->n_dumps };
		code = exit_worse(code, document_end(&d, &input, 1));
	} else {
		strbuf_reset(&out.text); /* no document about nothing */
	}
	if (snap.reading.objects)
		code = exit_worse(code, memory_option_write(args->memory, options, &args->output, &snap.reading.file));
	heap_deinit(&snap.heap);
	document_deinit(&d);
	objects_reading_deinit(&snap.reading);
	callers_close(&callers);
	return output_close(&out, code);
}

const struct command command_snap = {
	.name = "snap",
	.usage = "[OPTIONS] [SOURCE]",
	.summary = "take one snapshot of a live board and report it",
	.group = GROUP_BOARD,
	.options = snap_options,
	.args_bytes = sizeof(struct attach_args),
	.common = { "need", "collect", "save", "json", "output" },
	.examples = { "memprof snap /dev/ttyACM0", "memprof snap --need 16K --json exec:micropython" },
	.run = snap_run,
};
