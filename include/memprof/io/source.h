/* Where bytes come from and go to. Reading never blocks on a live source; a file is read as it is.
 *
 *     exec:COMMAND    a program on a pty of its own (sh runs COMMAND): the unix port, QEMU, socat …
 *     sim:PROFILE     a simulated board: memprof-sim, a program of ours (sim: is its first profile)
 *     tcp:HOST:PORT   a raw socket: QEMU's, ser2net's
 *     usb:VID:PID     a board's own USB, without its serial port: usb:2e8a:0005
 *     /dev/ttyACM0    a serial port, or a symlink to one
 *     /dev/pts/N      somebody else's pty
 *     FILE, -         a saved log, standard input
 */
#ifndef MEMPROF_SOURCE_H
#define MEMPROF_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "memprof/base/diag.h"

struct source;

/* The lines of a serial port. */
enum line_level { LINE_KEEP = -1, LINE_OFF, LINE_ON };
struct source_line {
	uint32_t baud; /* 0: as it is (115200 once it was opened) */
	enum line_level dtr, rts;
};
#define SOURCE_LINE_KEEP                \
	{                               \
		0, LINE_KEEP, LINE_KEEP \
	}

/* One way to open sources. A URI belongs to the first kind in source_kinds that takes it. */
struct source_kind {
	const char *name; /* "exec:" */
	const char *says; /* one line, at most 60 columns */
	bool live;        /* it can be talked to */
	bool (*takes)(const char *uri);
	int (*open)(const char *uri, struct source *source, struct diag *diag);
	void (*close)(struct source *source);
	/* NULL where there is no line, and where what is gone stays gone: another pty of that name would be
	 * somebody else's. */
	int (*set_line)(struct source *source, const struct source_line *line, struct diag *diag);
	int (*reopen)(struct source *source, struct diag *diag);
};
extern const struct source_kind source_exec, source_sim, source_tcp, source_usb, source_tty, source_pty, source_file;
extern const struct source_kind *const source_kinds[]; /* NULL-terminated */

/* The kind that a URI belongs to; every URI has one. Opens nothing. */
const struct source_kind *source_kind_of(const char *uri);

/* 0; -ENOENT, -EACCES, -EBUSY, -EISDIR …, with diag filled. uri is copied. */
int source_open(const char *uri, struct source **ret, struct diag *diag);
void source_close(struct source *source); /* NULL is fine; ends a subprocess */

/* Does nothing and answers 0 where there is no line. -EINVAL for a speed that the port cannot do. At 1200
 * baud many boards enter their boot loader. */
int source_set_line(struct source *source, const struct source_line *line, struct diag *diag);

/* Opens a live source again that has gone away: the same channel of the same USB device, under
 * whatever name, with the line set as it was. 0; -ENODEV while it is not back; -ENOTSUP if it cannot
 * come back (a subprocess, a file). Other errors may pass: a node is there before its rights are. */
int source_reopen(struct source *source, struct diag *diag);
bool source_may_return(const struct source *source);

/* Bytes read; 0 at the end (also when a live source has gone away); -EAGAIN if there are none now. */
ssize_t source_read(struct source *source, void *bytes, size_t n_bytes);
/* Bytes written, perhaps fewer than asked; -EAGAIN, or -EPIPE when the source has gone away. */
ssize_t source_write(struct source *source, const void *bytes, size_t n_bytes);
int source_fd(const struct source *source);           /* for poll() */
const char *source_name(const struct source *source); /* as it was asked for */
const char *source_path(const struct source *source); /* as it is called now: /dev/ttyACM1 */
bool source_is_process(const struct source *source);
bool source_is_port(const struct source *source);

/* Of a subprocess that has ended: its exit code, 128 + N if signal N ended it; -1 for everything
 * else. Waits a little for a process that has just closed its side. */
int source_exit_code(struct source *source);

#endif
