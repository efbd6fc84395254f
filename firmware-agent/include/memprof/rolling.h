/* rolling.c: a snapshot over several calls, for channels that are slow (a UART) and heaps that take long to read. */
#ifndef MEMPROF_ROLLING_H
#define MEMPROF_ROLLING_H

#include "memprof/agent.h"

/* All zero but for the first two. */
struct memprof_rolling {
	struct memprof_agent *agent;
	uint32_t stop_us; /* a call ends before, but for one row and its frames, or the walks of one pool */
	/* private */
	uint32_t began_us, due_us; /* of this call; the next one */
	uint32_t frame_us;         /* what the longest frame takes, by those that were slowest */
	uint32_t began_ms;         /* of the snapshot */
	uint32_t longest_us;       /* of its calls */
	uint16_t n_calls;
	uint8_t stage; /* enum stage */
	bool in_call, asked;
};

/* In place of memprof_poll: one call begins a snapshot or goes on with it, and lasts stop_us at most; then the program
 * has three times as long. Returns true if a snapshot has now been sent. Tell WIRE_CAN_ROLL. */
bool memprof_poll_rolling(struct memprof_rolling *rolling);
/* To be called by the port's write, after each frame. n_bytes: 0 if it was not taken. */
void memprof_rolling_wrote(struct memprof_rolling *rolling, size_t n_bytes, uint32_t took_us);
/* A snapshot begins with the next call, also where there is no period; none if a whole one is under way. */
void memprof_rolling_ask(struct memprof_rolling *rolling, bool key);

#endif
