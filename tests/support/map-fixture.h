/* Pools whose areas have sizes alone, for what does not depend on the blocks' kinds. */
#pragma once

#include "memprof/analysis/heap_map.h"
#include "unit.h"

static struct heap_area areas[HEAP_AREAS_MAX];
static struct heap_pool pool;

static struct heap_pool *of_areas(uint32_t n_areas, const uint32_t *n_blocks)
{
	pool = (struct heap_pool){ .block_bytes = 16, .areas = areas, .n_areas = n_areas };
	for (uint32_t i = 0; i < n_areas; i++) {
		areas[i] = (struct heap_area){ .base = UINT64_C(0x20000000) + (uint64_t)i * 0x10000000,
					       .n_blocks = n_blocks[i],
					       .i_first = pool.n_blocks };
		pool.n_blocks += n_blocks[i];
	}
	return &pool;
}

/* Few areas or many, empty ones and ones of a single block among them, small and large. */
static struct heap_pool *some_pool(uint32_t *random)
{
	static const uint32_t most_blocks[] = { 1, 3, 60, 500, 3000, 100000, HEAP_BLOCKS_MAX / 16 };
	uint32_t n_blocks[200], n_areas = next_random(random) % (next_random(random) % 10 ? 6 : 200);

	for (uint32_t i = 0; i < n_areas; i++) {
		uint32_t most = most_blocks[next_random(random) % (n_areas <= 6 ? ARRAY_SIZE(most_blocks) : 4)];
		n_blocks[i] = next_random(random) % (most + 1);
	}
	return of_areas(n_areas, n_blocks);
}

static struct heap_map some_view(uint32_t *random)
{
	int columns = 1 + (int)(next_random(random) % 390), rows = 1 + (int)(next_random(random) % 110);

	return (struct heap_map){ MAX(columns, 1), rows, 1u << next_random(random) % 24, 0 };
}

static uint32_t some_block(const struct heap_pool *p, uint32_t *random)
{
	static const uint32_t near[] = { 0, 1, 2, 63, 64 };
	uint32_t i = next_random(random) % p->n_blocks;

	if (next_random(random) % 4)
		return i;
	const struct heap_area *area = &p->areas[next_random(random) % p->n_areas];
	i = area->i_first + near[next_random(random) % ARRAY_SIZE(near)];
	return MIN(i, p->n_blocks - 1);
}
