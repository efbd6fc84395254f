#include "heap-fixture.h"
#include "memprof/analysis/report.h"
#include "pools.h"
#include "unit.h"

/* ---- verdicts ---- */

static const struct reference_snapshot nobody;

static struct reference_snapshot reference(uint64_t free_bytes, uint64_t lfb_bytes)
{
	return (struct reference_snapshot){
		.n_dump = 1,
		.largest_area_bytes = NOT_KNOWN,
		.summary = { .total_bytes = NOT_KNOWN, .free_bytes = free_bytes, .lfb_bytes = lfb_bytes }
	};
}

static void assert_verdict(enum failure failure, uint64_t asked_bytes, struct reference_snapshot near,
			   enum verdict expected)
{
	assert_int_equal(report_verdict(failure, asked_bytes, &near), expected);
}

UNIT_TEST(a_size_against_a_heap)
{
	assert_verdict(FAILURE_ASKED, 1001, reference(1000, 500), VERDICT_OUT_OF_MEMORY);
	assert_verdict(FAILURE_ASKED, 1000, reference(1000, 500), VERDICT_FRAGMENTED);
	assert_verdict(FAILURE_ASKED, 501, reference(1000, 500), VERDICT_FRAGMENTED);
	assert_verdict(FAILURE_ASKED, 500, reference(1000, 500), VERDICT_FITS_NOW);
	assert_verdict(FAILURE_ASKED, 1, reference(0, 0), VERDICT_OUT_OF_MEMORY);
}

UNIT_TEST(a_heap_that_does_not_tell)
{
	assert_verdict(FAILURE_ASKED, 500, nobody, VERDICT_UNKNOWN);
	assert_verdict(FAILURE_ASKED, 500, reference(NOT_KNOWN, NOT_KNOWN), VERDICT_UNKNOWN);
	assert_verdict(FAILURE_ASKED, 500, reference(1000, NOT_KNOWN), VERDICT_UNKNOWN);
	assert_verdict(FAILURE_ASKED, 1001, reference(1000, NOT_KNOWN), VERDICT_OUT_OF_MEMORY);
}

/* Without a size the heap is locked, or it has no room even for the message. */
UNIT_TEST(a_message_without_a_size)
{
	assert_verdict(FAILURE_UNSIZED, NOT_KNOWN, reference(100000, 50000), VERDICT_UNKNOWN);
	assert_verdict(FAILURE_UNSIZED, NOT_KNOWN, reference(200, 127), VERDICT_OUT_OF_MEMORY);
	assert_verdict(FAILURE_UNSIZED, NOT_KNOWN, reference(200, 128), VERDICT_UNKNOWN);
	assert_verdict(FAILURE_UNSIZED, NOT_KNOWN, reference(0, 0), VERDICT_OUT_OF_MEMORY);
	assert_verdict(FAILURE_UNSIZED, NOT_KNOWN, reference(200, NOT_KNOWN), VERDICT_UNKNOWN);
	assert_verdict(FAILURE_UNSIZED, NOT_KNOWN, nobody, VERDICT_UNKNOWN);
}

UNIT_TEST(what_the_message_itself_tells)
{
	assert_verdict(FAILURE_LOCKED, NOT_KNOWN, nobody, VERDICT_LOCKED);
	assert_verdict(FAILURE_LOCKED, NOT_KNOWN, reference(0, 0), VERDICT_LOCKED);
	assert_verdict(FAILURE_OTHER_POOL, NOT_KNOWN, nobody, VERDICT_OTHER_POOL);
	assert_verdict(FAILURE_OTHER_POOL, 512, reference(0, 0), VERDICT_OTHER_POOL);
}

UNIT_TEST(verdicts_have_names)
{
	for (int i = VERDICT_OUT_OF_MEMORY; i <= VERDICT_UNKNOWN; i++)
		for (int k = VERDICT_OUT_OF_MEMORY; k < i; k++)
			assert_string_not_equal(verdict_name((enum verdict)i), verdict_name((enum verdict)k));
}

/* ---- witnesses ---- */

UNIT_TEST(a_witness_knows_its_dump)
{
	struct reference_snapshot w;

	report_reference(pool_of(&heap, 32, "1h 3.", NULL), 7, 118, 160, &w);
	assert_u64_equal(w.n_dump, 7);
	assert_u64_equal(w.first_line, 118);
	assert_u64_equal(w.last_line, 160);
	assert_int_equal(w.block_bytes, 32);
	assert_u64_equal(w.summary.used_bytes, 32);
	assert_u64_equal(w.summary.lfb_bytes, 96);
}

static void assert_hole(const struct hole *h, uint64_t start, uint64_t size_bytes, char left, uint64_t left_bytes,
			char right, uint64_t right_bytes)
{
	assert_u64_equal(h->start, start);
	assert_u64_equal(h->size_bytes, size_bytes);
	assert_int_equal(h->left, left);
	assert_u64_equal(h->left_bytes, left_bytes);
	assert_int_equal(h->right, right);
	assert_u64_equal(h->right_bytes, right_bytes);
}

UNIT_TEST(holes_and_what_borders_them)
{
	struct reference_snapshot w;

	report_reference(pool_of(&heap, 16, "5. 1L 1= 9. 1D 7. 3? 2. 2=", NULL), 1, 1, 1, &w);
	assert_int_equal(w.n_holes, 4);
	assert_hole(&w.holes[0], POOL_AREA(0) + 7 * 16, 9 * 16, 'L', 32, 'D', 16);
	assert_hole(&w.holes[1], POOL_AREA(0) + 17 * 16, 7 * 16, 'D', 16, BLOCK_UNKNOWN, 3 * 16);
	assert_hole(&w.holes[2], POOL_AREA(0), 5 * 16, BLOCK_UNKNOWN, 0, 'L', 32);
	assert_hole(&w.holes[3], POOL_AREA(0) + 27 * 16, 2 * 16, BLOCK_UNKNOWN, 3 * 16, BLOCK_TAIL, 32);
}

UNIT_TEST(holes_at_the_edges_of_areas)
{
	struct reference_snapshot w;

	report_reference(pool_of(&heap, 16, "1h 5.", "4. 1h", "3.", NULL), 1, 1, 1, &w);
	assert_int_equal(w.n_holes, 3);
	assert_hole(&w.holes[0], POOL_AREA(0) + 16, 5 * 16, 'h', 16, BLOCK_UNKNOWN, 0);
	assert_hole(&w.holes[1], POOL_AREA(1), 4 * 16, BLOCK_UNKNOWN, 0, 'h', 16);
	assert_hole(&w.holes[2], POOL_AREA(2), 3 * 16, BLOCK_UNKNOWN, 0, BLOCK_UNKNOWN, 0);
}

UNIT_TEST(the_longest_holes_are_kept)
{
	struct reference_snapshot w;

	report_reference(pool_of(&heap, 16, "3. 1h 7. 1h 1. 1h 5. 1h 9. 1h 2. 1h 8. 1h 4. 1h 6. 1h 10.", NULL), 1, 1, 1,
			 &w);
	assert_int_equal(w.n_holes, REPORT_HOLES_MAX);
	for (size_t i = 0; i < REPORT_HOLES_MAX; i++)
		assert_u64_equal(w.holes[i].size_bytes, (10 - i) * 16);
}

UNIT_TEST(of_equal_holes_the_lower_addresses)
{
	struct strbuf runs = STRBUF_INIT;
	struct reference_snapshot w;

	strbuf_repeat(&runs, "2. 1h ", 20);
	report_reference(pool_of(&heap, 16, strbuf_text(&runs), NULL), 1, 1, 1, &w);
	strbuf_deinit(&runs);
	for (size_t i = 0; i < REPORT_HOLES_MAX; i++)
		assert_u64_equal(w.holes[i].start, POOL_AREA(0) + i * 3 * 16);
}

UNIT_TEST(no_table_no_holes)
{
	struct heap_pool *pool = pool_of(&heap, 0, NULL);
	struct reference_snapshot w;

	pool->reported.free_bytes = 1000;
	report_reference(pool, 3, 1, 2, &w);
	assert_int_equal(w.n_holes, 0);
	assert_int_equal(w.block_bytes, 0);
	assert_u64_equal(w.summary.free_bytes, 1000);
}

UNIT_TEST(what_never_fits)
{
	struct reference_snapshot near = reference(1000, 500);

	near.summary.total_bytes = 4000;
	assert_false(report_never_fits(4000, &near));
	assert_true(report_never_fits(4001, &near));
	assert_false(report_never_fits(NOT_KNOWN, &near));
	assert_false(report_never_fits(4001, &nobody));
	near.growth_bytes = 100;
	assert_false(report_never_fits(4100, &near));
	assert_true(report_never_fits(4101, &near));
	near.largest_area_bytes = 1000; /* of several */
	assert_false(report_never_fits(1100, &near));
	assert_true(report_never_fits(1101, &near));
	near.summary.free_bytes = 3000;
	assert_int_equal(report_verdict(FAILURE_ASKED, 1101, &near), VERDICT_OUT_OF_MEMORY);
	near.growth_bytes = NOT_KNOWN;
	assert_false(report_never_fits(4101, &near));
	near.growth_bytes = 0;
	near.summary.total_bytes = near.largest_area_bytes = NOT_KNOWN;
	assert_false(report_never_fits(4101, &near));
}
