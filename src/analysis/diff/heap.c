/* Two heaps: figures of each pool, what the kinds of objects take, and block by block where addresses are the same. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "diff/private.h"
#include "memprof/analysis/report.h"
#include "memprof/base/glob.h"

const char *diff_figure_name(size_t figure)
{
	static const char *const names[N_DIFF_FIGURES] = {
		[DIFF_TOTAL_BYTES] = "total",         [DIFF_USED_BYTES] = "used",       [DIFF_FREE_BYTES] = "free",
		[DIFF_LARGEST_FREE] = "largest_free", [DIFF_OBJECTS_COUNT] = "objects", [DIFF_FREE_RUNS] = "free_runs",
	};

	return names[figure];
}

static bool has_table(const struct heap_pool *pool) { return pool->n_blocks > 0; }

/* ---- figures ---- */

static void figures_of(const struct heap_pool *pool, uint64_t ret[N_DIFF_FIGURES], struct area_counts *counts)
{
	for (size_t i = 0; i < N_DIFF_FIGURES; i++)
		ret[i] = NOT_KNOWN;
	*counts = (struct area_counts){ 0 };
	if (!pool)
		return;
	pool_count(pool, counts);
	const struct pool_state state = pool_state_of_counts(pool, counts);
	ret[DIFF_TOTAL_BYTES] = state.total_bytes;
	ret[DIFF_USED_BYTES] = state.used_bytes;
	ret[DIFF_FREE_BYTES] = state.free_bytes;
	ret[DIFF_LARGEST_FREE] = state.lfb_bytes;
	if (!has_table(pool))
		return;
	ret[DIFF_OBJECTS_COUNT] = counts->n_objects;
	ret[DIFF_FREE_RUNS] = counts->n_free_runs;
}

static int add_pool(struct diff *diff, const char *name, const uint64_t old[N_DIFF_FIGURES],
		    const uint64_t new[N_DIFF_FIGURES])
{
	struct diff_row row = { .old_bytes = old[DIFF_USED_BYTES],
				.new_bytes = new[DIFF_USED_BYTES],
				.old_count = NOT_KNOWN,
				.new_count = NOT_KNOWN,
				.i_pool = (uint32_t)diff->n_pools };
	struct diff_pool *pool = vec_add(diff, pools);

	if (!pool)
		return -ENOMEM;
	pool->name = name;
	for (size_t i = 0; i < N_DIFF_FIGURES; i++) {
		pool->figures[i] = (struct diff_figure){ old[i], new[i] };
		if (old[i] != new[i]) /* as much is used, but it lies elsewhere */
			row.change = CHANGE_MOVED;
	}
	if (row.old_bytes != row.new_bytes)
		row.change = CHANGE_SAME; /* its size tells */
	return diff_wants(diff, DIFF_POOLS) ? diff_add(diff, DIFF_POOLS, &row, slice_of(name), slice_of(NULL)) : 0;
}

static uint64_t known_if(uint64_t size_bytes) { return size_bytes ? size_bytes : NOT_KNOWN; }

static int add_kinds(struct diff *diff, const char *pool_name, const struct heap_pool *was, const struct heap_pool *is,
		     const struct area_counts *old, const struct area_counts *new)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(old->kind_objects) && r == 0; i++) {
		const char letter[] = { (char)i, '\0' };
		struct diff_row row = { .place = pool_name,
					.i_pool = DIFF_NONE,
					.old_count = was ? old->kind_objects[i] : 0,
					.new_count = is ? new->kind_objects[i] : 0 };
		row.old_bytes = known_if(was ? (uint64_t)old->kind_blocks[i] * was->block_bytes : 0);
		row.new_bytes = known_if(is ? (uint64_t) new->kind_blocks[i] * is->block_bytes : 0);
		if (row.old_bytes == NOT_KNOWN && row.new_bytes == NOT_KNOWN)
			continue;
		if (row.old_bytes == row.new_bytes && row.old_count != row.new_count)
			row.change = CHANGE_MOVED; /* as many bytes in more or fewer objects */
		r = diff_add(diff, DIFF_KINDS, &row, slice_of(letter), slice_of(NULL));
	}
	return r;
}

/* ---- block by block ---- */

/* The kind of the object that a block belongs to, from block to block. */
static char owner_of(char kind, char *owner)
{
	if (kind != BLOCK_TAIL)
		*owner = kind;
	return *owner;
}

struct run_maker {
	struct diff *diff;
	const char *pool;
	uint64_t block_bytes, least_bytes;
	struct diff_run open; /* size 0: none */
};

static int close_run(struct run_maker *m)
{
	struct diff_run run = m->open;

	m->open.size_bytes = 0;
	if (!run.size_bytes || run.size_bytes < m->least_bytes ||
	    (m->diff->options.grown && run.old_kind != BLOCK_FREE))
		return 0;
	struct diff_run *kept = vec_add(m->diff, runs);
	if (!kept)
		return -ENOMEM;
	*kept = run;
	return 0;
}

static int add_block(struct run_maker *m, uint64_t address, char old_kind, char new_kind)
{
	struct diff_run *open = &m->open;
	int r;

	if (open->size_bytes && open->old_kind == old_kind && open->new_kind == new_kind &&
	    open->start + open->size_bytes == address) {
		open->size_bytes += m->block_bytes;
		return 0;
	}
	r = close_run(m);
	*open = (struct diff_run){ m->pool, address, m->block_bytes, old_kind, new_kind };
	return r;
}

static int compare_blocks(struct run_maker *m, const struct heap_area *was, const struct heap_area *is,
			  uint64_t *n_unknown)
{
	char old_owner = BLOCK_TAIL, new_owner = BLOCK_TAIL;
	int r = 0;

	for (uint32_t i = 0; i < MIN(was->n_blocks, is->n_blocks) && r == 0; i++) {
		char old_kind = (char)was->kinds[i], new_kind = (char)is->kinds[i];
		owner_of(old_kind, &old_owner);
		owner_of(new_kind, &new_owner);
		if (old_kind == BLOCK_UNKNOWN || new_kind == BLOCK_UNKNOWN) {
			++*n_unknown;
			continue;
		}
		bool same_owner = old_owner == new_owner;
		if (same_owner && old_kind == new_kind)
			continue;
		r = add_block(m, is->base + i * m->block_bytes, same_owner ? old_kind : old_owner,
			      same_owner ? new_kind : new_owner);
	}
	return r < 0 ? r : close_run(m);
}

static const struct heap_area *area_at(const struct heap_pool *pool, uint64_t base)
{
	for (uint32_t i = 0; i < pool->n_areas; i++)
		if (pool->areas[i].base == base && !pool->areas[i].loose)
			return &pool->areas[i];
	return NULL;
}

static int add_runs(struct diff *diff, const char *name, const struct heap_pool *was, const struct heap_pool *is,
		    uint64_t total_bytes)
{
	const struct diff_options *options = &diff->options;
	struct run_maker m = {
		.diff = diff, .pool = name, .block_bytes = is->block_bytes, .least_bytes = options->threshold_bytes
	};
	uint32_t n_compared = 0;
	uint64_t n_unknown = 0, n_beyond = 0;
	int r = 0;

	if (total_bytes != NOT_KNOWN && options->threshold_percent > 0) /* no run is longer than the pool */
		m.least_bytes = MAX(m.least_bytes,
				    (uint64_t)(MIN(options->threshold_percent, 200.0) / 100.0 * (double)total_bytes));
	if (!has_table(was) || !has_table(is))
		return diff_note(diff, "Pool %s: %s a block table, so blocks are not compared.", name,
				 has_table(was) ? "the new dump does not have" :
				 has_table(is)  ? "the old dump does not have" :
						  "neither dump has");
	if (was->block_bytes != is->block_bytes || !is->block_bytes)
		return diff_note(diff,
				 "Pool %s: blocks have %" PRIu32 " bytes now and had %" PRIu32
				 ", so they are not compared.",
				 name, is->block_bytes, was->block_bytes);
	for (uint32_t i = 0; i < is->n_areas && r == 0; i++) {
		const struct heap_area *new_area = &is->areas[i];
		const struct heap_area *old_area = new_area->loose ? NULL : area_at(was, new_area->base);
		if (!old_area)
			continue;
		n_compared++;
		diff->lists[DIFF_RUNS].compared = true;
		n_beyond += MAX(old_area->n_blocks, new_area->n_blocks) - MIN(old_area->n_blocks, new_area->n_blocks);
		r = compare_blocks(&m, old_area, new_area, &n_unknown);
	}
	if (r == 0 && n_compared == 0)
		r = diff_note(diff, "Pool %s lies at other addresses, so blocks are not compared.", name);
	else if (r == 0 && (n_compared < is->n_areas || n_compared < was->n_areas))
		r = diff_note(diff,
			      "Pool %s: only %" PRIu32
			      " of its areas lies where it lay; the blocks of the others are not compared.",
			      name, n_compared);
	if (r == 0 && n_beyond)
		r = diff_note(diff,
			      "Pool %s: areas have other sizes; %" PRIu64
			      " blocks that only one of them has are not compared.",
			      name, n_beyond);
	if (r == 0 && n_unknown)
		r = diff_note(diff, "Pool %s: %" PRIu64 " blocks are not known in one of the dumps, and not compared.",
			      name, n_unknown);
	return r;
}

/* ---- pool by pool ---- */

static int diff_pool(struct diff *diff, const char *name, const struct heap_pool *was, const struct heap_pool *is)
{
	uint64_t old[N_DIFF_FIGURES], new[N_DIFF_FIGURES];
	struct area_counts old_counts, new_counts;
	bool wanted = !diff->options.filter || glob_match(diff->options.filter, name);
	int r;

	figures_of(was, old, &old_counts);
	figures_of(is, new, &new_counts);
	r = add_pool(diff, name, old, new);
	if (r == 0 && diff_wants(diff, DIFF_KINDS) && (!was || has_table(was)) && (!is || has_table(is))) {
		diff->lists[DIFF_KINDS].compared = true;
		r = add_kinds(diff, name, was, is, &old_counts, &new_counts);
	}
	if (r == 0 && diff_wants(diff, DIFF_RUNS) && wanted && was && is)
		r = add_runs(diff, name, was, is, new[DIFF_TOTAL_BYTES]);
	return r;
}

int diff_heaps(struct diff *diff, const struct heap *old, const struct heap *new, const struct diff_options *options,
	       struct diag *diag)
{
	uint32_t n_common = 0;
	int r = 0;

	*diff = (struct diff){ .heaps = true, .options = *options };
	diff->lists[DIFF_POOLS].compared = diff_wants(diff, DIFF_POOLS); /* the others where there are tables */
	for (uint32_t i = 0; i < new->n_pools &&r == 0; i++) {
		const struct heap_pool *was = heap_find_pool(old, new->pools[i].name);
		n_common += was != NULL;
		r = diff_pool(diff, arena_printf(&diff->arena, "%s", new->pools[i].name), was, &new->pools[i]);
	}
	for (uint32_t i = 0; i < old->n_pools && r == 0; i++)
		if (!heap_find_pool(new, old->pools[i].name))
			r = diff_pool(diff, arena_printf(&diff->arena, "%s", old->pools[i].name), &old->pools[i], NULL);
	if (r == 0 && n_common == 0)
		return diag_set(diag, -EINVAL, "the two dumps have no heap in common");
	if (r == 0)
		r = diff_finish(diff);
	return r < 0 ? diag_set(diag, r, "out of memory") : 0;
}
