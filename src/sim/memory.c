#include "memory.h"

#include <errno.h>
#include <stdlib.h>

#include "memprof/base/bytes.h"

int sim_memory_add(struct sim_memory *memory, uint32_t address, uint32_t n_bytes)
{
	struct sim_region *region = &memory->regions[memory->n_regions];

	if (memory->n_regions == SIM_REGIONS_MAX)
		return -ENOSPC;
	if (n_bytes > UINT32_MAX - address)
		return -EEXIST;
	for (size_t i = 0; i < memory->n_regions; i++) {
		const struct sim_region *other = &memory->regions[i];
		if (address < other->address + other->n_bytes && other->address < address + n_bytes)
			return -EEXIST;
	}
	region->bytes = calloc(1, n_bytes);
	if (!region->bytes)
		return -ENOMEM;
	region->address = address;
	region->n_bytes = n_bytes;
	memory->n_regions++;
	return 0;
}

void sim_memory_deinit(struct sim_memory *memory)
{
	for (size_t i = 0; i < memory->n_regions; i++)
		free(memory->regions[i].bytes);
	*memory = (struct sim_memory){ 0 };
}

uint8_t *sim_memory_at(const struct sim_memory *memory, uint32_t address, uint32_t n_bytes)
{
	for (size_t i = 0; i < memory->n_regions; i++) {
		const struct sim_region *region = &memory->regions[i];
		uint32_t offset = address - region->address;
		if (address >= region->address && offset <= region->n_bytes && n_bytes <= region->n_bytes - offset)
			return region->bytes + offset;
	}
	return NULL;
}

uint32_t sim_load(const struct sim_memory *memory, uint32_t address)
{
	const uint8_t *p = sim_memory_at(memory, address, 4);

	return p ? bytes_u32(p) : 0;
}

void sim_store(struct sim_memory *memory, uint32_t address, uint32_t word)
{
	uint8_t *p = sim_memory_at(memory, address, 4);

	if (p)
		word_store(p, word);
}
