/* The end of what a command did with the target of a GDB server. */
#ifndef MEMPROF_CMD_GDB_TARGET_H
#define MEMPROF_CMD_GDB_TARGET_H

#include "memprof/intake/gdb_target.h"

/* Lets it go on, and reports what happened; error: of what was done meanwhile. The exit code; -EINTR is EXIT_STOPPED,
 * and of -ECANCELED there is a message already. Safe after a failed open. */
int gdb_target_close(struct gdb_target *t, int error, bool is_quiet);

#endif
