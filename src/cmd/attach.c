/* attach: one line per snapshot, until Ctrl-C. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector.h"
#include "lives.h"
#include "look.h"
#include "memprof/clock.h"
#include "memprof/number.h"
#include "memprof/view.h"
#include "message.h"
#include "session.h"
#include "snap.h"

static const struct option_spec attach_options[] = {
	OPTION_GROUP("When to look"),
	{ 0, "interval", "SECONDS", "time between two snapshots (default: 1)" },
	{ 0, "count", "N", "end after N snapshots" },
	{ 0, "once", NULL, "one snapshot, reported as memprof snap does" },
	OPTIONS_BOARD,
	OPTION_LISTEN_ONLY,
	{ 0, "wait", NULL, "for a board that is not there, or goes away" },
	OPTIONS_SAVE,
	{ 0, "patience", "SECONDS", "with --once: for a running program's dump (default: 10)" },
	{ 0, "collect", NULL, "run gc.collect() there before each snapshot" },
	OPTIONS_LOOK,
	{ 0, "trend", NULL, "at the end: how the heap went, as memprof trend tells it" },
	OPTIONS_HEAP,
	OPTIONS_OUTPUT,
	OPTION_END
};

struct attach {
	struct output out;
	struct report_options options;
	const char *source;
	uint64_t interval_us, n_wanted, n_seen;
	uint64_t first_us;              /* of the first snapshot; NOT_KNOWN */
	struct ticker ticker;
	bool collect, survey, surveyed;
	bool collected;                 /* we did, right before this look */
	uint64_t n_resets;
	struct board_info board;
	struct look look;
	struct lives lives;
};

static void as_text(struct attach *a, const struct pool_summary *summary, uint64_t at_us)
{
	if (a->n_seen == 0)
		text_ticker_head(&a->out.text, &a->out.style);
	text_ticker_line(&a->out.text, &a->ticker, summary, at_us, &a->out.style);
}

/* A document of its own, on one line. */
static void as_json(struct attach *a, struct event *event)
{
	struct collector c = { .out = &a->out, .options = a->options, .compact = true,
			       .n_dumps = a->n_seen };
	struct input_info input = { a->source, "mem-info", NOT_KNOWN, 1 };

	if (collector_begin(&c) == 0) {
		c.board = a->board;
		c.history = &a->lives.now.trend;
		c.n_resets = a->n_resets;
		collector_event(&c, event);
		collector_end(&c, &input, 1);
	}
	collector_deinit(&c);
}

/* Half a dump: the board went away, or was reset, in the middle of it. No figure of it is shown. */
static void on_cut(struct attach *a)
{
	if (a->out.format != OUTPUT_TEXT)
		return;
	text_ticker_note(&a->out.text, "a dump that is not whole", &a->out.style);
	output_flush(&a->out);
}

static void on_event(void *of, struct event *event)
{
	struct attach *a = of;
	struct pool_summary summary = { NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, 0, -1 };

	if (a->n_wanted && a->n_seen == a->n_wanted)
		return;
	if (event->kind == EVENT_SNAPSHOT && event->snapshot.heap->problem != HEAP_WHOLE) {
		on_cut(a);
		return;
	}
	if (event->kind == EVENT_SNAPSHOT) {
		report_summary(&event->snapshot.heap->pools[0], &summary);
		lives_add_heap(&a->lives, event->snapshot.heap, event->at_us, a->collected);
	} else if (event->kind == EVENT_SAMPLE) {
		summary.used_bytes = event->sample.used_bytes;
		summary.free_bytes = event->sample.free_bytes;
		summary.lfb_bytes = event->sample.largest_free_bytes;
		lives_add_sample(&a->lives, event, event->at_us, a->collected);
	} else {
		return;
	}
	if (a->first_us == NOT_KNOWN)
		a->first_us = event->at_us;
	if (a->out.format == OUTPUT_JSON)
		as_json(a, event);
	else
		as_text(a, &summary, event->at_us - a->first_us);
	a->n_seen++;
	output_flush(&a->out);
}

/* Another life of the board, or perhaps another board: what was known of it is void. */
static void forget(struct attach *a)
{
	lives_reset(&a->lives);
	a->board = (struct board_info){ .known = false };
	a->look.no_mem_info = false;
	a->surveyed = false;
	a->n_resets++;
}

static void on_reset(void *of, const char *what, bool anew)
{
	struct attach *a = of;

	if (anew)
		forget(a);
	if (a->out.format == OUTPUT_TEXT && a->n_seen > 0) {
		text_ticker_note(&a->out.text, what, &a->out.style);
		output_flush(&a->out);
	}
}

static bool enough(const struct attach *a)
{
	return a->out.gone || a->out.error || (a->n_wanted && a->n_seen >= a->n_wanted);
}

/* Listens to a program that prints dumps by itself. */
static enum session_outcome listen(struct attach *a, struct session *s)
{
	enum session_outcome outcome = SESSION_TIME;

	a->collected = false;
	while (outcome == SESSION_TIME && !enough(a))
		outcome = session_wait(s, clock_now_us() + 100000);
	return outcome;
}

static enum session_outcome survey(struct attach *a)
{
	uint64_t before_bytes = look_used(&a->look);
	enum session_outcome outcome = look_survey(&a->look, &a->board);

	if (a->out.format == OUTPUT_TEXT && a->board.known) {
		text_ticker_board(&a->out.text, &a->board, &a->out.style);
		output_flush(&a->out);
	}
	if (outcome == SESSION_DONE)
		look_say_garbage(&a->look, "the survey of the board left", before_bytes, look_used(&a->look));
	return outcome;
}

/* The first look is weighed, and with it comes what the board says of itself: after it, so that it is the
 * heap as it was found; before it for JSON, where each document names the board. */
static enum session_outcome look_first(struct attach *a)
{
	bool before = a->survey && a->out.format == OUTPUT_JSON;
	enum session_outcome outcome = before ? survey(a) : SESSION_DONE;

	a->surveyed = true;
	if (outcome != SESSION_DONE)
		return outcome;
	uint64_t before_bytes = look_used(&a->look);
	outcome = look_take(&a->look);
	uint64_t after_bytes = look_used(&a->look);
	/* Two commands lie between the two figures, look_take and look_used itself. */
	look_say_garbage(&a->look, "each look leaves", before_bytes, before_bytes != NOT_KNOWN &&
			 after_bytes != NOT_KNOWN && after_bytes > before_bytes ?
			 before_bytes + (after_bytes - before_bytes) / 2 : NOT_KNOWN);
	return outcome == SESSION_DONE && a->survey && !before ? survey(a) : outcome;
}

static enum session_outcome poll_board(struct attach *a, struct session *s)
{
	enum session_outcome outcome = SESSION_TIME;
	uint64_t next_us = clock_now_us();

	while (outcome == SESSION_TIME && !enough(a)) {
		a->collected = a->collect && session_helper(s, look_collect_code) == SESSION_DONE;
		outcome = a->surveyed ? look_take(&a->look) : look_first(a);
		if (outcome == SESSION_DONE)
			outcome = SESSION_TIME;
		if (outcome != SESSION_TIME || enough(a))
			break;
		next_us += a->interval_us;
		if (next_us < clock_now_us())   /* slower than asked: no burst to catch up */
			next_us = clock_now_us();
		outcome = session_wait(s, next_us);
	}
	return outcome;
}

/* Follows the board through resets and absences until somebody has seen enough. */
static enum session_outcome follow(struct attach *a, struct session *s, enum session_outcome outcome)
{
	for (;;) {
		if (enough(a) && outcome != SESSION_RAISED)
			return SESSION_TIME;
		switch (outcome) {
		case SESSION_READY:
			outcome = poll_board(a, s);
			break;
		case SESSION_LISTENING:
			outcome = listen(a, s);
			break;
		case SESSION_RESTARTED:
			outcome = session_find(s);
			break;
		case SESSION_GONE:
			outcome = session_return(s);
			if (outcome != SESSION_GONE)
				break;
			session_say_gone(s);
			return SESSION_GONE;
		default:
			return outcome;
		}
	}
}

static int read_options(struct attach *a, const struct options *options)
{
	const char *interval = option_value(options, "interval"), *count = option_value(options, "count");
	char *end;

	a->interval_us = 1000000;
	if (interval) {
		double seconds = strtod(interval, &end);
		if (end == interval || *end || !(seconds >= 0 && seconds <= 86400)) {
			message_error("--interval takes seconds, from 0 to 86400, not '%s'", interval);
			return -EINVAL;
		}
		a->interval_us = (uint64_t)(seconds * 1e6);
	}
	if (count && (number_parse(count, &a->n_wanted) < 0 || a->n_wanted == 0)) {
		message_error("--count takes a number from 1, not '%s'", count);
		return -EINVAL;
	}
	return report_options_read(options, &a->options);
}

/* The last words: how the heap went. */
static void say_trend(struct attach *a, bool all)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct trend_result result;
	struct life_info life;

	if (a->out.format != OUTPUT_TEXT || lives_n_samples(&a->lives) == 0 ||
	    lives_work_out(&a->lives, &result, &life) < 0)
		return;
	if (all)
		text_trend(&text, a->source, &result, &a->out.style);
	else
		text_trend_line(&text, &result, &a->out.style);
	if (text.n_bytes > 0)
		text_life(&text, &life, &a->out.style);
	trend_result_deinit(&result);
	if (text.n_bytes > 0)
		strbuf_printf(&a->out.text, "\n%s", strbuf_text(&text));
	output_flush(&a->out);
}

static int attach_run(const struct options *options)
{
	struct attach a = { .first_us = NOT_KNOWN };
	const struct session_handler handler = { .on_event = on_event, .on_reset = on_reset, .of = &a };
	struct session *s;
	int code = EXIT_FINE;

	if (read_options(&a, options) < 0)
		return EXIT_INPUT;
	if (option_is(options, "once"))
		return snap_run(options);
	if (output_open(&a.out, options) < 0)
		return EXIT_INPUT;
	a.out.pager_wanted = false;
	a.source = options->n_args > 0 ? options->args[0] : "auto";
	a.collect = option_is(options, "collect");
	a.survey = !option_is(options, "no-survey");
	enum session_outcome outcome;
	int r = session_open(&s, options, 0, &handler, &outcome);
	if (r < 0)
		return output_close(&a.out, session_open_exit(r));
	a.look = (struct look){ .session = s, .probe_largest = option_is(options, "probe-largest"),
				.on_event = on_event, .of = &a };
	if (option_is(options, "listen-only") && outcome == SESSION_LISTENING)
		message_at((struct place){ .file = session_source_name(s) }, "note", "listening; there will be a"
			   " line for each micropython.mem_info(1) that the program there prints");
	outcome = follow(&a, s, outcome);
	if (outcome == SESSION_RAISED)
		session_say_raised(s);
	if (outcome == SESSION_GONE || outcome == SESSION_RAISED)
		code = EXIT_DEVICE;
	if (session_save_failed(s))
		code = exit_worse(code, EXIT_INPUT);
	session_close(s);
	say_trend(&a, option_is(options, "trend"));
	lives_deinit(&a.lives);
	return output_close(&a.out, code);
}

const struct command command_attach = {
	.name = "attach",
	.usage = "[OPTIONS] [SOURCE]",
	.says = "watch a live board: one line per snapshot, until Ctrl-C",
	.group = GROUP_BOARD,
	.options = attach_options,
	.examples = { "memprof attach /dev/ttyACM0",
		      "memprof attach --interval 0.5 --count 20 --save day.log exec:micropython" },
	.run = attach_run,
};
