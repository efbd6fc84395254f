/* check, and test, which is a check of test files. */
#pragma once

#include "live.h"
#include "load.h"
#include "memprof/cli/outputs.h"
#include "memprof/feed/feed.h"
#include "memprof/intake/check.h"
#include "memprof/sinks/checker.h"
#include "script.h"

struct check_args {
	struct output_args output;
	struct log_args log;
	struct layout_inputs_args inputs;
	struct script_args scripts;
	struct board_args board;
	struct program_args program;
	struct option_list runs, baselines;
	const char *memory, *per_test, *rules, *budget;
	uint64_t gc_threshold, headroom;
	bool allow_missing, init, update, loosen, all;
};

struct checking {
	const struct options *options;
	const struct check_args *args;
	const char *path;                /* of the budget; NULL with --init: it goes to the outputs */
	struct blob blob;                /* its text */
	struct budget *budget, *updated; /* updated: of the text that --update wrote */
	struct check check;
	struct check_inputs inputs;
	struct feed feeds[N_CHECK_SIDES]; /* of logs and boards, to the checkers */
	struct checker checkers[N_CHECK_SIDES];
	struct board_info board;  /* of --live */
	struct input_names dumps; /* of --dump */
	struct outputs outputs;
	int code; /* of the inputs, the worst so far */
};

/* What went wrong is said where it is found: the worst exit code stays. */
static inline void check_worse(struct checking *k, int code) { k->code = exit_worse(k->code, code); }

/* Test files are arguments then, and not given by --run. */
static inline bool check_is_test(const struct checking *k)
{
	return k->args->runs.n && !options_any(k->options, "run");
}

/* The command, with what args name; budget: a file, NULL. An exit code. */
int check_against(const struct options *options, const struct check_args *args, const char *budget);

/* check.c: offers all inputs to the limits, and judges them. An exit code. */
int check_judge_inputs(struct checking *k);

/* check_budget.c: exit codes, after a message. The first begins the check, also of a budget that cannot be read. */
int check_read_budget(struct checking *k);
int check_update_budget(struct checking *k); /* --update: then the rows are those of the new file */
int check_init_budget(struct checking *k);   /* --init */

/* check_inputs.c: reads all inputs of the options; heaps go into the check at once, if it has limits. An input that
 * cannot be read is reported and has failed, and the others are still read. Returns the worst exit code. */
int check_read_inputs(struct checking *k);

/* The same file: what a board sends between these two is one input. */
void check_begin_live(struct checking *k);
void check_end_live(struct checking *k);

/* check_program.c: runs it once to follow its heap, and once more for each function. */
void check_run_script(struct checking *k, const char *script);

/* check_tests.c: runs test files on a board. An exit code. */
int check_run_tests(struct checking *k);

/* check_report.c: writes the rows to all outputs; code: of the run. */
void check_write_rows(struct checking *k, int code);
