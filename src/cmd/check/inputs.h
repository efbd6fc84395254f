/* Inputs of check: builds, logs, boards and programs, current and baseline. */
#ifndef MEMPROF_CHECK_INPUTS_H
#define MEMPROF_CHECK_INPUTS_H

#include "layout/inputs.h"
#include "memprof/analysis/check.h"
#include "memprof/analysis/first_alloc.h"
#include "memprof/analysis/imports.h"
#include "memprof/analysis/tests.h"
#include "memprof/cli/output.h"
#include "memprof/feed/feed.h"
#include "memprof/image/ldscript.h"
#include "memprof/input/build_inputs.h"
#include "memprof/input/firmware_file.h"
#include "memprof/input/layout_heaps.h"
#include "memprof/intake/objects.h"
#include "script.h"

/* Build files of one side: current, or baseline. */
struct check_build_files {
	struct input_image map, elf; /* joined into the map if both are given */
	const struct image *image;   /* NULL: none */
	struct firmware_file bin;    /* name NULL: none */
	struct layout layout;
	bool has_layout;
};

/* Passes heaps of one side to the check. */
struct check_moments {
	struct check *check; /* NULL: only the last one is kept, in last */
	enum check_side side;
	struct feed feed;
	struct layout_heaps last;
	enum heap_problem last_problem; /* of the last snapshot */
	uint64_t n_moments;             /* of this input */
	int error;                      /* 0 or -ENOMEM */
};

/* Objects of one side; NULL: none. */
struct check_memory {
	struct objects *objects;
	struct objects_report report;
};

/* Of check, and of test, which is a check of test files. */
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
/* The command, with what args name; budget: a file, NULL. An exit code. */
int check_against(const struct options *options, const struct check_args *args, const char *budget);

struct check_inputs {
	const struct check_args *args;
	struct check *check; /* NULL: no limits yet (--init) */
	struct check_build_files now, base;
	struct ldscript script;
	struct components *rules;
	struct check_moments moments[2]; /* by side */
	struct check_memory memory[2];
	struct imports imports, base_imports;
	bool has_imports, has_base_imports;
	struct tests tests, base_tests;
	bool has_tests, has_base_tests;
	VEC(struct first_alloc *, functions); /* one for each that a limit names */
	struct board_info board;              /* of --live */
	bool given[N_CHECK_INPUTS];
	const char *failed[N_CHECK_INPUTS]; /* in arena */
	const char *trouble;                /* why the run failed, a sentence; NULL: it did not */
	bool draws;                         /* a page is wanted, which lists symbols */
	struct arena arena;
};

/* 0 or -ENOMEM; to be freed in both cases. */
int check_inputs_init(struct check_inputs *in, const struct check_args *args, struct check *check);
void check_inputs_deinit(struct check_inputs *in);

/* Reads all inputs of the options; heaps go into the check at once, if there is one. An input that cannot be read is
 * reported and recorded in failed, and the others are still read. Returns the worst exit code. */
int check_inputs_read(struct check_inputs *in);
/* Passes the inputs to the check. 0 or -ENOMEM. */
int check_inputs_give(struct check_inputs *in, struct check *c);

/* ---- the parts of it ---- */

/* check/failed.c: the input was given but cannot be used; its limits cannot be judged. The first reason stays. */
void check_inputs_fail(struct check_inputs *in, enum check_input input, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Exit codes. old: the content of a --baseline, which may be a pipe; the caller frees what remains of it. */
/* check/baseline.c */
int check_baselines_read(struct check_inputs *in);

/* check/builds.c */
int check_builds_read(struct check_inputs *in);
int check_builds_read_old(struct check_inputs *in, struct blob *old);
int check_builds_read_old_firmware(struct check_inputs *in, struct blob *old);
int check_builds_layouts(struct check_inputs *in);
void check_builds_deinit(struct check_build_files *files);

/* moments.c */
int check_moments_init(struct check_moments *m, struct check *check, enum check_side side); /* 0 or -ENOMEM */
void check_moments_deinit(struct check_moments *m);
int check_moments_read(struct check_inputs *in, const char *log);
int check_moments_read_old(struct check_inputs *in, struct blob *old);
int check_moments_live(struct check_inputs *in, const char *source);
int check_moments_run(struct check_inputs *in, const char *script);

/* check/memory.c. take: owns the objects, also on failure. */
bool check_memory_is_wanted(const struct check_inputs *in);
int check_memory_take(struct check_inputs *in, enum check_side side, struct objects *objects);
int check_memory_read(struct check_inputs *in, const char *name);
int check_memory_read_old(struct check_inputs *in, struct blob *old);
int check_memory_fail(struct check_inputs *in, const char *source); /* the board did not answer before */
int check_memory_live(struct check_inputs *in, const char *source);
void check_memory_deinit(struct check_memory *m);

/* check/tests.c */
int check_tests_run(struct check_inputs *in);
int check_tests_read_old(struct check_inputs *in, struct blob *old);

/* check/functions.c */
bool check_functions_are_wanted(const struct check_inputs *in);
int check_functions_run(struct check_inputs *in, const char *script,
			bool saves); /* saves: --save is of the first run */
void check_functions_deinit(struct check_inputs *in);

/* check/report.c: the imports of a document that run --imports --json wrote. */
int check_report_read(struct check_inputs *in, struct blob *old);

#endif
