/* Options of the commands that make recordings. Each function returns 0, or -EINVAL after a message. */
#ifndef MEMPROF_CMD_RECORD_OPTIONS_H
#define MEMPROF_CMD_RECORD_OPTIONS_H

#include "memprof/cli/options.h"
#include "memprof/store/recording.h"

/* Refuses standard output, and NULL, no file. */
int record_options_path(const char *path);
int record_options_keep(const struct option_list *amounts, struct recording_keep *ret);

#endif
