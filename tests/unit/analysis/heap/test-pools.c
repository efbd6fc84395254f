/* Several pools: what fits in which, and which one the headline is about. */
#include "memprof/analysis/pools.h"

#include "unit.h"

static struct heap heap;
static struct pool_standings standings;

UNIT_BEFORE(set_up)
{
	heap_init(&heap);
	standings.n = 0;
}

UNIT_AFTER(tear_down) { heap_deinit(&heap); }

/* largest: of free blocks; fit: what the allocator says that it would serve. */
static void add(const char *name, enum pool_kind kind, uint64_t total, uint64_t free_bytes, uint64_t largest,
		uint64_t fit)
{
	struct heap_pool *pool;

	assert_int_equal(heap_add_pool(&heap, name, kind, &pool), 0);
	pool->reported = HEAP_REPORTED_NOTHING;
	pool->reported.total_bytes = total;
	pool->reported.used_bytes = total - free_bytes;
	pool->reported.free_bytes = free_bytes;
	pool->reported.largest_free_bytes = largest;
	pool->reported.largest_fit_bytes = fit;
}

static const struct pool_standing *worst(const struct report_options *options)
{
	heap_seal(&heap);
	for (uint32_t i = 0; i < heap.n_pools; i++)
		standings_add(&standings, &heap.pools[i], options);
	standings_end(&standings);
	return &standings.all[standings.i_worst];
}

static const struct report_options none = { .n_needs = 0 };

UNIT_TEST(the_fullest_of_those_with_room)
{
	add("gc", POOL_GC, 1000000, 600000, 500000, NOT_KNOWN);
	add("picovector", POOL_TLSF, 4000000, 1000000, 900000, NOT_KNOWN);
	add("ramfs", POOL_RAMFS, 1000000, 900000, NOT_KNOWN, NOT_KNOWN);
	assert_string_equal(worst(&none)->pool->name, "picovector");
	assert_int_equal(standings.all[1].health, HEALTH_ROOM);
}

UNIT_TEST(a_state_is_worse_than_being_fuller)
{
	add("gc", POOL_GC, 1000000, 600000, 200000, NOT_KNOWN);
	add("picovector", POOL_TLSF, 4000000, 1000000, 900000, NOT_KNOWN);
	assert_string_equal(worst(&none)->pool->name, "gc");
	assert_int_equal(standings.all[0].health, HEALTH_FRAGMENTED);
}

/* Its figures end where its data is wrong: that it is full is not known. */
UNIT_TEST(damage_is_the_worst)
{
	add("gc", POOL_GC, 1000000, 0, 0, NOT_KNOWN);
	add("picovector", POOL_TLSF, 4000000, 36, 36, NOT_KNOWN);
	heap.pools[1].damaged = true;
	assert_string_equal(worst(&none)->pool->name, "picovector");
	assert_int_equal(standings.all[0].health, HEALTH_FULL);
	assert_int_equal(standings.all[1].health, HEALTH_DAMAGED);
}

UNIT_TEST(regions_of_one_owner_are_full_by_design)
{
	add("gc", POOL_GC, 1000000, 600000, 500000, NOT_KNOWN);
	add("frame", POOL_FIXED, 100000, 0, NOT_KNOWN, NOT_KNOWN);
	add("tracked", POOL_TRACKED, 0, 0, NOT_KNOWN, NOT_KNOWN);
	assert_string_equal(worst(&none)->pool->name, "gc");
}

/* The example: a picture of 300 KiB, and a pool whose largest block has 251,044 B. */
UNIT_TEST(the_pool_that_falls_short_is_the_worst)
{
	const struct report_options options = { .needs = { 307200 }, .n_needs = 1 };

	add("gc", POOL_GC, 3073664, 200000, 200000, NOT_KNOWN); /* nearly full */
	add("picovector", POOL_TLSF, 4191116, 1500000, 251044, 249856);
	add("small", POOL_TLSF, 100000, 90000, 90000, NOT_KNOWN); /* by design */
	standings.n = 0;
	const struct pool_standing *w = worst(&options);
	assert_true(w->falls_short);
	assert_string_equal(w->pool->name, "gc"); /* it is the fuller one of the two */
	assert_true(standings.all[1].falls_short && standings.all[1].lacks);
	assert_true(standings.all[2].lacks && !standings.all[2].falls_short);
	heap.pools[0].reported.largest_free_bytes = heap.pools[0].reported.free_bytes = 2000000;
	standings.n = 0;
	assert_string_equal(worst(&options)->pool->name, "picovector");
}

UNIT_TEST(a_pool_that_is_named_may_be_too_small)
{
	struct report_options options = { .needs = { 3 << 20 }, .n_needs = 1 };

	add("gc", POOL_GC, 2000000, 1900000, 1900000, NOT_KNOWN);
	add("picovector", POOL_TLSF, 4000000, 900000, 900000, NOT_KNOWN);
	add("small", POOL_TLSF, 100000, 20000, 20000, NOT_KNOWN);
	assert_string_equal(worst(&options)->pool->name, "picovector");
	memcpy(options.need_pools[0], "gc", sizeof("gc"));
	standings.n = 0;
	assert_string_equal(worst(&options)->pool->name, "gc");
}

UNIT_TEST(one_pool_is_asked)
{
	const struct report_options options = { .needs = { 307200, 16 },
						.need_pools = { "picovector", "caps" },
						.n_needs = 2 };

	add("gc", POOL_GC, 1000000, 90000, 90000, NOT_KNOWN);
	add("picovector", POOL_TLSF, 4191116, 1500000, 251044, NOT_KNOWN);
	add("caps.1", POOL_CAPS, 20000, 10000, 10000, NOT_KNOWN);
	add("capsule", POOL_TLSF, 20000, 10000, 10000, NOT_KNOWN);
	worst(&options);
	assert_u64_equal(standings.all[0].fits[0].size_bytes, 0);
	assert_u64_equal(standings.all[1].fits[0].size_bytes, 307200);
	assert_u64_equal(standings.all[1].fits[0].n_times, 0);
	assert_u64_equal(standings.all[1].fits[1].size_bytes, 0);
	assert_true(standings.all[2].fits[1].once);
	assert_u64_equal(standings.all[3].fits[1].size_bytes, 0);
	assert_true(report_is_needed(&options, 1, "caps") && report_is_needed(&none, 0, "anything"));
}

/* ESP-IDF takes any region that has room; those that Python's heap lies in are full. */
UNIT_TEST(regions_are_one_heap)
{
	const struct report_options options = { .needs = { 16717, 30000 }, .n_needs = 2 };

	add("caps.0", POOL_CAPS, 7520, 4, 4, NOT_KNOWN);
	add("caps.1", POOL_CAPS, 40000, 0, 0, NOT_KNOWN);
	add("caps.2", POOL_CAPS, 40000, 20000, 16720, NOT_KNOWN);
	add("caps.3", POOL_CAPS, 40000, 20000, 16716, NOT_KNOWN);
	const struct pool_standing *caps = worst(&options);
	assert_u64_equal(caps->summary.total_bytes, 127520);
	assert_u64_equal(caps->summary.lfb_bytes, 16720);
	assert_int_equal(caps->n_free_areas, 3);
	assert_int_equal(caps->health, HEALTH_SPLIT);
	assert_true(caps->lacks);                              /* 30000 */
	assert_true(standings.all[2].fits[0].once);            /* aligned to 4: 16720 */
	assert_u64_equal(standings.all[3].fits[0].n_times, 0); /* 16716 is not enough for 16717 */
	assert_int_equal(pool_group_name(&heap.pools[3]), 4);
}

static uint64_t times(enum pool_kind kind, uint64_t total, uint64_t free_bytes, uint64_t largest, uint64_t size_bytes,
		      bool *ret_once)
{
	struct heap_pool pool = { .kind = kind, .reported = HEAP_REPORTED_NOTHING };
	struct fit fit = { .size_bytes = size_bytes };
	struct pool_state counted;

	pool.reported.total_bytes = total;
	pool.reported.free_bytes = free_bytes;
	pool.reported.largest_free_bytes = largest;
	counted = pool_state_counted(&pool);
	report_fits(&pool, &counted, &fit, 1);
	*ret_once = fit.once;
	return fit.n_times;
}

UNIT_TEST(allocators_round)
{
	bool once;

	/* TLSF: 251044 is in the class of 249856 to 253951, of 32 of 128 KiB. */
	assert_u64_equal(times(POOL_TLSF, 4191116, 251044, 251044, 249856, &once), NOT_KNOWN);
	assert_true(once);
	assert_u64_equal(times(POOL_TLSF, 4191116, 251044, 251044, 249857, &once), 0);
	/* A pool of up to 256 KiB has 16 classes, of up to 16 KiB 8. */
	assert_u64_equal(times(POOL_TLSF, 200000, 190000, 103000, 102400, &once), NOT_KNOWN);
	assert_u64_equal(times(POOL_TLSF, 200000, 190000, 102399, 98305, &once), 0);
	assert_u64_equal(times(POOL_TLSF, 16000, 9000, 8999, 8192, &once), NOT_KNOWN);
	assert_u64_equal(times(POOL_TLSF, 16000, 9000, 9000, 8196, &once), 0);
	/* Small ones are exact, but for the alignment. */
	assert_u64_equal(times(POOL_TLSF, 4191116, 100, 100, 97, &once), NOT_KNOWN);
	assert_u64_equal(times(POOL_TLSF, 4191116, 100, 96, 97, &once), 0);
	assert_u64_equal(times(POOL_FREERTOS, 40000, 1000, 996, 994, &once), 0);
	assert_u64_equal(times(POOL_FREERTOS, 40000, 1000, 1000, 994, &once), NOT_KNOWN);
	/* A file needs no piece; of newlib's heap the largest block is not known. */
	assert_u64_equal(times(POOL_RAMFS, 40000, 1000, NOT_KNOWN, 1000, &once), NOT_KNOWN);
	assert_true(once);
	assert_u64_equal(times(POOL_NEWLIB, 40000, 1000, NOT_KNOWN, 1000, &once), NOT_KNOWN);
	assert_false(once);
	assert_u64_equal(times(POOL_NEWLIB, 40000, 1000, NOT_KNOWN, 1001, &once), 0);
}

/* The agent has rounded already. */
UNIT_TEST(a_reported_fit_is_exact)
{
	struct heap_pool pool = { .kind = POOL_NEWLIB, .reported = HEAP_REPORTED_NOTHING };
	struct fit fits[2] = { { .size_bytes = 1004 }, { .size_bytes = 1005 } };
	struct pool_state counted;

	pool.reported.largest_fit_bytes = 1004;
	pool.reported.largest_free_bytes = 1012;
	counted = pool_state_counted(&pool);
	report_fits(&pool, &counted, fits, 2);
	assert_true(fits[0].once);
	assert_u64_equal(fits[1].n_times, 0);
}
