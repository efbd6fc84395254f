/* --save: keeps all that goes between memprof and a board, in the form of stream.h. */
#ifndef MEMPROF_SAVING_H
#define MEMPROF_SAVING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/strbuf.h"
#include "memprof/cli/options.h"

struct saving {
	const char *path;   /* NULL: nothing is saved */
	const char *source; /* its name; for the head of the file */
	int fd;
	bool failed;         /* a message was printed; nothing more is saved */
	bool created;        /* by us, just now */
	bool any;            /* something of the board's is in it */
	struct strbuf older; /* where --force has put what was there before */
};

/* 0, or -EINVAL after a message. Without --save it does nothing, as does what follows. */
int saving_open(struct saving *s, const struct options *options);
/* direction as in stream_chunk. */
void saving_add(struct saving *s, uint64_t at_us, char direction, const void *bytes, size_t n_bytes);
/* If nothing came, the file is as it was before. */
void saving_close(struct saving *s);

#endif
