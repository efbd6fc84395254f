/* A board for the agent's tests: up to five areas of a GC heap, a clock, and a channel that refuses when told to. There
 * is one, as a port's functions know no other. */
#pragma once

#include "agent_wire.h"
#include "memprof/agent.h"

enum { BOARD_MAX_AREAS = 5, BOARD_MAX_BLOCKS = 1 << 16, BOARD_BLOCK_BYTES = 16 };

struct board_area {
	struct memprof_area area;
	uint8_t table[BOARD_MAX_BLOCKS / 4], finalisers[BOARD_MAX_BLOCKS / 8];
	uint8_t kinds[BOARD_MAX_BLOCKS]; /* what kind() says of a head there */
	uint8_t codes[BOARD_MAX_BLOCKS]; /* what a receiver must have */
};

struct board {
	struct board_area areas[BOARD_MAX_AREAS];
	uint32_t n_areas;
	uint32_t now_us, step_us; /* the clock goes on by step_us each time it is read */
	uint32_t write_us;        /* so long a write takes */
	uint32_t stack_used, stack_limit;
	uint64_t n_writes, refuse_from, refuse_to; /* writes of these numbers are refused */
	uint64_t n_pool_sends, n_descriptions;
	struct wire_rx rx;
};
extern struct board board;
extern struct memprof_port board_port; /* tests may change it */

/* All as at first; the port has kinds, finalisers, no stack. */
void board_reset(void);
/* Makes area i, of n_blocks, all free. */
void board_area(uint32_t i, uintptr_t address, uint32_t n_blocks);
/* Sets a block; code as on the wire. */
void board_set(uint32_t i, uint32_t block, uint8_t code);
/* The same from letters: . = h m T L D S A F B M and f for a finaliser, as PROTOCOL.md has them. */
void board_text(uint32_t i, uint32_t block, const char *letters);
/* Fills an area with objects, a part of fill in 256 of it. */
void board_fill(uint32_t i, uint32_t *random, uint32_t fill);
/* The receiver has what the board has; fails the test if not. */
void board_check(void);
/* Frees what the receiver has. */
void board_tear_down(void);
