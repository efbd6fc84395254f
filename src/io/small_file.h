#pragma once

#include <stddef.h>

/* The beginning of a file in sysfs or procfs, NUL-terminated and truncated; "" if there is none. */
void small_file_text(const char *path, char *ret, size_t n_ret);
/* The first line of a file in sysfs or procfs, NUL-terminated and truncated; "" if there is none. */
void small_file_line(const char *path, char *ret, size_t n_ret);
