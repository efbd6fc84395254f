/* A snapshot of the GC heap: what changed since the last one, in one call or in several (extra/rolling.c). */
#include "memprof/snapshot.h"

#include <string.h>

#include "memprof/frame.h"
#include "memprof/memprof_config.h"
#include "memprof/table.h"

#if MEMPROF_REFRESH_PART & (MEMPROF_REFRESH_PART - 1)
#error "MEMPROF_REFRESH_PART must be a power of two, or 0: there is no division on a Cortex-M0+"
#endif

/* Any other row has one of these with the probability that the digest errs, 2^-32. */
#define CRC_OF_FREE_ROW  0x190a55adu
#define CRC_OF_TAILS_ROW 0xbc4920d8u
#define ALL_TAILS        0xaaaaaaaau

#if MEMPROF_FAST
#define APART
#else
#define APART MEMPROF_NOT_INLINE
#endif

static uint32_t rows_in(uint32_t n_blocks) { return (n_blocks + WIRE_ROW_BLOCKS - 1) / WIRE_ROW_BLOCKS; }

uint32_t memprof_areas_crc(struct memprof_agent *agent)
{
	struct memprof_area area;
	uint32_t crc = 0;
	uint32_t i = 0;

	agent->end_row = 0;
	for (; agent->port->area(i, &area); i++) {
		crc = memprof_crc(crc + (uint32_t)area.address, &area.n_blocks, sizeof(area.n_blocks));
		agent->end_row += rows_in(area.n_blocks);
	}
	agent->n_areas = (uint8_t)i;
	return crc | 1;
}

/* Codes of eight blocks from the 16 bits of the allocation table: heads and tails change their places. */
static uint32_t spread(uint32_t bits)
{
	uint32_t low;

	bits = (bits | bits << 8) & 0x00ff00ff;
	bits = (bits | bits << 4) & 0x0f0f0f0f;
	bits = (bits | bits << 2) & 0x33333333;
	low = (bits ^ bits >> 1) & 0x11111111;
	return bits ^ (low | low << 1);
}

/* What the heads of the row are. */
APART
static void find_kinds(struct memprof_agent *agent, const struct memprof_area *area, uint32_t block)
{
	const struct memprof_port *port = agent->port;
	uint8_t (*kind)(uintptr_t address) = port->kind;

	for (uint32_t *word = agent->codes; word < agent->codes + MEMPROF_ROW_WORDS; word++, block += 8) {
		uint32_t heads = *word >> 1 & ~*word & 0x11111111, at = 0, finalisers;

		if (!heads)
			continue;
		finalisers = area->finalisers ? area->finalisers[block / 8] : 0;
		for (; heads; at++, heads >>= 4) {
			uint32_t code = WIRE_FINALISER;

			if (!(heads & 1))
				continue;
			if (!(finalisers >> at & 1))
				code = kind ? kind(area->address + (uintptr_t)(block + at) * port->block_bytes) :
					      WIRE_HEAD;
			*word += (code - WIRE_HEAD) << 4 * at;
		}
	}
}

/* Reads the row that begins at this block into agent->codes, if it is not all free or all tails. Returns its CRC. */
APART
static uint32_t row_read(struct memprof_agent *agent, const struct memprof_area *area, uint32_t block,
			 uint32_t n_blocks)
{
	union {
		uint32_t words[WIRE_ROW_BLOCKS / 16];
		uint16_t halves[WIRE_ROW_BLOCKS / 8];
	} bits;
	uint32_t first;

	bits.words[0] = bits.words[1] = bits.words[2] = bits.words[3] = 0; /* as the last row may be short */
	memcpy(&bits, area->table + block / 4, n_blocks / 4);
	first = bits.words[0];
	if (first == bits.words[1] && first == bits.words[2] && first == bits.words[3]) {
		if (first == 0)
			return CRC_OF_FREE_ROW;
		if (first == ALL_TAILS)
			return CRC_OF_TAILS_ROW;
	}
	for (uint32_t i = 0; i < MEMPROF_ROW_WORDS; i++)
		agent->codes[i] = spread(bits.halves[i]);
	find_kinds(agent, area, block);
	return ~memprof_crc(~(uint32_t)0, agent->codes, WIRE_ROW_BYTES);
}

/* The host does not have this row, or it is its turn. */
APART
static bool is_due(struct memprof_agent *agent, uint32_t row, uint32_t crc)
{
	uint32_t hash = crc & 0xffff, known;

	if (row >= agent->n_rows)
		return true;
	if (!hash)
		hash = 1; /* 0: the host does not have it */
	known = agent->rows[row];
	agent->rows[row] = (uint16_t)hash;
	return known != hash || agent->all_rows || row - agent->refresh < agent->n_refresh;
}

void memprof_send_rows(struct memprof_agent *agent, uint32_t n_rows)
{
	struct memprof_area area;
	uint32_t before = 0;

	for (uint32_t i = 0; n_rows && !agent->halt && agent->port->area(i, &area); i++) {
		uint32_t first = (agent->next_row - before) * WIRE_ROW_BLOCKS;

		before += rows_in(area.n_blocks);
		if (agent->next_row > before)
			continue;
		memprof_table_rows_of(agent, i, &area, first);
		for (; first < area.n_blocks && n_rows && !agent->halt; first += WIRE_ROW_BLOCKS, n_rows--) {
			uint32_t left = area.n_blocks - first,
				 n_blocks = left < WIRE_ROW_BLOCKS ? left : WIRE_ROW_BLOCKS;
			uint32_t crc = row_read(agent, &area, first, n_blocks);

			memprof_table_digest(agent, crc);
			if (!is_due(agent, agent->next_row++, crc))
				memprof_table_run(agent, WIRE_SKIP, n_blocks);
			else if (crc == CRC_OF_FREE_ROW || crc == CRC_OF_TAILS_ROW)
				memprof_table_run(agent, crc == CRC_OF_FREE_ROW ? WIRE_FREE : WIRE_TAIL, n_blocks);
			else
				memprof_table_row(agent, n_blocks);
		}
	}
	memprof_table_flush(agent);
}

bool memprof_abandon(struct memprof_agent *agent)
{
	agent->areas_crc = 0;
	agent->between = false;
	agent->n_abandoned++;
	return false;
}

void memprof_begin(struct memprof_agent *agent, uint32_t flags)
{
	const struct memprof_port *port = agent->port;
	struct memprof_area area;
	uint32_t areas_crc = memprof_areas_crc(agent);

	if (areas_crc != agent->areas_crc || !agent->n_rows)
		flags |= WIRE_KEY;
#if !MEMPROF_REFRESH_PART
	if (agent->snapshot % MEMPROF_KEY_EVERY == 0)
		flags |= WIRE_KEY;
#endif
	agent->all_rows = flags & WIRE_KEY;
	agent->areas_crc = areas_crc;
	agent->next_row = 0;
#if MEMPROF_REFRESH_PART
	agent->n_refresh = (agent->end_row + MEMPROF_REFRESH_PART - 1) / MEMPROF_REFRESH_PART;
	agent->refresh += agent->n_refresh;
	if (agent->refresh >= agent->end_row)
		agent->refresh = 0;
#endif
	flags |= (uint32_t)(port->abilities & (WIRE_CAN_KINDS | WIRE_CAN_FINALISERS))
		 << 2;                                                  /* HAS_KINDS, HAS_FINALISERS */
	flags |= (uint32_t)(port->abilities & WIRE_TAKES_REQUESTS) / 2; /* WIRE_HAS_REQUESTS */
	memprof_table_begin(agent, 0, agent->snapshot++, flags, port->block_bytes);
	for (uint32_t i = 0; port->area(i, &area); i++)
		memprof_table_area(agent, i, &area);
}

bool memprof_snapshot(struct memprof_agent *agent, bool key)
{
	const struct memprof_port *port = agent->port;

	if (agent->between)
		memprof_abandon(agent);
	agent->pause_us = 0u - port->now_us();
	agent->wait_us = 0;
	if (agent->until_hello-- <= 1)
		memprof_hello(agent);
	if (!agent->until_hello)
		return memprof_abandon(agent);
	if (port->send_pools)
		port->send_pools(false); /* figures of now, as a host shows them with this snapshot */
	memprof_begin(agent, key ? WIRE_KEY : 0);
	memprof_send_rows(agent, UINT32_MAX);
	return memprof_table_end(agent) || memprof_abandon(agent);
}

bool memprof_poll(struct memprof_agent *agent)
{
	bool sent;

	if (!memprof_is_due(agent))
		return false;
	sent = memprof_snapshot(agent, false);
	agent->due_ms = agent->port->now_ms() + agent->period_ms; /* from its end: the program runs in between */
	return sent;
}
