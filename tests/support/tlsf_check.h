/* Checks the pool of a simulated board in its memory, using only the format. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct sim_tlsf;

/* Calls each() for all blocks in order of address. Stops and returns false at the first inconsistent one. */
bool tlsf_walk(const struct sim_tlsf *tlsf, void (*each)(void *ctx, uint32_t address, uint32_t n_bytes, bool used),
	       void *ctx);
/* Compares the lists with the blocks: every free block is in the list of its size, and no other block is. */
bool tlsf_check(const struct sim_tlsf *tlsf);
