/* Ctrl-C, SIGTERM and SIGHUP as a wish to stop. They are blocked but where memprof waits, so that they
 * come between two steps and never within one. */
#ifndef MEMPROF_STOPPING_H
#define MEMPROF_STOPPING_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

struct stopping;        /* what the signals did before */

struct stopping *stopping_new(void);    /* NULL: out of memory */
void stopping_free(struct stopping *s); /* as it was; NULL is fine */

bool stopping_take(void);       /* somebody has asked, also while that was blocked; forgets it */

/* Waits until fd is ready (NULL: for nothing), until a moment of clock_now_us() (NOT_KNOWN: for ever), or
 * until somebody wants to stop; with NULL for s that stays blocked. */
void stopping_poll(const struct stopping *s, struct pollfd *fd, uint64_t until_us);

#endif
