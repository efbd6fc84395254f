/* Options of the commands that make recordings. Each function returns 0, or -EINVAL after a message. */
#ifndef MEMPROF_CMD_RECORD_OPTIONS_H
#define MEMPROF_CMD_RECORD_OPTIONS_H

#include "memprof/cli/options.h"
#include "memprof/store/recording.h"

#define OPTION_KEEP(args)                                                                                         \
	{                                                                                                         \
		0, "keep", "AMOUNT", "newest block tables to keep: 24h, or 500M of the file", AS_LIST(args, keep) \
	}

/* Refuses standard output, and NULL, no file. */
int record_options_path(const char *path);
int record_options_keep(const struct option_list *amounts, struct recording_keep *ret);

#endif
