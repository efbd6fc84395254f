/* The heaps of a check: of saved logs, of a board that is asked, of a program that is run. */
#include <errno.h>
#include <string.h>

#include "check/inputs.h"
#include "memprof/cli/message.h"
#include "memprof/input/log_reader.h"
#include "run/program.h"

/* ---- one after the other ---- */

static void give(struct check_moments *m, const struct check_moment *moment)
{
	int r = m->check ? check_heap(m->check, m->side, moment) : 0;

	if (r < 0 && !m->error)
		m->error = r;
}

/* What waits is whole now, with the name that came after it. */
static void settle(struct check_moments *m)
{
	if (!m->waits)
		return;
	m->waits = false;
	struct check_moment moment = {
		.heap = &m->heap,
		.at_us = m->at_us,
		.label = m->label,
		.file = m->file,
		.line = m->line,
	};
	memcpy(moment.time, m->time, sizeof(moment.time));
	give(m, &moment);
	m->last_cut = m->heap.problem;
	if (!m->check)
		layout_heaps_keep(&m->last, &m->heap);
	for (size_t i = 0; i < m->n_samples; i++)
		give(m, &m->samples[i]);
	m->n_samples = 0;
}

static void set_label(struct check_moments *m, const char *label, size_t n_bytes)
{
	size_t n = MIN(n_bytes, sizeof(m->label) - 1);

	memcpy(m->label, label, n);
	m->label[n] = '\0';
}

static void take_snapshot(struct check_moments *m, struct event *event)
{
	settle(m);
	m->at_us = timeline_at(&m->timeline, event);
	m->line = event->line;
	memcpy(m->time, event->time, sizeof(m->time));
	set_label(m, event->snapshot.label, strlen(event->snapshot.label));
	marks_heap(&m->marks, m->label);
	heap_swap(&m->heap, event->snapshot.heap);
	m->waits = true;
	m->n_moments++;
}

static void take_sample(struct check_moments *m, const struct event *event)
{
	struct check_moment sample = {
		.used_bytes = event->sample.used_bytes,
		.free_bytes = event->sample.free_bytes,
		.largest_free_bytes = event->sample.largest_free_bytes,
		.at_us = timeline_at(&m->timeline, event),
		.label = "",
		.file = m->file,
		.line = event->line,
	};

	memcpy(sample.time, event->time, sizeof(sample.time));
	m->n_moments++;
	if (m->n_samples == CHECK_SAMPLES_MAX)
		settle(m);
	if (m->waits)
		m->samples[m->n_samples++] = sample;
	else
		give(m, &sample);
}

static void take_pool(struct check_moments *m, const struct event *event)
{
	struct check_moment moment = {
		.pool = &event->pool,
		.at_us = timeline_peek(&m->timeline, event),
		.label = m->label,
		.file = m->file,
		.line = event->line,
	};

	memcpy(moment.time, event->time, sizeof(moment.time));
	m->n_moments++;
	give(m, &moment);
	if (!m->check)
		layout_heaps_keep_pool(&m->last, &event->pool);
}

/* Of several marks behind a heap the first names it. */
static void take_mark(struct check_moments *m, const struct event_text *mark)
{
	char label[EVENT_LABEL_BYTES];

	if (marks_mark(&m->marks, mark, label) && m->waits && !m->label[0])
		set_label(m, label, strlen(label));
}

static int take(void *of, struct event *event)
{
	struct check_moments *m = of;

	switch (event->kind) {
	case EVENT_SNAPSHOT:
		take_snapshot(m, event);
		break;
	case EVENT_SAMPLE:
		take_sample(m, event);
		break;
	case EVENT_POOL:
		take_pool(m, event);
		break;
	case EVENT_MARK:
		take_mark(m, &event->mark);
		break;
	case EVENT_RESET:
		settle(m);
		if (m->check)
			check_heap_reset(m->check, m->side);
		break;
	default:
		break;
	}
	return m->error;
}

static void end_input(struct check_moments *m)
{
	settle(m);
	m->marks = (struct marks){ .any_heap = false };
	timeline_next(&m->timeline);
	if (m->check)
		check_heap_ends(m->check, m->side);
}

static int end_code(const struct check_moments *m)
{
	if (m->error < 0)
		message_error("out of memory");
	return m->error < 0 ? EXIT_INPUT : EXIT_FINE;
}

/* ---- a saved log ---- */

/* blob: of the log, if it is read already. */
static int read_log(struct check_inputs *in, enum check_side side, const char *log, const struct blob *blob)
{
	enum check_input input = side == CHECK_NOW ? CHECK_OF_HEAP : CHECK_OF_BASELINE_HEAP;
	struct check_moments *m = &in->moments[side];
	struct reading r = { .command = "check", .name = log, .blob = blob, .on_event = take, .of = m };
	struct diag diag = { 0 };

	in->given[input] = true;
	m->n_moments = 0;
	m->file = log;
	int error = reading_decoder(in->options, &r.decoder);
	if (error == 0)
		error = reading_run(&r, &diag);
	end_input(m);
	if (error < 0 && diag.text[0]) {
		if (!diag.at.file)
			diag.at.file = log;
		message_diag(&diag);
	} else if (error == 0 && m->n_moments == 0) {
		reading_say_no_dump(&r);
		error = -EINVAL;
	}
	if (error == 0 && !in->check && m->last_cut != HEAP_WHOLE) {
		message_at((struct place){ .file = log }, "error",
			   "its last dump is not whole: %s; log it once more, to its end",
			   heap_problem_text(m->last_cut));
		error = -EINVAL;
	}
	if (error == 0)
		return end_code(m);
	check_inputs_fail(in, input, "there is no heap to be had from %s", log);
	return EXIT_INPUT;
}

int check_moments_read(struct check_inputs *in, const char *log)
{
	bool more = option_nth(in->options, "dump", 1) || option_is(in->options, "run");

	in->moments[CHECK_NOW].timeline.several = more;
	return read_log(in, CHECK_NOW, log, NULL);
}

int check_moments_read_old(struct check_inputs *in, struct blob *old)
{
	return read_log(in, CHECK_BASE, old->name, old);
}

/* ---- a board ---- */

int check_moments_live(struct check_inputs *in, const char *source)
{
	struct check_moments *m = &in->moments[CHECK_NOW];
	struct layout_heaps found;

	in->given[CHECK_OF_HEAP] = true;
	m->n_moments = 0;
	m->file = NULL;
	layout_heaps_init(&found);
	int code = layout_heaps_ask(&found, in->options, source);
	in->board = found.board;
	if (found.any) {
		struct event snapshot = { .kind = EVENT_SNAPSHOT,
					  .at_us = NOT_KNOWN,
					  .snapshot = { .heap = &found.heap } };
		take_snapshot(m, &snapshot);
	}
	for (size_t i = 0; i < found.n_pools; i++)
		take_pool(m, &(struct event){ .kind = EVENT_POOL, .at_us = NOT_KNOWN, .pool = found.pools[i] });
	if (found.has_sample)
		take_sample(m, &found.sample);
	end_input(m);
	layout_heaps_deinit(&found);
	if (code == EXIT_FINE && m->n_moments == 0)
		code = EXIT_DEVICE; /* stopped, or it does not answer: said */
	if (code != EXIT_FINE)
		check_inputs_fail(in, CHECK_OF_HEAP, "%s could not be asked", source);
	return exit_worse(code, end_code(m));
}

/* ---- a program ---- */

static void on_label(void *of, const char *label)
{
	struct check_moments *m = of;

	if (m->waits)
		set_label(m, label, strlen(label));
}

static void on_event(void *of, struct event *event, const char *label)
{
	take(of, event);
	if (label)
		on_label(of, label);
}

/* Why the heap that it left says nothing; NULL: it does. What was seen before is not what is there last. */
static const char *unfinished(const struct program_result *result)
{
	if (!result->ran)
		return "did not run";
	if (result->info.stopped)
		return "was stopped before its end";
	if (result->gone)
		return "left no heap: its process ended, or the board is gone";
	if (result->cut_by_us)
		return "was stopped before the last look at its heap";
	if (result->info.unanswered)
		return "left so little memory that the board could not be asked";
	return result->info.restarted ? "reset the board" : NULL;
}

int check_moments_run(struct check_inputs *in, const char *script)
{
	struct check_moments *m = &in->moments[CHECK_NOW];
	const struct program_handler handler = { .on_event = on_event, .on_label = on_label, .of = m };
	struct program_options program = {
		.script = script,
		.source = option_value(in->options, "live"),
		.output = stderr,
	};
	struct program_result result = { 0 };
	int r = program_options_read(in->options, &program);

	program.live = false; /* a job's log would have thousands of lines */
	program.imports = !in->check || check_asks(in->check, BUDGET_BIT(BUDGET_IMPORT));
	in->given[CHECK_OF_HEAP] = true;
	in->given[CHECK_OF_IMPORTS] = program.imports;
	m->file = NULL;
	int code = r < 0 ? EXIT_INPUT : program_run(in->options, &program, &handler, &result);
	end_input(m);
	const char *why = unfinished(&result);
	if (why) {
		check_inputs_fail(in, CHECK_OF_HEAP, "%s %s", script, why);
		check_inputs_fail(in, CHECK_OF_IMPORTS, "%s %s", script, why);
		code = exit_worse(code, EXIT_INPUT);
	}
	if (result.info.exception[0]) /* what the code tells, whatever else could not be read */
		in->trouble = arena_printf(&in->arena, "%s raised %s", script, result.info.exception);
	else if (code != EXIT_FINE && !in->trouble)
		in->trouble = arena_printf(&in->arena, "not all that %s sent could be saved", script);
	in->imports = result.imports;
	in->has_imports = program.imports;
	result.imports = (struct imports){ 0 };
	program_result_deinit(&result);
	return exit_worse(code, end_code(m));
}
