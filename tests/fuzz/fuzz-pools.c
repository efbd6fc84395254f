
#include "fuzz.h"
#include "memprof/pools.h"

/* Any bytes as the heap of an allocator. A walk ends, reads nothing outside, calls for blocks in order of address
 * inside the pool, and its figures are their sums. The first bytes choose the allocator, and words of the rest that are
 * to be addresses in the pool: else no link of the input would be one. */
enum { N_HEAD = 8, N_BYTES_MAX = 4096, N_LINKS = 5 };

static uint8_t *bytes;
static uintptr_t n_bytes, sbrk_end;
static void *free_list;

static bool where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	(void)pool;
	*ret_address = (uintptr_t)bytes;
	*ret_n_bytes = n_bytes;
	return true;
}
static uintptr_t sbrk_now(void) { return sbrk_end; }

MEMPROF_POOL_TLSF(tlsf, "", WIRE_MEMORY_SRAM, where, 5, MEMPROF_TLSF_ONE_POOL, 16);
MEMPROF_POOL_TLSF(tlsf_of_many, "", WIRE_MEMORY_SRAM, where, 3, 0, 16);
MEMPROF_POOL_FREERTOS(heap_4, "", WIRE_MEMORY_SRAM, where, NULL, 8, 0, 16);
MEMPROF_POOL_FREERTOS(heap_4_protected, "", WIRE_MEMORY_SRAM, where, NULL, 16, MEMPROF_FREERTOS_PROTECTED, 16);
MEMPROF_POOL_FREERTOS(heap_5, "", WIRE_MEMORY_SRAM, where, NULL, 8,
		      MEMPROF_FREERTOS_PROTECTED | MEMPROF_FREERTOS_REGION, 16);
MEMPROF_POOL_ZEPHYR(zephyr, "", WIRE_MEMORY_SRAM, where, NULL, 16);
MEMPROF_POOL_NANO(nano, "", WIRE_MEMORY_SRAM, where, sbrk_now, &free_list, 16);
MEMPROF_POOL_DLMALLOC(dlmalloc, "", WIRE_MEMORY_SRAM, where, sbrk_now, 16);

static const struct memprof_pool *const pools[] = { &tlsf,   &tlsf_of_many, &heap_4, &heap_4_protected,
						    &heap_5, &zephyr,       &nano,   &dlmalloc };

struct walked {
	uintptr_t end, n_blocks, n_used, used, free, largest;
};

static void each_block(void *ctx, uintptr_t address, uintptr_t size, bool used)
{
	struct walked *walked = ctx;
	uintptr_t begin = (uintptr_t)bytes;

	MUST(address >= begin && address - begin <= n_bytes && size <= n_bytes - (address - begin));
	MUST(address >= walked->end);
	walked->end = address + size;
	MUST(++walked->n_blocks <= n_bytes / 4);
	walked->n_used += used;
	*(used ? &walked->used : &walked->free) += size;
	if (!used && walked->largest < size)
		walked->largest = size;
}

static void check_figures(const struct memprof_pool *pool, const struct walked *walked, bool whole)
{
	struct memprof_stats stats = { 0 };
	uintptr_t own = 0, own_blocks = 0;

	pool->stats(pool, &stats);
	MUST(!(stats.mask & WIRE_STAT_DAMAGED) == whole);
	if (pool == &zephyr && walked->n_blocks) { /* the first block is the allocator's own */
		own = walked->used - stats.values[1];
		own_blocks = 1;
	}
	MUST(stats.values[0] == n_bytes && stats.values[1] == walked->used - own && stats.values[2] == walked->free);
	MUST(stats.values[3] == walked->largest && stats.values[9] == walked->n_used - own_blocks);
	MUST(stats.values[10] == walked->n_blocks - walked->n_used);
	/* newlib's may take from sbrk what no block has yet */
	MUST(!(stats.mask & WIRE_STAT_LARGEST_FIT) || stats.values[4] <= n_bytes);
}

FUZZ(data, size)
{
	const struct memprof_pool *pool;
	struct walked walked = { 0 };
	bool whole;

	if (size < N_HEAD + N_LINKS * 2)
		return;
	pool = pools[data[0] % (sizeof(pools) / sizeof(pools[0]))];
	n_bytes = size - N_HEAD - N_LINKS * 2;
	n_bytes = n_bytes < N_BYTES_MAX ? n_bytes : N_BYTES_MAX;
	bytes = malloc(n_bytes + !n_bytes); /* ends where its memory ends */
	MUST(bytes);
	memcpy(bytes, data + N_HEAD + N_LINKS * 2, n_bytes);
	for (size_t i = 0; i < N_LINKS; i++) {
		const uint8_t *pair = data + N_HEAD + 2 * i;
		size_t at = pair[0] * 8u;
		uintptr_t link = (uintptr_t)bytes + pair[1] * 8u;

		if (pair[0] && at + sizeof(link) <= n_bytes)
			memcpy(bytes + at, &link, sizeof(link));
	}
	sbrk_end = (uintptr_t)bytes + (data[1] < 255 ? data[1] * 8u : n_bytes);
	free_list = data[2] ? bytes + data[2] * 8u : NULL;
	whole = pool->walk(pool, each_block, &walked);
	check_figures(pool, &walked, whole);
	free(bytes);
}
