/* TLSF: the blocks of a pool lie one behind the other, each with its size before it (mattconte/tlsf deff9ab,
 * espressif/tlsf ba64d19, OpenMV's common/tlsf.c):
 *
 *     previous block (if that is free), size and flags, payload: next free, previous free (if it is free) ...
 *
 * The first word is the last one of the block before. The pool ends with a used block of size 0. */
#include "memprof/pools.h"

#include <string.h>

#include "memprof/memprof_config.h"

enum {
	WORD = sizeof(MEMPROF_WORD),
	BLOCK_FREE = 1,
	PREVIOUS_FREE = 2,
	PAYLOAD_MIN_WORDS = 3,
	ALIGN_LOG2 = WORD == 8 ? 3 : 2,
};
#define PERSIST ((uintptr_t)1 << (8 * WORD - 1))

static uintptr_t load(uintptr_t address)
{
	MEMPROF_WORD word;

	memcpy(&word, MEMPROF_AT(address), WORD);
	return word;
}

/* The free blocks are a doubly linked list, both of whose ends are the null block outside the pool. */
static bool link_is_right(uintptr_t block, uintptr_t link, uint32_t back_word, uintptr_t begin, uintptr_t end,
			  uintptr_t *null_block)
{
	uintptr_t n_min = (2 + PAYLOAD_MIN_WORDS) * WORD;

	if (link < begin || link >= end) {
		if (!*null_block)
			*null_block = link;
		return link == *null_block && link % WORD == 0;
	}
	return link % WORD == 0 && end - link >= n_min && (load(link + WORD) & BLOCK_FREE) &&
	       load(link + back_word * WORD) == block;
}

bool memprof_tlsf_walk(const struct memprof_pool *pool,
		       void (*each)(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used), void *ctx)
{
	const struct memprof_tlsf *tlsf = pool->ctx;
	uintptr_t flags = BLOCK_FREE | PREVIOUS_FREE | (tlsf->flags & MEMPROF_TLSF_PERSIST ? PERSIST : 0);
	uintptr_t at, begin, end, n_bytes, previous = 0, null_block = 0;
	bool previous_free = false;

	if (!pool->where(pool, &at, &n_bytes) || at % WORD || n_bytes < 2 * WORD)
		return false;
	end = at + n_bytes;
	begin = at - WORD; /* of the first block, as the allocator counts */
	for (;;) {
		uintptr_t word, size, payload = at + WORD;
		bool is_free;

		if (end - at < WORD)
			return false;
		word = load(at);
		size = word & ~flags;
		is_free = word & BLOCK_FREE;
		if (!(word & PREVIOUS_FREE) == previous_free || (previous_free && load(at - WORD) != previous))
			return false;
		if (size == 0) /* the alignment of the pool's end may leave a word over */
			return !is_free && end - payload < 2 * WORD;
		if (size % sizeof(uint32_t) || size < PAYLOAD_MIN_WORDS * WORD || size > end - payload ||
		    (is_free && previous_free))
			return false;
		if (is_free && (tlsf->flags & MEMPROF_TLSF_ONE_POOL) &&
		    !(link_is_right(at - WORD, load(payload), 3, begin, end, &null_block) &&
		      link_is_right(at - WORD, load(payload + WORD), 2, begin, end, &null_block)))
			return false;
		each(ctx, payload, size, !is_free);
		previous = at - WORD;
		previous_free = is_free;
		at = payload + size;
	}
}

/* What a free block of this size surely serves: a request is rounded up to the next size class before it is looked for
 * (mapping_search). */
static uintptr_t fit_of(uintptr_t n_bytes, uint8_t sl_log2)
{
	uint32_t top = 0;

	while (n_bytes >> top > 1)
		top++;
	if (top < (uint32_t)sl_log2 + ALIGN_LOG2)
		return n_bytes;
	return n_bytes >> (top - sl_log2) << (top - sl_log2);
}

void memprof_tlsf_stats(const struct memprof_pool *pool, struct memprof_stats *ret)
{
	const struct memprof_tlsf *tlsf = pool->ctx;
	struct memprof_count count = { 0 };
	bool whole = memprof_tlsf_walk(pool, memprof_count_block, &count);

	memprof_count_stats(pool, &count, !whole, ret);
	memprof_stat(ret, WIRE_STAT_LARGEST_FIT, fit_of(count.largest_free, tlsf->sl_log2));
	if (tlsf->peak)
		memprof_stat(ret, WIRE_STAT_PEAK, tlsf->peak(pool));
}
