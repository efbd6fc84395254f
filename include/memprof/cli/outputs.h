/* Several reports of one run: each -o FORMAT:FILE is one, replaced or removed as it would be alone. */
#ifndef MEMPROF_OUTPUTS_H
#define MEMPROF_OUTPUTS_H

#include "memprof/cli/output.h"

enum { OUTPUTS_MAX = 8 };

#define OPTIONS_OUTPUTS(help, choices)                                                                                \
	OPTION_GROUP("Output"), { 0, "format", "FORMAT", help, choices },                                             \
		{ 0, "json", NULL, "same as --format json" },                                                         \
		{ 'o', "output", "FILE", "write to FILE (format by suffix); FORMAT:FILE; repeatable" }, OPTION_COLOR, \
		{ 0, "no-pager", NULL, "do not use a pager" },                                                        \
	{                                                                                                             \
		'q', "quiet", NULL, "suppress warnings and notes"                                                     \
	}

struct outputs {
	struct output all[OUTPUTS_MAX];
	size_t n;
};

/* -o FORMAT:FILE, for each FORMAT of --format; FILE without one as in output_format_of. What no -o sends elsewhere goes
 * to standard output. 0; -EINVAL after a message, and then what was open is closed, and old files are gone. */
int outputs_open(struct outputs *o, const struct options *options);
/* As output_close, of all: the worst code. */
int outputs_close(struct outputs *o, int exit_code);

#endif
