/* Which frames have been received: sessions, the sequence of each, and a window of 64 frames before its last. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct agent_sequence {
	bool known;
	uint8_t session;
	uint16_t last;
	uint64_t received; /* bit i: last - 1 - i was received, or precedes the first frame seen */
};

struct agent_order {
	struct agent_sequence now;
	struct agent_sequence before; /* the previous session, whose repeated frames do not begin it again */
};

enum agent_order_result {
	ORDER_NEXT,     /* accept; *ret_n_lost frames before it are missing */
	ORDER_LATE,     /* accept: it was missing */
	ORDER_REPEATED, /* drop: received before, or too old to know */
	ORDER_BEGINS,   /* accept: the first of a session; *ret_n_lost as above if a session was known */
};

/* All-zero is the start. hello: the frame is a HELLO. *ret_n_lost is 0 for the other results. */
enum agent_order_result agent_order_check(struct agent_order *o, uint8_t session, uint16_t sequence, bool hello,
					  uint32_t *ret_n_lost);
