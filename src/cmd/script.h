/* A script that a command runs on a board, by the options below: run, check and sites have them. */
#pragma once

#include <stdio.h>

#include "live.h"
#include "memprof/cli/output.h"
#include "memprof/run/program.h"

/* The member `program` of a command's struct args. */
struct program_args {
	uint64_t timeout_us;
	bool no_samples, no_collect, imports, no_peaks;
};
#define TIMEOUT_ROW(args, help) \
	0, "timeout", "TIME", help " (default: never)", AS_TIME(args, program.timeout_us), .least = 1000000
#define NO_SAMPLES_ROW(args) \
	0, "no-samples", NULL, "do not instrument; measure before and after only", AS_FLAG(args, program.no_samples)

struct script {
	const struct board_args *board;
	const struct program_args *args;
	struct program_options program; /* the rest of it is set by script_run */
	const char *source;             /* a URI; NULL: the only board there is */
	FILE *output;                   /* where what the program prints goes */
	bool unsaved;                   /* --save is of another run */
	bool resets;                    /* the board, first, also without --reset */
};

/* Reads the script and runs it on the board: the exit code (0, 2, 3, 4), after a message where it is not 0. *ret is
 * filled in any case; give it to program_result_deinit. */
int script_run(struct script *script, const struct program_handler *handler, struct program_result *ret);

/* What other pools than Python's heap had at the end, a note each; a warning if allocations failed. */
void script_say_pools(const struct run_info *run);

/* sites --first-alloc: as script_run; EXIT_FINDING where the function allocates. */
int script_first_alloc(struct script *script, const char *function, struct output *out);

/* The exit code of a run that ended so. */
int script_exit(enum program_end end);
