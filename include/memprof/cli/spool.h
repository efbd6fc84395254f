/* A JSON array that is produced before the document reaches it. A short one is kept in memory, a long one in a
 * temporary file, so that memory does not grow with the input. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "memprof/base/json.h"
#include "memprof/base/strbuf.h"

struct spool {
	struct strbuf text;
	struct json json; /* write members of the array here, and call spool_spill after each */
	FILE *file;       /* NULL: all is in memory */
	int error;
};

void spool_init(struct spool *s, bool compact);
void spool_deinit(struct spool *s);
void spool_spill(struct spool *s); /* to the file, if it has become long */

/* Appends the array to out and calls drain after each chunk of the file. 0 or negative errno. */
int spool_replay(struct spool *s, struct strbuf *out, void (*drain)(void *ctx), void *ctx);
