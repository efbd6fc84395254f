/* Opens what is read by name: a file, a pipe, "-" for standard input. A file that gzip, xz or zstd packed is unpacked.
 * A pipe gives its bytes once; where they are needed again, it is kept first, and from then on gives what a file would.
 */
#pragma once

#include <stdbool.h>

#include "memprof/base/diag.h"

/* A file descriptor at the first byte, to be closed unless it is 0; or negative errno. flags: of open(2), more than
 * O_RDONLY. */
int input_open(const char *name, int flags);

/* A regular file that is not packed: other programs and libraries get the same bytes by its name. */
bool input_is_file(const char *name);

/* If it is a pipe, reads it to its end into a file that has no name and is gone with the process. 0, also for all else,
 * or negative errno with diag. Twice is once. */
int input_keep(const char *name, struct diag *diag);
