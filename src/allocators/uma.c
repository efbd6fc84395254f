/* The pools of OpenMV's umalloc (openmv common/umalloc.c at cbbb877eda): an array of what it knows of each, with the
 * memory of the allocator, TLSF, whose blocks lie behind its control structure. */
#include "memprof/model/uma.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "private.h"

enum { POOLS_MAX = 8 };
static const char type[] = "uma_pool_t";

static bool any(const struct reading *reading)
{
	uint64_t address;

	return symbol_at(reading, "uma_pools", &address, NULL);
}

struct uma {
	uint64_t size, free_bytes, persist, peak, base, end, flags;
};

static bool read_uma(struct reading *reading, uint64_t at, struct uma *ret)
{
	return read_member(reading, at, type, "size", &ret->size) &&
	       read_member(reading, at, type, "free", &ret->free_bytes) &&
	       read_member(reading, at, type, "persist", &ret->persist) &&
	       read_member(reading, at, type, "peak", &ret->peak) &&
	       read_member(reading, at, type, "base", &ret->base) && read_member(reading, at, type, "end", &ret->end) &&
	       read_member(reading, at, type, "flags", &ret->flags) && ret->end > ret->base &&
	       ret->end - ret->base <= POOL_MAX_BYTES && ret->free_bytes <= ret->size;
}

/* Scratch memory is made anew at any time, and must not be walked: the figures are umalloc's. */
static void add_transient(struct reading *reading, const char *name, const struct uma *uma)
{
	struct heap_pool *pool;

	if (heap_add_pool(reading->heap, name, POOL_UMA, &pool) < 0)
		return;
	pool->start = uma->base;
	pool->reported.total_bytes = uma->size;
	pool->reported.used_bytes = uma->size - uma->free_bytes;
	pool->reported.free_bytes = uma->free_bytes;
}

static void add_walked(struct reading *reading, const char *name, const struct uma *uma, uint64_t control_bytes)
{
	static const struct memprof_tlsf ctx = { .sl_log2 = 5, .flags = MEMPROF_TLSF_ONE_POOL | MEMPROF_TLSF_PERSIST };
	struct c_pool pool = c_pool_of(POOL_UMA, memprof_tlsf_stats, memprof_tlsf_walk, &ctx);

	pool.name = name;
	pool.start = uma->base + control_bytes;
	pool.n_bytes = uma->end - pool.start;
	pool.granule_bytes = WORD_BYTES;
	c_pool_add(reading, &pool);
}

static void read_pool(struct reading *reading, uint64_t at, unsigned i, uint64_t control_bytes)
{
	char name[sizeof(((struct heap_pool *)NULL)->name)];
	size_t n_before = reading->heap->n_pools;
	struct uma uma;

	if (!read_uma(reading, at, &uma) || uma.end - uma.base <= control_bytes)
		return;
	snprintf(name, sizeof(name), "uma.%u", i);
	if (uma.flags & UMA_TRANSIENT)
		add_transient(reading, name, &uma);
	else
		add_walked(reading, name, &uma, control_bytes);
	if (reading->error || reading->heap->n_pools == n_before)
		return;
	struct heap_pool *pool = &reading->heap->pools[n_before];
	pool->memory = uma_memory((unsigned)uma.flags, MEMORY_NOT_KNOWN);
	if (uma.peak >= uma.size - uma.free_bytes)
		pool->reported.peak_bytes = uma.peak;
	if (uma_add_persistent(reading->heap, n_before, uma.persist) == -ENOMEM)
		reading->error = -ENOMEM;
}

static void read_pools(struct reading *reading)
{
	const struct image_types *types = reading->program->types;
	uint64_t at, n_pools, each_bytes, control_bytes;

	if (!types || !symbol_at(reading, "uma_pools", &at, NULL) || !image_types_bytes(types, type, &each_bytes) ||
	    !image_types_bytes(types, "control_t", &control_bytes) || !read_value(reading, "uma_num_pools", &n_pools))
		return;
	for (unsigned i = 0; i < MIN(n_pools, (uint64_t)POOLS_MAX) && reading->error == 0; i++)
		read_pool(reading, at + i * each_bytes, i, control_bytes);
}

const struct allocator uma_pools = { any, read_pools };
