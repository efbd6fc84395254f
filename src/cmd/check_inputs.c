/* What a check reads: files, saved logs, a live board, and a program that runs on one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "layout/ask_board.h"
#include "load.h"
#include "memprof/cli/message.h"
#include "memprof/io/input_fd.h"

static int out_of_memory(void) { return load_exit(-ENOMEM, NULL); }

static int end_code(const struct checking *k, enum check_side side)
{
	return k->checkers[side].error < 0 ? out_of_memory() : EXIT_FINE;
}

/* ---- saved logs ---- */

static int read_log(struct checking *k, enum check_side side, const char *log)
{
	enum check_input input = side == CHECK_NOW ? CHECK_OF_HEAP : CHECK_OF_BASELINE_HEAP;
	enum heap_problem *problem = &k->checkers[side].last_problem;
	struct log_format format CLEANUP(log_format_deinit) = { .figures = NULL };

	k->check.given[input] = true;
	int error = load_log_format(&k->args->log, &format);
	if (error == 0)
		error = feed_logs(&k->feeds[side], &log, 1, &format);
	check_end_input(&k->check, side);
	if (error == 0 && !k->check.budget && *problem != HEAP_WHOLE) {
		message_at((struct place){ .file = log }, "error",
			   "the last dump is incomplete: %s; log it once more, to its end",
			   heap_problem_text(*problem));
		error = -EINVAL;
	}
	if (error == 0)
		return end_code(k, side);
	check_fail(&k->check, input, "no heap could be read from %s", log);
	return EXIT_INPUT;
}

/* A page reads it once more. */
static int read_dump(struct checking *k, const char *log)
{
	struct diag diag = { 0 };

	if (!k->inputs.draws || input_keep(log, &diag) == 0)
		return read_log(k, CHECK_NOW, log);
	message_diag(&diag);
	return EXIT_INPUT;
}

/* Logs last: with several, only dates give their order. */
static int read_baselines(struct checking *k)
{
	const struct option_list *names = &k->args->baselines;
	const char *logs[OPTIONS_GIVEN_MAX];
	int code = EXIT_FINE;
	size_t n_logs = 0;

	for (size_t i = 0; i < names->n; i++) {
		int r = check_inputs_read_old(&k->inputs, names->all[i], k->args->allow_missing);
		if (r == CHECK_OLD_LOG)
			logs[n_logs++] = names->all[i];
		else if (r < 0)
			code = EXIT_INPUT;
	}
	capture_set_several(k->feeds[CHECK_BASE].capture, n_logs > 1);
	for (size_t i = 0; i < n_logs; i++) {
		int r = read_log(k, CHECK_BASE, logs[i]);
		code = exit_worse(code, r);
		if (r != EXIT_FINE)
			check_inputs_fail_old(&k->inputs, logs[i]);
	}
	return code;
}

/* ---- a board ---- */

static void begin_live(struct checking *k)
{
	capture_begin_input(k->feeds[CHECK_NOW].capture, NULL);
	k->checkers[CHECK_NOW].n_moments = 0;
	k->check.given[CHECK_OF_HEAP] = true;
}

static void end_live(struct checking *k)
{
	capture_end_input(k->feeds[CHECK_NOW].capture);
	check_end_input(&k->check, CHECK_NOW);
}

static int ask_board(struct checking *k, const char *source)
{
	struct feed *feed = &k->feeds[CHECK_NOW];
	struct layout_heaps found;

	begin_live(k);
	layout_heaps_init(&found);
	int code = layout_ask_board(&found, &k->args->board, source);
	k->board = found.board;
	if (found.any) {
		struct event snapshot = { .kind = EVENT_SNAPSHOT,
					  .at_us = NOT_KNOWN,
					  .snapshot = { .heap = &found.heap, .n_lines = 1 } };
		feed_event(feed, &snapshot);
	}
	for (size_t i = 0; i < found.n_pools; i++)
		feed_event(feed, &(struct event){ .kind = EVENT_POOL, .at_us = NOT_KNOWN, .pool = found.pools[i] });
	if (found.has_sample)
		feed_event(feed, &found.sample);
	end_live(k);
	layout_heaps_deinit(&found);
	if (code == EXIT_FINE && k->checkers[CHECK_NOW].n_moments == 0)
		code = EXIT_DEVICE; /* stopped, or it does not answer: said */
	if (code != EXIT_FINE)
		check_fail(&k->check, CHECK_OF_HEAP, "%s could not be asked", source);
	int r = end_code(k, CHECK_NOW);
	return exit_worse(code, r);
}

/* It was asked just before: not reset again, nor recorded. */
static int read_board_memory(struct checking *k, const char *source)
{
	const struct objects_spec spec = { .name = source };
	struct board_args again = k->args->board;
	struct objects_reading reading;

	again.reset = false;
	again.save = NULL;
	k->check.given[CHECK_OF_MEMORY] = true;
	int code = load_objects(&spec, &again, &reading);
	if (reading.objects && check_inputs_take_objects(&k->inputs, CHECK_NOW, reading.objects) < 0)
		code = exit_worse(code, EXIT_INPUT);
	reading.objects = NULL;
	objects_reading_deinit(&reading);
	return code;
}

static int read_live(struct checking *k, const char *source)
{
	int code = ask_board(k, source), r = EXIT_DEVICE;

	if (k->args->memory || !check_asks(&k->check, SUBJECTS_OF_OBJECTS))
		return code;
	if (code != EXIT_DEVICE) /* it answered before */
		r = read_board_memory(k, source);
	if (r != EXIT_FINE)
		check_fail(&k->check, CHECK_OF_MEMORY, "the memory of %s could not be read", source);
	return exit_worse(code, r);
}

/* ---- a program ---- */

static void on_label(void *ctx, const char *label) { capture_label_last(((struct feed *)ctx)->capture, label); }

static void on_event(void *ctx, struct event *event, const char *label)
{
	struct feed *feed = ctx;

	capture_set_label(feed->capture, label);
	feed_event(feed, event);
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

static int take_memory(struct checking *k, const char *script, struct program_result *result)
{
	struct objects *objects = result->objects;

	k->check.given[CHECK_OF_MEMORY] = true;
	result->objects = NULL;
	if (objects)
		return check_inputs_take_objects(&k->inputs, CHECK_NOW, objects) < 0 ? EXIT_INPUT : EXIT_FINE;
	check_fail(&k->check, CHECK_OF_MEMORY, "the memory that %s left could not be read", script);
	return EXIT_INPUT;
}

static int follow_program(struct checking *k, const char *script)
{
	const struct program_handler handler = { on_event, on_label, .ctx = &k->feeds[CHECK_NOW] };
	struct script run = { .board = &k->args->board,
			      .args = &k->args->program,
			      .program.script = script,
			      .source = k->args->inputs.live,
			      .output = stderr };
	struct check_files *now = &k->inputs.sides[CHECK_NOW];
	struct program_result result = { 0 };
	struct check *c = &k->check;

	run.program.imports = now->has_imports = c->given[CHECK_OF_IMPORTS] =
		!c->budget || check_asks(c, SUBJECT_BIT(SUBJECT_IMPORT));
	run.program.reads_memory = check_asks(c, SUBJECTS_OF_OBJECTS);
	begin_live(k);
	int code = script_run(&run, &handler, &result), r = EXIT_FINE;
	end_live(k);
	const char *why = unfinished(&result);
	if (why) {
		check_fail(c, CHECK_OF_HEAP, "%s %s", script, why);
		check_fail(c, CHECK_OF_IMPORTS, "%s %s", script, why);
		code = exit_worse(code, EXIT_INPUT);
	}
	if (result.info.exception[0]) /* the reason for the exit code comes first */
		c->trouble = arena_printf(&c->arena, "%s raised %s", script, result.info.exception);
	else if (code != EXIT_FINE && !c->trouble)
		c->trouble = arena_printf(&c->arena, "not all that %s sent could be saved", script);
	if (run.program.reads_memory)
		r = take_memory(k, script, &result);
	code = exit_worse(code, r);
	now->imports = result.imports;
	result.imports = (struct imports){ 0 };
	program_result_deinit(&result);
	r = end_code(k, CHECK_NOW);
	return exit_worse(code, r);
}

/* ---- once more for each function that should not allocate, as the program ends at the first allocation ---- */

static bool is_run_for(const struct checking *k, const char *function)
{
	for (size_t i = 0; i < k->inputs.n_functions; i++)
		if (strcmp(k->inputs.functions[i]->function, function) == 0)
			return true;
	return false;
}

static struct first_alloc *add_function(struct checking *k, const char *script, const char *function)
{
	struct first_alloc *a = malloc(sizeof(*a));

	if (!a)
		return NULL;
	first_alloc_init(a, script, function);
	if (vec_push(&k->inputs, functions, a) == 0)
		return a;
	free(a);
	return NULL;
}

/* An exit code; *ret_over: the board is gone, or somebody stopped it. */
static int run_for(struct checking *k, struct script *script, bool *ret_over)
{
	struct first_alloc *a = script->program.first_alloc;
	struct program_result result = { 0 };
	struct check *c = &k->check;
	int code = script_run(script, NULL, &result);
	bool by_hand = a->is_stopped && !a->is_late;

	if (by_hand)
		diag_set(&a->fault, 0, "the program was stopped before its end");
	else if (!result.ran && !a->fault.text[0])
		diag_set(&a->fault, 0, "the program did not run");
	if (result.info.exception[0] && !c->trouble)
		c->trouble = arena_printf(&c->arena, "%s raised %s", script->program.script, result.info.exception);
	*ret_over = code == EXIT_DEVICE || by_hand || (code == EXIT_FINE && !result.ran);
	program_result_deinit(&result);
	return code;
}

/* saves: --save is of the first run. */
static int run_functions(struct checking *k, const char *script, bool saves)
{
	struct script run = { .board = &k->args->board,
			      .args = &k->args->program,
			      .program.script = script,
			      .source = k->args->inputs.live,
			      .output = stderr };
	int code = EXIT_FINE;
	bool over = false;

	k->check.given[CHECK_OF_FUNCTIONS] = true;
	for (size_t i = 0; i < k->check.n_rows && !over; i++) {
		const struct check_row *row = &k->check.rows[i];
		if (!row->limit || row->entry->subject != SUBJECT_FUNCTION || is_run_for(k, row->entry->pattern))
			continue;
		run.program.first_alloc = add_function(k, script, row->entry->pattern);
		if (!run.program.first_alloc)
			return out_of_memory();
		run.unsaved = !saves || k->inputs.n_functions > 1;
		int r = run_for(k, &run, &over);
		code = exit_worse(code, r);
	}
	if (over)
		check_fail(&k->check, CHECK_OF_FUNCTIONS, "%s could not be run for each function", script);
	return code;
}

/* Once to follow its heap, and once more for each function. */
static int run_script(struct checking *k, const char *script)
{
	const unsigned functions = SUBJECT_BIT(SUBJECT_FUNCTION);
	bool only = check_asks(&k->check, functions) && !check_asks(&k->check, ~functions);
	int code = only ? EXIT_FINE : follow_program(k, script);

	if (!check_asks(&k->check, functions))
		return code;
	if (code == EXIT_DEVICE) {
		check_fail(&k->check, CHECK_OF_FUNCTIONS, "%s could not be run once more for its functions", script);
		return code;
	}
	int r = run_functions(k, script, only);
	return exit_worse(code, r);
}

/* ---- partitions ---- */

/* A failed generator leaves an empty table, which would keep every limit. */
static bool has_partitions(const struct layout *l)
{
	for (size_t i = 0; i < l->n_spans; i++)
		if (l->spans[i].kind == SPAN_PARTITION)
			return true;
	return false;
}

static int read_layout(struct checking *k, enum check_side side)
{
	const struct layout_inputs_args *args = &k->args->inputs;
	struct check_files *files = &k->inputs.sides[side];
	const struct layout_known known = { .image = files->image,
					    .bin = files->bin.name ? &files->bin : NULL,
					    .live = side == CHECK_NOW && k->board.known ? &k->board : NULL };

	files->has_layout = true;
	if (layout_inputs_read(args, &k->args->scripts, &k->args->board, &known, &files->layout) != EXIT_FINE)
		return EXIT_INPUT;
	if (layout_resolve(&files->layout) < 0)
		return out_of_memory();
	if (!args->partitions || has_partitions(&files->layout))
		return EXIT_FINE;
	message_at((struct place){ .file = args->partitions }, "error", "no partition in this table");
	return EXIT_INPUT;
}

static void report_conflicts(const struct checking *k)
{
	const struct layout_inputs_args *args = &k->args->inputs;
	const struct layout *l = &k->inputs.sides[CHECK_NOW].layout;
	const char *from = args->partitions ? args->partitions : args->of_board ? args->of_board : args->live;

	for (size_t i = 0; i < l->n_conflicts; i++)
		message_at((struct place){ .file = from }, "warning", "%s", l->conflicts[i].what);
}

/* What fills the partitions: builds, and what else a file has. */
static int read_layouts(struct checking *k)
{
	const struct check_files *base = &k->inputs.sides[CHECK_BASE];
	const char *table = k->args->inputs.partitions;
	struct check *c = &k->check;
	bool asked = !c->budget || check_asks(c, SUBJECT_BIT(SUBJECT_PARTITION));

	if (!table && !k->args->inputs.of_board && !(asked && k->board.known)) /* a file that was given is read */
		return EXIT_FINE;
	c->given[CHECK_OF_PARTITIONS] = true;
	if (check_inputs_lack_build(&k->inputs))
		check_fail(c, CHECK_OF_PARTITIONS, "%s", c->failed[CHECK_OF_BUILD]);
	else if (read_layout(k, CHECK_NOW) != EXIT_FINE)
		check_fail(c, CHECK_OF_PARTITIONS, "the partitions%s%s could not be read", table ? " " : "",
			   table ? table : "");
	else if (asked)
		report_conflicts(k);
	if (c->failed[CHECK_OF_PARTITIONS])
		return EXIT_INPUT;
	if (!base->image && !base->bin.name)
		return EXIT_FINE;
	c->given[CHECK_OF_BASELINE_PARTITIONS] = true;
	if (read_layout(k, CHECK_BASE) == EXIT_FINE)
		return EXIT_FINE;
	check_fail(c, CHECK_OF_BASELINE_PARTITIONS, "the older firmware could not be put into the partitions");
	return EXIT_INPUT;
}

/* ---- all of them ---- */

static int read_program(struct checking *k)
{
	const char *script = k->args->runs.all[0], *live = k->args->inputs.live;

	if (script)
		return k->args->per_test ? check_run_tests(k) : run_script(k, script);
	return live ? read_live(k, live) : EXIT_FINE;
}

/* The board last: a file that cannot be read must not cost a run. */
int check_read_inputs(struct checking *k)
{
	const struct option_list *dumps = &k->args->inputs.dumps;
	int code = check_inputs_read_build(&k->inputs) < 0 ? EXIT_INPUT : EXIT_FINE, r = read_baselines(k);

	code = exit_worse(code, r);
	capture_set_several(k->feeds[CHECK_NOW].capture, dumps->n > 1 || (dumps->n && k->args->runs.n));
	for (size_t i = 0; i < dumps->n; i++) {
		r = read_dump(k, dumps->all[i]);
		code = exit_worse(code, r);
	}
	if (k->args->memory && check_inputs_read_memory(&k->inputs, k->args->memory) < 0)
		code = exit_worse(code, EXIT_INPUT);
	r = read_program(k);
	code = exit_worse(code, r);
	r = read_layouts(k);
	return exit_worse(code, r);
}
