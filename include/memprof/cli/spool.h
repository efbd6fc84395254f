/* A list of JSON members that must wait until the document comes to them. Short ones wait in
 * memory, long ones in a temporary file, so that memory does not grow with the input. */
#ifndef MEMPROF_SPOOL_H
#define MEMPROF_SPOOL_H

#include <stdbool.h>
#include <stdio.h>

#include "memprof/base/json.h"
#include "memprof/base/strbuf.h"

struct spool {
	struct strbuf text;
	struct json json; /* write members of one array here, then spool_spill */
	FILE *file;       /* NULL while all is in memory */
	int error;
};

void spool_init(struct spool *s, bool compact);
void spool_deinit(struct spool *s);
void spool_spill(struct spool *s);

/* Appends the array to out, giving write a chance to drain it. 0 or negative errno. */
int spool_replay(struct spool *s, struct strbuf *out, void (*drain)(void *of), void *of);

#endif
