/* How fast a heap leaks, in the boot of the board that trend reports. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "budget/heaps.h"

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

void leak_add(struct leak *leak, const struct moment *moment, struct pool_state *state)
{
	struct heap one = *moment->heap; /* the same heap, reduced to one pool */
	struct heap_pool pool = *state->pool;
	struct kinds kinds;

	if (state->n_dump == leak->n_dump) /* another pool of that name was in it */
		return;
	leak->n_dump = state->n_dump;
	one.pools = &pool;
	one.n_pools = 1;
	boots_add_heap(&leak->boots, &one, moment->timeline_us, moment->collected);
	pool_state_kinds(state, &kinds);
	if (!kinds.block_bytes)
		return;
	if (!leak->now.first.block_bytes)
		leak->now.first = kinds;
	leak->now.last = kinds;
}

/* Why the verdict is not known. */
static void report_unknown(struct leak *leak, const struct trend_pool_result *pool, struct arena *arena)
{
	if (pool->undecided_bytes > 0) {
		leak->unknown = arena_printf(arena,
					     "memory in use after collections rose by about %.0f B, but not steadily",
					     pool->undecided_bytes);
		leak->advice = "give a longer log: it tells steps from a leak";
		return;
	}
	leak->unknown = arena_printf(arena, "too early to judge: %d collections are needed, and the log has %" PRIu64,
				     TREND_MINIMA_LEAST, pool->n_collections);
	leak->advice = "give a longer log";
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

	leak_reset(leak); /* what ends now may be the reported boot */
	int r = boots_work_out(&leak->boots, &result, &boot);
	if (r < 0)
		return r;
	const struct trend_pool_result *pool = result.n_pools > 0 ? &result.pools[0] : NULL;
	if (!pool) {
		leak->unknown = "no moment has its used or free bytes";
	} else if (trend_is_unknown(pool)) {
		report_unknown(leak, pool, arena);
	} else if (pool->leaks && !isfinite(pool->leak.per_hour)) {
		report_untimed(leak, pool, arena);
	} else {
		double per_hour = pool->leaks ? ceil(pool->leak.per_hour) : 0; /* a leak is never none */
		leak->per_hour = figure_signed(per_hour >= (double)INT64_MAX ? INT64_MAX : (int64_t)per_hour);
	}
	trend_result_deinit(&result);
	return 0;
}
