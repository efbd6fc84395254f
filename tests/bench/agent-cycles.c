/* The agent's core on a bare Cortex-M0+, for tests/bench/agent-cycles: a heap from heap.h, a channel that takes
 * everything at once. bkpt 0, n in r7: section n/2 begins (even) or ends (odd); bkpt 1: done. */
#include "heap.h" /* HEAP_BLOCKS, heap_table, heap_types: the first word of each object, as an index of types */
#include "memprof/agent.h"

static uint8_t finalisers[HEAP_BLOCKS / 8 + 1];
static uint16_t rows[(HEAP_BLOCKS + 63) / 64];
static struct memprof_agent agent;
static struct memprof_port port;
uint32_t n_bytes, n_frames; /* read by the emulator */

static bool take(const uint8_t *frame, size_t n_frame_bytes)
{
	(void)frame;
	n_bytes += (uint32_t)n_frame_bytes;
	n_frames++;
	return true;
}

static uint32_t now(void) { return 0; }

static bool area(uint32_t i, struct memprof_area *ret)
{
	*ret = (struct memprof_area){ heap_table, finalisers, 0x20010000, HEAP_BLOCKS, WIRE_MEMORY_SRAM };
	return i == 0;
}

/* As MicroPython's port does it: the type that stands first in the object against one address after the other. */
static uint8_t kind(uintptr_t address)
{
	uint32_t type = 0x10001000u + 0x100u * heap_types[(address - 0x20010000) / 16];

	if (type == 0x10001900)
		return WIRE_FUNCTION;
	if (type == 0x10001600)
		return WIRE_STR;
	if (type == 0x10001500)
		return WIRE_DICT;
	if (type == 0x10001300)
		return WIRE_TUPLE;
	if (type == 0x10001400)
		return WIRE_LIST;
	if (type == 0x10001700)
		return WIRE_ARRAY;
	if (type == 0x10001800)
		return WIRE_FLOAT;
	if (type == 0x10001a00)
		return WIRE_MODULE;
	return WIRE_HEAD;
}

void *memset(void *to, int byte, size_t n)
{
	for (uint8_t *at = to; n--;)
		*at++ = (uint8_t)byte;
	return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
	uint32_t *words = to;
	const uint32_t *from_words = from;

	for (; n >= 4; n -= 4) /* what is copied here is aligned */
		*words++ = *from_words++;
	return to;
}

static void section(uint32_t n) { __asm volatile("movs r7, %0\n bkpt 0" : : "r"(n) : "r7"); }

void start(void)
{
	port = (struct memprof_port){
		.write = take,
		.now_us = now,
		.now_ms = now,
		.area = area,
		.kind = kind,
		.block_bytes = 16,
		.abilities = WIRE_CAN_KINDS | WIRE_CAN_FINALISERS,
	};
	memprof_start(&agent, &port, 1, rows, sizeof(rows) / sizeof(rows[0]));
	section(0);
	memprof_snapshot(&agent, true);
	section(1);
	section(2);
	memprof_snapshot(&agent, false);
	section(3);
	__asm volatile("bkpt 1");
}
