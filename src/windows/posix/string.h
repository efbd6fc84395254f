#ifndef MEMPROF_WINDOWS_STRING_H
#define MEMPROF_WINDOWS_STRING_H

#include_next <string.h>

void *memmem(const void *bytes, size_t n_bytes, const void *wanted, size_t n_wanted);
char *strndup(const char *text, size_t n_bytes);
char *strsep(char **rest, const char *separators);

#endif
