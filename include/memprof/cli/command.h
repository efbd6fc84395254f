/* A command is one const entry in the file that implements it; main.c has the list. --help and shell completion read
 * these tables, and tests compare the man pages with them. */
#pragma once

#include "memprof/cli/options.h"

enum exit_code {
	EXIT_FINE = 0,
	EXIT_FINDING = 1,
	EXIT_INPUT = 2,  /* usage, or bad input */
	EXIT_DEVICE = 3, /* not found, gone, silent, busy */
	EXIT_SCRIPT = 4, /* the program that `run` ran raised */
	EXIT_STOPPED,    /* by a signal, before the result was whole: main dies of it */
};

enum command_group { GROUP_BOARD, GROUP_FILES, GROUP_OTHER, N_COMMAND_GROUPS };

/* The exit code that takes precedence: stopped, 3, then 4, then 2, then 1. */
int exit_worse(int a, int b);

struct command {
	const char *name;
	const char *usage;   /* after the name */
	const char *inputs;  /* NULL, or for who gives them as arguments: where they are given */
	const char *summary; /* one line, at most 60 columns */
	enum command_group group;
	const struct option_spec *options; /* ended by OPTION_END */
	size_t args_bytes;                 /* of its struct args, which they are read into; 0: none */
	const char *common[6];             /* options that --help lists (--help=all: first), NULL-terminated */
	const char *examples[4];           /* command lines, NULL-terminated */
	/* NULL; or false after a message: an option is for another of its words. Before options that need one another.
	 */
	bool (*fits)(const struct options *options);
	int (*run)(const struct options *options); /* an exit_code */
};

extern const struct command command_agent, command_attach, command_snap, command_run, command_sites, command_test,
	command_devices, command_report, command_view, command_trend, command_map, command_diff, command_check,
	command_layout, command_hex, command_history, command_objects, command_boards, command_help, command_completion,
	command_leaks, command_record, command_convert, command_export, command_mark, command_serve;
extern const struct command *const commands[];        /* NULL-terminated */
extern const char *const commands_left_out[];         /* names of those that only other builds have; the same */
const struct command *command_find(const char *name); /* NULL: unknown */

/* False after a message: this build of memprof does not read what the options name. */
bool command_may_run(const struct options *options);

/* `memprof __complete WORD...`, run by shell completion scripts. words are those after "memprof" up to the cursor; the
 * last one is being typed and may be empty. Prints all candidates for it, "WORD\tDESCRIPTION" per line, and ":files"
 * or ":ports" where any file or serial port is possible. Returns an exit_code. */
int completion_print(int n_words, char **words);
