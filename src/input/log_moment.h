/* One moment of a log, as "FILE@#12" and "FILE@MARK" name it. Private to src/input. */
#pragma once

#include "memprof/input/log_reader.h"

/* The number of the snapshot that "#12" means, or a mark, the last of several; the log is read once for a mark. path:
 * of the log. 0; -EINVAL, or what reading gives, with diag. */
int log_moment_find(const struct log_reader *r, const char *path, const char *when, uint64_t *ret_number,
		    struct diag *diag);
