#include "memprof/analysis/pools.h"

#include <string.h>

size_t pool_group_name(const struct heap_pool *pool)
{
	const char *dot = strrchr(pool->name, '.');

	return pool->kind == POOL_CAPS && dot && dot[1] >= '0' && dot[1] <= '9' ? (size_t)(dot - pool->name) :
										  strlen(pool->name);
}

static bool same_group(const struct heap_pool *a, const struct heap_pool *b)
{
	size_t n = pool_group_name(a);

	return a->kind == POOL_CAPS && b->kind == POOL_CAPS && a->name[n] == '.' && pool_group_name(b) == n &&
	       memcmp(a->name, b->name, n) == 0;
}

void standings_add(struct pool_standings *s, const struct heap_pool *pool, const struct report_options *options)
{
	struct area_counts counts;

	if (s->n == POOL_STANDINGS_MAX)
		return;
	struct pool_standing *standing = &s->all[s->n];
	*standing = (struct pool_standing){ .pool = pool, .i_group = s->n };
	for (size_t i = s->n; i-- > 0;)
		if (same_group(s->all[i].pool, pool))
			standing->i_group = s->all[i].i_group;
	s->n++;
	pool_count(pool, &counts);
	standing->summary = pool_state_of_counts(pool, &counts);
	for (size_t i = 0; i < options->n_needs; i++) {
		struct fit fit = { .size_bytes = options->needs[i] };
		if (pool->kind == POOL_TRACKED || !report_is_needed(options, i, pool->name))
			continue;
		report_fits(pool, &standing->summary, &fit, 1);
		standing->fits[i] = fit;
		standing->is_named[i] = options->need_pools[i][0] != '\0';
	}
	standing->believed = pool->n_blocks > 0 && pool->reported.free_bytes != NOT_KNOWN &&
			     standing->summary.total_bytes != NOT_KNOWN &&
			     standing->summary.used_bytes + standing->summary.free_bytes <
				     standing->summary.total_bytes &&
			     pool->kind == POOL_GC;
	pool_state_believe(pool, &standing->summary);
	standing->n_free_areas = pool->n_areas > 0 ?
					 counts.n_free_areas :
					 standing->summary.free_bytes != NOT_KNOWN && standing->summary.free_bytes > 0;
}

/* ---- groups ---- */

static uint64_t add(uint64_t a, uint64_t b) { return a == NOT_KNOWN || b == NOT_KNOWN ? NOT_KNOWN : a + b; }

/* The first of a group gets the figures of all: regions are its areas. */
static void sum_group(struct pool_standings *s, size_t i_first)
{
	struct pool_standing *first = &s->all[i_first];
	struct pool_state *sum = &first->summary;
	uint64_t longest_bytes = sum->lfb_bytes;
	bool several = false;

	for (size_t i = i_first + 1; i < s->n; i++) {
		const struct pool_state *one = &s->all[i].summary;
		if (s->all[i].i_group != i_first)
			continue;
		several = true;
		sum->total_bytes = add(sum->total_bytes, one->total_bytes);
		sum->used_bytes = add(sum->used_bytes, one->used_bytes);
		sum->free_bytes = add(sum->free_bytes, one->free_bytes);
		longest_bytes = add(longest_bytes, one->lfb_bytes);
		sum->lfb_bytes = sum->lfb_bytes == NOT_KNOWN || one->lfb_bytes == NOT_KNOWN ?
					 NOT_KNOWN :
					 MAX(sum->lfb_bytes, one->lfb_bytes);
		first->n_free_areas += s->all[i].n_free_areas;
	}
	if (several)
		sum->fragmentation = pool_fragmentation(sum->free_bytes, longest_bytes);
}

static void find_lack(const struct pool_standings *s, size_t i_group, struct pool_standing *ret)
{
	for (size_t k = 0; k < REPORT_NEEDS_MAX; k++) {
		bool asked = false, room = false;
		for (size_t i = i_group; i < s->n; i++) {
			const struct fit *fit = &s->all[i].fits[k];
			if (s->all[i].i_group != i_group || fit->size_bytes == 0)
				continue;
			asked = true;
			room |= fit->n_times > 0 || fit->grows; /* NOT_KNOWN: perhaps */
		}
		if (!asked || room)
			continue;
		ret->lacks = true;
		ret->falls_short |= ret->is_named[k] || (ret->summary.total_bytes != NOT_KNOWN &&
							 ret->fits[k].size_bytes <= ret->summary.total_bytes);
	}
}

/* ---- the worst ---- */

/* Full or not by design. */
static bool is_apart(const struct pool_standing *standing)
{
	return standing->pool->kind == POOL_FIXED || standing->pool->kind == POOL_TRACKED;
}

static unsigned severity(const struct pool_standing *standing)
{
	return (standing->falls_short ? 16 : 0) + (is_apart(standing) ? 0 : (unsigned)standing->health);
}

static double part_free(const struct pool_standing *standing)
{
	const struct pool_state *s = &standing->summary;

	if (is_apart(standing))
		return 2;
	if (standing->health == HEALTH_UNKNOWN)
		return 1;
	return (double)s->free_bytes / (double)s->total_bytes;
}

static bool is_worse(const struct pool_standing *a, const struct pool_standing *b)
{
	if (severity(a) != severity(b))
		return severity(a) > severity(b);
	return part_free(a) < part_free(b);
}

void standings_end(struct pool_standings *s)
{
	s->i_worst = 0;
	for (size_t i = 0; i < s->n; i++) {
		struct pool_standing *standing = &s->all[i];
		if (standing->i_group != i) {
			standing->health = HEALTH_UNKNOWN; /* its group's is with the first */
			continue;
		}
		sum_group(s, i);
		standing->health = standing->pool->damaged ? HEALTH_DAMAGED : summary_health(&standing->summary);
		find_lack(s, i, standing);
		if (is_worse(standing, &s->all[s->i_worst]))
			s->i_worst = i;
	}
}

void standings_of_moment(const struct heap *heap, const struct pool_moment *beside, size_t n_beside,
			 const struct report_options *options, struct pool_standings *ret)
{
	ret->n = 0;
	for (uint32_t i = 0; heap && i < heap->n_pools; i++)
		standings_add(ret, &heap->pools[i], options);
	for (size_t i = 0; i < MIN(n_beside, (size_t)HEAP_POOLS_MAX); i++) {
		const struct heap_pool *pool = &beside[i].pool;
		/* Of some nothing is known but how little was free once. */
		bool is_known = pool->reported.total_bytes != NOT_KNOWN || pool->reported.free_bytes != NOT_KNOWN;
		if (is_known && !heap_find_pool(heap, pool->name))
			standings_add(ret, pool, options);
	}
	standings_end(ret);
}
