/* diff of two saved allocation profiles (docs/sites.md). */
#ifndef MEMPROF_CMD_SITES_DIFF_H
#define MEMPROF_CMD_SITES_DIFF_H

#include "memprof/cli/options.h"

/* Of the two profiles that are the command's arguments; the exit code. */
int sites_diff_files(const struct options *options);

#endif
