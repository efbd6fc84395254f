/* A pool that is watched: a judgement, each time that there is more to judge it by. */
#include <stdlib.h>

#include "memprof/base/number.h"
#include "trend/private.h"

static int evidence_by_curve(struct trend_pool *pool, struct suspicion_evidence *ret)
{
	enum trend_field field = curve_field_of(pool);
	struct trend_pool_result found = { .collected = pool->collected };
	struct growth growth;
	int r = curve_minima(pool, &found);

	if (r == 0)
		r = curve_growth(&found, field, pool->known[field].max, &growth);
	if (r == 0)
		*ret = (struct suspicion_evidence){
			.verdict = curve_verdict(&growth, found.n_minima),
			.is_clear = growth.is_clear,
			.bytes_per_collection = (double)growth.rise / (double)(growth.end - growth.begin) /
						(double)found.n_per_minimum,
			/* Larger falls may make them fewer: it is the same heap. */
			.n_collections = MAX(pool->suspicion.n_judged, found.n_minima * found.n_per_minimum),
		};
	free(found.minima);
	return r;
}

static int evidence_by_objects(const struct trend_pool *pool, struct suspicion_evidence *ret)
{
	struct survival_result s;
	int r = survival_work_out(pool->survival, &s);

	if (r == 0)
		*ret = (struct suspicion_evidence){ s.verdict, s.is_clear, s.bytes_per_collection, s.n_collections };
	return r;
}

int trend_judge_watched(struct trend_pool *pool)
{
	uint64_t n_samples = pool->known[curve_field_of(pool)].n;
	struct suspicion_evidence evidence;
	int r;

	if (pool->survival && survival_n_collections(pool->survival) >= TREND_COLLECTIONS_LEAST) {
		if (!suspicion_is_due(pool->suspicion.n_judged, survival_n_collections(pool->survival)))
			return 0;
		r = evidence_by_objects(pool, &evidence);
	} else {
		if (!suspicion_is_due(pool->n_judged, n_samples))
			return 0;
		pool->n_judged = n_samples;
		r = evidence_by_curve(pool, &evidence);
	}
	if (r == 0)
		suspicion_add(&pool->suspicion, &evidence);
	return r;
}
