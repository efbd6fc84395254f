/* What tests need, against their limits. */
#include <errno.h>

#include "budget/filter.h"
#include "memprof/analysis/tests.h"

static const enum figure_kind kinds[] = { FIGURE_KEPT, FIGURE_PEAK, FIGURE_LARGEST_FREE, FIGURE_COLLECTIONS,
					  FIGURE_COLLECTING };

static uint64_t in_ms(uint64_t us) { return us == NOT_KNOWN ? us : us / 1000 + (us % 1000 != 0); }

static struct figure_value value_of(const struct test_row *row, enum figure_kind kind)
{
	struct figure_value ret = { .known = false };

	switch (kind) {
	case FIGURE_KEPT:
		return row->measured ? figure_signed(row->kept_bytes) : ret;
	case FIGURE_PEAK:
		ret = figure_bytes(row->peak_bytes);
		ret.at_least = row->peak_is_least;
		return ret;
	case FIGURE_LARGEST_FREE:
		return figure_bytes(row->lfb_bytes);
	case FIGURE_COLLECTIONS:
		return figure_bytes(row->n_collections);
	default:
		return figure_bytes(in_ms(row->collecting_us));
	}
}

static bool is_judged(const struct test_row *row) { return row->outcome == TEST_PASSED; }

static const struct test_row *test_named(const struct tests *base, const char *name)
{
	for (size_t i = 0; base && i < base->n_rows; i++)
		if (strcmp(base->rows[i].name, name) == 0)
			return &base->rows[i];
	return NULL;
}

static const char least_advice[] =
	"not every collection was seen, so the peak may be higher; limit max_kept, or let the"
	" test collect less often";

static const char *why_unknown(const struct test_row *row)
{
	return row->outcome == TEST_CUT    ? "its end did not come, so its cost is not known" :
	       row->outcome == TEST_FAILED ? "it failed, so its cost is not known" :
	       !row->measured              ? "its heap could not be read after it" :
					     NULL;
}

static int list_tests(const void *now_tests, const void *base, figure_sink *sink, void *ctx)
{
	const struct tests *now = now_tests;

	for (size_t i = 0; i < now->n_rows; i++) {
		const struct test_row *row = &now->rows[i], *old = test_named(base, row->name);
		struct figure figure = {
			.name = slice_of(row->name),
			.capacity_bytes = NOT_KNOWN,
			.i_row = i,
			.unknown = why_unknown(row),
			.skip = row->outcome == TEST_SKIPPED ? "the test was skipped" : NULL,
			.skip_growth = base && !old           ? "the baseline does not have this test" :
				       old && !is_judged(old) ? "the test did not pass in the baseline" :
								NULL,
		};
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
			figure.kind = kinds[k];
			figure.value = is_judged(row) ? value_of(row, kinds[k]) : figure_bytes(NOT_KNOWN);
			figure.advice = kinds[k] == FIGURE_PEAK && row->peak_is_least ? least_advice : NULL;
			figure.base = old ? value_of(old, kinds[k]) : figure_bytes(NOT_KNOWN);
			int r = sink(ctx, &figure);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

int check_tests(struct check *c, const struct tests *now, const struct tests *base)
{
	struct filter f;
	int r = filter_begin(&f, c, SUBJECT_TEST, list_tests, now, base);

	filter_report_more(&f, now->n_more);
	return filter_end(&f, now->error || (base && base->error) ? -ENOMEM : r);
}
