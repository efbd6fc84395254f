/* Why an allocation failed, judged by the heap near it. */
#include "heap/private.h"
#include "memprof/analysis/report.h"

const char *cause_name(enum cause cause)
{
	static const char *const names[] = {
		[CAUSE_OUT_OF_MEMORY] = "out-of-memory",
		[CAUSE_FRAGMENTED] = "fragmented",
		[CAUSE_FITS_NOW] = "fits-now",
		[CAUSE_NOT_FULL] = "not-full",
		[CAUSE_OTHER_POOL] = "other-pool",
		[CAUSE_LOCKED] = "locked",
		[CAUSE_UNKNOWN] = "unknown",
	};
	return names[cause];
}

static bool is_known(const struct reference_snapshot *near) { return near->n_dump > 0 || near->first_line > 0; }

enum cause report_cause(enum failure failure, uint64_t asked_bytes, const struct reference_snapshot *near)
{
	/* A message of its own needs about this much (py/runtime.c, py/objexcept.c): where it could
	 * not be built although so much was free, the heap was locked or is another now. */
	enum { MESSAGE_BYTES = 128 };
	const struct pool_state *heap = &near->summary;

	if (failure == FAILURE_OTHER_POOL)
		return CAUSE_OTHER_POOL;
	if (failure == FAILURE_LOCKED)
		return CAUSE_LOCKED;
	if (!is_known(near) || heap->free_bytes == NOT_KNOWN || (failure == FAILURE_OF_C && asked_bytes == NOT_KNOWN))
		return CAUSE_UNKNOWN;
	if (failure == FAILURE_UNSIZED)
		return heap->lfb_bytes != NOT_KNOWN && heap->lfb_bytes < MESSAGE_BYTES ? CAUSE_OUT_OF_MEMORY :
											 CAUSE_UNKNOWN;
	if (asked_bytes > heap->free_bytes || report_never_fits(asked_bytes, near))
		return CAUSE_OUT_OF_MEMORY;
	if (heap->lfb_bytes == NOT_KNOWN)
		return near->max_free_blocks == NOT_KNOWN ? CAUSE_NOT_FULL : CAUSE_UNKNOWN;
	return asked_bytes > heap->lfb_bytes ? CAUSE_FRAGMENTED : CAUSE_FITS_NOW;
}

static void keep_longest(const struct hole *new, struct reference_snapshot *w)
{
	size_t i = w->n_holes;

	if (i == REPORT_HOLES_MAX && new->size_bytes <= w->holes[i - 1].size_bytes)
		return;
	if (i < REPORT_HOLES_MAX)
		w->n_holes++;
	else
		i--;
	for (; i > 0 && new->size_bytes > w->holes[i - 1].size_bytes; i--)
		w->holes[i] = w->holes[i - 1];
	w->holes[i] = *new;
}

static void find_holes(const struct heap_area *area, uint64_t block_bytes, struct reference_snapshot *w)
{
	struct stretch s = { 0 }, left = { BLOCK_UNKNOWN, 0, 0 };

	while (stretch_next(area, &s)) {
		if (s.kind == BLOCK_FREE) {
			struct stretch right = s;
			if (!stretch_next(area, &right))
				right = (struct stretch){ BLOCK_UNKNOWN, 0, 0 };
			struct hole hole = {
				area->base + s.i_first * block_bytes,
				s.n_blocks * block_bytes,
				left.kind,
				right.kind,
				left.n_blocks * block_bytes,
				right.n_blocks * block_bytes,
			};
			keep_longest(&hole, w);
		}
		left = s;
	}
}

/* Of a piece of a table nobody knows how large the whole is. */
static uint64_t growth_of(const struct heap_pool *pool)
{
	if (pool->n_areas > 0 && pool->areas[0].loose)
		return NOT_KNOWN;
	return pool->reported.max_new_split_bytes == NOT_KNOWN ? 0 : pool->reported.max_new_split_bytes;
}

static uint64_t largest_area(const struct heap_pool *pool)
{
	uint64_t n_blocks = 0;

	if (pool->missing_bytes)
		return NOT_KNOWN;
	for (uint32_t i = 0; i < pool->n_areas; i++)
		n_blocks = pool->areas[i].loose ? UINT32_MAX : MAX(n_blocks, (uint64_t)pool->areas[i].n_blocks);
	return n_blocks == 0 || n_blocks == UINT32_MAX ? NOT_KNOWN : n_blocks * pool->block_bytes;
}

void report_reference(const struct heap_pool *pool, uint64_t n_dump, uint64_t first_line, uint64_t last_line,
		      struct reference_snapshot *ret)
{
	*ret = (struct reference_snapshot){ .n_dump = n_dump,
					    .n_holes_dump = n_dump,
					    .first_line = first_line,
					    .last_line = last_line,
					    .block_bytes = pool->block_bytes,
					    .max_free_blocks = pool->reported.max_free_blocks,
					    .largest_area_bytes = largest_area(pool),
					    .growth_bytes = growth_of(pool) };
	ret->summary = pool_state_counted(pool);
	pool_state_believe(pool, &ret->summary);
	for (uint32_t i = 0; i < pool->n_areas; i++)
		find_holes(&pool->areas[i], pool->block_bytes, ret);
}

bool report_never_fits(uint64_t asked_bytes, const struct reference_snapshot *near)
{
	uint64_t most_bytes = MIN(near->summary.total_bytes, near->largest_area_bytes);

	return is_known(near) && asked_bytes != NOT_KNOWN && most_bytes != NOT_KNOWN &&
	       near->growth_bytes != NOT_KNOWN && asked_bytes > most_bytes &&
	       asked_bytes - most_bytes > near->growth_bytes;
}
