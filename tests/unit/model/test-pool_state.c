/* What follows from the figures of a pool without blocks. How blocks are counted: test-area_counts.c; what is believed
 * of both: analysis/heap/report.cases. */
#include "memprof/model/pool_state.h"

#include "figures.h"
#include "unit.h"

UNIT_TEST(a_sample_has_the_sum)
{
	struct pool_state s = sample_of(100, 300, 75);

	assert_u64_equal(s.total_bytes, 400);
	assert_true(s.fragmentation > 0.74 && s.fragmentation < 0.76);
	s = sample_of(NOT_KNOWN, 300, NOT_KNOWN);
	assert_true(s.total_bytes == NOT_KNOWN && s.used_bytes == NOT_KNOWN && s.fragmentation < 0);
	assert_u64_equal(s.free_bytes, 300);
	s = sample_of(NOT_KNOWN - 1, 300, NOT_KNOWN); /* the sum would not be a number */
	assert_true(s.total_bytes == NOT_KNOWN);
	s = sample_of(1, NOT_KNOWN, NOT_KNOWN);
	assert_true(s.total_bytes == NOT_KNOWN && s.free_bytes == NOT_KNOWN);
}

UNIT_TEST(what_another_pool_uses_is_the_rest)
{
	static const struct {
		uint64_t total_bytes, free_bytes, used_bytes;
	} rows[] = {
		{ 1000, 400, 600 },
		{ 1000, 1000, 0 },
		{ 1000, 1001, NOT_KNOWN },
		{ NOT_KNOWN, 400, NOT_KNOWN },
		{ 1000, NOT_KNOWN, NOT_KNOWN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct heap_pool pool = idf_pool("idf.0", rows[i].total_bytes, rows[i].free_bytes, 100);
		const struct pool_state s = pool_state_of_figures(&pool);
		assert_u64_equal(s.used_bytes, rows[i].used_bytes);
		assert_u64_equal(s.total_bytes, rows[i].total_bytes);
		assert_u64_equal(s.lfb_bytes, 100);
	}
}
