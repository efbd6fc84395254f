#ifndef MEMPROF_WINDOWS_STDLIB_H
#define MEMPROF_WINDOWS_STDLIB_H

#include_next <stdlib.h>

int setenv(const char *name, const char *value, int overwrite);
char *realpath(const char *path, char *resolved); /* resolved is NULL */
int mkostemp(char *name, int flags);
char *mkdtemp(char *name);

#endif
