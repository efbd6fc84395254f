/* diff of two memory files (docs/objects.md). */
#ifndef MEMPROF_CMD_OBJECTS_DIFF_H
#define MEMPROF_CMD_OBJECTS_DIFF_H

#include "memprof/cli/options.h"

/* Of the two memory files that are the command's arguments; the exit code. */
int objects_diff(const struct options *options);

#endif
