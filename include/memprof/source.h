/* Where bytes come from and go to. Reading never blocks on a live source; a file is read as it is.
 *
 *     exec:COMMAND   a program on a pty of its own (sh runs COMMAND): the unix port, QEMU, socat …
 *     /dev/pts/N     somebody else's pty
 *     FILE, -        a saved log, standard input
 */
#ifndef MEMPROF_SOURCE_H
#define MEMPROF_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "memprof/diag.h"

struct source;

/* One way to open sources. A URI belongs to the first kind in source_kinds that takes it. */
struct source_kind {
	const char *name;       /* "exec:" */
	const char *says;       /* one line, at most 60 columns */
	bool        live;       /* it can be talked to */
	bool (*takes)(const char *uri);
	int  (*open)(const char *uri, struct source *source, struct diag *diag);
	void (*close)(struct source *source);
};
extern const struct source_kind source_exec, source_pty, source_file;
extern const struct source_kind *const source_kinds[]; /* NULL-terminated */

/* The kind that a URI belongs to; every URI has one. Opens nothing. */
const struct source_kind *source_kind_of(const char *uri);

/* 0; -ENOENT, -EACCES, -EISDIR …, with diag filled. uri is copied. */
int source_open(const char *uri, struct source **ret, struct diag *diag);
void source_close(struct source *source);       /* NULL is fine; ends a subprocess */

/* Bytes read; 0 at the end (also when a live source has gone away); -EAGAIN if there are none now. */
ssize_t source_read(struct source *source, void *bytes, size_t n_bytes);
/* Bytes written, perhaps fewer than asked; -EAGAIN, or -EPIPE when the source has gone away. */
ssize_t source_write(struct source *source, const void *bytes, size_t n_bytes);
int source_fd(const struct source *source);     /* for poll() */
const char *source_name(const struct source *source);

/* Of a subprocess that has ended: its exit code, 128 + N if signal N ended it; -1 for everything
 * else. Waits a little for a process that has just closed its side. */
int source_exit_code(struct source *source);

#endif
