/* One frame after the other, built in the agent's buffer: for the core, and for the files beside it. A field that does
 * not fit makes the frame too long: it is not sent, and counted as skipped. */
#ifndef MEMPROF_FRAME_H
#define MEMPROF_FRAME_H

#include "memprof/agent.h"

enum {
	MEMPROF_FRAME_FIRST = 2, /* place of the type in agent->frame: behind the delimiter and COBS's first code */
	MEMPROF_FRAME_END = WIRE_FRAME_MAX_BYTES - 1 - WIRE_CRC_BYTES, /* a payload ends here at the latest */
};

/* Each of these returns the agent: a Cortex-M0+ then has it where the next call wants it. */
struct memprof_agent *memprof_frame_begin(struct memprof_agent *agent, uint32_t type);
struct memprof_agent *memprof_put_u8(struct memprof_agent *agent, uint32_t value); /* its low byte */
struct memprof_agent *memprof_put_uint(struct memprof_agent *agent, uint32_t value,
				       uint32_t n_bytes); /* little-endian */
struct memprof_agent *memprof_put_varint(struct memprof_agent *agent, uintptr_t value);
struct memprof_agent *memprof_put_bytes(struct memprof_agent *agent, const void *bytes, size_t n_bytes);
/* Payload bytes that still fit. */
static inline uint32_t memprof_frame_room(const struct memprof_agent *agent)
{
	return agent->n_frame < MEMPROF_FRAME_END ? (uint32_t)MEMPROF_FRAME_END - agent->n_frame : 0;
}

/* Adds CRC and COBS, and writes it. False if it was too long or the channel did not take it: then it is counted as
 * skipped, or, a frame of a snapshot, the snapshot is stuck. The sequence counts those that were taken. */
bool memprof_frame_end(struct memprof_agent *agent);

/* CRC-32 without the start and final xor: of one byte or more. */
uint32_t memprof_crc(uint32_t crc, const void *bytes, size_t n_bytes);
extern const uint32_t memprof_crc_of_byte[256]; /* extra/crc_table.c, used with MEMPROF_CRC_TABLE */

static inline void memprof_mark(struct memprof_agent *agent, const char *label, size_t n_bytes)
{
	memprof_frame_begin(agent, WIRE_EVENT);
	memprof_put_u8(agent, WIRE_MARK);
	memprof_put_varint(agent, agent->port->now_ms());
	while (n_bytes-- && memprof_frame_room(agent))
		memprof_put_u8(agent, (uint8_t)*label++);
	memprof_frame_end(agent);
}

#endif
