/* Files that gzip, xz or zstd packed, unpacked by the program of that name. */
#pragma once

#include <stdbool.h>

bool unpack_is_packed(int fd); /* by its first bytes; a pipe is not */

/* What is packed in a file that is open as fd, written to another one. 0, or negative: there is no such program, it is
 * damaged, or it unpacks to more than BLOB_MAX_BYTES. */
int unpack(int fd, const char *name, int to);
