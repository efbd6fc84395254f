/* malloc of newlib-nano (nano.specs; newlib 3.3, libc/stdlib/nano-mallocr.c): chunks one behind the other, from where
 * sbrk began to where it stands: { size with itself; payload, or the next free chunk }. Nothing in a chunk shows that
 * it is free but the list of free ones, which is in order of address. What sbrk may still give is one more free chunk.
 */
#include "memprof/pools.h"

#include <string.h>

#include "memprof/memprof_config.h"

/* Payloads are aligned to 8, chunks to a word: HEAD bytes besides a request serve either. memalign makes chunks with
 * room for one word only. */
enum { WORD = sizeof(MEMPROF_WORD), HEAD = 8, CHUNK_MIN = 2 * WORD };

static uintptr_t load(uintptr_t address)
{
	MEMPROF_WORD word;

	memcpy(&word, MEMPROF_AT(address), WORD);
	return word;
}

static uintptr_t align_up(uintptr_t n) { return (n + WORD - 1) & ~(uintptr_t)(WORD - 1); }

/* ret_taken: what sbrk has given. */
static bool walk(const struct memprof_pool *pool, uintptr_t *ret_taken,
		 void (*each)(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used), void *ctx)
{
	const struct memprof_nano *nano = pool->ctx;
	uintptr_t at, limit, n_bytes, end, next_free;

	if (!pool->where(pool, &at, &n_bytes))
		return false;
	limit = at + n_bytes;
	end = nano->end();
	if (end < at || end > limit)
		return false;
	*ret_taken = end - at;
	if (end != at)
		at = align_up(at);
	next_free = (uintptr_t)*nano->free_list;
	while (at != end) {
		uintptr_t size;
		bool used = at != next_free;

		if (end < at || end - at < CHUNK_MIN || (next_free && next_free < at))
			return false;
		size = load(at);
		if (size % WORD || size < CHUNK_MIN || size > end - at)
			return false;
		if (!used)
			next_free = load(at + WORD);
		each(ctx, at + HEAD, size - HEAD, used);
		at += size;
	}
	if (next_free)
		return false;
	at = align_up(end);
	limit &= ~(uintptr_t)(WORD - 1);
	if (limit > at && limit - at > HEAD)
		each(ctx, at + HEAD, limit - at - HEAD, false);
	return true;
}

bool memprof_nano_walk(const struct memprof_pool *pool,
		       void (*each)(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used), void *ctx)
{
	uintptr_t taken;

	return walk(pool, &taken, each, ctx);
}

void memprof_nano_stats(const struct memprof_pool *pool, struct memprof_stats *ret)
{
	struct memprof_count count = { 0 };
	uintptr_t taken = 0;
	bool whole = walk(pool, &taken, memprof_count_block, &count);

	memprof_count_stats(pool, &count, !whole, ret);
	memprof_stat(ret, WIRE_STAT_LARGEST_FIT, count.largest_free); /* it takes the first that is large enough */
	memprof_stat(ret, WIRE_STAT_PEAK, taken);                     /* never given back */
}
