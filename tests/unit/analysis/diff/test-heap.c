/* Heaps made by hand, block by block. */
#include "memprof/analysis/diff.h"

#include "unit.h"

static struct heap old_heap, new_heap;
static struct diff diff;
static struct diag diag;
static struct diff_options options;

UNIT_BEFORE(begin)
{
	heap_init(&old_heap);
	heap_init(&new_heap);
	options = (struct diff_options){ 0 };
	diag = (struct diag){ 0 };
}

UNIT_AFTER(end)
{
	diff_deinit(&diff);
	heap_deinit(&old_heap);
	heap_deinit(&new_heap);
}

/* A pool of one area, a letter for each block. */
static struct heap_pool *make(struct heap *heap, const char *name, uint64_t base, const char *blocks)
{
	struct heap_pool *pool;

	assert_int_equal(heap_add_pool(heap, name, POOL_GC, &pool), 0);
	pool->block_bytes = 16;
	assert_int_equal(heap_add_area(pool, base), 0);
	for (; *blocks; blocks++)
		assert_int_equal(heap_append(pool, (uint8_t)*blocks, 1), 0);
	heap_seal(heap);
	return pool;
}

static void compare(void)
{
	if (diff_heaps(&diff, &old_heap, &new_heap, &options, &diag) < 0)
		fail_msg("%s", diag.text);
}

static void run(size_t i, uint64_t start, uint64_t size_bytes, char old_kind, char new_kind)
{
	assert_true(i < diff.n_runs);
	assert_u64_equal(diff.runs[i].start, start);
	assert_u64_equal(diff.runs[i].size_bytes, size_bytes);
	assert_int_equal(diff.runs[i].old_kind, old_kind);
	assert_int_equal(diff.runs[i].new_kind, new_kind);
}

UNIT_TEST(a_heap_is_like_itself)
{
	make(&old_heap, "gc", 0x20000000, "h==.TL=A==..");
	make(&new_heap, "gc", 0x20000000, "h==.TL=A==..");
	compare();
	assert_u64_equal(diff.n_differences, 0);
	assert_u64_equal(diff.n_notes, 0);
}

UNIT_TEST(figures_kinds_and_runs)
{
	static const struct {
		uint64_t was, is;
	} figures[N_DIFF_FIGURES] = {
		{ 192, 192 }, { 96, 144 }, { 96, 48 }, { 64, 32 }, { 3, 4 }, { 3, 2 },
	};

	make(&old_heap, "gc", 0x20000000, "h==.L=.A....");
	make(&new_heap, "gc", 0x20000000, "h==.D=TT===.");
	/* free: 1 1 4 blocks, then 1 1 */
	compare();
	assert_u64_equal(diff.n_pools, 1);
	assert_u64_equal(diff.pools[0].figures[DIFF_USED_BYTES].old_value, figures[DIFF_USED_BYTES].was);
	assert_u64_equal(diff.pools[0].figures[DIFF_USED_BYTES].new_value, 160);
	assert_u64_equal(diff.pools[0].figures[DIFF_FREE_BYTES].old_value, figures[DIFF_FREE_BYTES].was);
	assert_u64_equal(diff.pools[0].figures[DIFF_LARGEST_FREE].old_value, figures[DIFF_LARGEST_FREE].was);
	assert_u64_equal(diff.pools[0].figures[DIFF_LARGEST_FREE].new_value, 16);
	assert_u64_equal(diff.pools[0].figures[DIFF_OBJECTS_COUNT].old_value, figures[DIFF_OBJECTS_COUNT].was);
	assert_u64_equal(diff.pools[0].figures[DIFF_FREE_RUNS].old_value, figures[DIFF_FREE_RUNS].was);
	assert_u64_equal(diff.pools[0].figures[DIFF_FREE_RUNS].new_value, figures[DIFF_FREE_RUNS].is);
	const struct diff_list *pools = &diff.lists[DIFF_POOLS], *kinds = &diff.lists[DIFF_KINDS];
	assert_u64_equal(pools->n_rows, 1);
	assert_int_equal(pools->rows[0].change, CHANGE_GROWN);
	assert_int_equal(pools->rows[0].delta_bytes, 64);
	assert_u64_equal(kinds->n_rows, 4);
	assert_string_equal(kinds->rows[0].name, "T");
	assert_int_equal(kinds->rows[0].delta_bytes, 80);
	assert_u64_equal(kinds->rows[0].new_count, 2);
	assert_string_equal(kinds->rows[1].name, "D");
	assert_string_equal(kinds->rows[2].name, "L");
	assert_string_equal(kinds->rows[3].name, "A");
	assert_int_equal(kinds->rows[3].change, CHANGE_REMOVED);
	assert_u64_equal(diff.n_runs, 4);
	run(0, 0x20000040, 32, 'L', 'D');
	run(1, 0x20000060, 16, '.', 'T');
	run(2, 0x20000070, 16, 'A', 'T');
	run(3, 0x20000080, 48, '.', 'T');
	assert_u64_equal(diff.n_differences, 1 + 4 + 4);
}

UNIT_TEST(boundaries_of_objects_are_seen)
{
	make(&old_heap, "gc", 0x1000, "h===.");
	make(&new_heap, "gc", 0x1000, "h=h=.");
	compare();
	assert_u64_equal(diff.n_runs, 1);
	run(0, 0x1020, 16, '=', 'h');
	assert_int_equal(diff.lists[DIFF_POOLS].rows[0].change, CHANGE_MOVED); /* as many bytes, one object more */
}

/* What is unknown in one of them has not changed. */
UNIT_TEST(missing_rows_are_no_change)
{
	make(&old_heap, "gc", 0x1000, "hh  ..");
	make(&new_heap, "gc", 0x1000, "h=hh.h");
	compare();
	assert_u64_equal(diff.n_runs, 2);
	run(0, 0x1010, 16, 'h', '=');
	run(1, 0x1050, 16, '.', 'h');
	assert_u64_equal(diff.n_notes, 1);
	assert_non_null(strstr(diff.notes[0], "2 blocks are not known"));
}

UNIT_TEST(heaps_at_other_addresses_have_no_runs)
{
	make(&old_heap, "gc", 0x1000, "hh..");
	make(&new_heap, "gc", 0x2000, "h...");
	compare();
	assert_u64_equal(diff.n_runs, 0);
	assert_false(diff.lists[DIFF_RUNS].compared);
	assert_true(diff.lists[DIFF_KINDS].compared);
	assert_string_equal(diff.notes[0], "Pool gc lies at other addresses, so blocks are not compared.");
	assert_int_equal(diff.lists[DIFF_POOLS].rows[0].delta_bytes, -16);
}

UNIT_TEST(dumps_without_a_table_are_said)
{
	static const char *const blocks[] = { "", "hh.." }, *const says[] = {
		"Pool gc: neither dump has a block table, so blocks are not compared.",
		"Pool gc: the new dump does not have a block table, so blocks are not compared.",
		"Pool gc: the old dump does not have a block table, so blocks are not compared.",
	};

	for (size_t i = 0; i < ARRAY_SIZE(says); i++) {
		begin();
		make(&old_heap, "gc", 0x1000, blocks[i == 1]);
		make(&new_heap, "gc", 0x1000, blocks[i == 2]);
		compare();
		assert_string_equal(diff.notes[0], says[i]);
		end();
	}
}

UNIT_TEST(areas_that_grew_are_compared_as_far_as_they_go)
{
	make(&old_heap, "gc", 0x1000, "hh..");
	make(&new_heap, "gc", 0x1000, "hhA=hh");
	compare();
	assert_u64_equal(diff.n_runs, 1);
	run(0, 0x1020, 32, '.', 'A');
	assert_non_null(strstr(diff.notes[0], "2 blocks that only one of them has"));
}

UNIT_TEST(pools_come_and_go)
{
	make(&old_heap, "gc", 0x1000, "hh..");
	make(&old_heap, "gone", 0x3000, "h.");
	make(&new_heap, "gc", 0x1000, "hh..");
	make(&new_heap, "fresh", 0x4000, "hhh");
	compare();
	const struct diff_list *pools = &diff.lists[DIFF_POOLS];
	assert_u64_equal(pools->n_rows, 2);
	assert_string_equal(pools->rows[0].name, "fresh");
	assert_int_equal(pools->rows[0].change, CHANGE_ADDED);
	assert_string_equal(pools->rows[1].name, "gone");
	assert_int_equal(pools->rows[1].change, CHANGE_REMOVED);
	assert_u64_equal(diff.lists[DIFF_KINDS].n_rows, 2);
}

UNIT_TEST(no_pool_in_common_is_an_error)
{
	make(&old_heap, "gc", 0x1000, "hh..");
	make(&new_heap, "tlsf", 0x1000, "hh..");
	assert_int_equal(diff_heaps(&diff, &old_heap, &new_heap, &options, &diag), -EINVAL);
}

UNIT_TEST(thresholds_hold_for_runs)
{
	make(&old_heap, "gc", 0x1000, "h.....");
	make(&new_heap, "gc", 0x1000, "h.h.h=");
	options.threshold_bytes = 32;
	compare();
	assert_u64_equal(diff.n_runs, 1);
	run(0, 0x1040, 32, '.', 'h');
}
