/* Regions with one owner. */
#include "memprof/pools.h"

void memprof_fixed_stats(const struct memprof_pool *pool, struct memprof_stats *ret)
{
	const struct memprof_fixed *fixed = pool->ctx;
	uintptr_t address, n_bytes, used;

	if (!pool->where(pool, &address, &n_bytes))
		return;
	memprof_stat(ret, WIRE_STAT_TOTAL, n_bytes);
	if (!fixed->used)
		return;
	used = fixed->used(pool);
	if (used > n_bytes)
		used = n_bytes;
	memprof_stat(ret, WIRE_STAT_USED, used);
	memprof_stat(ret, WIRE_STAT_FREE, n_bytes - used);
}
