/* snap: one snapshot of a live board, reported like a saved one. */
#include "snap.h"

#include <errno.h>
#include <inttypes.h>

#include "collector.h"
#include "memprof/clock.h"
#include "memprof/number.h"
#include "memprof/text.h"
#include "message.h"
#include "session.h"

static const char alloc_code[] = "print(__import__('gc').mem_alloc())";
static const char figures_code[] =
	"print('free:',__import__('gc').mem_free(),'allocated:',__import__('gc').mem_alloc())";
const char snap_collect_code[] = "[__import__('gc').collect()]and None";

static const struct option_spec snap_options[] = {
	OPTIONS_BOARD,
	OPTION_LISTEN_ONLY,
	OPTIONS_SAVE,
	{ 0, "patience", "SECONDS", "for a dump of a program that runs there (default: 10)" },
	{ 0, "collect", NULL, "run gc.collect() there first" },
	OPTIONS_HEAP,
	OPTIONS_OUTPUT,
	OPTION_END
};

static void on_event(void *of, struct event *event)
{
	collector_event(of, event);
}

/* Asks for a snapshot; the figures alone where there is no mem_info (CircuitPython). */
enum session_outcome snap_take(struct session *s)
{
	enum session_outcome outcome = session_helper(s, session_snapshot_code);
	size_t n;
	const char *traceback = session_traceback(s, &n);

	if (outcome == SESSION_RAISED && text_find(traceback, n, "MemoryError")) {
		session_helper(s, snap_collect_code);   /* no room even for the question */
		outcome = session_helper(s, session_snapshot_code);
	}
	if (outcome != SESSION_RAISED)
		return outcome;
	return session_helper(s, figures_code);
}

enum session_outcome snap_first(struct session *s, bool each)
{
	uint64_t before_bytes = session_number(s, alloc_code);
	enum session_outcome outcome = snap_take(s);
	uint64_t after_bytes = outcome == SESSION_DONE ? session_number(s, alloc_code) : NOT_KNOWN;

	if (before_bytes == NOT_KNOWN || after_bytes == NOT_KNOWN || after_bytes < before_bytes)
		return outcome;
	uint64_t left_bytes = after_bytes - before_bytes;       /* by two commands of three */
	message_at((struct place){ .file = session_source_name(s) }, "note",
		   each ? "each look leaves about %" PRIu64 " B of garbage of memprof's own there, until the next"
			  " collection" :
			  "memprof's own commands left about %" PRIu64 " B of garbage there, until the next"
			  " collection; nothing else",
		   each ? left_bytes / 2 : left_bytes * 3 / 2);
	return outcome;
}

/* Waits for the first dump that a running program prints by itself. */
static enum session_outcome wait_for_dump(struct session *s, const struct collector *c,
					  uint64_t wait_us)
{
	uint64_t until_us = clock_now_us() + wait_us;
	enum session_outcome outcome = SESSION_TIME;

	while (c->n_dumps == 0 && outcome == SESSION_TIME && clock_now_us() < until_us)
		outcome = session_wait(s, clock_now_us() + 50000);
	return outcome;
}

static int take_one(struct session *s, const struct options *options, const struct collector *c,
		    uint64_t wait_us, enum session_outcome opened)
{
	enum session_outcome outcome = opened;

	if (opened == SESSION_LISTENING) {
		outcome = wait_for_dump(s, c, wait_us);
		if (outcome == SESSION_TIME && c->n_dumps == 0) {
			message_at((struct place){ .file = session_source_name(s) }, "error", "no dump came");
			return EXIT_DEVICE;
		}
	} else if (opened == SESSION_READY) {
		if (option_is(options, "collect"))
			session_helper(s, snap_collect_code);
		outcome = snap_first(s, false);
	}
	if (outcome == SESSION_STOPPED)
		return EXIT_FINE;
	if (outcome == SESSION_GONE && opened != SESSION_GONE)
		session_say_gone(s);
	if (outcome == SESSION_RAISED)
		session_say_raised(s);
	return outcome == SESSION_GONE || outcome == SESSION_RAISED ? EXIT_DEVICE : EXIT_FINE;
}

int snap_run(const struct options *options)
{
	struct output out;
	struct collector c = { .out = &out };
	const struct session_handler handler = { .on_event = on_event, .of = &c };
	struct session *s;
	const char *patience = option_value(options, "patience");
	uint64_t wait_seconds = 10;
	int code = EXIT_INPUT;

	if (patience && (number_parse(patience, &wait_seconds) < 0 || wait_seconds > 1000000)) {
		message_error("--patience takes whole seconds, not '%s'", patience);
		return EXIT_INPUT;
	}
	if (report_options_read(options, &c.options) < 0 || output_open(&out, options) < 0)
		return EXIT_INPUT;
	if (collector_begin(&c) < 0) {
		message_error("out of memory");
		return output_close(&out, EXIT_INPUT);
	}
	enum session_outcome opened;
	int r = session_open(&s, options, 0, &handler, &opened);
	if (r < 0) {
		code = r == -ENODEV ? EXIT_DEVICE : EXIT_INPUT;
		strbuf_reset(&out.text);        /* no document about nothing */
	} else {
		code = take_one(s, options, &c, wait_seconds * 1000000, opened);
		if (session_save_failed(s))
			code = exit_worse(code, EXIT_INPUT);
		session_close(s);
		if (c.n_dumps + c.n_samples > 0) {
			struct input_info input = { options->args[0], "mem-info", NOT_KNOWN, c.n_dumps };
			r = collector_end(&c, &input, 1);
			code = exit_worse(code, r);
		} else {
			strbuf_reset(&out.text);
		}
	}
	collector_deinit(&c);
	return output_close(&out, code);
}

const struct command command_snap = {
	.name = "snap",
	.usage = "[OPTIONS] SOURCE",
	.says = "take one snapshot of a live board and report it",
	.group = GROUP_BOARD,
	.options = snap_options,
	.examples = { "memprof snap exec:micropython", "memprof snap --need 16K --json exec:micropython" },
	.run = snap_run,
};
