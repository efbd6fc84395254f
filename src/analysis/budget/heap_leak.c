/* How fast a heap leaks, in the boot of the board that trend reports. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "budget/heaps.h"
#include "memprof/analysis/verdict.h"

void leak_free(struct leak *leak)
{
	if (!leak)
		return;
	boots_deinit(&leak->boots);
	free(leak);
}

/* The kinds of a boot stay with the boot that is reported. */
void leak_reset(struct leak *leak)
{
	uint64_t was = leak->boots.best.n_boot;

	boots_reset(&leak->boots);
	if (leak->boots.best.n_boot != was)
		leak->best = leak->now;
	leak->now = (struct boot_ends){ .first = { .block_bytes = 0 } };
}

void leak_add(struct leak *leak, const struct moment *moment, struct candidate *state)
{
	struct heap one = *moment->heap; /* the same heap, reduced to one pool */
	struct heap_pool pool = *state->pool;
	const struct pool_state reported = pool_state_reported(&pool);
	struct kinds kinds;

	if (state->n_dump == leak->n_dump) /* another pool of that name was in it */
		return;
	leak->n_dump = state->n_dump;
	one.pools = &pool;
	one.n_pools = 1;
	boots_add_heap(&leak->boots, &one, &reported, moment->timeline_us, moment->collected);
	candidate_kinds(state, &kinds);
	if (!kinds.block_bytes)
		return;
	if (!leak->now.first.block_bytes)
		leak->now.first = kinds;
	leak->now.last = kinds;
}

static struct figure_value rate(double per_hour)
{
	per_hour = ceil(per_hour); /* a leak is never none */
	return figure_signed(per_hour >= (double)INT64_MAX ? INT64_MAX : (int64_t)per_hour);
}

/* The upper end of the curve's interval; not known without times. */
static struct figure_value at_most(const struct trend_result *trend, const struct trend_pool_result *pool)
{
	enum trend_field field = trend_judged_field(pool);
	const struct trend_slope *floor = &pool->series[field].floor;
	double per_sample = field == TREND_USED ? floor->high : -floor->low;

	if (pool->by_objects || isnan(per_sample) || trend->span_us == NOT_KNOWN || trend->span_us == 0)
		return (struct figure_value){ .known = false };
	return rate(MAX(per_sample, 0) * (double)trend->n_samples / (double)trend->span_us * 3.6e9);
}

/* Why the verdict is not known. */
static void report_unknown(struct leak *leak, const struct trend_pool_result *pool, struct arena *arena)
{
	size_t n_needed = trend_collections_needed(pool);
	const char *minima = trend_minima_name(pool);

	if (pool->n_collections < n_needed)
		leak->unknown = arena_printf(arena, "too early to judge: %zu %s are needed, and the log has %" PRIu64,
					     n_needed, minima, pool->n_collections);
	else if (leak->at_most.known)
		leak->unknown = arena_printf(arena,
					     "not certain: no leak shows in %" PRIu64 " %s, but one of up to %" PRId64
					     " B an hour would not",
					     pool->n_collections, minima, leak->at_most.amount);
	else
		leak->unknown = arena_printf(
			arena, "not certain: over %" PRIu64 " %s, memory in use neither rises steadily nor stays level",
			pool->n_collections, minima);
	leak->advice = pool->survival.n_tables > 0 || pool->no_collector ?
			       "give a longer log" :
			       "give a longer log, or one with block tables";
}

static void report_untimed(struct leak *leak, const struct trend_pool_result *pool, struct arena *arena)
{
	bool backwards = leak->boots.backwards;

	leak->unknown = arena_printf(arena, "it leaks about %.1f B a sample, but %s, so the rate per hour is not known",
				     pool->leak.per_sample, backwards ? "times go backwards" : "the log has no times");
	leak->advice = backwards ? "give the oldest log first" : "give a log with time stamps, or a recording";
}

int leak_work_out(struct leak *leak, struct arena *arena)
{
	struct trend_result result;
	struct boot_info boot;
	struct verdict verdict;

	leak_reset(leak); /* what ends now may be the reported boot */
	int r = boots_work_out(&leak->boots, &result, &boot);
	if (r < 0)
		return r;
	const struct trend_pool_result *pool = result.n_pools > 0 ? &result.pools[0] : NULL;
	verdict_of(NULL, &result, &boot, boot.failed.set, &verdict);
	leak->severity = (struct figure_value){ .known = pool != NULL, .amount = verdict.severity };
	if (pool && !pool->leaks)
		leak->at_most = at_most(&result, pool);
	bool may_hide = leak->at_most.known && leak->at_most.amount > 0; /* a leak, in the curve */
	if (!pool) {
		leak->unknown = "no moment has its used or free bytes";
	} else if (pool->verdict == LEAK_UNKNOWN || may_hide) {
		report_unknown(leak, pool, arena);
	} else if (pool->leaks && !isfinite(pool->leak.per_hour)) {
		report_untimed(leak, pool, arena);
	} else {
		leak->per_hour = rate(pool->leaks ? pool->leak.per_hour : 0);
	}
	trend_result_deinit(&result);
	return 0;
}
