/* snap: one snapshot of a live board, reported like a saved one. */
#include "snap.h"

#include <errno.h>
#include <inttypes.h>

#include "collector.h"
#include "memprof/clock.h"
#include "message.h"
#include "session.h"

static const char alloc_code[] = "print(__import__('gc').mem_alloc())";
static const char figures_code[] =
	"print('free:',__import__('gc').mem_free(),'allocated:',__import__('gc').mem_alloc())";
static const char collect_code[] = "__import__('gc').collect()";

static const struct option_spec snap_options[] = {
	OPTIONS_BOARD,
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

	if (outcome != SESSION_RAISED)
		return outcome;
	outcome = session_helper(s, figures_code);
	return outcome == SESSION_RAISED ? SESSION_GONE : outcome;
}

/* How much of the heap two commands of ours have used up: the garbage that they leave. */
static void say_residue(struct session *s, uint64_t before_bytes)
{
	uint64_t after_bytes = session_number(s, alloc_code);

	if (before_bytes == NOT_KNOWN || after_bytes == NOT_KNOWN || after_bytes < before_bytes)
		return;
	message_at((struct place){ .file = session_source_name(s) }, "note", "memprof's own commands left"
		   " about %" PRIu64 " B of garbage there, until the next collection; nothing else",
		   (after_bytes - before_bytes) * 3 / 2);
}

/* Waits for the first dump that a running program prints by itself. */
static enum session_outcome wait_for_dump(struct session *s, const struct collector *c)
{
	enum session_outcome outcome = SESSION_TIME;

	while (c->n_dumps == 0 && outcome == SESSION_TIME)
		outcome = session_wait(s, clock_now_us() + 100000);
	return outcome;
}

static int take_one(struct session *s, const struct options *options, const struct collector *c,
		    enum session_outcome opened)
{
	enum session_outcome outcome = opened;

	if (opened == SESSION_LISTENING) {
		outcome = wait_for_dump(s, c);
	} else if (opened == SESSION_READY) {
		if (option_is(options, "collect"))
			session_helper(s, collect_code);
		uint64_t before_bytes = session_number(s, alloc_code);
		outcome = snap_take(s);
		if (outcome == SESSION_DONE)
			say_residue(s, before_bytes);
	}
	if (outcome == SESSION_STOPPED)
		return EXIT_FINE;
	if (outcome == SESSION_GONE && opened != SESSION_GONE)
		session_say_gone(s);
	return outcome == SESSION_GONE ? EXIT_DEVICE : EXIT_FINE;
}

int snap_run(const struct options *options)
{
	struct output out;
	struct collector c = { .out = &out };
	const struct session_handler handler = { .on_event = on_event, .of = &c };
	struct session *s;
	int code = EXIT_INPUT;

	if (report_options_read(options, &c.options) < 0 || output_open(&out, options) < 0)
		return EXIT_INPUT;
	if (collector_begin(&c) < 0) {
		message_error("out of memory");
		return output_close(&out, EXIT_INPUT);
	}
	int opened = session_open(&s, options, 0, &handler);
	if (opened < 0) {
		code = opened == -ENODEV ? EXIT_DEVICE : EXIT_INPUT;
		strbuf_reset(&out.text);        /* no document about nothing */
	} else {
		code = take_one(s, options, &c, (enum session_outcome)opened);
		session_close(s);
		if (c.n_dumps + c.n_samples > 0) {
			struct input_info input = { options->args[0], "mem-info", 0, c.n_dumps };
			int r = collector_end(&c, &input, 1);
			code = MAX(code, r);
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
