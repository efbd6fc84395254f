#include "memprof/analysis/error.h"

#include <string.h>

#include "memprof/base/number.h"

void error_reference(struct error_judge *judge, const struct moment *snapshot)
{
	struct reference_snapshot *old = &judge->references[0];

	if (judge->references[1].n_dump == snapshot->n_dump || old->n_dump == snapshot->n_dump ||
	    snapshot->heap->n_pools == 0)
		return;
	*old = judge->references[1];
	report_reference(&snapshot->heap->pools[0], snapshot->n_dump, snapshot->line, snapshot->last_line,
			 &judge->references[1]);
}

static const struct reference_snapshot *reference_of(const struct error_judge *judge, uint64_t n_dump)
{
	static const struct reference_snapshot none;

	for (size_t i = 0; i < ARRAY_SIZE(judge->references); i++)
		if (n_dump > 0 && judge->references[i].n_dump == n_dump)
			return &judge->references[i];
	return &none;
}

void error_explain(const struct error_judge *judge, const struct capture_failure *failure, bool full_after,
		   struct error_info *ret)
{
	const struct reference_snapshot *before = reference_of(judge, failure->n_dump_before);
	const struct reference_snapshot *after = reference_of(judge, failure->n_dump_after);
	const struct reference_snapshot *near = failure->is_after_nearer ? after : before,
					*far = near == before ? after : before;
	struct reference_snapshot line = { .first_line = failure->figures_line,
					   .last_line = failure->figures_line,
					   .summary = failure->figures,
					   .largest_area_bytes = NOT_KNOWN,
					   .growth_bytes = NOT_KNOWN,
					   .max_free_blocks = NOT_KNOWN };

	if (before->n_dump == 0 && after->n_dump == 0 && failure->figures_line > 0)
		near = before = &line;
	enum cause cause = report_cause(failure->failure, failure->asked_bytes, near);

	/* That there was room before it proves little: the heap may have filled up since. */
	if ((cause == CAUSE_UNKNOWN || cause == CAUSE_NOT_FULL || (cause == CAUSE_FITS_NOW && near == before)) &&
	    far->n_dump > 0) {
		enum cause second = report_cause(failure->failure, failure->asked_bytes, far);
		if (second != CAUSE_UNKNOWN) {
			const struct reference_snapshot *was = near;
			cause = second;
			near = far;
			far = was;
		}
	}
	*ret = (struct error_info){
		.line = failure->line,
		.failure = failure->failure,
		.asked_bytes = failure->asked_bytes,
		.cause = cause,
		.reference = *near,
		.reference_before = near == before,
		.n_dump_before = failure->n_dump_before,
		.file = failure->file,
	};
	memcpy(ret->text, failure->text, sizeof(ret->text));
	if (full_after && ret->reference_before && (cause == CAUSE_FITS_NOW || cause == CAUSE_UNKNOWN)) {
		ret->cause = CAUSE_OUT_OF_MEMORY;
		ret->full_after = true;
	}
	if (near->n_holes == 0 && far->n_holes > 0) {
		memcpy(ret->reference.holes, far->holes, sizeof(far->holes));
		ret->reference.n_holes = far->n_holes;
		ret->reference.n_holes_dump = far->n_dump;
	}
}
