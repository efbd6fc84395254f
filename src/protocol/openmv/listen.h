/* Reads a camera's side of a saved session in OpenMV's protocol. The queries are not needed, as an answer has the
 * opcode of its query. Holds at most a packet and an answer. */
#pragma once

#include "openmv/packet.h"
#include "openmv/payload.h"

/* The first packet of every session; identifies one by the first bytes sent. */
extern const uint8_t openmv_first_packet[OPENMV_HEADER_BYTES];

/* All-zero is the starting state. */
struct openmv_listener {
	struct openmv_framer framer;
	struct heap heap;
	const struct openmv_board *board;
	struct openmv_info info;
	uint8_t sequence; /* of the next packet */
	uint8_t opcode;   /* of the incomplete answer */
	uint8_t answer[OPENMV_ANSWER_MAX_BYTES];
	size_t n_answer;
	uint64_t n_wire_bytes;
};
/* bytes are borrowed until openmv_listener_next returns OPENMV_MORE. */
void openmv_listener_feed(struct openmv_listener *l, const uint8_t *bytes, size_t n_bytes);
/* OPENMV_MORE, OPENMV_TEXT, or OPENMV_EVENT: EVENT_SNAPSHOT or EVENT_RESET, without time and line. Or -ENOMEM. */
int openmv_listener_next(struct openmv_listener *l, struct openmv_item *ret);
void openmv_listener_deinit(struct openmv_listener *l);
