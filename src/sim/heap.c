#include "heap.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"

enum { BLOCKS_PER_BYTE = 4 };

void sim_heap_init(struct sim_heap *heap, struct sim_memory *board) { *heap = (struct sim_heap){ .board = board }; }

enum sim_kind sim_area_kind(const struct sim_area *area, uint32_t i_block)
{
	return (enum sim_kind)(area->table[i_block / BLOCKS_PER_BYTE] >> 2 * (i_block % BLOCKS_PER_BYTE) & 3);
}

void sim_area_set_kind(struct sim_area *area, uint32_t i_block, enum sim_kind kind)
{
	uint8_t *byte = &area->table[i_block / BLOCKS_PER_BYTE];
	unsigned shift = 2 * (i_block % BLOCKS_PER_BYTE);

	*byte = (uint8_t)((*byte & ~(3u << shift)) | (unsigned)kind << shift);
}

bool sim_area_has_finaliser(const struct sim_area *area, uint32_t i_block)
{
	return area->finalisers[i_block / 8] >> i_block % 8 & 1;
}

void sim_area_set_finaliser(struct sim_area *area, uint32_t i_block, bool has)
{
	uint8_t *byte = &area->finalisers[i_block / 8];

	*byte = (uint8_t)((*byte & ~(1u << i_block % 8)) | (unsigned)has << i_block % 8);
}

/* ---- areas ---- */

int sim_heap_add_area(struct sim_heap *heap, uint32_t start, uint32_t n_bytes, uint8_t memory, bool grown)
{
	struct sim_area area = { .start = start, .n_bytes = n_bytes, .memory = memory, .grown = grown };
	uint8_t *bytes = sim_memory_at(heap->board, start, n_bytes);
	uint32_t end = (start + n_bytes) / SIM_BLOCK_BYTES * SIM_BLOCK_BYTES;

	if (heap->n_areas == SIM_AREAS_MAX)
		return -ENOSPC;
	if (!bytes || end <= start)
		return -EINVAL;
	/* Every 4 blocks need 8 bits of the table, 4 of finalisers, and the blocks themselves (py/gc.c,
	 * gc_setup_area). */
	uint32_t n_bits = 8 + 4 + 8 * BLOCKS_PER_BYTE * SIM_BLOCK_BYTES;
	uint32_t n_table = (uint32_t)((uint64_t)(end - start - 1) * 8 / n_bits);
	if (n_table == 0)
		return -EINVAL;
	area.n_blocks = n_table * BLOCKS_PER_BYTE;
	area.address = end - area.n_blocks * SIM_BLOCK_BYTES;
	area.table = bytes;
	area.finalisers = bytes + n_table + 1;
	area.bytes = bytes + (area.address - start);
	memset(bytes, 0, n_bytes);
	heap->areas[heap->n_areas++] = area;
	return 0;
}

struct sim_area *sim_heap_area_of(struct sim_heap *heap, uint32_t address)
{
	for (uint32_t i = 0; i < heap->n_areas; i++) {
		struct sim_area *area = &heap->areas[i];
		if (address >= area->address && address - area->address < area->n_blocks * SIM_BLOCK_BYTES)
			return area;
	}
	return NULL;
}

/* The number of blocks of an object. */
static uint32_t blocks_from(const struct sim_area *area, uint32_t head)
{
	uint32_t n = 1;

	while (head + n < area->n_blocks && sim_area_kind(area, head + n) == SIM_TAIL)
		n++;
	return n;
}

/* The area and block of a head; NULL if there is no head at that address. */
static struct sim_area *head_at(struct sim_heap *heap, uint32_t address, uint32_t *ret)
{
	struct sim_area *area = sim_heap_area_of(heap, address);

	if (!area || (address - area->address) % SIM_BLOCK_BYTES)
		return NULL;
	*ret = (address - area->address) / SIM_BLOCK_BYTES;
	return sim_area_kind(area, *ret) == SIM_HEAD ? area : NULL;
}

struct sim_heap_counts sim_heap_count(const struct sim_heap *heap)
{
	struct sim_heap_counts counts = { 0 };

	for (uint32_t i = 0; i < heap->n_areas; i++) {
		const struct sim_area *area = &heap->areas[i];
		uint32_t run = 0;
		for (uint32_t b = 0; b < area->n_blocks; b++) {
			enum sim_kind kind = sim_area_kind(area, b);
			counts.n_used += kind != SIM_FREE;
			counts.n_heads += kind == SIM_HEAD;
			run = kind == SIM_FREE ? run + 1 : 0;
			counts.n_free_run_max = MAX(counts.n_free_run_max, run);
		}
		counts.n_blocks += area->n_blocks;
	}
	return counts;
}

/* ---- allocation ---- */

/* The first block of the first run of n free ones, searched from last_free; n_blocks: none. */
static uint32_t find_run(const struct sim_area *area, uint32_t n)
{
	uint32_t run = 0;

	for (uint32_t i = area->last_free * BLOCKS_PER_BYTE; i < area->n_blocks; i++) {
		run = sim_area_kind(area, i) == SIM_FREE ? run + 1 : 0;
		if (run == n)
			return i + 1 - n;
	}
	return area->n_blocks;
}

/* Only a search for one block shows that no block before its result is free (py/gc.c, gc_alloc). */
static uint32_t alloc_at(struct sim_heap *heap, uint32_t i_area, uint32_t first, uint32_t n, bool has_finaliser)
{
	struct sim_area *area = &heap->areas[i_area];

	if (n == 1) {
		heap->last_free_area = i_area;
		area->last_free = (first + 1) / BLOCKS_PER_BYTE;
	}
	area->last_used = MAX(area->last_used, first + n - 1);
	sim_area_set_kind(area, first, SIM_HEAD);
	for (uint32_t i = 1; i < n; i++)
		sim_area_set_kind(area, first + i, SIM_TAIL);
	sim_area_set_finaliser(area, first, has_finaliser);
	heap->n_allocated += n;
	heap->n_allocations++;
	memset(area->bytes + (size_t)first * SIM_BLOCK_BYTES, 0, (size_t)n * SIM_BLOCK_BYTES);
	return area->address + first * SIM_BLOCK_BYTES;
}

static uint32_t alloc_first_fit(struct sim_heap *heap, uint32_t n, bool has_finaliser)
{
	for (uint32_t i = heap->last_free_area; i < heap->n_areas; i++) {
		uint32_t first = find_run(&heap->areas[i], n);
		if (first < heap->areas[i].n_blocks)
			return alloc_at(heap, i, first, n, has_finaliser);
	}
	return 0;
}

uint32_t sim_alloc(struct sim_heap *heap, uint32_t n_bytes, bool has_finaliser)
{
	uint32_t n = n_bytes / SIM_BLOCK_BYTES + (n_bytes % SIM_BLOCK_BYTES != 0), address;

	if (n == 0 || heap->collecting) /* the heap is locked while finalisers run */
		return 0;
	bool by_threshold = heap->threshold && heap->n_allocated >= heap->threshold;
	if (by_threshold)
		sim_collect(heap, true);
	address = alloc_first_fit(heap, n, has_finaliser);
	if (!address && !by_threshold) {
		sim_collect(heap, false);
		address = alloc_first_fit(heap, n, has_finaliser);
	}
	if (!address && heap->grow && heap->grow(heap->ctx, n))
		address = alloc_first_fit(heap, n, has_finaliser);
	if (!address) {
		heap->n_failed++;
		if (heap->failed)
			heap->failed(heap->ctx, n_bytes);
	}
	return address;
}

void sim_free(struct sim_heap *heap, uint32_t address)
{
	uint32_t first;
	struct sim_area *area = head_at(heap, address, &first);

	if (!area)
		return;
	uint32_t i_area = (uint32_t)(area - heap->areas), n = blocks_from(area, first);
	sim_area_set_finaliser(area, first, false);
	heap->last_free_area = MIN(heap->last_free_area, i_area);
	area->last_free = MIN(area->last_free, first / BLOCKS_PER_BYTE);
	for (uint32_t i = 0; i < n; i++)
		sim_area_set_kind(area, first + i, SIM_FREE);
}

uint32_t sim_realloc(struct sim_heap *heap, uint32_t address, uint32_t n_bytes)
{
	uint32_t n = n_bytes / SIM_BLOCK_BYTES + (n_bytes % SIM_BLOCK_BYTES != 0), first;
	struct sim_area *area = head_at(heap, address, &first);

	if (!area)
		return sim_alloc(heap, n_bytes, false);
	uint32_t had = blocks_from(area, first), n_free = 0;
	if (n == 0) {
		sim_free(heap, address);
		return 0;
	}
	while (had + n_free < n && first + had + n_free < area->n_blocks &&
	       sim_area_kind(area, first + had + n_free) == SIM_FREE)
		n_free++;
	if (had + n_free >= n) { /* in place */
		for (uint32_t i = had; i < n; i++)
			sim_area_set_kind(area, first + i, SIM_TAIL);
		if (n > had) {
			memset(area->bytes + (size_t)(first + had) * SIM_BLOCK_BYTES, 0,
			       (size_t)(n - had) * SIM_BLOCK_BYTES);
			area->last_used = MAX(area->last_used, first + n - 1);
		}
		for (uint32_t i = n; i < had; i++)
			sim_area_set_kind(area, first + i, SIM_FREE);
		if (n < had) {
			heap->last_free_area = MIN(heap->last_free_area, (uint32_t)(area - heap->areas));
			area->last_free = MIN(area->last_free, (first + n) / BLOCKS_PER_BYTE);
		}
		return address;
	}
	sim_hold(heap, address);
	uint32_t moved = sim_alloc(heap, n_bytes, sim_area_has_finaliser(area, first));
	sim_drop(heap, 1);
	if (!moved)
		return 0;
	area = head_at(heap, address, &first); /* areas may have been added or released */
	memcpy(sim_memory_at(heap->board, moved, had * SIM_BLOCK_BYTES), area->bytes + (size_t)first * SIM_BLOCK_BYTES,
	       (size_t)had * SIM_BLOCK_BYTES);
	sim_free(heap, address);
	return moved;
}

uint32_t sim_hold(struct sim_heap *heap, uint32_t address)
{
	assert(heap->n_held < SIM_HELD_MAX);
	return heap->held[heap->n_held++] = address;
}

void sim_drop(struct sim_heap *heap, uint32_t n)
{
	assert(n <= heap->n_held);
	heap->n_held -= n;
}
