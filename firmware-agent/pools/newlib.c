/* The heap of newlib's malloc (of nano, too): mallinfo fills arena, uordblks and fordblks; it knows no largest block.
 */
#include "memprof/pools.h"

#ifdef MEMPROF_MALLINFO_DOUBLE
#include MEMPROF_MALLINFO_DOUBLE
#else
#include <malloc.h>
#endif

void memprof_newlib_stats(const struct memprof_pool *pool, struct memprof_stats *ret)
{
	struct mallinfo info = mallinfo();
	uintptr_t address, n_bytes, arena = (uintptr_t)info.arena, used = (uintptr_t)info.uordblks;

	if (pool->where(pool, &address, &n_bytes) && n_bytes >= arena) {
		memprof_stat(ret, WIRE_STAT_TOTAL, n_bytes);
		memprof_stat(ret, WIRE_STAT_FREE, n_bytes - used);
	}
	memprof_stat(ret, WIRE_STAT_USED, used);
	memprof_stat(ret, WIRE_STAT_PEAK, arena); /* sbrk is never given back */
}
