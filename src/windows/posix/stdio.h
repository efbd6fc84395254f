#ifndef MEMPROF_WINDOWS_STDIO_H
#define MEMPROF_WINDOWS_STDIO_H

#include_next <stdio.h>

/* Of these, src/windows/files.c has its own: rename replaces a file, tmpfile is in the user's temporary folder, fopen
 * knows "e". */

/* errno is EPIPE where nobody reads any more. */
size_t windows_fwrite(const void *items, size_t item_bytes, size_t n_items, FILE *file);
int windows_fflush(FILE *file);

/* Fails: no program is started. */
FILE *windows_popen(const char *command, const char *mode);
int windows_pclose(FILE *file);

#undef popen
#undef pclose
#define fwrite windows_fwrite
#define fflush windows_fflush
#define popen  windows_popen
#define pclose windows_pclose

#endif
