#define _DEFAULT_SOURCE
#include "source/private.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "memprof/io/interrupt.h"

enum { ASK_MS = 100 };

/* Sessions block these, and ask for them when the source is open. */
static bool is_to_stop(void)
{
	sigset_t pending;

	if (sigpending(&pending) < 0)
		return false;
	for (size_t i = 0; i < N_INTERRUPTS; i++)
		if (sigismember(&pending, interrupt_signals[i]) == 1)
			return true;
	return false;
}

int source_await(int fd, short events, uint64_t until_us)
{
	struct pollfd p = { fd, events, 0 };
	uint64_t now_us;

	while ((now_us = clock_now_us()) < until_us) {
		if (is_to_stop())
			return -EINTR;
		int n = poll(&p, 1, (int)MIN((until_us - now_us) / 1000 + 1, (uint64_t)ASK_MS));
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
	return -ETIMEDOUT;
}
