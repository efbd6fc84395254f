/* Regions with one owner, and stacks. */
#include "memprof/pools.h"

#include <string.h>

static void use(struct memprof_stats *ret, uintptr_t n_bytes, uintptr_t used)
{
	if (used > n_bytes)
		used = n_bytes;
	memprof_stat(ret, WIRE_STAT_TOTAL, n_bytes);
	memprof_stat(ret, WIRE_STAT_USED, used);
	memprof_stat(ret, WIRE_STAT_FREE, n_bytes - used);
}

void memprof_fixed_stats(const struct memprof_pool *pool, struct memprof_stats *ret)
{
	const struct memprof_fixed *fixed = pool->ctx;
	uintptr_t address, n_bytes;

	if (pool->where(pool, &address, &n_bytes))
		use(ret, n_bytes, fixed->used(pool));
}

void memprof_stack_stats(const struct memprof_pool *pool, struct memprof_stats *ret)
{
	const struct memprof_stack *stack = pool->ctx;
	uintptr_t low, n_bytes, pointer = stack->pointer(), untouched = 0;
	uint32_t word;

	if (!pool->where(pool, &low, &n_bytes))
		return;
	use(ret, n_bytes, pointer < low ? n_bytes : pointer - low > n_bytes ? 0 : n_bytes - (pointer - low));
	for (; n_bytes - untouched >= sizeof(word); untouched += sizeof(word)) {
		memcpy(&word, (const void *)(low + untouched), sizeof(word));
		if (word != stack->paint)
			break;
	}
	memprof_stat(ret, WIRE_STAT_PEAK, n_bytes - untouched);
	memprof_stat(ret, WIRE_STAT_LEAST_FREE, untouched);
}
