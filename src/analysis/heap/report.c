#include "memprof/analysis/report.h"

#include <string.h>

#include "heap/private.h"

const char *difference_name(enum difference_field field)
{
	static const char *const names[] = {
		[DIFF_TOTAL] = "total",
		[DIFF_USED] = "used",
		[DIFF_FREE] = "free",
		[DIFF_ONE_BLOCKS] = "one_blocks",
		[DIFF_TWO_BLOCKS] = "two_blocks",
		[DIFF_MAX_BLOCK] = "max_block_blocks",
		[DIFF_MAX_FREE] = "max_free_blocks",
	};
	return names[field];
}

/* ---- differences ---- */

static void compare(struct pool_report *r, bool complete)
{
	const struct heap_reported *reported = &r->pool->reported;
	const struct area_counts *c = &r->counts;
	const uint64_t size = r->pool->block_bytes;
	const struct {
		enum difference_field field;
		uint64_t reported, counted;
		bool grows; /* more rows can only make it larger */
	} rows[] = {
		{ DIFF_TOTAL, reported->total_bytes, r->pool->n_blocks * size, true },
		{ DIFF_USED, reported->used_bytes, c->n_used * size, true },
		{ DIFF_FREE, reported->free_bytes, c->n_free * size, true },
		{ DIFF_ONE_BLOCKS, reported->one_blocks, c->n_one, false },
		{ DIFF_TWO_BLOCKS, reported->two_blocks, c->n_two, false },
		{ DIFF_MAX_BLOCK, reported->max_block_blocks, c->max_object, true },
		{ DIFF_MAX_FREE, reported->max_free_blocks, c->max_free, true },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].reported == NOT_KNOWN || rows[i].reported == rows[i].counted)
			continue;
		/* What is missing explains what is less; it never explains what is more. */
		if (!complete && (!rows[i].grows || rows[i].counted < rows[i].reported))
			continue;
		r->differences[r->n_differences++] = (struct difference){ rows[i].field, rows[i].reported,
									  rows[i].counted };
	}
}

/* Statistics alone: used and free must not be more than the total. */
static void add_up(struct pool_report *r)
{
	struct pool_state *s = &r->state;

	if (s->total_bytes == NOT_KNOWN || s->used_bytes == NOT_KNOWN || s->free_bytes == NOT_KNOWN ||
	    s->used_bytes + s->free_bytes <= s->total_bytes)
		return;
	r->differences[r->n_differences++] = (struct difference){ DIFF_TOTAL, s->total_bytes,
								  s->used_bytes + s->free_bytes };
	s->total_bytes = s->used_bytes + s->free_bytes;
}

/* ---- would it fit ---- */

static void add_run(struct fit *fit, uint64_t run_bytes, uint32_t block_bytes, uint64_t *usable)
{
	if (run_bytes < fit->size_bytes) /* runs are whole blocks */
		return;
	uint64_t n_need = (fit->size_bytes - 1) / block_bytes + 1, n_run = run_bytes / block_bytes;

	fit->n_times += n_run / n_need;
	*usable += run_bytes;
}

static bool board_says_no(const struct heap_pool *pool, const struct pool_state *counted, uint64_t size_bytes)
{
	struct pool_state judged = *counted;

	pool_state_believe(pool, &judged);
	return judged.lfb_bytes != NOT_KNOWN && judged.lfb_bytes < size_bytes &&
	       pool->reported.max_free_blocks != NOT_KNOWN;
}

static bool board_says_yes(const struct heap_pool *pool, const struct pool_state *counted, uint64_t size_bytes)
{
	struct pool_state judged = *counted;

	pool_state_believe(pool, &judged);
	return judged.lfb_bytes != NOT_KNOWN && judged.lfb_bytes >= size_bytes;
}

/* A heap that grows by itself asks for this much more than was asked of it, and at least 2 KiB
 * (py/gc.c, gc_try_add_heap). */
static bool can_grow_for(const struct heap_pool *pool, uint64_t size_bytes)
{
	uint64_t spare = pool->reported.max_new_split_bytes;

	return spare != NOT_KNOWN && spare >= size_bytes + MAX(UINT64_C(2048), size_bytes / 512 * 13);
}

/* What is neither used nor free. */
static uint64_t rest_of(const struct pool_state *s)
{
	if (s->total_bytes == NOT_KNOWN || s->used_bytes == NOT_KNOWN || s->free_bytes == NOT_KNOWN ||
	    s->used_bytes > s->total_bytes || s->free_bytes > s->total_bytes - s->used_bytes)
		return 0;
	return s->total_bytes - s->used_bytes - s->free_bytes;
}

/* The sizes that an allocator hands out: multiples of so much, of the payload (mattconte/tlsf deff9ab and
 * espressif/tlsf ba64d19, tlsf.c: ALIGN_SIZE; FreeRTOS V11 heap_4.c: portBYTE_ALIGNMENT; newlib nano-mallocr.c:
 * CHUNK_ALIGN). The figures of free blocks are payloads too. */
static uint64_t alignment_of(enum pool_kind kind)
{
	switch (kind) {
	case POOL_TLSF:
	case POOL_CAPS:
	case POOL_UMA:
		return 4;
	case POOL_FREERTOS:
	case POOL_NEWLIB:
		return 8;
	default:
		return 1;
	}
}

/* TLSF looks for a block in the class above the size, so of a block of N bytes the part within its own class may not be
 * had: N without the bits below 1/2^log2 of its power of two (espressif/tlsf ba64d19, tlsf.c, tlsf_fit_size; the
 * number of classes by pool size is there in control_construct, and 2^5 in the original, which OpenMV's is made from).
 */
static uint64_t tlsf_fit(uint64_t lfb_bytes, uint64_t total_bytes, enum pool_kind kind)
{
	unsigned log2 = kind == POOL_UMA ? 5 : total_bytes <= 16 << 10 ? 3 : total_bytes <= 256 << 10 ? 4 : 5;

	if (lfb_bytes < (4u << log2)) /* lists of single sizes */
		return lfb_bytes;
	unsigned top = 63u - (unsigned)__builtin_clzll(lfb_bytes);
	return lfb_bytes & ~((UINT64_C(1) << (top - log2)) - 1);
}

/* The largest request that a pool without a table serves; NOT_KNOWN. A file needs no block in one piece, and a region
 * with one owner is used from one end. */
static uint64_t most_that_fits(const struct heap_pool *pool, const struct pool_state *counted)
{
	if (pool->reported.largest_fit_bytes != NOT_KNOWN)
		return pool->reported.largest_fit_bytes;
	if (counted->lfb_bytes == NOT_KNOWN)
		return pool->kind == POOL_RAMFS || pool->kind == POOL_FIXED ? counted->free_bytes : NOT_KNOWN;
	return pool->kind == POOL_TLSF || pool->kind == POOL_UMA ?
		       tlsf_fit(counted->lfb_bytes, counted->total_bytes, pool->kind) :
		       counted->lfb_bytes;
}

/* A pool without a table: at most, whether one fits at all. */
static void fit_by_figures(const struct heap_pool *pool, const struct pool_state *counted, struct fit *fit)
{
	uint64_t most = most_that_fits(pool, counted);
	uint64_t align = pool->reported.largest_fit_bytes == NOT_KNOWN ? alignment_of(pool->kind) : 1;
	uint64_t size = (fit->size_bytes + align - 1) / align * align;
	bool never = (most != NOT_KNOWN && size > most) ||
		     (counted->free_bytes != NOT_KNOWN && size > counted->free_bytes);

	fit->n_times = never ? 0 : NOT_KNOWN;
	fit->once = !never && most != NOT_KNOWN;
	fit->unusable = -1;
}

void report_fits(const struct heap_pool *pool, const struct pool_state *counted, struct fit *fits, size_t n)
{
	uint64_t usable[REPORT_NEEDS_MAX] = { 0 };

	for (uint32_t i = 0; i < pool->n_areas; i++) {
		struct stretch s = { 0 };
		while (stretch_next(&pool->areas[i], &s))
			for (size_t k = 0; s.kind == BLOCK_FREE && k < n; k++)
				add_run(&fits[k], (uint64_t)s.n_blocks * pool->block_bytes, pool->block_bytes,
					&usable[k]);
	}
	for (size_t k = 0; k < n; k++) {
		struct fit *fit = &fits[k];
		fit->grows = can_grow_for(pool, fit->size_bytes);
		if (pool->n_blocks == 0 || pool_is_reported(pool)) {
			fit_by_figures(pool, counted, fit);
			continue;
		}
		fit->unusable = counted->free_bytes ? 1 - (double)usable[k] / (double)counted->free_bytes : 0;
		/* Where rows are missing, what is there cannot say no; the board may. */
		if (fit->n_times == 0 && (rest_of(counted) > 0 || counted->at_least) &&
		    !board_says_no(pool, counted, fit->size_bytes))
			fit->n_times = NOT_KNOWN;
		fit->once = fit->n_times == NOT_KNOWN ? board_says_yes(pool, counted, fit->size_bytes) :
							fit->n_times > 0;
	}
}

static void fill_fits(struct pool_report *r, const struct pool_state *counted)
{
	const struct heap_pool *pool = r->pool;

	report_fits(pool, counted, r->fits, r->n_fits);
	if (!r->has_table || pool_is_reported(pool))
		return;
	for (size_t k = 0; k < r->n_fits; k++)
		for (uint32_t i = 0; i < pool->n_areas && r->fits[k].n_times == 0; i++)
			window_find(&pool->areas[i], pool->block_bytes, &r->fits[k]);
}

size_t report_culprits(const struct heap_pool *pool, uint64_t lfb_bytes, size_t n_max, struct culprit *ret)
{
	size_t n = 0;

	for (uint32_t i = 0; i < pool->n_areas; i++)
		culprits_add(&pool->areas[i], pool->block_bytes, lfb_bytes, n_max, ret, &n);
	return n;
}

void report_owner(const struct heap_pool *pool, const struct culprit *culprit, struct strbuf *out)
{
	if (pool->owners.by)
		pool->owners.by->name(pool->owners.ctx, culprit->start, culprit->size_bytes, out);
}

bool report_is_needed(const struct report_options *options, size_t i, const char *pool_name)
{
	const char *wanted = options->need_pools[i];
	size_t n = strlen(wanted);

	return n == 0 || (strncmp(wanted, pool_name, n) == 0 && (pool_name[n] == '\0' || pool_name[n] == '.'));
}

void report_pool(const struct heap_pool *pool, bool complete, const struct report_options *options,
		 struct pool_report *ret)
{
	static const uint64_t usual[] = { 1 << 10, 4 << 10, 16 << 10, 64 << 10 };
	const uint64_t *needs = options->n_needs ? options->needs : usual;

	*ret = (struct pool_report){ .pool = pool, .has_table = pool->n_blocks > 0 };
	pool_count(pool, &ret->counts);
	ret->state = pool_state_of_counts(pool, &ret->counts);
	const struct pool_state counted = ret->state;
	*(pool_is_reported(pool) ? &ret->overhead_bytes : &ret->unknown_bytes) = rest_of(&counted);
	if (ret->has_table && !pool_is_reported(pool))
		compare(ret, complete);
	else
		add_up(ret);
	for (size_t i = 0; i < (options->n_needs ? options->n_needs : ARRAY_SIZE(usual)); i++)
		if (report_is_needed(options, i, pool->name))
			ret->fits[ret->n_fits++].size_bytes = needs[i];
	fill_fits(ret, &counted);
	ret->n_culprits = report_culprits(pool, ret->state.lfb_bytes,
					  MIN(options->n_culprits, (size_t)REPORT_CULPRITS_MAX), ret->culprits);
}

struct pool_state report_judged(const struct pool_report *report)
{
	struct pool_state state = report->state;

	pool_state_believe(report->pool, &state);
	return state;
}

const char *health_name(enum health health)
{
	static const char *const names[] = {
		[HEALTH_ROOM] = "room",
		[HEALTH_SPLIT] = "split",
		[HEALTH_FRAGMENTED] = "fragmented",
		[HEALTH_NEARLY_FULL] = "nearly-full",
		[HEALTH_FULL] = "full",
		[HEALTH_DAMAGED] = "damaged",
		[HEALTH_UNKNOWN] = NULL,
	};
	return names[health];
}

static enum health health_of(const struct pool_state *summary)
{
	uint64_t total = summary->total_bytes, free_bytes = summary->free_bytes;
	bool sized = total != NOT_KNOWN && total > 0;

	if (free_bytes == NOT_KNOWN)
		return HEALTH_UNKNOWN;
	if (sized && free_bytes < total / 50)
		return HEALTH_FULL;
	if (sized && free_bytes < total / 10)
		return HEALTH_NEARLY_FULL;
	if (summary->fragmentation >= 0.5)
		return HEALTH_FRAGMENTED;
	if (!sized)
		return HEALTH_UNKNOWN;
	return summary->lfb_bytes != NOT_KNOWN && summary->lfb_bytes <= free_bytes / 2 ? HEALTH_SPLIT : HEALTH_ROOM;
}

enum health summary_health(const struct pool_state *summary)
{
	enum health health = health_of(summary);

	/* More areas can only mean more room. */
	return summary->at_least && health != HEALTH_ROOM ? HEALTH_UNKNOWN : health;
}

enum health report_health(const struct pool_report *report)
{
	const struct pool_state judged = report_judged(report);

	return report->pool->damaged ? HEALTH_DAMAGED : summary_health(&judged);
}
