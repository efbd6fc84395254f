/* Somebody who waits together with a session: a screen. There is one event loop and one thread: whatever waits in it
 * waits for the companion too, and gives it its turn (live/stop_signals.h). */
#ifndef MEMPROF_COMPANION_H
#define MEMPROF_COMPANION_H

#include <stdbool.h>
#include <stdint.h>

struct companion {
	int (*fd)(void *of);               /* what it reads from; -1: nothing */
	uint64_t (*deadline_us)(void *of); /* of clock_now_us(), when it wants its turn; NOT_KNOWN */
	/* Its turn: something to read, the deadline, a signal. The session may be in the middle of anything, so it is
	 * not to be called from here. */
	void (*turn)(void *of);
	/* It wants something of whoever waits: session_wait ends early, with TIME. */
	bool (*wants)(void *of);
	void *of;
};

#endif
