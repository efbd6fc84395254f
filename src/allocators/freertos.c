/* FreeRTOS heap_4 and heap_5 (V9 to V11, portable/MemMang). heap_4 has its memory in ucHeap; heap_5 is given regions,
 * as an array of HeapRegion_t. */
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "private.h"

enum { ALIGN = 8, REGIONS_MAX = 16 }; /* portBYTE_ALIGNMENT */

static bool any(const struct reading *reading)
{
	uint64_t address;

	return symbol_at(reading, "pxEnd", &address, NULL) && symbol_at(reading, "xStart", &address, NULL) &&
	       symbol_at(reading, "xFreeBytesRemaining", &address, NULL);
}

static void read_heap_4(struct reading *reading, struct c_pool *pool)
{
	uint64_t end = 0;

	pool->name = "ucHeap";
	if (!read_value(reading, "xNumberOfSuccessfulAllocations", &pool->n_allocations))
		pool->n_allocations = NOT_KNOWN;
	/* 0 before the first allocation, which makes the first block. */
	if (read_value(reading, "pxEnd", &end) && end != 0 &&
	    !read_value(reading, "xMinimumEverFreeBytesRemaining", &pool->least_free_bytes))
		pool->least_free_bytes = NOT_KNOWN;
	c_pool_add(reading, pool);
}

static void read_region(struct reading *reading, struct c_pool *pool, size_t i)
{
	char name[sizeof("heap_5.") + 20];

	snprintf(name, sizeof(name), "heap_5.%zu", i);
	pool->name = name;
	c_pool_add(reading, pool);
}

static void read_regions(struct reading *reading, const struct image_variable *regions, struct c_pool *pool)
{
	for (size_t i = 0; i < MIN(regions->n, (uint64_t)REGIONS_MAX); i++) {
		uint64_t at = regions->address + reading->program->moved_by + i * 2 * WORD_BYTES;
		if (!read_word(reading, at, &pool->start) || !read_word(reading, at + WORD_BYTES, &pool->n_bytes) ||
		    pool->n_bytes == 0)
			return;
		read_region(reading, pool, i);
	}
}

static void read_heaps(struct reading *reading)
{
	uint64_t canary;
	struct memprof_freertos ctx = { .align = ALIGN };
	struct c_pool pool = c_pool_of(POOL_FREERTOS, memprof_freertos_stats, memprof_freertos_walk, &ctx);
	size_t n;

	pool.granule_bytes = ALIGN;
	if (symbol_at(reading, "xHeapCanary", &canary, NULL))
		ctx.flags |= MEMPROF_FREERTOS_PROTECTED;
	if (symbol_at(reading, "ucHeap", &pool.start, &pool.n_bytes)) {
		read_heap_4(reading, &pool);
		return;
	}
	ctx.flags |= MEMPROF_FREERTOS_REGION;
	const struct image_variable *all = c_variables(reading, &n);
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].type, "HeapRegion_t") == 0 && !all[i].is_pointer)
			read_regions(reading, &all[i], &pool);
}

const struct allocator freertos_heaps = { any, read_heaps };
