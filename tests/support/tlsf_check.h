/* Looks at the pool of a simulated board as it lies in its memory, from what is known of the format alone. */
#ifndef TESTS_TLSF_CHECK_H
#define TESTS_TLSF_CHECK_H

#include <stdbool.h>
#include <stdint.h>

struct sim_tlsf;

/* All blocks in order of address. False: they do not hold together, and what was told is of the part before that. */
bool tlsf_walk(const struct sim_tlsf *tlsf, void (*each)(void *of, uint32_t address, uint32_t n_bytes, bool used),
	       void *of);
/* The lists against the blocks: every free block is in the list of its size, and nothing else is. */
bool tlsf_check(const struct sim_tlsf *tlsf);

#endif
