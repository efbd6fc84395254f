#ifndef MEMPROF_SNAP_H
#define MEMPROF_SNAP_H

#include "session.h"

/* One snapshot, as attach and run take it too: DONE, STOPPED, RESTARTED, GONE. */
enum session_outcome snap_take(struct session *s);

/* snap, and attach --once. */
int snap_run(const struct options *options);

#endif
