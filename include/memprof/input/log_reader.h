/* Reads one saved input to its end: opens it, finds its decoder, hands out events. */
#ifndef MEMPROF_READING_H
#define MEMPROF_READING_H

#include "memprof/cli/options.h"
#include "memprof/io/blob.h"
#include "memprof/protocol/decoder.h"
#include "memprof/viewers/view.h"

/* --input, in every command that reads: the names of all decoders (a test holds it to that). */
#define OPTION_INPUT                                                                             \
	{                                                                                        \
		0, "input", "FORMAT", "mem-info, mpm-log, stream or agent (default: by content)" \
	}

struct reading {
	const char *command;           /* for messages */
	const char *name;              /* FILE or "-" */
	const struct decoder *decoder; /* NULL: by content */
	const struct blob *blob;       /* its bytes, where they are read already; else NULL: name is opened */
	/* Called for every event; negative stops the reading. */
	int (*on_event)(void *of, struct event *event);
	void *of;
	/* results */
	uint64_t n_bytes;
	uint8_t head[DECODER_PROBE_BYTES];
	size_t n_head;
	size_t n_taken; /* private: of blob */
};

/* 0, or negative with diag filled. */
int reading_run(struct reading *r, struct diag *diag);

/* Says what an input is that has no dump in it. */
void reading_say_no_dump(const struct reading *r);

/* --input. 0, or -EINVAL after a message; *ret is NULL if it is not there. */
int reading_decoder(const struct options *options, const struct decoder **ret);

#endif
