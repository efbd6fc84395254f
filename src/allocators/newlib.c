/* malloc of newlib: of nano.specs (nano-mallocr.c), and Doug Lea's without (mallocr.c). Both take memory by sbrk, which
 * the firmware has: where it stands is told by a variable beside it, and of the second by the top chunk. */
#include <string.h>

#include "memprof/base/number.h"
#include "private.h"

enum { I_TOP = 2 }; /* of __malloc_av_: the first bin's next, which is the top chunk */

/* Where a heap may end: the first of these behind what sbrk has given. */
static const char *const limits[] = { "__HeapLimit", "__heap_end__",  "__heap_end",   "_heap_end",
				      "heap_end",    "_eheap",        "__StackLimit", "_sstack",
				      "_estack",     "__StackBottom", "__stack",      "_stack" };

/* The agent's walkers ask a function without an argument. */
static uintptr_t end_now;
static uintptr_t end_of(void) { return end_now; }

static bool any(const struct reading *reading)
{
	uint64_t address;

	return symbol_at(reading, "__malloc_free_list", &address, NULL) ||
	       symbol_at(reading, "__malloc_av_", &address, NULL);
}

static uint64_t limit_behind(const struct reading *reading, uint64_t end)
{
	uint64_t ret = NOT_KNOWN, address;

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (symbol_at(reading, limits[i], &address, NULL) && address >= end && address < ret)
			ret = address;
	return ret == NOT_KNOWN || ret - end > POOL_MAX_BYTES ? end : ret;
}

static void add(struct reading *reading, struct c_pool *pool, uint64_t start, uint64_t end)
{
	pool->name = "C heap";
	pool->start = start;
	pool->n_bytes = limit_behind(reading, end) - start;
	pool->granule_bytes = WORD_BYTES;
	end_now = end;
	c_pool_add(reading, pool);
}

/* ---- nano ---- */

static void ignore(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used)
{
	(void)ctx, (void)address, (void)n_bytes, (void)used;
}

/* Whether chunks from the start lead right to there. */
static bool leads_to(struct reading *reading, struct c_pool *pool, uint64_t start, uint64_t end)
{
	struct window w;
	bool ret;

	if (end < start || end - start > POOL_MAX_BYTES)
		return false;
	window_open(&w, reading, start, end - start + WORD_BYTES);
	pool->agent.where = c_pool_where;
	pool->start = start;
	pool->n_bytes = end - start;
	end_now = end;
	ret = pool->agent.walk(&pool->agent, ignore, NULL) && !w.failed;
	window_close();
	return ret;
}

static bool is_sbrk(const char *name)
{
	return name && (strcmp(name, "_sbrk") == 0 || strcmp(name, "sbrk") == 0 || strcmp(name, "_sbrk_r") == 0);
}

/* Where sbrk stands: of the variables in it and in its unit, the one to whose value chunks lead. */
static bool find_end(struct reading *reading, struct c_pool *pool, uint64_t start, uint64_t *ret)
{
	size_t n;
	const struct image_variable *all = c_variables(reading, &n);
	uint32_t unit = image_types_unit_of(reading->program->types, "_sbrk");

	for (size_t i = 0; i < n; i++) {
		bool may_be = is_sbrk(all[i].function) || (unit && all[i].unit == unit && all[i].n == 1);
		uint64_t at = all[i].address + reading->program->moved_by;
		if (may_be && read_word(reading, at, ret) && *ret > start && leads_to(reading, pool, start, *ret))
			return true;
	}
	/* A library's, without debug information. */
	const struct image *image = reading->program->image;
	for (size_t i = 0; i < image->n_symbols; i++) {
		const struct image_symbol *s = &image->symbols[i];
		bool may_be = s->kind == 'o' && s->size_bytes == WORD_BYTES &&
			      (slice_begins(s->name, "heap_end") || slice_begins(s->name, "__sbrk_heap_end") ||
			       slice_begins(s->name, "curbrk") || slice_begins(s->name, "__curbrk") ||
			       slice_begins(s->name, "heap_ptr") || slice_begins(s->name, "heap_break"));
		if (may_be && read_word(reading, s->address + reading->program->moved_by, ret) && *ret > start &&
		    leads_to(reading, pool, start, *ret))
			return true;
	}
	return false;
}

static void read_nano(struct reading *reading)
{
	uint64_t start, end, first = 0;
	void *first_free;
	struct memprof_nano ctx = { &first_free, end_of };
	struct c_pool pool = c_pool_of(POOL_NEWLIB, memprof_nano_stats, memprof_nano_walk, &ctx);

	if (!read_value(reading, "__malloc_sbrk_start", &start) || start == 0 ||
	    !read_value(reading, "__malloc_free_list", &first))
		return;
	first_free = (void *)(uintptr_t)first;
	if (find_end(reading, &pool, start, &end))
		add(reading, &pool, start, end);
}

/* ---- dlmalloc ---- */

static void read_dlmalloc(struct reading *reading)
{
	uint64_t bins, base, top, head;
	struct memprof_dlmalloc ctx = { end_of };
	struct c_pool pool = c_pool_of(POOL_NEWLIB, memprof_dlmalloc_stats, memprof_dlmalloc_walk, &ctx);

	if (!symbol_at(reading, "__malloc_av_", &bins, NULL) || !read_value(reading, "__malloc_sbrk_base", &base) ||
	    base == UINT32_MAX || !read_word(reading, bins + I_TOP * WORD_BYTES, &top) || top < base ||
	    !read_word(reading, top + WORD_BYTES, &head))
		return;
	uint64_t end = top + (head & ~UINT64_C(3));
	if (end - base <= POOL_MAX_BYTES)
		add(reading, &pool, base, end);
}

static void read_heaps(struct reading *reading)
{
	uint64_t address;

	if (symbol_at(reading, "__malloc_free_list", &address, NULL))
		read_nano(reading);
	else
		read_dlmalloc(reading);
}

const struct allocator newlib_heap = { any, read_heaps };
