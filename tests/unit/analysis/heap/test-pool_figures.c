/* The figures of a pool that series and exports take. */
#include "memprof/analysis/pool_figures.h"

#include "figures.h"
#include "unit.h"

/* Eight blocks of 16 bytes, of which the board says something else. */
static void make(struct heap *heap, struct heap_pool **ret)
{
	static const char kinds[] = "h=..h..=";

	heap_init(heap);
	assert_int_equal(heap_add_pool(heap, "gc", POOL_GC, ret), 0);
	(*ret)->block_bytes = 16;
	(*ret)->reported = HEAP_REPORTED_NOTHING;
	(*ret)->reported.total_bytes = 256;
	(*ret)->reported.used_bytes = 200;
	(*ret)->reported.free_bytes = 56;
	(*ret)->reported.max_free_blocks = 3;
	assert_int_equal(heap_add_area(*ret, 0x1000), 0);
	for (size_t i = 0; kinds[i]; i++)
		assert_int_equal(heap_append(*ret, (uint8_t)kinds[i], 1), 0);
	(*ret)->missing_bytes = 128;
	heap_seal(heap);
}

UNIT_TEST(a_whole_table_counts)
{
	struct history_figures f;
	struct heap_pool *pool;
	struct heap heap;

	make(&heap, &pool);
	pool_figures(pool, true, &f);
	assert_string_equal(f.name, "gc");
	assert_int_equal(f.state.used_bytes, 64);
	assert_int_equal(f.state.free_bytes, 64);
	assert_int_equal(f.state.lfb_bytes, 32);
	assert_true(f.has_table && f.state.fragmentation > 0.49 && f.state.fragmentation < 0.51);
	heap_deinit(&heap);
}

UNIT_TEST(where_rows_are_missing_the_board_counts)
{
	struct history_figures f;
	struct heap_pool *pool;
	struct heap heap;

	make(&heap, &pool);
	pool_figures(pool, false, &f);
	assert_int_equal(f.state.total_bytes, 256);
	assert_int_equal(f.state.used_bytes, 200);
	assert_int_equal(f.state.free_bytes, 56);
	assert_int_equal(f.state.lfb_bytes, 48);
	heap_deinit(&heap);
}

UNIT_TEST(samples)
{
	struct moment m = { .kind = MOMENT_SAMPLE, .state = sample_of(100, 300, 75) };
	struct history_figures f;

	pool_figures_of_sample(&m, &f);
	assert_string_equal(f.name, "gc");
	assert_int_equal(f.state.total_bytes, 400);
	assert_true(f.state.fragmentation > 0.74 && f.state.fragmentation < 0.76);
}

UNIT_TEST(other_pools)
{
	struct heap_pool pool = idf_pool("idf.0", 1000, 400, 100);
	struct history_figures f;

	pool.reported.least_free_bytes = 250;
	pool_figures(&pool, true, &f);
	assert_string_equal(f.name, "idf.0");
	assert_int_equal(f.kind, POOL_CAPS);
	assert_int_equal(f.state.lfb_bytes, 100);
	assert_int_equal(f.peak_bytes, 750); /* what was never free */
	assert_true(f.state.used_bytes == NOT_KNOWN && !f.has_table && f.state.fragmentation > 0.74 &&
		    f.state.fragmentation < 0.76);
}
