/* A two-level segregated fit allocator with the memory layout of mattconte/tlsf on a 32-bit machine
 * (OpenMV's fork adds a bit for blocks that survive a soft reset), so that walkers of the original work
 * on it. An independent implementation of that format.
 *
 *     word -1  address of the block before, valid only while that is free (it is part of its payload)
 *     word  0  payload bytes | bit 0: free | bit 1: the block before is free | bit 31: persists
 *     word  1  the payload; in a free block: next and previous of its list
 *
 * A block's address is that of word -1. The last block of a pool has no payload and is marked used. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "memory.h"

enum {
	TLSF_CONTROL_BYTES = 3188,
	TLSF_FREE = 1,
	TLSF_PREVIOUS_FREE = 2,
	TLSF_MIN_BYTES = 12, /* payload */
};
#define TLSF_PERSISTS 0x80000000u

struct sim_tlsf {
	struct sim_memory *board;
	uint32_t control, pool, n_pool_bytes; /* pool follows control, and ends after its last block */
	/* Statistics. */
	uint32_t n_used_bytes, n_peak_bytes, n_used; /* payloads, blocks */
	uint32_t n_allocations, n_failed;
};

/* 0, or -EINVAL if the range is not in memory or too small. */
int sim_tlsf_init(struct sim_tlsf *tlsf, struct sim_memory *board, uint32_t address, uint32_t n_bytes);
/* An address that is a multiple of 4, or 0 if no free block is found. As in the original, the request is
 * first rounded up to the next list size, so a block that just fits may be missed. */
uint32_t sim_tlsf_alloc(struct sim_tlsf *tlsf, uint32_t n_bytes, bool persists);
void sim_tlsf_free(struct sim_tlsf *tlsf, uint32_t address);
/* Frees all blocks that do not persist. */
void sim_tlsf_free_all(struct sim_tlsf *tlsf);
