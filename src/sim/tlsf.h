/* A two-level segregated fit allocator, whose blocks and control structure lie in the board's memory as
 * those of mattconte/tlsf do on a 32-bit machine (OpenMV's fork has them too, and a bit for what
 * survives a soft reset): so a walker made for the real one finds its way. Written anew after its
 * format.
 *
 *     word -1  address of the block before, only while that is free (it lies in that block's own payload)
 *     word  0  payload bytes | bit 0: free | bit 1: the block before is free | bit 31: persists
 *     word  1  the payload; of a free block: next and previous of its list
 *
 * A block's address is that of word -1. The last block of a pool has no payload and is used. */
#ifndef SIM_TLSF_H
#define SIM_TLSF_H

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
	uint32_t control, pool, n_pool_bytes; /* pool follows control, and ends behind its last block */
	/* Its own books. */
	uint32_t n_used_bytes, n_peak_bytes, n_used; /* payloads, blocks */
	uint32_t n_allocations, n_failed;
};

/* 0, or -EINVAL if that memory is not there, or too small. */
int sim_tlsf_init(struct sim_tlsf *tlsf, struct sim_memory *board, uint32_t address, uint32_t n_bytes);
/* An address that is a multiple of 4, or 0 if no free block is surely large enough: as there, a request
 * is rounded up to the next size of list before it is looked for. */
uint32_t sim_tlsf_alloc(struct sim_tlsf *tlsf, uint32_t n_bytes, bool persists);
void sim_tlsf_free(struct sim_tlsf *tlsf, uint32_t address);
/* Frees all that does not persist. */
void sim_tlsf_free_all(struct sim_tlsf *tlsf);

#endif
