/* Pools that are known by figures alone. */
#pragma once

#include "memprof/model/pool_state.h"

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

static inline struct pool_state state_of(uint64_t total_bytes, uint64_t used_bytes, uint64_t free_bytes,
					 uint64_t lfb_bytes)
{
	return (struct pool_state){ .total_bytes = total_bytes,
				    .used_bytes = used_bytes,
				    .free_bytes = free_bytes,
				    .lfb_bytes = lfb_bytes,
				    .fragmentation = pool_fragmentation(free_bytes, lfb_bytes) };
}

/* Of a sample of Python's heap. */
static inline struct pool_state sample_of(uint64_t used_bytes, uint64_t free_bytes, uint64_t lfb_bytes)
{
	const struct heap_pool pool = heap_pool_sample(used_bytes, free_bytes, lfb_bytes);

	return pool_state_of_figures(&pool);
}
