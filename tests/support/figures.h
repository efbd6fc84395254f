/* Pools that are known by figures alone. */
#ifndef MEMPROF_TEST_FIGURES_H
#define MEMPROF_TEST_FIGURES_H

#include "memprof/model/heap.h"

/* Of ESP-IDF, as it reports them: NOT_KNOWN, and what is used is never reported. */
static inline struct heap_pool idf_pool(const char *name, uint64_t total_bytes, uint64_t free_bytes,
					uint64_t largest_free_bytes)
{
	struct heap_pool pool = heap_pool_named(name, POOL_CAPS);

	pool.reported.total_bytes = total_bytes;
	pool.reported.free_bytes = free_bytes;
	pool.reported.largest_free_bytes = largest_free_bytes;
	return pool;
}

#endif
