/* view of a saved allocation profile (docs/sites.md). */
#ifndef MEMPROF_CMD_SITES_VIEW_H
#define MEMPROF_CMD_SITES_VIEW_H

#include "memprof/sinks/watch.h"

/* The command's argument is a profile; sources: the folder of its program, NULL: beside it. The exit code. */
int sites_view_file(const struct watch_options *watch, const char *path, const char *sources);

#endif
