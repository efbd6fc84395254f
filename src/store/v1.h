/* Recordings of schema 1 (memprof 0.1 and 0.2), which had a table for each kind of row. They are read by being copied.
 */
#pragma once

#include "memprof/store/recording.h"
#include "schema.h"

/* Copies all that can be read of one into an empty recording. *sum: what, and what could not be; n_marks and n_files of
 * its damage are not known. 0, or negative with diag. */
int v1_copy(sqlite3 *from, sqlite3 *to, const char *path, struct recording_sum *sum, struct diag *diag);
