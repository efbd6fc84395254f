/* A screen that runs beside a session. There is one event loop and one thread: whoever waits in it also waits for the
 * screen, and gives it its turn. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct ui_hooks {
	int (*fd)(void *ctx);               /* what it reads from; -1: nothing */
	uint64_t (*deadline_us)(void *ctx); /* of clock_now_us(), when it wants its turn; NOT_KNOWN */
	/* Its turn: input, the deadline, or a signal. It must not call the session, which may be in the middle of
	 * anything. */
	void (*turn)(void *ctx);
	bool (*wants)(void *ctx); /* it has a request for the command: session_wait ends early, with SESSION_TIME */
	void *ctx;
};
