/* Reads one saved input to its end: opens it, finds its decoder, hands out events. */
#ifndef MEMPROF_READING_H
#define MEMPROF_READING_H

#include "memprof/decoder.h"
#include "memprof/view.h"

struct reading {
	const char *name;               /* FILE or "-" */
	const struct decoder *decoder;  /* NULL: by content */
	/* Called for every event; negative stops the reading. */
	int (*on_event)(void *of, struct event *event);
	void *of;
	/* results */
	uint64_t n_bytes;
	uint8_t  head[DECODER_PROBE_BYTES];
	size_t   n_head;
};

/* 0, or negative with diag filled. */
int reading_run(struct reading *r, struct diag *diag);

#endif
