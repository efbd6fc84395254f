/* newlib's malloc without nano.specs: Doug Lea's of 1996 (newlib 3.3, libc/stdlib/mallocr.c). Chunks one behind the
 * other, from where sbrk began to where it stands:
 *
 *     size of the chunk before (if that is free), own size and flags, payload: next, previous of a bin (if free) ...
 *
 * The first word is the last one of the payload before. The lowest bit of a size: the chunk before is in use. The last
 * chunk, top, ends where sbrk stands, and is free. Where sbrk once could not give the rest of a page, two heads of one
 * word each are between a chunk and the next. */
#include "memprof/pools.h"

#include <string.h>

#include "memprof/memprof_config.h"

/* How much sbrk is asked for at least: malloc_getpagesize, 128 in a newlib for small memories. */
#ifndef MEMPROF_DLMALLOC_PAGE
#define MEMPROF_DLMALLOC_PAGE 4096
#endif

enum {
	WORD = sizeof(MEMPROF_WORD),
	ALIGN = 2 * WORD,
	HEAD = 2 * WORD,
	CHUNK_MIN = 4 * WORD,
	PREVIOUS_USED = 1,
	FLAGS = 3
};

static uintptr_t load(uintptr_t address)
{
	MEMPROF_WORD word;

	memcpy(&word, MEMPROF_AT(address), WORD);
	return word;
}

struct top {
	uintptr_t size, end, limit; /* end: where sbrk stands; limit: where it stops */
	bool is_first;              /* nothing was ever allocated */
};

/* Whether a free chunk's link is to a bin, which is none of the heap, or to a chunk that links back to it. */
static bool link_is_right(uintptr_t chunk, uintptr_t link, uintptr_t back_word, uintptr_t begin, uintptr_t end)
{
	return link < begin || link >= end ||
	       (link % ALIGN == 0 && end - link >= CHUNK_MIN && load(link + back_word * WORD) == chunk);
}

static bool walk(const struct memprof_pool *pool, struct top *ret_top,
		 void (*each)(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used), void *ctx)
{
	const struct memprof_dlmalloc *dlmalloc = pool->ctx;
	uintptr_t begin, n_bytes, at, end, size, before = 0;
	bool used = true; /* of the chunk before */

	if (!pool->where(pool, &begin, &n_bytes))
		return false;
	ret_top->end = end = dlmalloc->end();
	ret_top->limit = begin + n_bytes;
	ret_top->is_first = end == begin;
	if (end < begin || end > ret_top->limit)
		return false;
	at = (begin + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1);
	begin = at;
	for (; !ret_top->is_first; at += size) {
		uintptr_t head;

		if (end < at || end - at < CHUNK_MIN)
			return false;
		head = load(at + WORD);
		size = head & ~(uintptr_t)FLAGS;
		if ((head & FLAGS) != (used ? PREVIOUS_USED : 0) || (!used && load(at) != before))
			return false;
		if (size == WORD && end - at > CHUNK_MIN && load(at + HEAD) == (WORD | PREVIOUS_USED)) {
			used = true;
			size = CHUNK_MIN;
			continue;
		}
		if (size < CHUNK_MIN || size > end - at)
			return false;
		if (size == end - at) { /* top; a free chunk before it would be a part of it */
			ret_top->size = size;
			if (!used)
				return false;
			break;
		}
		if (size % ALIGN || end - at - size < HEAD)
			return false;
		if (!used && !(load(at + size + WORD) & PREVIOUS_USED))
			return false; /* two free ones */
		used = load(at + size + WORD) & PREVIOUS_USED;
		if (!used && !(link_is_right(at, load(at + HEAD), 3, begin, end) &&
			       link_is_right(at, load(at + HEAD + WORD), 2, begin, end)))
			return false;
		each(ctx, at + HEAD, size - WORD, used);
		before = size;
	}
	if (ret_top->limit >= at && ret_top->limit - at > HEAD)
		each(ctx, at + HEAD, ret_top->limit - at - HEAD, false);
	return true;
}

bool memprof_dlmalloc_walk(const struct memprof_pool *pool,
			   void (*each)(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used), void *ctx)
{
	struct top top;

	return walk(pool, &top, each, ctx);
}

/* Counts free chunks but the last one that it is called for: top. */
struct dlmalloc_count {
	struct memprof_count count;
	uintptr_t largest, last;
};

static void count_chunk(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used)
{
	struct dlmalloc_count *all = ctx;

	memprof_count_block(&all->count, address, n_bytes, used);
	if (all->largest < all->last)
		all->largest = all->last;
	all->last = used ? 0 : n_bytes;
}

/* The largest request that so many bytes serve: one word is for the size, and CHUNK_MIN stays. */
static uintptr_t fit_of(uintptr_t n_bytes)
{
	n_bytes &= ~(uintptr_t)(ALIGN - 1);
	return n_bytes > CHUNK_MIN + WORD ? n_bytes - CHUNK_MIN - WORD : 0;
}

void memprof_dlmalloc_stats(const struct memprof_pool *pool, struct memprof_stats *ret)
{
	struct dlmalloc_count all = { .largest = 0 };
	struct top top = { .size = 0 };
	bool whole = walk(pool, &top, count_chunk, &all);
	uintptr_t fit = fit_of(top.size), limit = top.limit, left;

	memprof_count_stats(pool, &all.count, !whole, ret);
	/* sbrk is asked for pages, but at first; up to the end of one where no chunk can begin. */
	if (top.end % ALIGN)
		limit &= ~(uintptr_t)(MEMPROF_DLMALLOC_PAGE - 1);
	left = limit > top.end ? limit - top.end : 0;
	if (!top.is_first)
		left &= ~(uintptr_t)(MEMPROF_DLMALLOC_PAGE - 1);
	left = whole ? fit_of(left) : 0;
	if (fit < left)
		fit = left;
	if (fit < all.largest)
		fit = all.largest;
	memprof_stat(ret, WIRE_STAT_LARGEST_FIT, fit);
}
