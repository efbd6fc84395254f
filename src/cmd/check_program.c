/* A program that check runs on a board: its heap is followed, and it is run once more for its imports, and for each
 * function that should not allocate. */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "load.h"

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
		check_worse(k, EXIT_INPUT);
}

/* What is told of a run that has no results for this input, or of how the program ended. The exit code. */
static int note_end(struct checking *k, enum check_input input, const char *script, const struct program_result *result,
		    int code)
{
	struct check *c = &k->check;
	const char *why = unfinished(result);

	/* The reason for the exit code comes first. */
	if (result->info.exception[0] && (code == EXIT_SCRIPT || !c->trouble))
		c->trouble = arena_printf(&c->arena, "%s raised %s", script, result->info.exception);
	if (why) {
		check_fail(c, input, "%s %s", script, why);
		code = exit_worse(code, EXIT_INPUT);
	}
	if (code != EXIT_FINE && !c->trouble)
		c->trouble = arena_printf(&c->arena, "not all that %s sent could be saved", script);
	return code;
}

/* The exit code of the program. *ret_again: it may be run once more. */
static int follow_heap(struct checking *k, struct script run, bool *ret_again)
{
	const struct program_handler handler = { on_event, on_label, .ctx = &k->feeds[CHECK_NOW] };
	const char *script = run.program.script;
	struct program_result result = { 0 };

	run.program.reads_memory = check_asks(&k->check, SUBJECTS_OF_OBJECTS);
	check_begin_live(k);
	int code = script_run(&run, &handler, &result);
	script_say_pools(&result.info);
	check_end_live(k);
	*ret_again = result.ran && !result.info.stopped && !result.gone && !result.cut_by_us;
	code = note_end(k, CHECK_OF_HEAP, script, &result, code);
	if (run.program.reads_memory)
		take_memory(k, script, &result);
	program_result_deinit(&result);
	return code;
}

/* By itself: a hook around imports is in all figures of the heap. The exit code of the program. */
static int follow_imports(struct checking *k, struct script run)
{
	struct check_files *now = &k->inputs.sides[CHECK_NOW];
	struct program_result result = { 0 };

	run.program.imports = true;
	now->has_imports = k->check.given[CHECK_OF_IMPORTS] = true;
	int code = script_run(&run, NULL, &result);
	code = note_end(k, CHECK_OF_IMPORTS, run.program.script, &result, code);
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
	check_worse(k, code);
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
		check_worse(k, load_exit(-ENOMEM, NULL));
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

/* Once to follow its heap, once more for its imports, and for each function. */
void check_run_script(struct checking *k, const char *script)
{
	const unsigned functions = SUBJECT_BIT(SUBJECT_FUNCTION), imports = SUBJECT_BIT(SUBJECT_IMPORT);
	struct script run = { .board = &k->args->board,
			      .args = &k->args->program,
			      .program.script = script,
			      .source = k->args->inputs.live,
			      .output = stderr };
	bool has_heap = !k->check.budget || check_asks(&k->check, ~(functions | imports));
	bool has_imports = !k->check.budget || check_asks(&k->check, imports);
	bool again = true;
	int code = EXIT_FINE;

	if (has_heap || !(has_imports || check_asks(&k->check, functions)))
		code = follow_heap(k, run, &again);
	run.unsaved = has_heap;
	if (has_imports && again)
		code = exit_worse(code, follow_imports(k, run));
	else if (has_imports)
		check_fail(&k->check, CHECK_OF_IMPORTS, "%s could not be run once more for its imports", script);
	check_worse(k, code);
	if (!check_asks(&k->check, functions))
		return;
	if (code == EXIT_DEVICE)
		check_fail(&k->check, CHECK_OF_FUNCTIONS, "%s could not be run once more for its functions", script);
	else
		run_functions(k, run, !has_heap && !has_imports);
}
