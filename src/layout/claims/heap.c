/* Claims of heaps and pools. */
#include <stdio.h>

#include "memprof/layout/layout.h"
#include "memprof/model/heap.h"

static void claim_area(struct layout *l, const struct heap_pool *pool, uint32_t i, const char *from)
{
	const struct heap_area *area = &pool->areas[i];
	uint64_t n_free = 0, n_unknown = 0;
	char name[32];

	for (uint32_t k = 0; k < area->n_blocks; k++) {
		n_free += area->kinds[k] == BLOCK_FREE;
		n_unknown += area->kinds[k] == BLOCK_UNKNOWN;
	}
	snprintf(name, sizeof(name), "%s.%u", pool->name, i);
	layout_claim(l, &(struct layout_claim){ .space = LAYOUT_CPU,
						.start = area->base,
						.size_bytes = (uint64_t)area->n_blocks * pool->block_bytes,
						.name = name,
						.kind = pool->kind == POOL_GC ? SPAN_HEAP : SPAN_POOL,
						.used_bytes = (area->n_blocks - n_free - n_unknown) * pool->block_bytes,
						.free_bytes = n_free * pool->block_bytes,
						.from = from });
}

bool layout_pool(struct layout *l, const struct heap_pool *pool, const char *from)
{
	const struct heap_reported *reported = &pool->reported;

	if (pool->start == NOT_KNOWN || reported->total_bytes == NOT_KNOWN)
		return false;
	layout_claim(l, &(struct layout_claim){ .space = LAYOUT_CPU,
						.start = pool->start,
						.size_bytes = reported->total_bytes,
						.name = pool->name,
						.kind = SPAN_POOL,
						.used_bytes = reported->used_bytes,
						.free_bytes = reported->free_bytes,
						.from = from });
	return true;
}

void layout_heap(struct layout *l, const struct heap *heap, const char *from)
{
	for (uint32_t i = 0; i < heap->n_pools; i++) {
		const struct heap_pool *pool = &heap->pools[i];
		if (pool->n_areas == 0 && !layout_pool(l, pool, from))
			layout_note(l, "%s: the address of heap %s is not known: not in the table", from, pool->name);
		for (uint32_t k = 0; k < pool->n_areas; k++) {
			if (pool->block_bytes == 0 || pool->areas[k].loose)
				layout_note(l, "%s: the address or the size of %s.%u is not known: not in the table",
					    from, pool->name, k);
			else
				claim_area(l, pool, k, from);
		}
		if (pool->missing_bytes >= MAX(pool->block_bytes, 1) && pool->missing_bytes != NOT_KNOWN)
			layout_note(l, "%s: the heap %s is incomplete", from, pool->name);
	}
}
