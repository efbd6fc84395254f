#include "memprof/analysis/pool_figures.h"

#include <string.h>

#include "memprof/analysis/report.h"
#include "memprof/base/number.h"

static uint64_t peak_of(uint64_t peak_bytes, uint64_t total_bytes, uint64_t least_free_bytes)
{
	bool known = total_bytes != NOT_KNOWN && least_free_bytes != NOT_KNOWN && least_free_bytes <= total_bytes;

	return peak_bytes == NOT_KNOWN && known ? total_bytes - least_free_bytes : peak_bytes;
}

static uint64_t least_free_of(const struct heap_reported *reported, uint64_t total_bytes)
{
	bool known = total_bytes != NOT_KNOWN && reported->peak_bytes != NOT_KNOWN &&
		     reported->peak_bytes <= total_bytes;

	return reported->least_free_bytes == NOT_KNOWN && known ? total_bytes - reported->peak_bytes :
								  reported->least_free_bytes;
}

void pool_figures(const struct heap_pool *pool, bool whole, struct history_figures *ret)
{
	const struct heap_reported *reported = &pool->reported;
	struct pool_state state = pool_state_counted(pool);

	if (!whole)
		pool_state_believe(pool, &state);
	*ret = (struct history_figures){
		.kind = pool->kind,
		.memory = pool->memory,
		.state = state,
		.peak_bytes = peak_of(reported->peak_bytes, state.total_bytes, reported->least_free_bytes),
		.least_free_bytes = least_free_of(reported, state.total_bytes),
		.has_table = pool->n_blocks > 0,
	};
	memcpy(ret->name, pool->name, sizeof(ret->name));
}

const struct history_figures *moment_figures(const struct moment *m)
{
	for (uint32_t i = 0; !m->counted->known && i < m->heap->n_pools; i++)
		pool_figures(&m->heap->pools[i], m->heap->problem == HEAP_WHOLE, &m->counted->pools[i]);
	m->counted->known = true;
	return m->counted->pools;
}

void pool_figures_of_sample(const struct moment *m, struct history_figures *ret)
{
	*ret = (struct history_figures){
		.name = "gc", .state = m->state, .peak_bytes = NOT_KNOWN, .least_free_bytes = NOT_KNOWN
	};
}
