/* From the command line to an open source: which one is meant, its line, and patience. */
#ifndef MEMPROF_OPENING_H
#define MEMPROF_OPENING_H

#include <stdbool.h>
#include <stdint.h>

#include "memprof/cli/options.h"
#include "memprof/io/source.h"
#include "memprof/live/stop_signals.h"

struct opening {
	const char *uri;
	struct source_line line;
	bool wait; /* --wait: for a board that is not there */
};

/* The source is the argument at i; without it the only board is meant. 0; after a message -EINVAL, or
 * -ENODEV if it is a file. */
int opening_read(struct opening *ret, const struct options *options, int i_argument);

/* Opens it, and sets its line. 0; -EINVAL or -ENODEV, after a message, which goes into quiet instead if that is not
 * NULL; -EINTR if somebody wanted to stop. */
int opening_open(const struct opening *o, const struct stopping *stopping, struct diag *quiet, struct source **ret);

/* Opens again what has gone away, as soon as it is back, and says so: 0; -ENODEV if that takes longer than a reset
 * and --wait was not given; -EINTR. */
int opening_reopen(const struct opening *o, struct source *source, const struct stopping *stopping);

#endif
