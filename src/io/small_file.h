#ifndef MEMPROF_SMALL_FILE_H
#define MEMPROF_SMALL_FILE_H

#include <stddef.h>

/* The first line of a file of the kernel's, NUL-terminated and cut if too long; "" if there is none. */
void small_file_line(const char *path, char *ret, size_t n_ret);

#endif
