/* What the C code of a board reports to the agent in MicroPython (ports/micropython/): where an allocator of its own
 * fails, and where it succeeds after a collection. To be called from anywhere, interrupts too; it is kept, and sent
 * when something can be. Nothing happens before memprof.start(). */
#ifndef MEMPROF_BOARD_POOLS_H
#define MEMPROF_BOARD_POOLS_H

#include <stddef.h>
#include <stdint.h>

#include "memprof/pools.h"

/* The pools, in a file of the board; a pool's number is its place here, from 1. The build names their kinds:
 * MEMPROF_POOLS. */
extern const struct memprof_pool *const memprof_board_pools[];
extern const uint8_t memprof_n_board_pools;

void memprof_board_failed(uint8_t pool, size_t n_bytes);
/* The same once more, with success. */
void memprof_board_recovered(uint8_t pool, size_t n_bytes);

#endif
