#ifndef MEMPROF_SNAP_H
#define MEMPROF_SNAP_H

#include "memprof/cli/options.h"

/* snap, and attach --once. */
int snap_run(const struct options *options);

#endif
