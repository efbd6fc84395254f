/* A block table as tokens in frames. */
#include "memprof/table.h"

#include "memprof/frame.h"
#include "memprof/memprof_config.h"

#define ONES 0x11111111u

enum {
	FRAME_NIBBLES = 2 * MEMPROF_FRAME_END,
	RUN_NIBBLES = 8,                 /* of a run at most ... */
	RUN_MAX_BLOCKS = 1 << 20,        /* ... of this length: it has seven */
	WORD_NIBBLES = RUN_NIBBLES + 12, /* of eight blocks and the run before them: at worst free and tail in turn */
};

static struct memprof_agent *begin(struct memprof_agent *agent, uint32_t type)
{
	agent = memprof_frame_begin(agent, type);
	agent = memprof_put_u8(agent, agent->pool);
	agent = memprof_put_u8(agent, agent->number);
	return memprof_put_varint(agent, agent->index++);
}

static void rows_end(struct memprof_agent *agent)
{
	agent->n_frame = (uint8_t)((agent->n_nibbles + 1u) / 2);
	if (agent->n_nibbles && !memprof_is_stuck(agent))
		memprof_frame_end(agent);
	agent->n_nibbles = 0;
}

/* A frame of rows with room for so many nibbles. */
MEMPROF_NOT_INLINE
static void make_room(struct memprof_agent *agent, uint32_t n_nibbles)
{
	if (agent->n_nibbles - 1u < FRAME_NIBBLES - n_nibbles)
		return;
	rows_end(agent);
	agent = begin(agent, WIRE_ROWS);
	agent = memprof_put_varint(agent, agent->area);
	agent = memprof_put_varint(agent, agent->next_block - agent->run);
	agent->n_nibbles = (uint8_t)(agent->n_frame * 2);
}

MEMPROF_NOT_INLINE
static void put_nibble(struct memprof_agent *agent, uint32_t nibble)
{
	uint32_t i = agent->n_nibbles++;
	uint8_t *at = &agent->frame[i / 2];

	if (i & 1)
		*at &= (uint8_t)(nibble << 4 | 15);
	else
		*at = (uint8_t)(nibble | WIRE_PAD << 4);
}

/* The run before the block that comes, of one block or more; there is room for it. */
static void put_run(struct memprof_agent *agent, uint32_t code, uint32_t n)
{
	n--;
	if (code == WIRE_TAIL && !n) {
		put_nibble(agent, WIRE_ONE_TAIL);
		return;
	}
	if (code == WIRE_SKIP)
		n /= WIRE_ROW_BLOCKS;
	if (n < 8 && !(agent->n_nibbles & 1)) { /* most of them */
		agent->frame[agent->n_nibbles / 2] = (uint8_t)(n << 4 | code);
		agent->n_nibbles = (uint8_t)(agent->n_nibbles + 2);
		return;
	}
	put_nibble(agent, code);
	do
		put_nibble(agent, n > 7 ? n | 8 : n);
	while (n >>= 3);
}

void memprof_table_run(struct memprof_agent *agent, uint32_t code, uint32_t n_blocks)
{
	if (agent->run_code != code || agent->run >= RUN_MAX_BLOCKS) {
		if (agent->run) {
			make_room(agent, RUN_NIBBLES);
			put_run(agent, agent->run_code, agent->run);
		}
		agent->run = 0;
		agent->run_code = (uint8_t)code;
	}
	agent->run += n_blocks;
	agent->next_block += n_blocks;
}

/* In a function of its own, whose variables find room in the registers. */
MEMPROF_NOT_INLINE
static void put_word(struct memprof_agent *agent, uint32_t word, uint32_t n_blocks)
{
	uint32_t run_code = agent->run_code, run = agent->run;

	do {
		if ((word ^ run_code) << 28 == 0) {
			run++;
			continue;
		}
		if (run)
			put_run(agent, run_code, run);
		run = !(word & 14);
		if (run)
			run_code = word & 1;
		else
			put_nibble(agent, word & 15);
	} while (word >>= 4, --n_blocks);
	agent->run = run;
	agent->run_code = (uint8_t)run_code;
}

void memprof_table_row(struct memprof_agent *agent, uint32_t n_blocks)
{
	for (const uint32_t *codes = agent->codes; n_blocks; codes++) {
		uint32_t n = n_blocks < 8 ? n_blocks : 8;

		if (*codes == (*codes & 1) * ONES) {
			memprof_table_run(agent, *codes & 1, n);
		} else {
			if (agent->n_nibbles - 1u >= FRAME_NIBBLES - WORD_NIBBLES)
				make_room(agent, WORD_NIBBLES);
			agent->next_block += n;
			put_word(agent, *codes, n);
		}
		n_blocks -= n;
	}
}

void memprof_table_flush(struct memprof_agent *agent)
{
	if (agent->run_code == WIRE_SKIP)
		agent->run = 0;
	memprof_table_run(agent, WIRE_SKIP, 0);
	rows_end(agent);
}

void memprof_table_digest(struct memprof_agent *agent, uint32_t word)
{
	agent->digest = memprof_crc(agent->digest, &word, sizeof(word));
}

void memprof_table_rows_of(struct memprof_agent *agent, uint32_t i, const struct memprof_area *area, uint32_t first)
{
	memprof_table_flush(agent);
	agent->area = (uint8_t)i;
	agent->next_block = first;
	if (first || agent->halt) /* then none of its rows is sent now */
		return;
	memprof_table_digest(agent, (uint32_t)area->address);
	memprof_table_digest(agent, (uint32_t)((uint64_t)area->address >> 32));
	memprof_table_digest(agent, area->n_blocks);
}

void memprof_table_begin(struct memprof_agent *agent, uint8_t pool, uint8_t number, uint32_t flags,
			 uint32_t block_bytes)
{
	const struct memprof_port *port = agent->port;
	uint32_t used = 0, limit = 0;

	agent->pool = pool;
	agent->number = number;
	agent->halt = 0;
	agent->index = 0;
	agent->run = 0;
	agent->digest = ~(uint32_t)0;
	if (port->stack)
		port->stack(&used, &limit);
	agent = begin(agent, WIRE_BEGIN);
	agent = memprof_put_u8(agent, flags);
	agent = memprof_put_varint(agent, port->now_ms());
	agent = memprof_put_varint(agent, block_bytes);
	agent = memprof_put_varint(agent, agent->n_areas);
	agent = memprof_put_varint(agent, used);
	agent = memprof_put_varint(agent, limit);
	memprof_frame_end(agent);
}

void memprof_table_area(struct memprof_agent *agent, uint32_t i, const struct memprof_area *area)
{
	if (memprof_is_stuck(agent))
		return;
	agent = begin(agent, WIRE_AREA);
	agent = memprof_put_varint(agent, i);
	agent = memprof_put_u8(agent, area->memory);
	agent = memprof_put_varint(agent, area->address);
	agent = memprof_put_varint(agent, area->n_blocks);
	memprof_frame_end(agent);
}

bool memprof_table_end(struct memprof_agent *agent)
{
	memprof_table_flush(agent);
	if (!memprof_is_stuck(agent)) {
		agent = begin(agent, WIRE_END);
		agent = memprof_put_uint(agent, ~agent->digest, 4);
		agent = memprof_put_varint(agent, agent->pause_us + agent->port->now_us());
		agent = memprof_put_varint(agent, agent->n_abandoned);
		agent = memprof_put_varint(agent, agent->n_skipped);
		agent = memprof_put_varint(agent, agent->n_collections);
		agent = memprof_put_varint(agent, agent->wait_us);
		memprof_frame_end(agent);
	}
	return !memprof_is_stuck(agent);
}
