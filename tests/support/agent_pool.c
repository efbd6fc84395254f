#include "agent_pool.h"

uintptr_t pool_address, pool_bytes;
bool pool_is_there = true;

bool pool_where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	(void)pool;
	*ret_address = pool_address;
	*ret_n_bytes = pool_bytes;
	return pool_is_there;
}

uint64_t pool_stat(const struct memprof_pool *pool, enum wire_stat which)
{
	struct memprof_stats stats = { 0 };

	pool->stats(pool, &stats);
	for (uint32_t i = 0; i < WIRE_N_STATS; i++)
		if ((uint32_t)which == 1u << i)
			return stats.mask >> i & 1 ? stats.values[i] : UINT64_MAX;
	return UINT64_MAX;
}
