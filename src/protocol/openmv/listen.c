#include "openmv/listen.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"

const uint8_t openmv_first_packet[OPENMV_HEADER_BYTES] = { 0xaa, 0xd5, 0, 0, 0, 0, 0, 0, 0xb0, 0xac };

void openmv_listener_feed(struct openmv_listener *l, const uint8_t *bytes, size_t n_bytes)
{
	openmv_framer_feed(&l->framer, bytes, n_bytes);
}

static int read_memory(struct openmv_listener *l, struct openmv_item *ret)
{
	int r = openmv_read_memory(l->answer, l->n_answer, l->board, &l->info, &l->heap);

	if (r < 0)
		return r == -EBADMSG ? OPENMV_MORE : r;
	ret->event = (struct event){ .kind = EVENT_SNAPSHOT, .at_us = NOT_KNOWN, .snapshot = EVENT_SNAPSHOT_INIT };
	ret->event.snapshot.heap = &l->heap;
	ret->event.snapshot.n_lines = 1;
	ret->event.snapshot.reported.format = OPENMV_FORMAT;
	ret->event.snapshot.reported.wire_bytes = l->n_wire_bytes;
	return OPENMV_EVENT;
}

/* OPENMV_MORE if the answer is not an item. */
static int read_answer(struct openmv_listener *l, struct openmv_item *ret)
{
	switch (l->opcode) {
	case OPENMV_SYS_INFO:
		if (openmv_read_info(l->answer, l->n_answer, &l->info))
			l->board = openmv_board_find(l->info.usb_id);
		return OPENMV_MORE;
	case OPENMV_SYS_MEMORY:
		return read_memory(l, ret);
	case OPENMV_CHANNEL_READ: /* memprof reads no other channel than stdout */
		ret->text = (const char *)l->answer;
		ret->n_bytes = l->n_answer;
		return l->n_answer ? OPENMV_TEXT : OPENMV_MORE;
	default:
		return OPENMV_MORE;
	}
}

static int read_event(const struct openmv_packet *packet, struct openmv_item *ret)
{
	if (packet->opcode != OPENMV_SYS_EVENT || packet->channel != 0 || packet->n_bytes < 2 ||
	    bytes_u16(packet->payload) != OPENMV_SOFT_REBOOT)
		return OPENMV_MORE;
	ret->event = (struct event){ .kind = EVENT_RESET, .at_us = NOT_KNOWN };
	return OPENMV_EVENT;
}

static void begin_answer(struct openmv_listener *l, uint8_t opcode)
{
	l->opcode = opcode;
	l->n_answer = 0;
	l->n_wire_bytes = 0;
}

/* Accepts a packet once and in sequence, as the original session did. */
static int read_packet(struct openmv_listener *l, const struct openmv_packet *packet, struct openmv_item *ret)
{
	uint8_t age = (uint8_t)(l->sequence - packet->sequence);

	if (packet->flags & OPENMV_EVENT_FLAG)
		return read_event(packet, ret);
	if (packet->opcode == OPENMV_PROTO_SYNC) {
		l->sequence = 0;
		begin_answer(l, packet->opcode);
		return OPENMV_MORE;
	}
	if (age > 0 && age < 128)
		return OPENMV_MORE;
	l->sequence = (uint8_t)(packet->sequence + 1);
	if (age != 0 || packet->opcode != l->opcode)
		begin_answer(l, packet->opcode);
	l->n_wire_bytes += openmv_packet_bytes(packet);
	bool refused = packet->flags & OPENMV_NAK, whole = !(packet->flags & OPENMV_FRAGMENT);
	if (!refused && packet->n_bytes <= sizeof(l->answer) - l->n_answer) {
		memcpy(l->answer + l->n_answer, packet->payload, packet->n_bytes);
		l->n_answer += packet->n_bytes;
	}
	if (!refused && !whole)
		return OPENMV_MORE;
	/* A text ends in a refusal if the camera has no more of it. */
	int kind = refused && packet->opcode != OPENMV_CHANNEL_READ ? OPENMV_MORE : read_answer(l, ret);
	l->opcode = OPENMV_PROTO_SYNC; /* no answer is open */
	return kind;
}

int openmv_listener_next(struct openmv_listener *l, struct openmv_item *ret)
{
	struct openmv_packet packet;
	int kind = OPENMV_MORE;

	while (kind == OPENMV_MORE && openmv_framer_next(&l->framer, &packet))
		kind = read_packet(l, &packet, ret);
	return kind;
}

void openmv_listener_deinit(struct openmv_listener *l) { heap_deinit(&l->heap); }
