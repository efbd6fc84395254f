#ifndef MEMPROF_SNAP_H
#define MEMPROF_SNAP_H

#include "session.h"

extern const char snap_collect_code[]; /* gc.collect() */

/* One snapshot, as attach and run take it too: DONE, STOPPED, RESTARTED, GONE;
 * RAISED if the board could not even print two numbers. */
enum session_outcome snap_take(struct session *s);

/* The same, and a note on how much garbage our commands leave there: all of them, or each look. */
enum session_outcome snap_first(struct session *s, bool each);

/* snap, and attach --once. */
int snap_run(const struct options *options);

#endif
