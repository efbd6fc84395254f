/* ESP-IDF's heaps by capability. They have no one address, and their blocks are IDF's affair. */
#include "memprof/pools.h"

#if defined(MEMPROF_CAPS_DOUBLE)
#include MEMPROF_CAPS_DOUBLE
#elif defined(ESP_PLATFORM)
#include <esp_heap_caps.h>
#endif

#if defined(ESP_PLATFORM) || defined(MEMPROF_CAPS_DOUBLE)

bool memprof_caps_where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	const struct memprof_caps *caps = pool->ctx;
	size_t n_bytes = heap_caps_get_total_size(caps->caps);

	if (!n_bytes)
		return false;
	*ret_address = 0;
	*ret_n_bytes = n_bytes;
	return true;
}

void memprof_caps_stats(const struct memprof_pool *pool, struct memprof_stats *ret)
{
	const struct memprof_caps *caps = pool->ctx;
	multi_heap_info_t info;

	heap_caps_get_info(&info, caps->caps);
	memprof_stat(ret, WIRE_STAT_TOTAL, heap_caps_get_total_size(caps->caps));
	memprof_stat(ret, WIRE_STAT_USED, info.total_allocated_bytes);
	memprof_stat(ret, WIRE_STAT_FREE, info.total_free_bytes);
	memprof_stat(ret, WIRE_STAT_LARGEST_FIT, info.largest_free_block); /* multi_heap rounds it down to what fits */
	memprof_stat(ret, WIRE_STAT_LEAST_FREE, info.minimum_free_bytes);
	memprof_stat(ret, WIRE_STAT_USED_BLOCKS, info.allocated_blocks);
	memprof_stat(ret, WIRE_STAT_FREE_BLOCKS, info.free_blocks);
}

#endif
