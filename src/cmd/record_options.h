/* Options of the commands that make recordings. Each function returns 0, or -EINVAL after a message. */
#ifndef MEMPROF_CMD_RECORD_OPTIONS_H
#define MEMPROF_CMD_RECORD_OPTIONS_H

#include "memprof/cli/options.h"
#include "memprof/store/recording.h"

#define OPTION_KEEP                                                                          \
	{                                                                                    \
		0, "keep", "AMOUNT", "newest block tables to keep: 24h, or 500M of the file" \
	}

/* The file that a command must have, of -o or --record; not standard output. */
int record_options_path(const struct options *options, const char *name, const char **ret);
/* --for: until when, of clock_now_us; NOT_KNOWN without it. */
int record_options_until(const struct options *options, uint64_t *ret_us);
int record_options_keep(const struct options *options, struct recording_keep *ret);

#endif
