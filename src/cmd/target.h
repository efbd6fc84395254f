/* The target of a GDB server, followed: it is halted for each look, which reads all of its heap. */
#pragma once

#include "memprof/feed/feed.h"
#include "memprof/intake/objects.h"
#include "memprof/live/ui_hooks.h"

struct target_follow {
	const char *source, *elf, *board; /* elf or board may be NULL */
	struct feed *feed;
	uint64_t interval_us, until_us; /* of clock_now_us; 0: without end */
	const struct ui_hooks *ui;      /* NULL */
	void (*turn)(void *ctx);        /* ten times a second between looks; NULL */
	/* After each look; it may take the objects. NULL. */
	void (*looked)(void *ctx, struct objects_reading *reading, uint64_t look_us);
	void *ctx;
};
/* Until the feed is over, a request to stop, or a failure: the exit code, after a message. */
int target_follow(const struct target_follow *t);
