/* Text to and from a WebREPL: frames over a non-blocking socket. */
#pragma once

#include <sys/types.h>

#include "source/webrepl/password.h"
#include "source/webrepl/websocket.h"

struct webrepl_link {
	struct websocket in;
	uint8_t out[WEBSOCKET_FRAME_MAX_BYTES]; /* a frame, of which i_out bytes were sent */
	size_t n_out, i_out;
	char password[WEBREPL_PASSWORD_MAX_BYTES + 1];
};

/* As read(2) and write(2), with errno; -1 and EAGAIN also if no text came. A write may leave the end of a frame to be
 * flushed. */
ssize_t webrepl_read(struct webrepl_link *link, int fd, void *bytes, size_t n_bytes);
ssize_t webrepl_write(struct webrepl_link *link, int fd, const void *bytes, size_t n_bytes);
/* Sends the rest of a frame, and a pong that is due. 1: not all of it; 0; -1, with errno. */
int webrepl_flush(struct webrepl_link *link, int fd);
/* A close frame, which the end of its predecessor may prevent. */
void webrepl_say_goodbye(struct webrepl_link *link, int fd);

/* What precedes the console: HTTP's upgrade, the question for the password, and its answer.
 *
 * Takes bytes up to the end of the greeting, and none of what follows; within 8 seconds. at: for diag. 0; -EPERM: wrong
 * password; -EBUSY: it closed, as it serves another client; -EPROTO: no WebREPL; -ETIMEDOUT; -EINTR; -EPIPE …, with
 * diag. */
int webrepl_login(struct webrepl_link *link, int fd, const char *authority, struct place at, struct diag *diag);
