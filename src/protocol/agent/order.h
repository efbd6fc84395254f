/* Which frames have come: sessions, the sequence of each, and a window of 64 behind its last. */
#ifndef MEMPROF_AGENT_ORDER_H
#define MEMPROF_AGENT_ORDER_H

#include <stdbool.h>
#include <stdint.h>

struct agent_sequence {
	bool known;
	uint8_t session;
	uint16_t last;
	uint64_t came; /* bit i: last - 1 - i has come, or is of no interest */
};

struct agent_order {
	struct agent_sequence now;
	struct agent_sequence before; /* the session before: what of it is repeated begins it not again */
};

enum agent_turn {
	TURN_NEXT,     /* to be taken; so many before it are missing */
	TURN_LATE,     /* to be taken: it was missing */
	TURN_REPEATED, /* came already, or is too old to tell */
	TURN_BEGINS,   /* to be taken: the first of a session */
};

/* All-zero is the beginning. hello: the frame is one. ret_n_lost is 0 but of TURN_NEXT, and of TURN_BEGINS where
 * another session was known. */
enum agent_turn agent_order_take(struct agent_order *o, uint8_t session, uint16_t sequence, bool hello,
				 uint32_t *ret_n_lost);

#endif
