/* How fast a heap leaks: by the life of the board that trend tells of. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "budget/check_heaps.h"

void leak_free(struct leak *leak)
{
	if (!leak)
		return;
	boots_deinit(&leak->boots);
	free(leak);
}

/* The kinds of a life stay with the life that analysis/boots.h goes by. */
void leak_reset(struct leak *leak)
{
	uint64_t was = leak->boots.best.n_boot;

	boots_reset(&leak->boots);
	if (leak->boots.best.n_boot != was)
		leak->best = leak->now;
	leak->now = (struct life_ends){ .first = { .known = false } };
}

void leak_add(struct leak *leak, const struct heap *heap, struct heap_moment *m, uint64_t at_us, bool collected)
{
	struct heap one = *heap; /* the same heap, seen through a window of one pool */
	struct heap_pool pool = *m->pool;
	struct kinds kinds;

	if (m->n_dump == leak->n_dump) /* another pool of that name was in it */
		return;
	leak->n_dump = m->n_dump;
	one.pools = &pool;
	one.n_pools = 1;
	boots_add_heap(&leak->boots, &one, at_us, collected);
	if (m->cut || pool.n_blocks == 0)
		return;
	heap_moment_kinds(m, &kinds);
	if (!leak->now.first.known)
		leak->now.first = kinds;
	leak->now.last = kinds;
}

/* Why the verdict is not known. */
static void say_unknown(struct leak *leak, const struct trend_pool_result *pool, struct arena *arena)
{
	size_t n = pool->series[trend_judged_field(pool)].n_minima;

	if (pool->undecided_bytes > 0) {
		leak->fault = arena_printf(arena,
					   "what stays after collections rose by about %.0f B,"
					   " but along no line",
					   pool->undecided_bytes);
		leak->advice = "give a longer log: it tells steps from a leak";
		return;
	}
	leak->fault = arena_printf(arena, "too early to tell: %d collections are needed, and %zu %s seen",
				   TREND_MINIMA_LEAST, n, n == 1 ? "is" : "are");
	leak->advice = "give a longer log";
}

static void say_untimed(struct leak *leak, const struct trend_pool_result *pool, struct arena *arena)
{
	bool backwards = leak->boots.backwards;

	leak->fault = arena_printf(arena,
				   "it leaks about %.1f B a sample, but %s, so how much that is an"
				   " hour is not known",
				   pool->leak.per_sample, backwards ? "times go backwards" : "the log has no times");
	leak->advice = backwards ? "give the oldest log first" : "give a log with time stamps, or a recording";
}

static void judge(struct leak *leak, const struct trend_pool_result *pool, struct arena *arena)
{
	double per_hour = pool->leak.per_hour;

	if (!pool->leaks && pool->series[trend_judged_field(pool)].verdict == TREND_UNKNOWN) {
		say_unknown(leak, pool, arena);
		return;
	}
	if (pool->leaks && !isfinite(per_hour)) {
		say_untimed(leak, pool, arena);
		return;
	}
	leak->per_hour.known = true;
	if (pool->leaks) /* a leak is never none */
		leak->per_hour.amount = per_hour >= (double)INT64_MAX ? INT64_MAX : (int64_t)ceil(per_hour);
}

int leak_work_out(struct leak *leak, struct arena *arena)
{
	struct trend_result result;
	struct boot_info boot;
	int r;

	leak_reset(leak); /* what ends now may be the life that is told */
	r = boots_work_out(&leak->boots, &result, &boot);
	if (r < 0)
		return r;
	if (result.n_pools > 0)
		judge(leak, &result.pools[0], arena);
	else
		leak->fault = "nothing tells what is used in it, or free";
	trend_result_deinit(&result);
	return 0;
}
