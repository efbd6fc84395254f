#include "memprof/model/uma.h"

#include <stdio.h>

/* The same on all boards: FAST is the chip's internal SRAM, even if it also has DTCM; DTCM alone is a TCM. */
enum heap_memory uma_memory(unsigned flags, enum heap_memory plain)
{
	if (flags & UMA_FAST)
		return MEMORY_SRAM;
	if (flags & (UMA_ITCM | UMA_DTCM))
		return MEMORY_TCM;
	return flags == 0 ? plain : MEMORY_NOT_KNOWN;
}

struct heap_pool uma_persistent(const struct heap_pool *of, uint64_t n_bytes)
{
	struct heap_pool pool = heap_pool_named("", POOL_FIXED);

	snprintf(pool.name, sizeof(pool.name), "%.7s persist", of->name);
	pool.memory = of->memory;
	pool.reported.used_bytes = n_bytes;
	return pool;
}

int uma_add_persistent(struct heap *heap, size_t i_pool, uint64_t n_bytes)
{
	const struct heap_pool persistent = uma_persistent(&heap->pools[i_pool], n_bytes);
	struct heap_pool *pool;
	int r = n_bytes > 0 ? heap_add_pool(heap, persistent.name, persistent.kind, &pool) : 0;

	if (r == 0 && n_bytes > 0) {
		pool->memory = persistent.memory;
		pool->reported = persistent.reported;
	}
	return r;
}
