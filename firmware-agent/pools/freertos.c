/* FreeRTOS heap_4: { next free, size with itself; the highest bit: allocated }, aligned to 8 bytes, one behind the
 * other up to pxEnd, whose size is 0 (FreeRTOS-Kernel V10 and V11, portable/MemMang/heap_4.c). */
#include "memprof/pools.h"

#include <string.h>

enum { ALIGN = 8, HEAD_BYTES = (2 * sizeof(size_t) + ALIGN - 1) / ALIGN * ALIGN };
#define ALLOCATED ((size_t)1 << (8 * sizeof(size_t) - 1))

struct head {
	uintptr_t next_free;
	size_t n_bytes;
};

bool memprof_freertos_walk(const struct memprof_pool *pool,
			   void (*each)(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used), void *ctx)
{
	uintptr_t at, end, n_pool, next_free = 0;

	if (!pool->where(pool, &at, &n_pool) || n_pool < 2 * HEAD_BYTES)
		return false;
	end = at + n_pool;
	at = (at + ALIGN - 1) / ALIGN * ALIGN;
	for (;;) {
		struct head head;
		size_t n_bytes;
		bool used;

		if (at > end || end - at < HEAD_BYTES)
			return false;
		memcpy(&head, (const void *)at, sizeof(head));
		n_bytes = head.n_bytes & ~ALLOCATED;
		used = head.n_bytes & ALLOCATED;
		if (next_free && (at > next_free || (at == next_free) == used))
			return false; /* a free block tells which is the next free one */
		if (n_bytes == 0)
			return !used && head.next_free == 0 && end - at < HEAD_BYTES + ALIGN;
		if (n_bytes % ALIGN || n_bytes < HEAD_BYTES || n_bytes > end - at || (used && head.next_free))
			return false;
		if (!used) {
			if (!head.next_free)
				return false;
			next_free = head.next_free;
		}
		each(ctx, at + HEAD_BYTES, n_bytes - HEAD_BYTES, used);
		at += n_bytes;
	}
}

void memprof_freertos_stats(const struct memprof_pool *pool, struct memprof_stats *ret)
{
	const struct memprof_freertos *freertos = pool->ctx;
	struct memprof_count count = { 0 };
	bool whole = memprof_freertos_walk(pool, memprof_count_block, &count);

	memprof_count_stats(pool, &count, !whole, ret);
	if (freertos->least_free)
		memprof_stat(ret, WIRE_STAT_LEAST_FREE, freertos->least_free());
}
