/* Ctrl-C, SIGTERM and SIGHUP as a wish to stop. They are blocked but where memprof waits, so that they
 * come between two steps and never within one. And the waiting itself. */
#ifndef MEMPROF_STOPPING_H
#define MEMPROF_STOPPING_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "memprof/live/ui_hooks.h"

struct stopping; /* what the signals did before */

/* companion: waits with us, borrowed; NULL: nobody does. NULL: out of memory. */
struct stopping *stopping_new(const struct companion *companion);
void stopping_free(struct stopping *s); /* as it was; NULL is fine */

bool stopping_take(void); /* somebody has asked, also while that was blocked; forgets it */

void stopping_ask(void); /* as if a signal had come */

/* Waits until fd is ready, until a moment of clock_now_us() (NOT_KNOWN: for ever), until somebody wants to stop
 * (unless that does not count now: then it stays blocked), or until the companion has had a turn. False: that moment
 * is long past, as memprof itself was stopped (Ctrl-Z), and fd is ready: what is there to read has come in time. */
bool stopping_poll(const struct stopping *s, struct pollfd *fd, uint64_t until_us, bool stop_counts);

/* Waits until that moment; less only if somebody wants to stop. */
void stopping_sleep(const struct stopping *s, uint64_t until_us);

#endif
