/* Several boards at once: one process per board, as a session has the only event loop of its process. The parent starts
 * the children, reads what they send, passes a request to stop on to them and collects their exit codes. A child that
 * has ended is not started again. Streams of stdio are flushed by the caller before: children end by _exit.
 *
 * A child is not trusted more than its bytes: they come in any chunks, and perhaps cut. */
#pragma once

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"
#include "memprof/live/ui_hooks.h"

enum {
	CHILDREN_MAX = 512,
	CHILDREN_FDS_MAX = 256,      /* others that children_wait waits for */
	CHILDREN_PATIENCE_S = 20,    /* after children_stop; a child that goes on is killed */
	CHILDREN_READ_BYTES = 65536, /* of one child in one turn */
};

struct child_end {
	size_t i;
	int exit_code; /* what run returned; -1: killed */
	int signal;    /* that killed it; 0: none */
};

struct children_config {
	size_t n; /* 1 .. CHILDREN_MAX */
	/* In child i: its exit code. fd: a pipe to the parent, non-blocking; it stays open until the child ends. */
	int (*run)(void *ctx, size_t i, int fd);
	/* In the parent; each may be NULL. */
	void (*on_bytes)(void *ctx, size_t i, const uint8_t *bytes, size_t n_bytes);
	void (*on_end)(void *ctx, const struct child_end *end); /* once per child, after its last bytes */
	void *ctx;
};

struct children;

enum children_outcome {
	CHILDREN_TIME,    /* something came, or the moment has come */
	CHILDREN_STOPPED, /* a stop was requested: once per request */
	CHILDREN_ENDED,   /* no child runs any more */
};

/* Starts all of them. Ctrl-C, SIGTERM and SIGHUP are requests to stop from here on (stop_signals.h), in the children
 * too. 0; -EINVAL, -ENOMEM or another negative errno, with diag: then those that were started have ended again. */
int children_start(struct children **ret, const struct children_config *config, struct diag *diag);
void children_free(struct children *c); /* stops and waits for those that run; NULL is fine */

/* Waits until a child has sent something or ended (on_bytes, on_end), one of the caller's fds is ready (their revents
 * are set; NULL: none), until a moment of clock_now_us() (NOT_KNOWN: without end) or a request to stop. */
enum children_outcome children_wait(struct children *c, struct pollfd *fds, size_t n_fds, uint64_t until_us);

/* Asks all that run to stop, as SIGTERM does: they give their boards' prompts back, and end. Once is enough. */
void children_stop(struct children *c);

/* Waits until all have ended; a request to stop is passed on. */
void children_join(struct children *c);

size_t children_n_running(const struct children *c);

/* For session_handler.ui in a child: if the parent ends, however it does, a stop is requested. fd: that of run;
 * borrowed. */
struct ui_hooks children_lifeline(int *fd);
