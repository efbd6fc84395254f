/* What a check reads: files, saved logs, a live board, and a program that runs on one. */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "load.h"
#include "memprof/cli/message.h"
#include "memprof/io/input_fd.h"

/* What went wrong is said where it is found: the worst exit code stays. */
static void worse(struct checking *k, int code) { k->code = exit_worse(k->code, code); }

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
	if (error < 0) {
		check_fail(&k->check, input, "no heap could be read from %s", log);
		worse(k, EXIT_INPUT);
	}
	return error;
}

/* A page reads them once more. */
static void read_dumps(struct checking *k)
{
	const struct option_list *dumps = &k->args->inputs.dumps;
	struct diag diag = { 0 };

	capture_set_several(k->feeds[CHECK_NOW].capture, dumps->n > 1 || (dumps->n && k->args->runs.n));
	for (size_t i = 0; i < dumps->n; i++) {
		int error = k->inputs.draws ? input_keep(dumps->all[i], &diag) : 0;
		if (error < 0)
			worse(k, load_exit(error, &diag));
		else
			read_log(k, CHECK_NOW, dumps->all[i]);
	}
}

/* Logs last: with several, only dates give their order. */
static void read_baselines(struct checking *k)
{
	const struct option_list *names = &k->args->baselines;
	const char *logs[OPTIONS_GIVEN_MAX];
	size_t n_logs = 0;

	for (size_t i = 0; i < names->n; i++) {
		int r = check_inputs_read_old(&k->inputs, names->all[i], k->args->allow_missing);
		if (r == CHECK_OLD_LOG)
			logs[n_logs++] = names->all[i];
		else if (r < 0)
			worse(k, EXIT_INPUT);
	}
	capture_set_several(k->feeds[CHECK_BASE].capture, n_logs > 1);
	for (size_t i = 0; i < n_logs; i++)
		if (read_log(k, CHECK_BASE, logs[i]) < 0)
			check_inputs_fail_old(&k->inputs, logs[i]);
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

/* The exit code. */
static int ask_board(struct checking *k, const char *source)
{
	struct feed *feed = &k->feeds[CHECK_NOW];
	struct layout_heaps found;

	begin_live(k);
	layout_heaps_init(&found);
	int code = load_heaps(&found, &k->args->board, source);
	k->board = found.board;
	if (found.any)
		feed_event(feed, &(struct event){ .kind = EVENT_SNAPSHOT,
						  .at_us = NOT_KNOWN,
						  .snapshot = { .heap = &found.heap, .n_lines = 1 } });
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
	return code;
}

/* It was asked just before: not reset again, nor recorded. The exit code. */
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

static void read_live(struct checking *k, const char *source)
{
	int code = ask_board(k, source);

	worse(k, code);
	if (k->args->memory || !check_asks(&k->check, SUBJECTS_OF_OBJECTS))
		return;
	if (code != EXIT_DEVICE) /* it answered before */
		code = read_board_memory(k, source);
	if (code != EXIT_FINE)
		check_fail(&k->check, CHECK_OF_MEMORY, "the memory of %s could not be read", source);
	worse(k, code);
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

static void take_memory(struct checking *k, const char *script, struct program_result *result)
{
	struct objects *objects = result->objects;

	k->check.given[CHECK_OF_MEMORY] = true;
	result->objects = NULL;
	if (!objects)
		check_fail(&k->check, CHECK_OF_MEMORY, "the memory that %s left could not be read", script);
	if (!objects || check_inputs_take_objects(&k->inputs, CHECK_NOW, objects) < 0)
		worse(k, EXIT_INPUT);
}

/* The exit code of the program. */
static int follow_program(struct checking *k, struct script run)
{
	const struct program_handler handler = { on_event, on_label, .ctx = &k->feeds[CHECK_NOW] };
	const char *script = run.program.script;
	struct check_files *now = &k->inputs.sides[CHECK_NOW];
	struct program_result result = { 0 };
	struct check *c = &k->check;

	run.program.imports = !c->budget || check_asks(c, SUBJECT_BIT(SUBJECT_IMPORT));
	now->has_imports = c->given[CHECK_OF_IMPORTS] = run.program.imports;
	run.program.reads_memory = check_asks(c, SUBJECTS_OF_OBJECTS);
	begin_live(k);
	int code = script_run(&run, &handler, &result);
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
		take_memory(k, script, &result);
	now->imports = result.imports;
	result.imports = (struct imports){ 0 };
	program_result_deinit(&result);
	return code;
}

/* ---- once more for each function that should not allocate, as the program ends at the first allocation ---- */

static bool is_run_for(const struct checking *k, const char *function)
{
	for (size_t i = 0; i < k->inputs.n_functions; i++)
		if (strcmp(k->inputs.functions[i].function, function) == 0)
			return true;
	return false;
}

/* True: the board is gone, or somebody stopped it. */
static bool run_for(struct checking *k, struct script *script)
{
	struct first_alloc *a = script->program.first_alloc;
	struct program_result result = { 0 };
	struct check *c = &k->check;
	int code = script_run(script, NULL, &result);
	bool by_hand = a->is_stopped && !a->is_late, is_over = code == EXIT_FINE && !result.ran;

	if (by_hand)
		diag_set(&a->fault, 0, "the program was stopped before its end");
	else if (!result.ran && !a->fault.text[0])
		diag_set(&a->fault, 0, "the program did not run");
	if (result.info.exception[0] && !c->trouble)
		c->trouble = arena_printf(&c->arena, "%s raised %s", script->program.script, result.info.exception);
	program_result_deinit(&result);
	worse(k, code);
	return is_over || by_hand || code == EXIT_DEVICE;
}

/* saves: --save is of the first run. */
static void run_functions(struct checking *k, struct script run, bool saves)
{
	struct check *c = &k->check;
	struct first_alloc *all = arena_zeroed(&c->arena, c->n_rows, sizeof(*all));
	bool over = false;

	c->given[CHECK_OF_FUNCTIONS] = true;
	k->inputs.functions = all;
	if (!all)
		worse(k, load_exit(-ENOMEM, NULL));
	for (size_t i = 0; i < c->n_rows && all && !over; i++) {
		const struct check_row *row = &c->rows[i];
		if (!row->limit || row->entry->subject != SUBJECT_FUNCTION || is_run_for(k, row->entry->pattern))
			continue;
		run.program.first_alloc = &all[k->inputs.n_functions++];
		first_alloc_init(run.program.first_alloc, run.program.script, row->entry->pattern);
		run.unsaved = !saves || k->inputs.n_functions > 1;
		over = run_for(k, &run);
	}
	if (over)
		check_fail(c, CHECK_OF_FUNCTIONS, "%s could not be run for each function", run.program.script);
}

/* Once to follow its heap, and once more for each function. */
static void run_script(struct checking *k, const char *script)
{
	const unsigned functions = SUBJECT_BIT(SUBJECT_FUNCTION);
	struct script run = { .board = &k->args->board,
			      .args = &k->args->program,
			      .program.script = script,
			      .source = k->args->inputs.live,
			      .output = stderr };
	bool only = check_asks(&k->check, functions) && !check_asks(&k->check, ~functions);

	int code = only ? EXIT_FINE : follow_program(k, run);
	worse(k, code);
	if (!check_asks(&k->check, functions))
		return;
	if (code == EXIT_DEVICE)
		check_fail(&k->check, CHECK_OF_FUNCTIONS, "%s could not be run once more for its functions", script);
	else
		run_functions(k, run, only);
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
	struct layout_spec spec = load_layout_spec(args);

	spec.image = files->build.image;
	spec.bin = files->bin.name;
	spec.firmware = files->bin.name ? &files->bin : NULL;
	spec.info = side == CHECK_NOW && k->board.known ? &k->board : NULL;
	files->has_layout = true;
	if (layout_read(&files->layout, &spec) < 0)
		return -EINVAL;
	if (layout_resolve(&files->layout) < 0) {
		load_exit(-ENOMEM, NULL);
		return -ENOMEM;
	}
	if (!args->partitions || has_partitions(&files->layout))
		return 0;
	message_at((struct place){ .file = args->partitions }, "error", "no partition in this table");
	return -EINVAL;
}

static void report_conflicts(const struct checking *k)
{
	const struct layout_inputs_args *args = &k->args->inputs;
	const struct layout *l = &k->inputs.sides[CHECK_NOW].layout;
	const char *from = args->partitions ? args->partitions : args->of_board ? args->of_board : args->live;

	for (size_t i = 0; i < l->n_conflicts; i++)
		message_at((struct place){ .file = from }, "warning", "%s", l->conflicts[i].what);
}

/* A file that was given is read, whether a limit is on it or not. */
static void read_layouts(struct checking *k)
{
	const struct check_files *base = &k->inputs.sides[CHECK_BASE];
	const char *table = k->args->inputs.partitions;
	struct check *c = &k->check;
	bool asked = !c->budget || check_asks(c, SUBJECT_BIT(SUBJECT_PARTITION));

	if (!table && !k->args->inputs.of_board && !(asked && k->board.known))
		return;
	c->given[CHECK_OF_PARTITIONS] = true;
	if (check_inputs_lack_build(&k->inputs))
		check_fail(c, CHECK_OF_PARTITIONS, "%s", c->failed[CHECK_OF_BUILD]);
	else if (read_layout(k, CHECK_NOW) < 0)
		check_fail(c, CHECK_OF_PARTITIONS, "the partitions%s%s could not be read", table ? " " : "",
			   table ? table : "");
	else if (asked)
		report_conflicts(k);
	c->given[CHECK_OF_BASELINE_PARTITIONS] = base->build.image || base->bin.name;
	if (c->given[CHECK_OF_BASELINE_PARTITIONS] && !c->failed[CHECK_OF_PARTITIONS] && read_layout(k, CHECK_BASE) < 0)
		check_fail(c, CHECK_OF_BASELINE_PARTITIONS, "the older firmware could not be put into the partitions");
	if (c->failed[CHECK_OF_PARTITIONS] || c->failed[CHECK_OF_BASELINE_PARTITIONS])
		worse(k, EXIT_INPUT);
}

/* ---- all of them ---- */

/* The board last: a file that cannot be read must not cost a run. */
int check_read_inputs(struct checking *k)
{
	const char *script = k->args->runs.all[0], *live = k->args->inputs.live;

	if (check_inputs_read_build(&k->inputs) < 0)
		worse(k, EXIT_INPUT);
	read_baselines(k);
	read_dumps(k);
	if (k->args->memory && check_inputs_read_memory(&k->inputs, k->args->memory) < 0)
		worse(k, EXIT_INPUT);
	if (script && k->args->per_test)
		worse(k, check_run_tests(k));
	else if (script)
		run_script(k, script);
	else if (live)
		read_live(k, live);
	read_layouts(k);
	if (k->checkers[CHECK_NOW].error < 0 || k->checkers[CHECK_BASE].error < 0)
		worse(k, load_exit(-ENOMEM, NULL));
	return k->code;
}
