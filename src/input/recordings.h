/* Recordings as logs. Private to src/input. */
#pragma once

#include "memprof/input/log_reader.h"

/* Whether a file begins as an SQLite file does. */
bool recording_log_is(const uint8_t *head, size_t n);

/* Hands out the events of a recording, as log_read. choice: as recording_choose; NULL. */
int recording_log(struct log_reader *r, const char *path, const char *choice, struct diag *diag);

/* What is kept with a mark of a recording, as recording_kept. */
int recording_log_file(const char *path, const char *mark, char **ret_bytes, size_t *ret_n_bytes, struct diag *diag);
