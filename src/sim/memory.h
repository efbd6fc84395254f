/* The memory of the simulated board: a few regions of its 32-bit address space. All data of the board's
 * program are in here, little-endian and laid out as on a real board, so the agent's walkers and memory
 * reads run unchanged. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SIM_REGIONS_MAX = 12 };

struct sim_memory {
	struct sim_region {
		uint32_t address, n_bytes;
		uint8_t *bytes;
	} regions[SIM_REGIONS_MAX];
	size_t n_regions;
};

/* A new region, all zero. 0; -ENOMEM; -ENOSPC if there are too many; -EEXIST if it overlaps another, or
 * ends beyond 2^32. */
int sim_memory_add(struct sim_memory *memory, uint32_t address, uint32_t n_bytes);
void sim_memory_deinit(struct sim_memory *memory); /* safe twice, and on all-zero */

/* The host's pointer to these bytes; NULL unless one region contains all of them. */
uint8_t *sim_memory_at(const struct sim_memory *memory, uint32_t address, uint32_t n_bytes);

/* A word at any address. Outside the regions reads give 0 and writes are ignored. */
uint32_t sim_load(const struct sim_memory *memory, uint32_t address);
void sim_store(struct sim_memory *memory, uint32_t address, uint32_t word);

static inline void word_store(uint8_t *p, uint32_t word)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(word >> 8 * i);
}
