#include "memprof/model/heap.h"

#include "unit.h"

static struct heap heap;
static struct heap_pool *pool;

/* A pool of one area at 0x1000, blocks of 16 bytes. */
static int one_area(void **state)
{
	(void)state;
	heap_init(&heap);
	assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &pool), 0);
	assert_int_equal(heap_add_area(pool, 0x1000), 0);
	pool->block_bytes = 16;
	return 0;
}

static int no_pool(void **state)
{
	(void)state;
	heap_init(&heap);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	heap_deinit(&heap);
	return 0;
}

static void append_text(const char *kinds)
{
	uint32_t n = (uint32_t)strlen(kinds);
	uint8_t *at = heap_extend(pool, n);

	assert_non_null(at);
	memcpy(at, kinds, n);
}

static void assert_kinds(const struct heap_area *area, const char *expected)
{
	assert_int_equal(area->n_blocks, strlen(expected));
	assert_memory_equal(area->kinds, expected, strlen(expected));
}

UNIT_TEST_WITH(nothing_is_known_at_first, no_pool, tear_down)
{
	assert_int_equal(heap.n_pools, 0);
	assert_int_equal(heap.problem, HEAP_WHOLE);
	assert_u64_equal(heap.stack_used_bytes, NOT_KNOWN);
	assert_u64_equal(heap.stack_limit_bytes, NOT_KNOWN);
	assert_u64_equal(heap.qstr.n_pools, NOT_KNOWN);
	assert_int_equal(heap_check(&heap), 0);
	heap_deinit(&heap);
}

UNIT_TEST(deinit_of_all_zero)
{
	struct heap zero = { 0 };

	heap_deinit(&zero);
}

UNIT_TEST_WITH(a_new_pool_starts_without_the_old_ones_figures, one_area, tear_down)
{
	append_text("h==.");
	pool->reported.total_bytes = 64;
	pool->missing_bytes = 3;
	heap_note(&heap, HEAP_CUT, 12);
	heap.stack_used_bytes = 5;
	heap_reset(&heap);
	assert_int_equal(heap_add_pool(&heap, "a name longer than it may be", POOL_TLSF, &pool), 0);
	assert_string_equal(pool->name, "a name longer t");
	assert_int_equal(pool->kind, POOL_TLSF);
	assert_int_equal(pool->block_bytes, 0);
	assert_int_equal(pool->n_areas, 0);
	assert_int_equal(pool->n_blocks, 0);
	assert_u64_equal(pool->missing_bytes, 0);
	assert_memory_equal(&pool->reported, &HEAP_REPORTED_NOTHING, sizeof(pool->reported));
	assert_int_equal(heap.problem, HEAP_WHOLE);
	assert_u64_equal(heap.problem_line, 0);
	assert_u64_equal(heap.stack_used_bytes, NOT_KNOWN);
}

UNIT_TEST_WITH(areas_lie_one_after_another, one_area, tear_down)
{
	append_text("h==.");
	assert_int_equal(heap_append(pool, BLOCK_FREE, 3), 0);
	assert_int_equal(heap_add_area(pool, 0x9000), 0);
	append_text("TT");
	heap_seal(&heap);
	assert_int_equal(pool->n_blocks, 9);
	assert_u64_equal(pool->areas[1].base, 0x9000);
	assert_int_equal(pool->areas[1].i_first, 7);
	assert_kinds(&pool->areas[0], "h==....");
	assert_kinds(&pool->areas[1], "TT");
	assert_int_equal(heap_check(&heap), 0);
}

UNIT_TEST_WITH(a_hole_opens_anywhere_in_the_last_area, one_area, tear_down)
{
	append_text("DD");
	assert_int_equal(heap_add_area(pool, 0x9000), 0);
	append_text("h==.");
	assert_int_equal(heap_insert_unknown(pool, 4, 1), 0); /* at the end */
	assert_int_equal(heap_insert_unknown(pool, 1, 2), 0);
	assert_int_equal(heap_insert_unknown(pool, 0, 1), 0);
	heap_seal(&heap);
	assert_kinds(&pool->areas[0], "DD");
	assert_kinds(&pool->areas[1], " h  ==. ");
	assert_int_equal(pool->n_blocks, 10);
	assert_int_equal(heap_check(&heap), 0);
}

/* Also when the kinds must move to a larger place while the hole opens. */
UNIT_TEST_WITH(a_large_hole, one_area, tear_down)
{
	append_text("hD");
	assert_int_equal(heap_insert_unknown(pool, 1, 100000), 0);
	heap_seal(&heap);
	assert_int_equal(pool->areas[0].n_blocks, 100002);
	assert_int_equal(pool->areas[0].kinds[0], 'h');
	assert_int_equal(pool->areas[0].kinds[100001], 'D');
	for (uint32_t i = 1; i <= 100000; i++)
		assert_int_equal(pool->areas[0].kinds[i], BLOCK_UNKNOWN);
}

/* ---- bounds ---- */

UNIT_TEST_WITH(pools_are_bounded, no_pool, tear_down)
{
	for (int i = 0; i < HEAP_POOLS_MAX; i++)
		assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &pool), 0);
	assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &pool), -E2BIG);
	assert_int_equal(heap.n_pools, HEAP_POOLS_MAX);
}

UNIT_TEST_WITH(tasks_are_copied_and_bounded, one_area, tear_down)
{
	struct heap copy;
	struct heap_task task = { .name = "radio", .stack_bytes = 640, .least_free_bytes = 104 };

	heap_init(&copy);
	for (uint64_t i = 0; i < HEAP_TASKS_MAX; i++) {
		task.start = 0x20000000 + i;
		assert_int_equal(heap_add_task(&heap, &task), 0);
	}
	assert_int_equal(heap_add_task(&heap, &task), -E2BIG);
	heap.tasks_missing = true;
	heap_seal(&heap);
	assert_int_equal(heap_copy(&copy, &heap), 0);
	assert_int_equal(copy.n_tasks, HEAP_TASKS_MAX);
	assert_true(copy.tasks_missing);
	assert_memory_equal(copy.tasks, heap.tasks, HEAP_TASKS_MAX * sizeof(task));
	heap_reset(&copy);
	assert_int_equal(copy.n_tasks, 0);
	assert_false(copy.tasks_missing);
	heap_deinit(&copy);
}

UNIT_TEST_WITH(areas_are_bounded, one_area, tear_down)
{
	for (uint64_t i = 1; i < HEAP_AREAS_MAX; i++)
		assert_int_equal(heap_add_area(pool, i), 0);
	assert_int_equal(heap_add_area(pool, 7), -E2BIG);
	assert_int_equal(pool->n_areas, HEAP_AREAS_MAX);
}

UNIT_TEST_WITH(blocks_are_bounded, one_area, tear_down)
{
	assert_int_equal(heap_append(pool, BLOCK_FREE, HEAP_BLOCKS_MAX - 1), 0);
	assert_null(heap_extend(pool, 2));
	assert_null(heap_extend(pool, UINT32_MAX));
	assert_int_equal(heap_append(pool, BLOCK_FREE, 2), -E2BIG);
	assert_int_equal(heap_insert_unknown(pool, 0, 2), -E2BIG);
	assert_int_equal(pool->n_blocks, HEAP_BLOCKS_MAX - 1);
	assert_int_equal(heap_append(pool, BLOCK_HEAD, 1), 0);
	assert_null(heap_extend(pool, 1));
	heap_seal(&heap);
	assert_int_equal(heap_check(&heap), 0);
}

UNIT_TEST_WITH(no_blocks_without_an_area, no_pool, tear_down)
{
	assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &pool), 0);
	assert_null(heap_extend(pool, 1));
}

/* ---- texts ---- */

UNIT_TEST_WITH(the_first_problem_wins, no_pool, tear_down)
{
	heap_note(&heap, HEAP_ROWS_MISSING, 12);
	heap_note(&heap, HEAP_CUT, 99);
	assert_int_equal(heap.problem, HEAP_ROWS_MISSING);
	assert_u64_equal(heap.problem_line, 12);
}

UNIT_TEST_WITH(swap_exchanges_everything, one_area, tear_down)
{
	struct heap b;

	append_text("h=");
	heap_init(&b);
	heap_seal(&heap);
	heap_note(&heap, HEAP_CUT, 3);
	heap_swap(&heap, &b);
	assert_int_equal(heap.n_pools, 0);
	assert_int_equal(heap.problem, HEAP_WHOLE);
	assert_int_equal(b.problem, HEAP_CUT);
	assert_kinds(&b.pools[0].areas[0], "h=");
	heap_deinit(&b);
}

UNIT_TEST_WITH(check_finds_what_does_not_add_up, one_area, tear_down)
{
	append_text("h==.");
	assert_int_equal(heap_check(&heap), -EINVAL); /* not sealed */
	heap_seal(&heap);
	assert_int_equal(heap_check(&heap), 0);
	pool->reported.total_bytes = 96;
	assert_int_equal(heap_check(&heap), -EINVAL); /* two blocks are not accounted for */
	pool->missing_bytes = 32;
	assert_int_equal(heap_check(&heap), 0);
	pool->block_bytes = 24;
	assert_int_equal(heap_check(&heap), -EINVAL); /* no such block size */
	pool->block_bytes = 32;
	assert_int_equal(heap_check(&heap), 0); /* more than total: a difference */
	pool->n_blocks = 5;
	assert_int_equal(heap_check(&heap), -EINVAL);
	pool->n_blocks = 4;
	pool->areas[0].i_first = 1;
	assert_int_equal(heap_check(&heap), -EINVAL);
}

/* Counted from an end that is not known, they wrap: as bytes of a stack they cannot be. */
UNIT_TEST_WITH(a_stack_that_is_not_plausible_is_not_known, no_pool, tear_down)
{
	static const struct {
		uint64_t used, limit, expected_used, expected_limit;
		bool is_odd;
	} rows[] = {
		{ 520, 7936, 520, 7936, false },
		{ 8100, 7936, 8100, 7936, false }, /* the limit leaves room */
		{ NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, false },
		{ 520, 4294917120, 520, NOT_KNOWN, true },
		{ 4294923312, 7168, NOT_KNOWN, 7168, true },
		{ UINT64_C(0xffffffffffff0000), NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		heap_reset(&heap);
		heap.stack_used_bytes = rows[i].used;
		heap.stack_limit_bytes = rows[i].limit;
		heap_seal(&heap);
		assert_u64_equal(heap.stack_used_bytes, rows[i].expected_used);
		assert_u64_equal(heap.stack_limit_bytes, rows[i].expected_limit);
		assert_int_equal(heap.is_stack_odd, rows[i].is_odd);
	}
}

UNIT_TEST(everything_has_a_name)
{
	static const uint8_t kinds[] = " .=hmTLDSAFBM";

	for (size_t i = 0; i + 1 < sizeof(kinds); i++)
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(block_kind_name(kinds[i]), block_kind_name(kinds[k]));
	for (int letter = 0; letter < 256; letter++)
		assert_true(block_kind_name((uint8_t)letter)[0]);
	for (int i = POOL_GC; i < N_POOL_KINDS; i++)
		assert_true(pool_kind_name((enum pool_kind)i)[0]);
	assert_null(heap_memory_name(MEMORY_NOT_KNOWN));
	for (int i = MEMORY_TCM; i <= MEMORY_FLASH; i++)
		assert_true(heap_memory_name((enum heap_memory)i)[0]);
	for (int i = HEAP_WHOLE; i <= HEAP_OTHER_COUNTS; i++)
		assert_true(heap_problem_text((enum heap_problem)i)[0]);
}

UNIT_TEST(heads_are_all_letters_but_three_signs)
{
	for (int kind = 0; kind < 256; kind++)
		assert_int_equal(block_is_head((uint8_t)kind), kind != '.' && kind != '=' && kind != ' ');
}

UNIT_TEST(block_sizes)
{
	for (uint64_t n = 0; n < 200; n++)
		assert_int_equal(heap_block_bytes_ok(n), n == 8 || n == 16 || n == 32 || n == 64);
	assert_false(heap_block_bytes_ok(UINT64_C(1) << 32 | 16));
}

/* ---- tables as they lie in memory ---- */

UNIT_TEST_WITH(atb_has_two_bits_a_block_lowest_first, no_pool, tear_down)
{
	/* free head tail mark | head free free free | tail ... */
	static const uint8_t table[] = { 0xe4, 0x01, 0x02 };

	assert_int_equal(heap_from_atb(&heap, 0x20003e80, 32, table, 9), 0);
	assert_int_equal(heap.n_pools, 1);
	assert_string_equal(heap.pools[0].name, "gc");
	assert_int_equal(heap.pools[0].block_bytes, 32);
	assert_int_equal(heap.pools[0].n_areas, 1);
	assert_u64_equal(heap.pools[0].areas[0].base, 0x20003e80);
	assert_kinds(&heap.pools[0].areas[0], ".h=mh...=");
	assert_int_equal(heap_check(&heap), 0);
	/* again, into the same heap */
	assert_int_equal(heap_from_atb(&heap, 0, 16, table + 1, 1), 0);
	assert_kinds(&heap.pools[0].areas[0], "h");
	assert_int_equal(heap_check(&heap), 0);
}

UNIT_TEST_WITH(atb_may_not_be_too_large, no_pool, tear_down)
{
	assert_int_equal(heap_from_atb(&heap, 0, 16, (const uint8_t *)"", HEAP_BLOCKS_MAX + 1), -E2BIG);
}
