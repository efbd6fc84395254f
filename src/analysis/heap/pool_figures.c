#include "memprof/analysis/pool_figures.h"

#include <string.h>

#include "memprof/analysis/report.h"
#include "memprof/base/number.h"

static uint64_t peak_of(uint64_t peak_bytes, uint64_t total_bytes, uint64_t least_free_bytes)
{
	bool known = total_bytes != NOT_KNOWN && least_free_bytes != NOT_KNOWN && least_free_bytes <= total_bytes;

	return peak_bytes == NOT_KNOWN && known ? total_bytes - least_free_bytes : peak_bytes;
}

void pool_figures(const struct heap_pool *pool, bool whole, struct history_figures *ret)
{
	const struct heap_reported *reported = &pool->reported;
	struct pool_summary summary;

	report_summary(pool, &summary);
	if (!whole)
		report_believe(pool, &summary);
	*ret = (struct history_figures){
		.kind = pool->kind,
		.memory = pool->memory,
		.total_bytes = summary.total_bytes,
		.used_bytes = summary.used_bytes,
		.free_bytes = summary.free_bytes,
		.lfb_bytes = summary.lfb_bytes,
		.peak_bytes = peak_of(reported->peak_bytes, summary.total_bytes, reported->least_free_bytes),
		.fragmentation = summary.fragmentation,
		.has_table = pool->n_blocks > 0,
	};
	memcpy(ret->name, pool->name, sizeof(ret->name));
}

void pool_figures_of_sample(const struct moment *m, struct history_figures *ret)
{
	*ret = (struct history_figures){
		.name = "gc",
		.total_bytes = NOT_KNOWN,
		.used_bytes = m->used_bytes,
		.free_bytes = m->free_bytes,
		.lfb_bytes = m->largest_free_bytes,
		.peak_bytes = NOT_KNOWN,
		.fragmentation = report_fragmentation(m->free_bytes, m->largest_free_bytes),
	};
	if (m->used_bytes != NOT_KNOWN && m->free_bytes != NOT_KNOWN && m->used_bytes <= NOT_KNOWN - 1 - m->free_bytes)
		ret->total_bytes = m->used_bytes + m->free_bytes;
}
