/* Byte streams to and from boards, and files. Reading never blocks on a live source.
 *
 *     exec:COMMAND    a program on a new pty (sh runs COMMAND): the unix port, QEMU, socat …
 *     sim:PROFILE     a simulated board, the program memprof-sim (default: its first profile)
 *     tcp:HOST:PORT   a raw socket: QEMU's, ser2net's
 *     ws:HOST         MicroPython's WebREPL, at port 8266 or as ws:HOST:PORT
 *     gdb:HOST:PORT   a GDB server: QEMU's, OpenOCD's; its target goes on once the source is closed, however that is
 *     usb:VID:PID     a board's own USB, without its serial port: usb:2e8a:0005
 *     /dev/ttyACM0    a serial port, or a symlink to one
 *     /dev/pts/N      a pty of another program
 *     FILE, -         a saved log, standard input
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "memprof/base/diag.h"

struct source;

/* The lines of a serial port. */
enum line_level { LINE_KEEP = -1, LINE_OFF, LINE_ON };
struct source_line {
	uint32_t baud; /* 0: unchanged (115200 after opening) */
	enum line_level dtr, rts;
};
#define SOURCE_LINE_KEEP                \
	{                               \
		0, LINE_KEEP, LINE_KEEP \
	}

/* One kind of source. A URI belongs to the first kind in source_kinds that accepts it. */
struct source_kind {
	const char *name;    /* "exec:" */
	const char *summary; /* one line, at most 60 columns */
	bool live;           /* it has a board at the other end */
	const char *prefix;  /* of its URIs; NULL: takes knows them */
	bool (*takes)(const char *uri);
	int (*open)(const char *uri, struct source *source, struct diag *diag);
	void (*close)(struct source *source);
	/* NULL without a line, or if the source cannot be reopened: another pty of the same name would belong
	 * to another program. */
	int (*set_line)(struct source *source, const struct source_line *line, struct diag *diag);
	int (*reopen)(struct source *source, struct diag *diag);
	/* NULL: read(2), write(2), nothing to flush, no fault */
	ssize_t (*read)(struct source *source, void *bytes, size_t n_bytes);
	ssize_t (*write)(struct source *source, const void *bytes, size_t n_bytes);
	bool (*flush)(struct source *source);
	const char *(*fault)(const struct source *source);
};
extern const struct source_kind source_exec, source_sim, source_tcp, source_ws, source_gdb, source_usb, source_tty,
	source_pty, source_file;
extern const struct source_kind *const source_kinds[]; /* NULL-terminated */

/* The kind that a URI belongs to; every URI has one. Opens nothing. */
const struct source_kind *source_kind_of(const char *uri);

/* 0; -ENOENT, -EACCES, -EBUSY, -EISDIR …, with diag filled. uri is copied. */
int source_open(const char *uri, struct source **ret, struct diag *diag);
void source_close(struct source *source); /* NULL is fine; ends a subprocess */
/* The same of gdb:, and whether its server confirmed that the target goes on. */
bool source_detach(struct source *source);
/* Of gdb:, that its server lets the target go when it is left, and need not be told to continue as well. */
void source_detaches(struct source *source);
/* Of gdb:, one more request that is made before the target is let go, should memprof not live to make it: "z1,8000,2".
 * Beyond SOURCE_UNDO_MAX it takes the place of the last one. NULL: none is made. */
enum { SOURCE_UNDO_MAX = 3, SOURCE_UNDO_BYTES = 32 };
void source_undo(struct source *source, const char *request);
/* Of gdb:, whether its target runs while there is something to undo: then it is halted first. At first it does not. */
void source_runs(struct source *source, bool runs);

/* No effect, and 0, without a line. -EINVAL for an unsupported speed. At 1200 baud many boards enter
 * their boot loader. */
int source_set_line(struct source *source, const struct source_line *line, struct diag *diag);

/* Reopens a live source that went away: the same channel of the same USB device, under any name, with
 * its line as set before. 0; -ENODEV while it is not back; -ENOTSUP if it cannot come back (a
 * subprocess, a file). Other errors may be temporary: a node exists before its permissions are set. */
int source_reopen(struct source *source, struct diag *diag);
bool source_may_return(const struct source *source);

/* Bytes read; 0 at the end (also when a live source went away); -EAGAIN if there are none now. */
ssize_t source_read(struct source *source, void *bytes, size_t n_bytes);
/* Bytes written, possibly fewer; -EAGAIN, or -EPIPE when the source went away. */
ssize_t source_write(struct source *source, const void *bytes, size_t n_bytes);
/* Sends what a write took and could not send yet. True: some of it still waits for POLLOUT. */
bool source_flush(struct source *source);
/* What the other end did wrong, so that the source has ended; NULL: nothing. */
const char *source_fault(const struct source *source);
int source_fd(const struct source *source);           /* for poll() */
const char *source_name(const struct source *source); /* as given */
const char *source_path(const struct source *source); /* the current path: /dev/ttyACM1 */
bool source_is_process(const struct source *source);
bool source_is_port(const struct source *source);

/* How a process on a pty reads what is sent to it. */
struct source_reader {
	bool takes_keys; /* it changed its terminal so that Ctrl-C is a key, as readline does */
	size_t n_unread;
};
/* False: not known, or no process. */
bool source_reader(const struct source *source, struct source_reader *ret);

/* The exit code of an ended subprocess, 128 + N if ended by signal N; -1 otherwise. Waits briefly for a
 * process that has just closed its end. */
int source_exit_code(struct source *source);
