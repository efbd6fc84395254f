#include "agent/pools.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

void agent_pools_deinit(struct agent_pools *p)
{
	for (size_t i = 0; i < HEAP_POOLS_MAX; i++)
		agent_snapshot_deinit(&p->pools[i].snapshot);
	*p = (struct agent_pools){ 0 };
}

static void clear(struct agent_pool *pool)
{
	struct agent_snapshot snapshot = pool->snapshot;

	agent_snapshot_clear(&snapshot);
	*pool = (struct agent_pool){
		.snapshot = snapshot, .start = NOT_KNOWN, .size_bytes = NOT_KNOWN, .reported = HEAP_REPORTED_NOTHING
	};
}

void agent_pools_clear(struct agent_pools *p)
{
	for (size_t i = 0; i < HEAP_POOLS_MAX; i++)
		clear(&p->pools[i]);
	p->pools[0].used = p->pools[0].described = true;
	memcpy(p->pools[0].name, "gc", sizeof("gc"));
}

struct agent_pool *agent_pools_find(struct agent_pools *p, uint8_t id)
{
	for (size_t i = 0; i < HEAP_POOLS_MAX; i++)
		if (p->pools[i].used && p->pools[i].id == id)
			return &p->pools[i];
	return NULL;
}

uint32_t agent_pools_rows_max(const struct agent_pools *p, const struct agent_pool *pool)
{
	uint32_t n_rows = 0;

	for (size_t i = 0; i < HEAP_POOLS_MAX; i++)
		if (&p->pools[i] != pool)
			n_rows += p->pools[i].snapshot.table.n_rows;
	return HEAP_BLOCKS_MAX / WIRE_ROW_BLOCKS - MIN(n_rows, (uint32_t)HEAP_BLOCKS_MAX / WIRE_ROW_BLOCKS);
}

/* ---- descriptions ---- */

static struct agent_pool *add(struct agent_pools *p, uint8_t id)
{
	struct agent_pool *pool = agent_pools_find(p, id);

	for (size_t i = 1; i < HEAP_POOLS_MAX && !pool; i++) {
		if (p->pools[i].used)
			continue;
		pool = &p->pools[i];
		clear(pool);
		pool->used = true;
		pool->id = id;
	}
	return pool;
}

int agent_pools_read_pool(struct agent_pools *p, struct agent_fields *f)
{
	uint8_t id = fields_u8(f), kind = fields_u8(f), memory = fields_u8(f);
	uint64_t address = fields_varint(f), size_bytes = fields_varint(f);

	fields_varint(f); /* granule_bytes, which is also in BEGIN */
	if (f->truncated || id == 0)
		return -EBADMSG;
	struct agent_pool *pool = add(p, id);
	if (!pool)
		return 0;
	pool->described = pool->confirmed = true;
	pool->kind = kind < POOL_OTHER ? (enum pool_kind)kind : POOL_FIXED;
	pool->snapshot.of_granules = pool->kind != POOL_GC;
	pool->memory = memory <= WIRE_MEMORY_FLASH ? (enum heap_memory)memory : MEMORY_NOT_KNOWN;
	pool->start = address ? address : NOT_KNOWN;
	pool->size_bytes = size_bytes;
	fields_text(f, pool->name, sizeof(pool->name));
	if (!pool->name[0])
		strcpy(pool->name, pool_kind_name(pool->kind));
	return 0;
}

int agent_pools_read_gone(struct agent_pools *p, struct agent_fields *f)
{
	uint8_t id = fields_u8(f);

	if (f->truncated || id == 0)
		return -EBADMSG;
	struct agent_pool *pool = agent_pools_find(p, id);
	if (pool)
		clear(pool);
	return 0;
}

void agent_pools_hello(struct agent_pools *p, bool frames_lost)
{
	for (size_t i = 1; i < HEAP_POOLS_MAX; i++) {
		struct agent_pool *pool = &p->pools[i];
		if (pool->used && !pool->confirmed && !frames_lost)
			clear(pool);
		pool->confirmed = false;
	}
}

/* ---- figures ---- */

/* Drops impossible values, so that sums of figures do not wrap. */
static uint64_t figure(uint64_t value) { return value >> 48 ? NOT_KNOWN : value; }

int agent_pools_read_stats(struct agent_pools *p, struct agent_fields *f, struct agent_pool **ret)
{
	struct heap_reported reported = HEAP_REPORTED_NOTHING;
	uint8_t id = fields_u8(f);
	uint64_t at_ms = fields_varint(f), mask = fields_varint(f), damaged = 0;

	static_assert(HEAP_FIGURES == WIRE_N_STATS - 1, "all but whether it is damaged");
	for (size_t i = 0; i < HEAP_FIGURES; i++)
		if (mask >> i & 1)
			*heap_reported_figure(&reported, i) = figure(fields_varint(f));
	if (mask & WIRE_STAT_DAMAGED)
		damaged = fields_varint(f);
	if (f->truncated)
		return -EBADMSG;
	*ret = agent_pools_find(p, id);
	if (!*ret)
		return 0;
	(*ret)->reported = reported;
	(*ret)->damaged = damaged;
	(*ret)->has_stats = true;
	(*ret)->stats_at_ms = at_ms;
	return 0;
}

/* ---- windows ---- */

/* In the order of the bits of ALLOCATIONS. */
static const size_t window_at[WIRE_N_WINDOW] = {
	offsetof(struct heap_window, n_allocations),    offsetof(struct heap_window, allocated_bytes),
	offsetof(struct heap_window, n_frees),          offsetof(struct heap_window, freed_bytes),
	offsetof(struct heap_window, n_failures),       offsetof(struct heap_window, n_large),
	offsetof(struct heap_window, least_used_bytes), offsetof(struct heap_window, most_used_bytes),
	offsetof(struct heap_window, least_free_bytes),
};

static uint64_t *window_value(struct heap_window *w, size_t i) { return (uint64_t *)((char *)w + window_at[i]); }

static uint64_t sum(uint64_t a, uint64_t b) { return a == NOT_KNOWN || b == NOT_KNOWN ? NOT_KNOWN : figure(a + b); }

static uint64_t least(uint64_t a, uint64_t b) { return MIN(a, b); }

static uint64_t most(uint64_t a, uint64_t b) { return a == NOT_KNOWN ? b : b == NOT_KNOWN ? a : MAX(a, b); }

/* Two windows, one after the other: with a HELLO, figures are sent twice before a snapshot. */
static void join_windows(struct heap_window *to, struct heap_window *more)
{
	for (size_t i = 0; i < WIRE_N_WINDOW; i++) {
		uint32_t bit = UINT32_C(1) << i;
		uint64_t *a = window_value(to, i), b = *window_value(more, i);
		*a = bit & (WIRE_WINDOW_LEAST_USED | WIRE_WINDOW_LEAST_FREE) ? least(*a, b) :
		     bit & WIRE_WINDOW_MOST_USED                             ? most(*a, b) :
									       sum(*a, b);
	}
	for (size_t i = 0; i < HEAP_SIZE_CLASSES; i++)
		to->n_by_size[i] = sum(to->n_by_size[i], more->n_by_size[i]);
	to->window_us = sum(to->window_us, more->window_us);
}

int agent_pools_read_allocations(struct agent_pools *p, struct agent_fields *f)
{
	struct heap_window window = { .window_us = 0 };
	uint8_t id = fields_u8(f);

	fields_varint(f); /* at_ms: that of its figures */
	uint64_t window_ms = fields_varint(f), mask = fields_varint(f), n_sizes;
	for (size_t i = 0; i < 64; i++) {
		uint64_t value = mask >> i & 1 ? figure(fields_varint(f)) : NOT_KNOWN;
		if (i < WIRE_N_WINDOW)
			*window_value(&window, i) = value;
	}
	n_sizes = fields_u8(f);
	for (uint64_t i = 0; i < n_sizes; i++) {
		uint64_t n = figure(fields_varint(f));
		if (i < HEAP_SIZE_CLASSES)
			window.n_by_size[i] = n;
	}
	if (f->truncated)
		return -EBADMSG;
	struct agent_pool *pool = agent_pools_find(p, id);
	if (!pool)
		return 0;
	/* A window of less than a tick is one of something. */
	window.window_us = MIN(MAX(window_ms, UINT64_C(1)), UINT64_C(0xffffffff)) * 1000;
	if (pool->window_ends || pool->window.window_us == 0)
		pool->window = window;
	else
		join_windows(&pool->window, &window);
	pool->window_ends = false;
	return 0;
}

void agent_pools_end_windows(struct agent_pools *p)
{
	for (size_t i = 0; i < HEAP_POOLS_MAX; i++) {
		if (p->pools[i].window_ends)
			p->pools[i].window.window_us = 0;
		p->pools[i].window_ends = true;
	}
}

void agent_pools_frames_lost(struct agent_pools *p)
{
	for (size_t i = 0; i < HEAP_POOLS_MAX; i++) {
		p->pools[i].has_stats = p->pools[i].in_round = false;
		p->pools[i].window.window_us = 0;
	}
}

/* ---- the heap of an event ---- */

/* Reported figures of a pool. Those of another time than its table are dropped if the table has them too. */
static struct heap_reported reported_of(const struct agent_pool *pool, bool with_table)
{
	struct heap_reported r = pool->has_stats ? pool->reported : HEAP_REPORTED_NOTHING;

	if (pool->id == 0 && with_table && pool->stats_at_ms != pool->snapshot.at_ms)
		r.total_bytes = r.used_bytes = r.free_bytes = r.largest_free_bytes = r.largest_fit_bytes =
			r.n_used_blocks = r.n_free_blocks = NOT_KNOWN;
	if (pool->id != 0 && r.total_bytes == NOT_KNOWN)
		r.total_bytes = pool->size_bytes;
	return r;
}

/* The memory of all areas, if it is the same. */
static enum heap_memory memory_of_areas(const struct heap_pool *pool)
{
	for (uint32_t i = 1; i < pool->n_areas; i++)
		if (pool->areas[i].memory != pool->areas[0].memory)
			return MEMORY_NOT_KNOWN;
	return pool->n_areas > 0 ? pool->areas[0].memory : MEMORY_NOT_KNOWN;
}

static int add_pool(const struct agent_pool *pool, bool with_table, struct heap *ret)
{
	const struct agent_snapshot *s = &pool->snapshot;
	struct heap_pool *is;

	if (heap_add_pool(ret, pool->name, pool->kind, &is) < 0)
		return -ENOMEM;
	is->reported = reported_of(pool, with_table);
	if (!pool->window_ends && pool->window.window_us > 0 && heap_set_window(is, &pool->window) < 0)
		return -ENOMEM;
	is->start = pool->start;
	is->memory = pool->memory;
	is->damaged = pool->has_stats && pool->damaged;
	if (!with_table)
		return 0;
	is->block_bytes = (uint32_t)s->block_bytes;
	if (agent_table_copy(&s->table, is) < 0)
		return -ENOMEM;
	if (pool->id == 0)
		is->memory = memory_of_areas(is);
	if (s->flags & WIRE_HAS_FINALISERS)
		is->n_finalisers = agent_table_n_finalisers(&s->table);
	uint64_t counted = (uint64_t)is->n_blocks * is->block_bytes, total = is->reported.total_bytes;
	if (total != NOT_KNOWN && is->n_blocks > 0 && counted < total)
		is->missing_bytes = total - counted;
	return 0;
}

/* Whether there is something to show of a pool: of the GC heap, which has no POOL, that is its blocks or figures. */
static bool is_known(const struct agent_pool *pool, bool with_table)
{
	if (!pool->used || !pool->described)
		return false;
	return pool->id != 0 || pool->has_stats || (with_table && pool->snapshot.block_bytes > 0);
}

int agent_pools_heap(const struct agent_pools *p, bool with_table, struct heap *ret)
{
	heap_reset(ret);
	for (size_t i = 0; i < HEAP_POOLS_MAX; i++) {
		const struct agent_pool *pool = &p->pools[i];
		if (!is_known(pool, with_table))
			continue;
		if (add_pool(pool, i == 0 ? with_table : pool->snapshot.complete, ret) < 0)
			return -ENOMEM;
	}
	heap_seal(ret);
	return 0;
}
