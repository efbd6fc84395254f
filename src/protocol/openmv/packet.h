/* Packets of OpenMV's protocol, version 2 (openmv docs/protocol.md, sections 2 and 6), little-endian:
 *
 *     0 AA D5 · 2 sequence · 3 channel · 4 flags · 5 opcode · 6 length of the payload, 2 bytes
 *     8 CRC-16 of the above · 10 payload · CRC-32 of the payload, if there is one
 *
 * Both CRCs are required; boards that leave them out (protocol.init(crc=False)) are not supported. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/bytes.h"

enum {
	OPENMV_HEADER_BYTES = 10,
	OPENMV_PACKET_MAX_BYTES = 4096, /* the buffer of most boards; requested from those with a larger one */
	OPENMV_PAYLOAD_MAX_BYTES = OPENMV_PACKET_MAX_BYTES - OPENMV_HEADER_BYTES - 4,
};

enum openmv_flag {
	OPENMV_ACK = 1,
	OPENMV_NAK = 2,
	OPENMV_RTX = 4 /* retransmission */,
	OPENMV_ACK_REQ = 8,
	OPENMV_FRAGMENT = 0x10 /* more follow */,
	OPENMV_EVENT_FLAG = 0x20,
};

struct openmv_packet {
	uint8_t sequence, channel, flags, opcode;
	const uint8_t *payload; /* of a received packet: borrowed until the next call */
	size_t n_bytes;         /* of the payload */
};

/* Polynomials 0xF94F and 0xFA567D89, initial value all ones, highest bit first, no final xor. */
uint16_t openmv_crc16(const uint8_t *bytes, size_t n_bytes);
uint32_t openmv_crc32(const uint8_t *bytes, size_t n_bytes);

void openmv_put_u16(uint8_t *at, uint16_t value);
void openmv_put_u32(uint8_t *at, uint32_t value);

/* Size of a packet; openmv_packet_write writes as many bytes. A payload is at most OPENMV_PAYLOAD_MAX_BYTES. */
size_t openmv_packet_bytes(const struct openmv_packet *packet);
void openmv_packet_write(const struct openmv_packet *packet, uint8_t *ret);

/* Finds packets in a stream. Other bytes, and packets with a wrong CRC, are dropped byte by byte up to the next packet.
 * Holds at most one packet of any input. All-zero is the starting state. */
struct openmv_framer {
	const uint8_t *p, *end; /* rest of the last feed */
	uint8_t held[2 * OPENMV_PACKET_MAX_BYTES];
	size_t i_held, n_held;
	size_t n_taken;     /* of the packet returned last */
	uint64_t n_bad;     /* packets with a wrong CRC, or too long */
	uint64_t n_skipped; /* bytes outside packets */
};
/* bytes are borrowed until openmv_framer_next returns false. */
void openmv_framer_feed(struct openmv_framer *f, const uint8_t *bytes, size_t n_bytes);
bool openmv_framer_next(struct openmv_framer *f, struct openmv_packet *ret);
/* Drops an incomplete packet; counters stay. */
void openmv_framer_reset(struct openmv_framer *f);
