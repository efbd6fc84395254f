/* Frames: CRC-32, varints, COBS in place. */
#include "memprof/frame.h"

#include <string.h>

#include "memprof/memprof_config.h"

#if MEMPROF_CRC_TABLE

uint32_t memprof_crc(uint32_t crc, const void *bytes, size_t n_bytes)
{
	const uint8_t *at = bytes;

	do
		crc = crc >> 8 ^ memprof_crc_of_byte[(crc ^ *at++) & 0xff];
	while (--n_bytes);
	return crc;
}

#else

static const uint32_t crc_of_nibble[16] = {
	0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
	0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
};

/* A nibble. Not a function, as -Os would then call one each time. */
#define STEP(crc) ((crc) = (crc) >> 4 ^ crc_of_nibble[(crc)&15])

#if MEMPROF_CRC_WORDS
typedef uint32_t __attribute__((may_alias)) any_word; /* of a frame's bytes too */
#endif

uint32_t memprof_crc(uint32_t crc, const void *bytes, size_t n_bytes)
{
	const uint8_t *at = bytes;

	do {
#if MEMPROF_CRC_WORDS
		if (n_bytes >= sizeof(uint32_t) && (uintptr_t)at % sizeof(uint32_t) == 0) {
			crc ^= *(const any_word *)at;
			at += sizeof(uint32_t);
			n_bytes -= sizeof(uint32_t);
			STEP(crc);
			STEP(crc);
			STEP(crc);
			STEP(crc);
			STEP(crc);
			STEP(crc);
			STEP(crc);
			STEP(crc);
			continue;
		}
#endif
		crc ^= *at++;
		n_bytes--;
		STEP(crc);
		STEP(crc);
	} while (n_bytes);
	return crc;
}

#endif

/* One that is too long stays so: it ends behind MEMPROF_FRAME_END. */
struct memprof_agent *memprof_put_u8(struct memprof_agent *agent, uint32_t value)
{
	if (agent->n_frame < WIRE_FRAME_MAX_BYTES - 1)
		agent->frame[agent->n_frame++] = (uint8_t)value;
	return agent;
}

struct memprof_agent *memprof_put_bytes(struct memprof_agent *agent, const void *bytes, size_t n_bytes)
{
	const uint8_t *at = bytes;

	while (n_bytes--)
		agent = memprof_put_u8(agent, *at++);
	return agent;
}

struct memprof_agent *memprof_put_uint(struct memprof_agent *agent, uint32_t value, uint32_t n_bytes)
{
	for (; n_bytes--; value >>= 8)
		agent = memprof_put_u8(agent, value);
	return agent;
}

struct memprof_agent *memprof_put_varint(struct memprof_agent *agent, uintptr_t value)
{
	for (; value > 0x7f; value >>= 7)
		agent = memprof_put_u8(agent, (uint32_t)value | 0x80);
	return memprof_put_u8(agent, (uint32_t)value);
}

struct memprof_agent *memprof_frame_begin(struct memprof_agent *agent, uint32_t type)
{
	uint8_t *head = agent->frame + MEMPROF_FRAME_FIRST;

	head[0] = (uint8_t)type;
	head[1] = agent->session;
	head[2] = (uint8_t)agent->sequence;
	head[3] = (uint8_t)(agent->sequence >> 8);
	agent->n_frame = MEMPROF_FRAME_FIRST + WIRE_HEAD_BYTES;
	return agent;
}

/* COBS where it stands: each zero becomes the way to the next one. Returns the bytes of the whole frame. */
static uint32_t cobs_encode(uint8_t *frame, uint32_t n)
{
	uint32_t zero = n;

	frame[n] = frame[0] = frame[1] = 0;
	for (uint32_t i = n; --i;)
		if (!frame[i]) {
			frame[i] = (uint8_t)(zero - i);
			zero = i;
		}
	return n + 1;
}

bool memprof_frame_end(struct memprof_agent *agent)
{
	uint8_t *frame = agent->frame;
	uint32_t n = agent->n_frame, begin_us, waited_us;
	bool of_snapshot = (uint32_t)(frame[MEMPROF_FRAME_FIRST] - WIRE_BEGIN) <= WIRE_END - WIRE_BEGIN, taken = false;

	if (n <= MEMPROF_FRAME_END) {
		memprof_put_uint(
			agent, ~memprof_crc(~(uint32_t)0, frame + MEMPROF_FRAME_FIRST, n - (size_t)MEMPROF_FRAME_FIRST),
			WIRE_CRC_BYTES);
		n = cobs_encode(frame, agent->n_frame);
		begin_us = agent->port->now_us();
		taken = agent->port->write(frame, n);
		if (!agent->between) {
			waited_us = agent->port->now_us() - begin_us;
			agent->pause_us -= waited_us;
			agent->wait_us += waited_us;
		}
	}
	if (taken)
		agent->sequence++;
	else if (of_snapshot)
		agent->halt = MEMPROF_STUCK;
	else
		agent->n_skipped++;
	return taken;
}
