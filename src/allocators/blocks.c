/* A pool that is walked becomes one of the heap: its figures, and a table of granules. */
#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "private.h"

enum { TABLE_MAX_BLOCKS = 1 << 16 };

bool c_pool_where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	const struct c_pool *p = (const void *)pool;

	*ret_address = p->start;
	*ret_n_bytes = p->n_bytes;
	return true;
}

struct c_pool c_pool_of(enum pool_kind kind, void (*stats)(const struct memprof_pool *, struct memprof_stats *),
			bool (*walk)(const struct memprof_pool *, void (*)(void *, uintptr_t, uintptr_t, bool), void *),
			const void *ctx)
{
	return (struct c_pool){ .agent = { .stats = stats, .walk = walk, .ctx = ctx },
				.kind = kind,
				.least_free_bytes = NOT_KNOWN,
				.n_allocations = NOT_KNOWN };
}

/* Where a walk has come to, in granules. */
struct map {
	uint8_t *kinds;
	uint64_t start, granule_bytes;
	uint32_t n, at;
};

static void fill(struct map *map, uint64_t end, enum block_kind head, enum block_kind rest)
{
	for (enum block_kind kind = head; map->at < MIN(end, map->n); kind = rest)
		map->kinds[map->at++] = (uint8_t)kind;
}

/* A granule belongs to the block that its first byte lies in; what lies between two blocks, such as a block's size,
 * belongs to the second. As in the agent's tables. */
static void map_block(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used)
{
	struct map *map = ctx;
	uint64_t end = (address + n_bytes - map->start + map->granule_bytes - 1) / map->granule_bytes;

	if (used)
		fill(map, end, BLOCK_HEAD, BLOCK_TAIL);
	else
		fill(map, end, BLOCK_FREE, BLOCK_FREE);
}

static int add_table(struct heap_pool *pool, const struct c_pool *p)
{
	struct map map = { .start = p->start, .granule_bytes = p->granule_bytes };

	while (p->n_bytes / map.granule_bytes > TABLE_MAX_BLOCKS)
		map.granule_bytes *= 2;
	map.n = (uint32_t)(p->n_bytes / map.granule_bytes);
	if (map.n == 0)
		return 0;
	int error = heap_add_area(pool, p->start);
	map.kinds = error == 0 ? heap_extend(pool, map.n) : NULL;
	if (!map.kinds)
		return -ENOMEM;
	pool->block_bytes = (uint32_t)map.granule_bytes;
	pool->missing_bytes = p->n_bytes - map.n * map.granule_bytes; /* less than a granule, at the end */
	if (p->agent.walk(&p->agent, map_block, &map))
		fill(&map, map.n, BLOCK_HEAD, BLOCK_TAIL); /* the allocator's own, at the end */
	else
		fill(&map, map.n, BLOCK_UNKNOWN, BLOCK_UNKNOWN);
	return 0;
}

static void set_figures(struct heap_reported *ret, const struct c_pool *p, const struct memprof_stats *stats)
{
	for (size_t i = 0; i < HEAP_FIGURES; i++)
		if (stats->mask >> i & 1)
			*heap_reported_figure(ret, i) = stats->values[i];
	if (p->least_free_bytes != NOT_KNOWN)
		ret->least_free_bytes = p->least_free_bytes;
	ret->n_allocations = p->n_allocations;
}

void c_pool_add(struct reading *reading, struct c_pool *p)
{
	struct memprof_stats stats = { 0 };
	struct heap_pool *pool;
	struct window w;

	if (reading->error < 0 || p->n_bytes > POOL_MAX_BYTES)
		return;
	p->agent.where = c_pool_where;
	window_open(&w, reading, p->start, p->n_bytes);
	p->agent.stats(&p->agent, &stats);
	int error = heap_add_pool(reading->heap, p->name, p->kind, &pool);
	if (error == 0) {
		pool->start = p->start;
		set_figures(&pool->reported, p, &stats);
		error = add_table(pool, p);
		pool->damaged = (stats.mask & WIRE_STAT_DAMAGED) || w.failed;
	}
	window_close();
	if (reading->error == 0 && error < 0 && error != -E2BIG)
		reading->error = error;
}
