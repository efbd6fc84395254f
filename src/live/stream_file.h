/* A file of all that goes between memprof and a board, in the form of stream.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"

enum { STREAM_FILE_HELD_MAX_BYTES = 64 * 1024 };

struct stream_file {
	const char *path;   /* NULL: nothing is recorded */
	const char *source; /* its name; for the head of the file */
	int fd;
	int error;                      /* negative errno: nothing more is recorded */
	bool created;                   /* by us, just now */
	bool any;                       /* something of the board's is in it */
	bool holds;                     /* chunks wait in memory until it is known whether they belong here */
	uint64_t started_us, before_us; /* of the head, in wall time; stream_file_backdate until then */
	struct strbuf held;
	struct strbuf older; /* where the file that was there before is now */
};

/* path: NULL does nothing, as does what follows. replace: a file that is there becomes FILE~. 0, or -EINVAL with diag.
 */
int stream_file_open(struct stream_file *f, const char *path, bool replace, struct diag *diag);
/* direction as in stream_chunk, which has also what no bytes mean. 0; a negative errno the first time that it fails. */
int stream_file_add(struct stream_file *f, uint64_t at_us, char direction, const void *bytes, size_t n_bytes);
/* The session began earlier than it seemed: later times are larger by so much, and the date of the file is set back. */
void stream_file_backdate(struct stream_file *f, uint64_t us);
/* Ends the hold: what waited is written, or dropped. As stream_file_add. */
int stream_file_release(struct stream_file *f, bool keep);
/* If nothing came, the file is as it was before. */
void stream_file_close(struct stream_file *f);
