#include "memprof/model/pool_state.h"

const struct pool_state POOL_STATE_NOT_KNOWN = { NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, 0, -1 };

double pool_fragmentation(uint64_t free_bytes, uint64_t longest_bytes)
{
	if (free_bytes == NOT_KNOWN || longest_bytes == NOT_KNOWN)
		return -1;
	return free_bytes == 0 || longest_bytes >= free_bytes ? 0 : 1 - (double)longest_bytes / (double)free_bytes;
}

/* The size of a pool: what the firmware calls total, or what there is if that is more. */
static uint64_t total_of(const struct heap_pool *pool)
{
	uint64_t counted = (uint64_t)pool->n_blocks * pool->block_bytes, reported = pool->reported.total_bytes;

	return reported == NOT_KNOWN || counted > reported ? counted : reported;
}

/* Whether the board works the figures of this pool out itself: for all but Python's heap a block table is a
 * picture, made of whole granules, and the walk that counted the bytes is exact. */
bool pool_is_reported(const struct heap_pool *pool)
{
	const struct heap_reported *reported = &pool->reported;

	return pool->kind != POOL_GC && reported->total_bytes != NOT_KNOWN && reported->used_bytes != NOT_KNOWN &&
	       reported->free_bytes != NOT_KNOWN;
}

/* ESP-IDF rounds the largest free block down to what an allocation gets: it has no other figure (multi_heap.c,
 * multi_heap_get_info_impl). */
static uint64_t reported_lfb(const struct heap_pool *pool)
{
	const struct heap_reported *reported = &pool->reported;

	if (reported->largest_free_bytes != NOT_KNOWN)
		return MIN(reported->largest_free_bytes, reported->free_bytes);
	if (pool->kind == POOL_CAPS && reported->largest_fit_bytes != NOT_KNOWN)
		return MIN(reported->largest_fit_bytes, reported->free_bytes);
	return reported->max_free_blocks > MIN(reported->free_bytes, NOT_KNOWN / 64) || pool->block_bytes == 0 ?
		       NOT_KNOWN :
		       reported->max_free_blocks * pool->block_bytes;
}

struct pool_state pool_state_of_counts(const struct heap_pool *pool, const struct area_counts *counts)
{
	const struct heap_reported *reported = &pool->reported;
	uint64_t block_bytes = pool->block_bytes;
	struct pool_state state = { .n_objects = counts->n_objects, .at_least = pool->at_least };

	if (pool->n_blocks > 0 && !pool_is_reported(pool)) {
		state.total_bytes = total_of(pool);
		state.used_bytes = counts->n_used * block_bytes;
		state.free_bytes = counts->n_free * block_bytes;
		state.lfb_bytes = counts->max_free * block_bytes;
	} else {
		state.total_bytes = reported->total_bytes;
		state.used_bytes = reported->used_bytes;
		state.free_bytes = reported->free_bytes;
		state.lfb_bytes = reported->free_bytes == 0 ? 0 : reported_lfb(pool);
		if (state.lfb_bytes == NOT_KNOWN && pool->n_blocks > 0) /* as its table has it */
			state.lfb_bytes = MIN(counts->max_free * block_bytes, reported->free_bytes);
	}
	state.fragmentation = pool->n_areas > 1 ? pool_fragmentation(counts->n_free * block_bytes,
								     counts->n_longest * block_bytes) :
						  pool_fragmentation(state.free_bytes, state.lfb_bytes);
	return state;
}

struct pool_state pool_state_counted(const struct heap_pool *pool)
{
	struct area_counts counts = { 0 };

	for (uint32_t i = 0; i < pool->n_areas; i++)
		area_count_figures(&pool->areas[i], &counts);
	return pool_state_of_counts(pool, &counts);
}

/* The board's used and free, and the largest free block. */
static void take_reported(const struct heap_pool *pool, struct pool_state *state)
{
	state->used_bytes = pool->reported.used_bytes;
	state->free_bytes = pool->reported.free_bytes;
	state->lfb_bytes = reported_lfb(pool);
	if (pool->n_areas <= 1) /* of several, the rows that are there come nearest */
		state->fragmentation = pool_fragmentation(state->free_bytes, state->lfb_bytes);
}

struct pool_state pool_state_reported(const struct heap_pool *pool)
{
	struct pool_state state = POOL_STATE_NOT_KNOWN;

	if (pool->reported.used_bytes == NOT_KNOWN || pool->reported.free_bytes == NOT_KNOWN)
		return pool_state_counted(pool);
	state.total_bytes = pool->reported.total_bytes;
	take_reported(pool, &state);
	return state;
}

void pool_state_believe(const struct heap_pool *pool, struct pool_state *state)
{
	if (pool->reported.free_bytes != NOT_KNOWN && state->total_bytes != NOT_KNOWN &&
	    state->used_bytes + state->free_bytes < state->total_bytes)
		take_reported(pool, state);
}

struct pool_state pool_state_of_figures(const struct heap_pool *pool)
{
	const struct heap_reported *r = &pool->reported;
	struct pool_state state = { r->total_bytes,
				    r->used_bytes,
				    r->free_bytes,
				    r->largest_free_bytes,
				    0,
				    pool_fragmentation(r->free_bytes, r->largest_free_bytes) };
	bool is_python = pool->kind == POOL_GC, has_total = r->total_bytes != NOT_KNOWN;

	if (!is_python && r->used_bytes == NOT_KNOWN && has_total && r->free_bytes <= r->total_bytes)
		state.used_bytes = r->total_bytes - r->free_bytes;
	if (is_python && !has_total && r->free_bytes != NOT_KNOWN && r->used_bytes < NOT_KNOWN - r->free_bytes)
		state.total_bytes = r->used_bytes + r->free_bytes;
	return state;
}
