/* The signals of io/interrupt.h as a request to stop. They are blocked except where memprof waits, so that they arrive
 * between two steps and never within one. Also the waiting itself. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/live/ui_hooks.h"

struct pollfd;
struct stop_signals; /* what the signals did before */

/* ui: borrowed; NULL: none. Returns NULL without memory. */
struct stop_signals *stop_signals_new(const struct ui_hooks *ui);
/* Ctrl-Z and what else suspends memprof wait until stop_signals_free: something outside must not be left half done. */
void stop_signals_hold_suspension(struct stop_signals *s);
void stop_signals_free(struct stop_signals *s); /* restores the signals; NULL is fine */

bool stop_requested(void); /* a request has come, also while signals were blocked; forgets it */
void stop_request(void);   /* as if a signal had come */

/* Waits until fd or input (its revents are set, too; NULL: none) is ready, until a moment of clock_now_us() (NOT_KNOWN:
 * without end), until a request to stop (unless may_stop is false: then it stays blocked), or until the screen has had
 * a turn. False: that moment is long past, as memprof itself was stopped (Ctrl-Z), and fd is ready: what is there to
 * read came in time. */
bool stop_signals_poll(const struct stop_signals *s, struct pollfd *fd, struct pollfd *input, uint64_t until_us,
		       bool may_stop);

/* Waits until one of n fds is ready, until that moment, or until a request to stop. There is no turn for a screen. */
void stop_signals_poll_all(const struct stop_signals *s, struct pollfd *fds, size_t n, uint64_t until_us);

/* Waits until that moment; less only for a request to stop. */
void stop_signals_sleep(const struct stop_signals *s, uint64_t until_us);
