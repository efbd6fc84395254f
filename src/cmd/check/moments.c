/* Heaps of a check: from saved logs, a live board, or a program that runs on one. */
#include <errno.h>
#include <string.h>

#include "check/inputs.h"
#include "layout/ask_board.h"
#include "load.h"
#include "memprof/cli/message.h"
#include "script.h"

/* ---- one after the other ---- */

static void note_error(struct check_moments *m, int r)
{
	if (r < 0 && !m->error)
		m->error = r;
}

static void on_moment(void *ctx, struct moment *moment)
{
	struct check_moments *m = ctx;

	if (moment->kind == MOMENT_POOLS)
		return;
	m->n_moments++;
	if (m->check)
		note_error(m, check_moment(m->check, m->side, moment));
	if (moment->kind != MOMENT_SNAPSHOT)
		return;
	m->last_problem = moment->heap->problem;
	if (!m->check)
		note_error(m, layout_heaps_keep(&m->last, moment));
}

static void on_pool(void *ctx, const struct pool_moment *moment)
{
	struct check_moments *m = ctx;

	m->n_moments++;
	if (m->check)
		note_error(m, check_pool(m->check, m->side, moment));
	else
		layout_heaps_keep_pool(&m->last, &moment->pool);
}

static int status(void *ctx) { return ((struct check_moments *)ctx)->error; }

int check_moments_init(struct check_moments *m, struct check *check, enum check_side side)
{
	const struct sink sink = { .on_moment = on_moment, .on_pool = on_pool, .status = status, .ctx = m };

	*m = (struct check_moments){
		.check = check,
		.side = side,
		.feed = { .command = "check", .notices = message_notices, .names_inputs = true },
	};
	layout_heaps_init(&m->last);
	return feed_open(&m->feed, &(struct capture_options){ .live = false }, &sink, 1);
}

void check_moments_deinit(struct check_moments *m)
{
	feed_close(&m->feed);
	layout_heaps_deinit(&m->last);
}

static void begin_input(struct check_moments *m)
{
	capture_begin_input(m->feed.capture, NULL);
	m->n_moments = 0;
}

static void end_input(struct check_moments *m)
{
	capture_end_input(m->feed.capture);
	if (m->check)
		check_end_input(m->check, m->side);
}

static int end_code(const struct check_moments *m)
{
	if (m->error < 0)
		message_error("out of memory");
	return m->error < 0 ? EXIT_INPUT : EXIT_FINE;
}

/* ---- a saved log ---- */

static int read_log(struct check_inputs *in, enum check_side side, const char *log)
{
	enum check_input input = side == CHECK_NOW ? CHECK_OF_HEAP : CHECK_OF_BASELINE_HEAP;
	struct check_moments *m = &in->moments[side];
	struct log_format format CLEANUP(log_format_deinit) = { .figures = NULL };

	in->given[input] = true;
	int error = load_log_format(&in->args->log, &format);
	if (error == 0)
		error = feed_logs(&m->feed, &log, 1, &format);
	if (m->check)
		check_end_input(m->check, side);
	if (error == 0 && !in->check && m->last_problem != HEAP_WHOLE) {
		message_at((struct place){ .file = log }, "error",
			   "the last dump is incomplete: %s; log it once more, to its end",
			   heap_problem_text(m->last_problem));
		error = -EINVAL;
	}
	if (error == 0)
		return end_code(m);
	check_inputs_fail(in, input, "no heap could be read from %s", log);
	return EXIT_INPUT;
}

int check_moments_read(struct check_inputs *in, const char *log)
{
	bool more = in->args->inputs.dumps.n > 1 || in->args->runs.n;

	capture_set_several(in->moments[CHECK_NOW].feed.capture, more);
	return read_log(in, CHECK_NOW, log);
}

int check_moments_read_old(struct check_inputs *in, struct blob *old) { return read_log(in, CHECK_BASE, old->name); }

/* ---- a board ---- */

int check_moments_live(struct check_inputs *in, const char *source)
{
	struct check_moments *m = &in->moments[CHECK_NOW];
	struct layout_heaps found;

	in->given[CHECK_OF_HEAP] = true;
	begin_input(m);
	layout_heaps_init(&found);
	int code = layout_ask_board(&found, &in->args->board, source);
	in->board = found.board;
	if (found.any) {
		struct event snapshot = { .kind = EVENT_SNAPSHOT,
					  .at_us = NOT_KNOWN,
					  .snapshot = { .heap = &found.heap, .n_lines = 1 } };
		feed_event(&m->feed, &snapshot);
	}
	for (size_t i = 0; i < found.n_pools; i++)
		feed_event(&m->feed, &(struct event){ .kind = EVENT_POOL, .at_us = NOT_KNOWN, .pool = found.pools[i] });
	if (found.has_sample)
		feed_event(&m->feed, &found.sample);
	end_input(m);
	layout_heaps_deinit(&found);
	if (code == EXIT_FINE && m->n_moments == 0)
		code = EXIT_DEVICE; /* stopped, or it does not answer: said */
	if (code != EXIT_FINE)
		check_inputs_fail(in, CHECK_OF_HEAP, "%s could not be asked", source);
	return exit_worse(code, end_code(m));
}

/* ---- a program ---- */

static void on_label(void *ctx, const char *label)
{
	struct check_moments *m = ctx;

	capture_label_last(m->feed.capture, label);
}

static void on_event(void *ctx, struct event *event, const char *label)
{
	struct check_moments *m = ctx;

	capture_set_label(m->feed.capture, label);
	feed_event(&m->feed, event);
}

/* Why the last heap of the program is not known; NULL: it is. */
static const char *unfinished(const struct program_result *result)
{
	if (!result->ran)
		return "did not run";
	if (result->info.stopped)
		return "was stopped before its end";
	if (result->gone)
		return "left no heap: its process ended, or the board is gone";
	if (result->cut_by_us)
		return "was stopped before the last snapshot of its heap";
	if (result->info.unanswered)
		return "left so little memory that the board could not be asked";
	return result->info.restarted ? "reset the board" : NULL;
}

static int take_memory(struct check_inputs *in, const char *script, struct program_result *result)
{
	struct objects *objects = result->objects;

	in->given[CHECK_OF_MEMORY] = true;
	result->objects = NULL;
	if (objects)
		return check_memory_take(in, CHECK_NOW, objects);
	check_inputs_fail(in, CHECK_OF_MEMORY, "the memory that %s left could not be read", script);
	return EXIT_INPUT;
}

int check_moments_run(struct check_inputs *in, const char *script)
{
	struct check_moments *m = &in->moments[CHECK_NOW];
	const struct program_handler handler = { .on_event = on_event, .on_label = on_label, .ctx = m };
	struct script run = {
		.board = &in->args->board,
		.args = &in->args->program,
		.program.script = script,
		.source = in->args->inputs.live,
		.output = stderr,
	};
	struct program_result result = { 0 };

	run.program.imports = !in->check || check_asks(in->check, SUBJECT_BIT(SUBJECT_IMPORT));
	run.program.reads_memory = check_memory_is_wanted(in);
	in->given[CHECK_OF_HEAP] = true;
	in->given[CHECK_OF_IMPORTS] = run.program.imports;
	begin_input(m);
	int code = script_run(&run, &handler, &result);
	end_input(m);
	const char *why = unfinished(&result);
	if (why) {
		check_inputs_fail(in, CHECK_OF_HEAP, "%s %s", script, why);
		check_inputs_fail(in, CHECK_OF_IMPORTS, "%s %s", script, why);
		code = exit_worse(code, EXIT_INPUT);
	}
	if (result.info.exception[0]) /* the reason for the exit code comes first */
		in->trouble = arena_printf(&in->arena, "%s raised %s", script, result.info.exception);
	else if (code != EXIT_FINE && !in->trouble)
		in->trouble = arena_printf(&in->arena, "not all that %s sent could be saved", script);
	if (run.program.reads_memory)
		code = exit_worse(code, take_memory(in, script, &result));
	in->imports = result.imports;
	in->has_imports = run.program.imports;
	result.imports = (struct imports){ 0 };
	program_result_deinit(&result);
	return exit_worse(code, end_code(m));
}
