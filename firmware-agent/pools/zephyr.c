/* Zephyr's sys_heap, and so k_heap (lib/os/heap.h of 2.5 and 3.5, lib/heap/heap.h since): chunks one behind the other,
 * measured in units of 8 bytes from an aligned start:
 *
 *     units of the chunk before, own units and (lowest bit) used, payload: previous, next of its free list (if free)
 * ...
 *
 * Fields have 16 bits in heaps of up to 32767 units on 32-bit processors, else 32. Chunk 0 is the allocator's own; its
 * third word is the number of the last chunk, which has no units. A free chunk of one unit is in no list if fields have
 * 32 bits: it has no room for links. */
#include "memprof/pools.h"

#include <string.h>

#include "memprof/memprof_config.h"

#ifdef CONFIG_SYS_HEAP_CANARIES
#error "chunks with canaries (CONFIG_SYS_HEAP_HARDENING_FULL) are not supported; use CONFIG_SYS_HEAP_HARDENING_MODERATE"
#endif
#ifndef CONFIG_SYS_HEAP_ALLOC_LOOPS
#define CONFIG_SYS_HEAP_ALLOC_LOOPS 3
#endif

enum { UNIT = 8, LEFT = 0, SIZE_AND_USED, PREVIOUS_FREE, NEXT_FREE };

struct zephyr_heap {
	uintptr_t address;
	uint32_t n_units;    /* the number of the last chunk */
	uint32_t head_bytes; /* 4 or 8: of two fields */
};

static uint32_t field(const struct zephyr_heap *heap, uint32_t chunk, uint32_t which)
{
	uintptr_t at = heap->address + (uintptr_t)UNIT * chunk + heap->head_bytes / 2 * which;
	uint32_t word;
	uint16_t half;

	if (heap->head_bytes == UNIT) {
		memcpy(&word, MEMPROF_AT(at), sizeof(word));
		return word;
	}
	memcpy(&half, MEMPROF_AT(at), sizeof(half));
	return half;
}

/* Whether what can be read of it is inside the pool. */
static bool find_heap(const struct memprof_pool *pool, struct zephyr_heap *ret)
{
	uintptr_t address, n_bytes, gap;

	if (!pool->where(pool, &address, &n_bytes))
		return false;
	gap = (UNIT - address % UNIT) % UNIT;
	if (n_bytes < gap + 2 * UNIT)
		return false;
	n_bytes -= gap;
	ret->address = address + gap;
	memcpy(&ret->n_units, MEMPROF_AT(ret->address), sizeof(ret->n_units));
	ret->head_bytes = ret->n_units ? UNIT / 2 : UNIT; /* nothing is before chunk 0 */
	memcpy(&ret->n_units, MEMPROF_AT(ret->address + UNIT), sizeof(ret->n_units));
	return ret->n_units <= (n_bytes - ret->head_bytes) / UNIT;
}

/* Whether the free chunk has a neighbour in its list that names it as its own: which is PREVIOUS_FREE or NEXT_FREE. */
static bool link_is_right(const struct zephyr_heap *heap, uint32_t chunk, uint32_t which)
{
	uint32_t link = field(heap, chunk, which);

	return link < heap->n_units && !(field(heap, link, SIZE_AND_USED) & 1) &&
	       field(heap, link, PREVIOUS_FREE + NEXT_FREE - which) == chunk;
}

bool memprof_zephyr_walk(const struct memprof_pool *pool,
			 void (*each)(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used), void *ctx)
{
	struct zephyr_heap heap;
	uint32_t at = 0, left = 0;
	bool previous_used = false; /* so chunk 0 must be */

	if (!find_heap(pool, &heap))
		return false;
	for (;;) {
		uint32_t size = field(&heap, at, SIZE_AND_USED);
		bool used = size & 1;

		size >>= 1;
		if (field(&heap, at, LEFT) != left || !(used || previous_used))
			return false;
		if (at == heap.n_units)
			return used && size == 0;
		if (size == 0 || size > heap.n_units - at)
			return false;
		if (!used && size * UNIT > heap.head_bytes &&
		    !(link_is_right(&heap, at, PREVIOUS_FREE) && link_is_right(&heap, at, NEXT_FREE)))
			return false;
		each(ctx, heap.address + (uintptr_t)UNIT * at + heap.head_bytes,
		     (uintptr_t)UNIT * size - heap.head_bytes, used);
		left = size;
		previous_used = used;
		at += size;
	}
}

/* The free chunks of the largest size class: units that a payload takes, by powers of two. */
struct zephyr_count {
	struct memprof_count count;
	uintptr_t n_largest, least; /* chunks of that class, and the least payload of them */
	bool past_own;
};

static void count_chunk(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used)
{
	struct zephyr_count *all = ctx;
	uintptr_t units = (n_bytes + UNIT / 2) / UNIT, least = (all->least + UNIT / 2) / UNIT;

	if (!all->past_own) {
		all->past_own = true;
		return;
	}
	memprof_count_block(&all->count, address, n_bytes, used);
	if (used)
		return;
	if ((units ^ least) <= (units & least)) { /* as many bits */
		all->n_largest++;
		if (all->least > n_bytes)
			all->least = n_bytes;
	} else if (units > least) {
		all->n_largest = 1;
		all->least = n_bytes;
	}
}

void memprof_zephyr_stats(const struct memprof_pool *pool, struct memprof_stats *ret)
{
	const struct memprof_zephyr *zephyr = pool->ctx;
	struct zephyr_count all = { .past_own = false };
	bool whole = memprof_zephyr_walk(pool, count_chunk, &all);

	memprof_count_stats(pool, &all.count, !whole, ret);
	/* It looks at so many chunks of the class of a request, then takes any of a larger class (alloc_chunk). */
	memprof_stat(ret, WIRE_STAT_LARGEST_FIT,
		     all.n_largest <= CONFIG_SYS_HEAP_ALLOC_LOOPS ? all.count.largest_free : all.least);
	if (zephyr->peak)
		memprof_stat(ret, WIRE_STAT_PEAK, zephyr->peak(pool));
}
