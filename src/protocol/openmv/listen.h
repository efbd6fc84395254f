/* What a camera told somebody else by OpenMV's protocol: the answers of a session that was saved. Their questions are
 * not needed, as an answer names what it answers. Holds a packet and an answer at most. */
#ifndef MEMPROF_OPENMV_LISTEN_H
#define MEMPROF_OPENMV_LISTEN_H

#include "openmv/packet.h"
#include "openmv/payload.h"

/* The first packet of every session: who finds it at the beginning of what was sent knows what is answered. */
extern const uint8_t openmv_first_packet[OPENMV_HEADER_BYTES];

/* All-zero is the starting state. */
struct openmv_listener {
	struct openmv_framer framer;
	struct heap heap;
	const struct openmv_board *board;
	uint8_t sequence; /* of the packet that is next */
	uint8_t opcode;   /* of the answer that is not whole */
	uint8_t answer[OPENMV_ANSWER_MAX_BYTES];
	size_t n_answer;
	uint64_t n_wire_bytes;
};
/* bytes are borrowed until openmv_listener_next answers OPENMV_MORE. */
void openmv_listener_feed(struct openmv_listener *l, const uint8_t *bytes, size_t n_bytes);
/* OPENMV_MORE, OPENMV_TEXT, or OPENMV_EVENT: EVENT_SNAPSHOT or EVENT_RESET, without time and line. Or -ENOMEM. */
int openmv_listener_next(struct openmv_listener *l, struct openmv_item *ret);
void openmv_listener_deinit(struct openmv_listener *l);

#endif
