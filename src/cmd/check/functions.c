/* Functions that should not allocate: the program runs once for each, as it ends at the first allocation. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check/inputs.h"
#include "memprof/cli/message.h"
#include "script.h"

bool check_functions_are_wanted(const struct check_inputs *in)
{
	return in->check && check_asks(in->check, SUBJECT_BIT(SUBJECT_FUNCTION));
}

static bool is_known(const struct check_inputs *in, const char *name)
{
	for (size_t i = 0; i < in->n_functions; i++)
		if (strcmp(in->functions[i]->function, name) == 0)
			return true;
	return false;
}

static struct first_alloc *add(struct check_inputs *in, const char *script, const char *name)
{
	struct first_alloc *a = malloc(sizeof(*a));

	if (!a)
		return NULL;
	first_alloc_init(a, script, name);
	if (vec_push(in, functions, a) == 0)
		return a;
	free(a);
	return NULL;
}

/* An exit code; *ret_over: the board is gone, or somebody stopped it. */
static int run_for(struct check_inputs *in, struct script *script, bool *ret_over)
{
	struct first_alloc *a = script->program.first_alloc;
	struct program_result result = { 0 };
	int code = script_run(script, NULL, &result);
	bool by_hand = a->is_stopped && !a->is_late;

	if (by_hand)
		diag_set(&a->fault, 0, "the program was stopped before its end");
	else if (!result.ran && !a->fault.text[0])
		diag_set(&a->fault, 0, "the program did not run");
	if (result.info.exception[0] && !in->trouble)
		in->trouble = arena_printf(&in->arena, "%s raised %s", script->program.script, result.info.exception);
	*ret_over = code == EXIT_DEVICE || by_hand || (code == EXIT_FINE && !result.ran);
	program_result_deinit(&result);
	return code;
}

int check_functions_run(struct check_inputs *in, const char *script, bool saves)
{
	struct script run = { .board = &in->args->board,
			      .args = &in->args->program,
			      .program.script = script,
			      .source = in->args->inputs.live,
			      .output = stderr };
	int code = EXIT_FINE;
	bool over = false;

	in->given[CHECK_OF_FUNCTIONS] = true;
	for (size_t i = 0; i < in->check->n_rows && !over; i++) {
		const struct check_row *row = &in->check->rows[i];
		if (!row->limit || row->entry->subject != SUBJECT_FUNCTION || is_known(in, row->entry->pattern))
			continue;
		run.program.first_alloc = add(in, script, row->entry->pattern);
		if (!run.program.first_alloc) {
			message_error("out of memory");
			return EXIT_INPUT;
		}
		run.unsaved = !saves || in->n_functions > 1;
		int r = run_for(in, &run, &over);
		code = exit_worse(code, r);
	}
	if (over)
		check_inputs_fail(in, CHECK_OF_FUNCTIONS, "%s could not be run for each function", script);
	return code;
}

void check_functions_deinit(struct check_inputs *in)
{
	for (size_t i = 0; i < in->n_functions; i++) {
		first_alloc_deinit(in->functions[i]);
		free(in->functions[i]);
	}
	vec_deinit(in, functions);
}
