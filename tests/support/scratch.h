/* Files that a test writes: a temporary folder for the whole program. */
#pragma once

#include <stddef.h>

#include "memprof/base/diag.h"

/* Setup and teardown of cmocka_run_group_tests. */
int scratch_make(void **state);
int scratch_remove(void **state); /* the folder with all that is in it */

/* The path of a file in the folder; good for the next seven calls of any function here. */
const char *scratch_path(const char *name);
const char *scratch_write(const char *name, const void *bytes, size_t n_bytes);
const char *scratch_text(const char *name, const char *text);
const char *scratch_folder(const char *name);

/* tests/data/NAME cut to its first n_bytes. */
const char *scratch_cut(const char *name, size_t n_bytes);

/* The faults that any reader of files must report, with the path in diag: a missing file, a folder, a file without
 * permission to read. read returns the error. */
void scratch_check_unreadable(int (*read)(const char *path, struct diag *diag));
