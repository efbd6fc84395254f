/* Several reports of one run, one per -o FORMAT:FILE; each is replaced or removed as if it were the only one. */
#pragma once

#include "memprof/cli/output.h"

enum { OUTPUTS_MAX = 8 }; /* and standard output */

#define OPTIONS_OUTPUTS(args, help, choices) \
	OPTIONS_OUTPUT_TO(args, help, choices, OUTPUTS_MAX, "write to FILE (format by suffix); FORMAT:FILE; repeatable")

struct outputs {
	struct output all[OUTPUTS_MAX + 1];
	size_t n;
};

/* For commands that replace nothing without --force: 0, or -EINVAL after a message if an -o is an existing file. */
int outputs_are_new(const struct output_args *args);
/* Opens every -o FORMAT:FILE; the format of a FILE alone is that of output_format_of. Without a FILE alone or a "-",
 * the main report goes to standard output. 0, or -EINVAL after a message; then all are closed and old files removed. */
int outputs_open(struct outputs *o, const struct options *options, const struct output_args *args);
/* After an error of usage: removes the old files of a command that has several reports. Returns EXIT_INPUT. */
int outputs_discard(const struct options *options);
/* output_close for all; returns the worst code. */
int outputs_close(struct outputs *o, int exit_code);
