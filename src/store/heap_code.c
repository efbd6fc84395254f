#include "codes.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"

/* Without the strings that are interned: an event of their own tells of them (EVENT_QSTR). */
static const struct field heap_members[] = {
	FIELD(struct heap, tasks_missing, FIELD_BOOL, 0),
	FIELD(struct heap, stack_used_bytes, FIELD_U64, 0),
	FIELD(struct heap, stack_limit_bytes, FIELD_U64, 0),
	FIELD(struct heap, problem, FIELD_UNSIGNED, HEAP_AREAS_MISSING),
	FIELD(struct heap, problem_line, FIELD_U64, 0),
};

static const struct field task_members[] = {
	FIELD(struct heap_task, name, FIELD_NAME, 0),
	FIELD(struct heap_task, start, FIELD_U64, 0),
	FIELD(struct heap_task, stack_bytes, FIELD_U64, 0),
	FIELD(struct heap_task, used_bytes, FIELD_U64, 0),
	FIELD(struct heap_task, least_free_bytes, FIELD_U64, 0),
	FIELD(struct heap_task, is_current, FIELD_BOOL, 0),
};

static const struct field pool_members[] = {
	FIELD(struct heap_pool, name, FIELD_NAME, 0),
	FIELD(struct heap_pool, kind, FIELD_UNSIGNED, N_POOL_KINDS - 1),
	FIELD(struct heap_pool, memory, FIELD_UNSIGNED, MEMORY_FLASH),
	FIELD(struct heap_pool, start, FIELD_U64, 0),
	FIELD(struct heap_pool, damaged, FIELD_BOOL, 0),
	FIELD(struct heap_pool, guessed_kinds, FIELD_BOOL, 0),
	FIELD(struct heap_pool, n_finalisers, FIELD_U64, 0),
	FIELD(struct heap_pool, block_bytes, FIELD_UNSIGNED, 1 << 16),
	FIELD(struct heap_pool, missing_bytes, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.total_bytes, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.used_bytes, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.free_bytes, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.one_blocks, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.two_blocks, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.max_block_blocks, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.max_free_blocks, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.max_new_split_bytes, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.largest_free_bytes, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.largest_fit_bytes, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.peak_bytes, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.least_free_bytes, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.n_allocations, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.n_failures, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.n_used_blocks, FIELD_U64, 0),
	FIELD(struct heap_pool, reported.n_free_blocks, FIELD_U64, 0),
};

static const struct field window_members[] = {
	FIELD(struct heap_window, window_us, FIELD_U64, 0),
	FIELD(struct heap_window, n_allocations, FIELD_U64, 0),
	FIELD(struct heap_window, allocated_bytes, FIELD_U64, 0),
	FIELD(struct heap_window, n_frees, FIELD_U64, 0),
	FIELD(struct heap_window, freed_bytes, FIELD_U64, 0),
	FIELD(struct heap_window, n_failures, FIELD_U64, 0),
	FIELD(struct heap_window, n_large, FIELD_U64, 0),
	FIELD(struct heap_window, least_used_bytes, FIELD_U64, 0),
	FIELD(struct heap_window, most_used_bytes, FIELD_U64, 0),
	FIELD(struct heap_window, least_free_bytes, FIELD_U64, 0),
};

struct area_head {
	uint64_t base, n_blocks;
	bool loose;
	enum heap_memory memory;
};
static const struct field area_members[] = {
	FIELD(struct area_head, base, FIELD_U64, 0),
	FIELD(struct area_head, n_blocks, FIELD_U64, 0),
	FIELD(struct area_head, loose, FIELD_BOOL, 0),
	FIELD(struct area_head, memory, FIELD_UNSIGNED, MEMORY_FLASH),
};

struct counts {
	uint64_t n_tasks, n_pools;
};
static const struct field count_members[] = {
	FIELD(struct counts, n_tasks, FIELD_U64, 0),
	FIELD(struct counts, n_pools, FIELD_U64, 0),
};

struct pool_counts {
	uint64_t n_areas;
	bool has_window;
};
static const struct field pool_count_members[] = {
	FIELD(struct pool_counts, n_areas, FIELD_U64, 0),
	FIELD(struct pool_counts, has_window, FIELD_BOOL, 0),
};

/* ---- to bytes ---- */

#define PUT(out, members, owner) fields_put(out, members, ARRAY_SIZE(members), owner)

static void put_pool(struct strbuf *out, const struct heap_pool *pool)
{
	const struct pool_counts counts = { pool->n_areas, pool->window != NULL };

	PUT(out, pool_members, pool);
	PUT(out, pool_count_members, &counts);
	if (pool->window)
		PUT(out, window_members, pool->window);
	for (size_t i = 0; pool->window && i < HEAP_SIZE_CLASSES; i++)
		field_put_u64(out, pool->window->n_by_size[i]);
	for (uint32_t i = 0; i < pool->n_areas; i++) {
		const struct heap_area *area = &pool->areas[i];
		const struct area_head head = { area->base, area->n_blocks, area->loose, area->memory };
		PUT(out, area_members, &head);
	}
	for (uint32_t i = 0; i < pool->n_areas; i++)
		strbuf_add(out, pool->areas[i].kinds, pool->areas[i].n_blocks);
}

void heap_code_put(struct strbuf *out, const struct heap *heap)
{
	const struct counts counts = { heap->n_tasks, heap->n_pools };
	struct heap facts = *heap;

	if (heap->is_stack_odd) { /* another figure that cannot be: heap_seal finds it */
		facts.stack_used_bytes = MIN(heap->stack_used_bytes, NOT_KNOWN - 1);
		facts.stack_limit_bytes = MIN(heap->stack_limit_bytes, NOT_KNOWN - 1);
	}
	PUT(out, heap_members, &facts);
	PUT(out, count_members, &counts);
	for (uint32_t i = 0; i < heap->n_tasks; i++)
		PUT(out, task_members, &heap->tasks[i]);
	for (uint32_t i = 0; i < heap->n_pools; i++)
		put_pool(out, &heap->pools[i]);
}

/* ---- from bytes ---- */

#define GET(in, members, owner) fields_get(in, members, ARRAY_SIZE(members), owner)

static int get_window(struct field_bytes *in, struct heap_pool *pool)
{
	struct heap_window window;

	if (!GET(in, window_members, &window) || window.window_us == 0)
		return -EBADMSG;
	for (size_t i = 0; i < HEAP_SIZE_CLASSES; i++)
		if (!field_bytes_u64(in, &window.n_by_size[i]))
			return -EBADMSG;
	return heap_set_window(pool, &window);
}

static int get_area(struct field_bytes *in, struct heap_pool *pool)
{
	struct area_head head;

	if (!GET(in, area_members, &head) || head.n_blocks > HEAP_BLOCKS_MAX)
		return -EBADMSG;
	if (heap_add_area(pool, head.base) < 0)
		return -ENOMEM;
	struct heap_area *area = &pool->areas[pool->n_areas - 1];
	area->loose = head.loose;
	area->memory = head.memory;
	return (int)head.n_blocks;
}

/* ' ' to '~'. Eight at a time, as a recording may have a hundred thousand heaps. */
static bool are_kinds(const uint8_t *kinds, size_t n)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
	uint64_t others = 0, word;
	size_t i = 0;

	for (; n - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, kinds + i, sizeof(word));
		others |= (word | (word + ones) | ((word - ones * ' ') & ~word)) & tops;
	}
	for (; i < n; i++)
		others |= kinds[i] < ' ' || kinds[i] > '~';
	return !others;
}

/* An area's blocks can only be added while it is the last one, so all heads are read first, each from its place. */
static int get_areas(struct field_bytes *in, struct heap_pool *pool, uint64_t n_areas)
{
	struct area_head head;
	struct field_bytes kinds = *in;
	uint64_t i;

	for (i = 0; i < n_areas; i++)
		if (!GET(&kinds, area_members, &head))
			return -EBADMSG;
	for (i = 0; i < n_areas; i++) {
		int n_blocks = get_area(in, pool);
		if (n_blocks < 0)
			return n_blocks;
		const uint8_t *bytes = field_bytes_take(&kinds, (size_t)n_blocks);
		if (!bytes || !are_kinds(bytes, (size_t)n_blocks))
			return -EBADMSG;
		uint8_t *to = n_blocks > 0 ? heap_extend(pool, (uint32_t)n_blocks) : NULL;
		if (n_blocks > 0 && !to)
			return -ENOMEM;
		if (n_blocks > 0)
			memcpy(to, bytes, (size_t)n_blocks);
	}
	*in = kinds;
	return 0;
}

static int get_pool(struct field_bytes *in, struct heap *heap)
{
	struct heap_pool head = { .kind = POOL_GC, .collected_after_bytes = NOT_KNOWN }, *pool;
	struct pool_counts counts;

	if (!GET(in, pool_members, &head) || !GET(in, pool_count_members, &counts) || counts.n_areas > HEAP_AREAS_MAX)
		return -EBADMSG;
	if (heap_add_figures(heap, &head) < 0)
		return -ENOMEM;
	pool = &heap->pools[heap->n_pools - 1];
	int r = counts.has_window ? get_window(in, pool) : 0;
	return r < 0 ? r : get_areas(in, pool, counts.n_areas);
}

static int get_heap(struct field_bytes *in, struct heap *heap)
{
	struct heap_task task;
	struct counts counts;

	if (!GET(in, heap_members, heap) || !GET(in, count_members, &counts) || counts.n_tasks > HEAP_TASKS_MAX ||
	    counts.n_pools > HEAP_POOLS_MAX)
		return -EBADMSG;
	for (uint64_t i = 0; i < counts.n_tasks; i++) {
		if (!GET(in, task_members, &task))
			return -EBADMSG;
		if (heap_add_task(heap, &task) < 0)
			return -ENOMEM;
	}
	for (uint64_t i = 0; i < counts.n_pools; i++) {
		int r = get_pool(in, heap);
		if (r < 0)
			return r;
	}
	return in->n_bytes == 0 ? 0 : -EBADMSG;
}

int heap_code_get(struct field_bytes in, struct heap *heap)
{
	heap_reset(heap);
	int r = get_heap(&in, heap);
	if (r < 0)
		return r;
	heap_seal(heap);
	return heap->n_pools > 0 && heap_check(heap) == 0 ? 0 : -EBADMSG;
}
