#include "memprof/model/heap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct heap_reported HEAP_REPORTED_NOTHING = {
	NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN,
	NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN,
};

const char *block_kind_name(uint8_t kind)
{
	static const struct {
		uint8_t kind;
		const char *name;
	} names[] = {
		{ BLOCK_UNKNOWN, "unknown" }, { BLOCK_FREE, "free" },          { BLOCK_TAIL, "tail" },
		{ BLOCK_HEAD, "other" },      { BLOCK_MARKED, "marked head" }, { BLOCK_TUPLE, "tuple" },
		{ BLOCK_LIST, "list" },       { BLOCK_DICT, "dict" },          { BLOCK_STR, "str, bytes" },
		{ BLOCK_ARRAY, "bytearray" }, { BLOCK_FLOAT, "float" },        { BLOCK_FUNCTION, "function" },
		{ BLOCK_MODULE, "module" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].kind == kind)
			return names[i].name;
	return "unheard of";
}

const char *pool_kind_name(enum pool_kind kind)
{
	static const char *const names[] = {
		[POOL_GC] = "gc",           [POOL_TLSF] = "tlsf",
		[POOL_CAPS] = "caps",       [POOL_FREERTOS] = "freertos",
		[POOL_UMA] = "uma",         [POOL_NEWLIB] = "newlib",
		[POOL_RAMFS] = "ramfs",     [POOL_FIXED] = "fixed",
		[POOL_TRACKED] = "tracked", [POOL_ZEPHYR] = "zephyr",
		[POOL_OTHER] = "other",
	};
	return names[kind];
}

uint64_t heap_size_class_bytes(size_t i) { return i < HEAP_SIZE_CLASSES - 1 ? UINT64_C(8) << i : NOT_KNOWN; }

const char *heap_memory_name(enum heap_memory memory)
{
	static const char *const names[] = {
		[MEMORY_TCM] = "tcm",     [MEMORY_SRAM] = "sram",   [MEMORY_PSRAM] = "psram",
		[MEMORY_SDRAM] = "sdram", [MEMORY_FLASH] = "flash",
	};
	return names[memory];
}

uint64_t *heap_reported_figure(struct heap_reported *reported, size_t i)
{
	static const size_t at[HEAP_FIGURES] = {
		offsetof(struct heap_reported, total_bytes),       offsetof(struct heap_reported, used_bytes),
		offsetof(struct heap_reported, free_bytes),        offsetof(struct heap_reported, largest_free_bytes),
		offsetof(struct heap_reported, largest_fit_bytes), offsetof(struct heap_reported, peak_bytes),
		offsetof(struct heap_reported, least_free_bytes),  offsetof(struct heap_reported, n_allocations),
		offsetof(struct heap_reported, n_failures),        offsetof(struct heap_reported, n_used_blocks),
		offsetof(struct heap_reported, n_free_blocks),
	};
	return (uint64_t *)((char *)reported + at[i]);
}

const char *heap_problem_text(enum heap_problem problem)
{
	static const char *const texts[] = {
		[HEAP_WHOLE] = "whole",
		[HEAP_NO_BEGINNING] = "the beginning of its table is missing",
		[HEAP_CUT] = "it stops before the end of the table",
		[HEAP_ROWS_MISSING] = "rows of the table are missing or not readable",
		[HEAP_ROW_TWICE] = "the addresses of its rows go backwards",
		[HEAP_BAD_STATISTICS] = "the numbers of its GC: line are not readable",
		[HEAP_BAD_ELISION] = "its \"lines all free\" are more than the heap holds",
		[HEAP_BLOCK_SIZE] = "its block size cannot be determined",
		[HEAP_TOO_LARGE] = "it has more rows than its total, or than memprof keeps",
		[HEAP_OTHER_COUNTS] = "its rows are not those that it counts (No. of 1-blocks)",
		[HEAP_AREAS_MISSING] = "areas of it may be in memory that was not read",
	};
	return texts[problem];
}

bool heap_block_bytes_ok(uint64_t block_bytes)
{
	return block_bytes == 8 || block_bytes == 16 || block_bytes == 32 || block_bytes == 64;
}

static void clear_facts(struct heap *heap)
{
	heap->stack_used_bytes = heap->stack_limit_bytes = NOT_KNOWN;
	heap->is_stack_odd = false;
	heap->qstr = (struct heap_qstr){ NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN };
	heap->problem = HEAP_WHOLE;
	heap->problem_line = 0;
	heap->n_tasks = 0;
	heap->tasks_missing = false;
}

void heap_init(struct heap *heap)
{
	*heap = (struct heap){ 0 };
	clear_facts(heap);
}

void heap_deinit(struct heap *heap)
{
	for (uint32_t i = 0; i < heap->cap_pools; i++) {
		free(heap->pools[i].kinds);
		free(heap->pools[i].areas);
		free(heap->pools[i].own_window);
	}
	free(heap->pools);
	free(heap->tasks);
	heap_init(heap);
}

void heap_reset(struct heap *heap)
{
	heap->n_pools = 0;
	clear_facts(heap);
}

void heap_swap(struct heap *a, struct heap *b)
{
	struct heap was = *a;

	*a = *b;
	*b = was;
}

void heap_note(struct heap *heap, enum heap_problem problem, uint64_t line)
{
	if (heap->problem != HEAP_WHOLE)
		return;
	heap->problem = problem;
	heap->problem_line = line;
}

struct heap_pool heap_pool_named(const char *name, enum pool_kind kind)
{
	struct heap_pool pool = { .kind = kind,
				  .start = NOT_KNOWN,
				  .n_finalisers = NOT_KNOWN,
				  .reported = HEAP_REPORTED_NOTHING,
				  .collected_after_bytes = NOT_KNOWN };

	memcpy(pool.name, name, MIN(strlen(name), sizeof(pool.name) - 1));
	return pool;
}

struct heap_pool heap_pool_sample(uint64_t used_bytes, uint64_t free_bytes, uint64_t largest_free_bytes)
{
	struct heap_pool pool = heap_pool_named("gc", POOL_GC);

	pool.reported.used_bytes = used_bytes;
	pool.reported.free_bytes = free_bytes;
	pool.reported.largest_free_bytes = largest_free_bytes;
	return pool;
}

size_t heap_pools_forget_list(void *items, size_t n, size_t item_bytes, const struct heap_pool *first)
{
	const char *dot = strrchr(first->name, '.');
	size_t n_left = 0;

	if (!first->begins_list || !dot)
		return n;
	for (size_t i = 0; i < n; i++) {
		char *item = (char *)items + i * item_bytes;
		if (strncmp(((const struct heap_pool *)(void *)item)->name, first->name,
			    (size_t)(dot - first->name) + 1) == 0)
			continue;
		memmove((char *)items + n_left++ * item_bytes, item, item_bytes);
	}
	return n_left;
}

const struct heap_pool *heap_find_pool(const struct heap *heap, const char *name)
{
	for (uint32_t i = 0; heap && i < heap->n_pools; i++)
		if (strcmp(heap->pools[i].name, name) == 0)
			return &heap->pools[i];
	return NULL;
}

/* All but the storage. */
static void set_pool(struct heap_pool *to, const struct heap_pool *from)
{
	struct heap_pool storage = *to;

	*to = *from;
	to->areas = storage.areas;
	to->cap_areas = storage.cap_areas;
	to->kinds = storage.kinds;
	to->cap_blocks = storage.cap_blocks;
	to->own_window = storage.own_window;
}

int heap_add_figures(struct heap *heap, const struct heap_pool *figures)
{
	if (heap->n_pools == HEAP_POOLS_MAX)
		return -E2BIG;
	if (heap->n_pools == heap->cap_pools) {
		uint32_t cap = heap->cap_pools ? 2 * heap->cap_pools : 1;
		struct heap_pool *pools = realloc(heap->pools, cap * sizeof(*pools));
		if (!pools)
			return -ENOMEM;
		memset(pools + heap->cap_pools, 0, (cap - heap->cap_pools) * sizeof(*pools));
		heap->pools = pools;
		heap->cap_pools = cap;
	}
	set_pool(&heap->pools[heap->n_pools++], figures);
	return 0;
}

int heap_add_pool(struct heap *heap, const char *name, enum pool_kind kind, struct heap_pool **ret)
{
	const struct heap_pool pool = heap_pool_named(name, kind);
	int r = heap_add_figures(heap, &pool);

	if (r == 0)
		*ret = &heap->pools[heap->n_pools - 1];
	return r;
}

int heap_add_task(struct heap *heap, const struct heap_task *task)
{
	if (heap->n_tasks == HEAP_TASKS_MAX)
		return -E2BIG;
	if (heap->n_tasks == heap->cap_tasks) {
		uint32_t cap = heap->cap_tasks ? 2 * heap->cap_tasks : 4;
		struct heap_task *tasks = realloc(heap->tasks, cap * sizeof(*tasks));
		if (!tasks)
			return -ENOMEM;
		heap->tasks = tasks;
		heap->cap_tasks = cap;
	}
	heap->tasks[heap->n_tasks++] = *task;
	return 0;
}

int heap_add_area(struct heap_pool *pool, uint64_t base)
{
	if (pool->n_areas == HEAP_AREAS_MAX)
		return -E2BIG;
	if (pool->n_areas == pool->cap_areas) {
		uint32_t cap = pool->cap_areas ? 2 * pool->cap_areas : 4;
		struct heap_area *areas = realloc(pool->areas, cap * sizeof(*areas));
		if (!areas)
			return -ENOMEM;
		pool->areas = areas;
		pool->cap_areas = cap;
	}
	pool->areas[pool->n_areas++] = (struct heap_area){ .base = base, .i_first = pool->n_blocks };
	return 0;
}

int heap_set_window(struct heap_pool *pool, const struct heap_window *window)
{
	if (!pool->own_window)
		pool->own_window = malloc(sizeof(*pool->own_window));
	if (!pool->own_window)
		return -ENOMEM;
	*pool->own_window = *window;
	pool->window = pool->own_window;
	return 0;
}

uint8_t *heap_extend(struct heap_pool *pool, uint32_t n_blocks)
{
	uint32_t from = pool->n_blocks;

	if (pool->n_areas == 0 || n_blocks > HEAP_BLOCKS_MAX - from)
		return NULL;
	if (from + n_blocks > pool->cap_blocks) {
		uint32_t cap = MAX(pool->cap_blocks, 1024u);
		while (cap < from + n_blocks)
			cap += cap / 2;
		uint8_t *kinds = realloc(pool->kinds, cap);
		if (!kinds)
			return NULL;
		pool->kinds = kinds;
		pool->cap_blocks = cap;
	}
	pool->n_blocks += n_blocks;
	pool->areas[pool->n_areas - 1].n_blocks += n_blocks;
	return pool->kinds + from;
}

int heap_append(struct heap_pool *pool, uint8_t kind, uint32_t n_blocks)
{
	uint8_t *at = heap_extend(pool, n_blocks);

	if (!at)
		return -E2BIG;
	memset(at, kind, n_blocks);
	return 0;
}

int heap_insert_unknown(struct heap_pool *pool, uint32_t i, uint32_t n_blocks)
{
	struct heap_area *area = &pool->areas[pool->n_areas - 1];
	uint32_t n_after = area->n_blocks - i;

	if (!heap_extend(pool, n_blocks))
		return -E2BIG;
	uint8_t *at = pool->kinds + area->i_first + i;
	memmove(at + n_blocks, at, n_after);
	memset(at, BLOCK_UNKNOWN, n_blocks);
	return 0;
}

static void check_stack(struct heap *heap, uint64_t *n_bytes)
{
	enum { STACK_MAX_BYTES = 1 << 30 };

	if (*n_bytes == NOT_KNOWN || *n_bytes <= STACK_MAX_BYTES)
		return;
	*n_bytes = NOT_KNOWN;
	heap->is_stack_odd = true;
}

void heap_seal(struct heap *heap)
{
	check_stack(heap, &heap->stack_used_bytes);
	check_stack(heap, &heap->stack_limit_bytes);
	for (uint32_t i = 0; i < heap->n_pools; i++) {
		struct heap_pool *pool = &heap->pools[i];
		pool->at_least = pool->kind == POOL_GC && heap->problem == HEAP_AREAS_MISSING;
		for (uint32_t k = 0; k < pool->n_areas; k++)
			pool->areas[k].kinds = pool->kinds ? pool->kinds + pool->areas[k].i_first : NULL;
	}
}

static int copy_pool(struct heap *to, const struct heap_pool *from)
{
	struct heap_pool *pool;
	int r = heap_add_pool(to, from->name, from->kind, &pool);

	for (uint32_t i = 0; r == 0 && i < from->n_areas; i++) {
		const struct heap_area *area = &from->areas[i];
		r = heap_add_area(pool, area->base);
		uint8_t *kinds = r == 0 && area->n_blocks ? heap_extend(pool, area->n_blocks) : NULL;
		if (area->n_blocks && !kinds)
			return -ENOMEM;
		if (kinds)
			memcpy(kinds, from->kinds + area->i_first, area->n_blocks);
		if (r == 0)
			pool->areas[i] = *area;
	}
	if (r < 0)
		return r;
	set_pool(pool, from);
	return from->window ? heap_set_window(pool, from->window) : 0;
}

int heap_add_all(struct heap *to, const struct heap *from)
{
	int r = 0;

	for (uint32_t i = 0; i < from->n_pools && r == 0; i++)
		r = copy_pool(to, &from->pools[i]);
	for (uint32_t i = 0; i < from->n_tasks && r == 0; i++)
		r = heap_add_task(to, &from->tasks[i]);
	to->tasks_missing |= from->tasks_missing;
	return r;
}

int heap_copy(struct heap *to, const struct heap *from)
{
	heap_reset(to);
	if (heap_add_all(to, from) < 0) {
		heap_reset(to);
		return -ENOMEM;
	}
	to->is_stack_odd = from->is_stack_odd;
	to->stack_used_bytes = from->stack_used_bytes;
	to->stack_limit_bytes = from->stack_limit_bytes;
	to->qstr = from->qstr;
	to->problem = from->problem;
	to->problem_line = from->problem_line;
	heap_seal(to);
	return 0;
}

int heap_check(const struct heap *heap)
{
	for (uint32_t i = 0; i < heap->n_pools; i++) {
		const struct heap_pool *pool = &heap->pools[i];
		uint64_t n_seen = 0;
		for (uint32_t k = 0; k < pool->n_areas; k++) {
			const struct heap_area *area = &pool->areas[k];
			if (area->i_first != n_seen || (area->n_blocks && !area->kinds))
				return -EINVAL;
			n_seen += area->n_blocks;
		}
		if (n_seen != pool->n_blocks)
			return -EINVAL;
		if (n_seen && (pool->kind == POOL_GC ? !heap_block_bytes_ok(pool->block_bytes) : !pool->block_bytes))
			return -EINVAL;
		uint64_t counted = n_seen * pool->block_bytes + pool->missing_bytes;
		uint64_t total = pool->reported.total_bytes;
		if (n_seen && total != NOT_KNOWN && counted < total)
			return -EINVAL; /* above total is a difference that reports show */
	}
	return 0;
}

int heap_from_atb(struct heap *heap, uint64_t base, uint32_t block_bytes, const uint8_t *table, uint32_t n_blocks)
{
	static const uint8_t kinds[] = { BLOCK_FREE, BLOCK_HEAD, BLOCK_TAIL, BLOCK_MARKED };
	struct heap_pool *pool;
	int r;

	heap_reset(heap);
	r = heap_add_pool(heap, "gc", POOL_GC, &pool);
	if (r < 0)
		return r;
	r = heap_add_area(pool, base);
	if (r < 0)
		return r;
	uint8_t *at = heap_extend(pool, n_blocks);
	if (!at)
		return -E2BIG;
	for (uint32_t i = 0; i < n_blocks; i++)
		at[i] = kinds[table[i / 4] >> 2 * (i % 4) & 3];
	pool->block_bytes = block_bytes;
	heap_seal(heap);
	return 0;
}
