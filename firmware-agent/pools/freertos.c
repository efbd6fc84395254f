/* FreeRTOS heap_4, and a region of heap_5: { next free, size with itself; the highest bit: allocated }, aligned to
 * portBYTE_ALIGNMENT, one behind the other up to a block of size 0 (FreeRTOS-Kernel V10 and V11, portable/MemMang). A
 * region's last free block links to its end, or into a later region. With configENABLE_HEAP_PROTECTOR each link is
 * xored with a random number, which blocks in use reveal, as they link to none. */
#include "memprof/pools.h"

#include <string.h>

#include "memprof/memprof_config.h"

#define ALLOCATED ((MEMPROF_WORD)1 << (8 * sizeof(MEMPROF_WORD) - 1))

struct head {
	MEMPROF_WORD next_free, n_bytes;
};

struct links {
	uintptr_t canary, link; /* link: of the last free block, as it is there */
	bool knows, has_link;   /* knows: the canary */
};

/* Whether a link is to this address. */
static bool is_to(struct links *links, uintptr_t link, uintptr_t address)
{
	if (!links->knows)
		links->canary = link ^ address;
	links->knows = true;
	return (link ^ links->canary) == address;
}

static uintptr_t align_up(uintptr_t n, uintptr_t align) { return (n + align - 1) & ~(align - 1); }

/* The end of the pool: a free block of no size. */
static bool ends(struct links *links, const struct head *head, uintptr_t at, uintptr_t end, bool of_region)
{
	if (!of_region)
		return (!links->has_link || is_to(links, links->link, at)) && is_to(links, head->next_free, 0);
	return !links->has_link || !links->knows || (links->link ^ links->canary) == at ||
	       (links->link ^ links->canary) >= end;
}

/* Nothing was allocated yet: the kernel makes the first block with the first allocation. */
static bool is_new(uintptr_t at, uintptr_t end)
{
	MEMPROF_WORD word;

	for (; at + sizeof(word) <= end; at += sizeof(word)) {
		memcpy(&word, MEMPROF_AT(at), sizeof(word));
		if (word)
			return false;
	}
	return true;
}

bool memprof_freertos_walk(const struct memprof_pool *pool,
			   void (*each)(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used), void *ctx)
{
	const struct memprof_freertos *freertos = pool->ctx;
	uintptr_t at, end, n_pool, align = freertos->align, head_bytes = align_up(sizeof(struct head), align);
	struct links links = { .knows = !(freertos->flags & MEMPROF_FREERTOS_PROTECTED) };

	if (!pool->where(pool, &at, &n_pool) || n_pool < 2 * head_bytes)
		return false;
	end = at + n_pool;
	at = align_up(at, align);
	if (is_new(at, end)) {
		each(ctx, at + head_bytes, ((end - head_bytes) & ~(align - 1)) - at - head_bytes, false);
		return true;
	}
	for (;;) {
		struct head head;
		MEMPROF_WORD n_bytes;
		bool used;

		if (at > end || end - at < head_bytes)
			return false;
		memcpy(&head, MEMPROF_AT(at), sizeof(head));
		n_bytes = head.n_bytes & ~ALLOCATED;
		used = head.n_bytes & ALLOCATED;
		if (n_bytes == 0)
			return !used && end - at < head_bytes + align &&
			       ends(&links, &head, at, end, freertos->flags & MEMPROF_FREERTOS_REGION);
		if (n_bytes & (align - 1) || n_bytes < head_bytes || n_bytes > end - at)
			return false;
		if (used &&
		    (!is_to(&links, head.next_free, 0) || (links.has_link && (links.link ^ links.canary) <= at)))
			return false;
		if (!used && links.has_link && !is_to(&links, links.link, at))
			return false;
		if (!used) {
			links.link = head.next_free;
			links.has_link = true;
		}
		each(ctx, at + head_bytes, n_bytes - head_bytes, used);
		at += n_bytes;
	}
}

void memprof_freertos_stats(const struct memprof_pool *pool, struct memprof_stats *ret)
{
	const struct memprof_freertos *freertos = pool->ctx;
	struct memprof_count count = { 0 };
	bool whole = memprof_freertos_walk(pool, memprof_count_block, &count);

	memprof_count_stats(pool, &count, !whole, ret);
	if (freertos->least_free && count.n_used + freertos->least_free() > 0) /* before the first allocation: 0 */
		memprof_stat(ret, WIRE_STAT_LEAST_FREE, freertos->least_free());
}
