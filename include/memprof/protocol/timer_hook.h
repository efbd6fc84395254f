/* The hook of a CPU profile: a timer of the board whose callback stops at random moments, as the hook of collections
 * does in a collection (collection_hook.h), and serves reads of memory. Its code. No I/O.
 *
 * MicroPython runs the callback of a machine.Timer between two instructions of the program, on the program's stack
 * (mp_sched_schedule, py/scheduler.c). At its end the callback arms the timer again, so the program always goes on for
 * a while, however long a stop took.
 *
 * Frames are those of collection_filter: n_collections is how long the program ran since the stop before it, in
 * microseconds, and i_sentinel the bytes of the stack in use. */
#pragma once

#include "memprof/protocol/collection_hook.h"

enum {
	TIMER_HOOK_LEAST_US = 2000,
	TIMER_HOOK_RAN_MAX_US = 1 << 29, /* half of the period of time.ticks_us() */
};

/* Appends Python code that installs it under the global name __memprof, as collection_hook_code does with asks: there
 * are stops between __memprof(COLLECTION_HOOK_EACH) and __memprof(COLLECTION_HOOK_NONE). hook->step_us is their mean
 * distance. The code prints id() of the bytearray that sends memory and of the callback, and two more numbers; it
 * raises if the firmware has no such timer. */
void timer_hook_code(struct strbuf *code, const struct collection_hook *hook);
