#include "memprof/analysis/report.h"

#include <math.h>

#include "heap-fixture.h"
#include "pools.h"
#include "unit.h"

static const struct report_options usual = { .n_culprits = 5 };

static bool near(double a, double b) { return fabs(a - b) < 1e-9; }

/* ---- what there is ---- */

UNIT_TEST(figures_of_two_areas)
{
	struct heap_pool *pool = pool_of(&heap, 16, "1T 1L 2= 4. 1D 8.", "1h 1= 20. 1A 10. 2?", NULL);
	struct pool_report r;

	report_pool(pool, true, &usual, &r);
	assert_ptr_equal(r.pool, pool);
	assert_true(r.has_table);
	assert_u64_equal(r.total_bytes, 52 * 16);
	assert_u64_equal(r.used_bytes, 8 * 16);
	assert_u64_equal(r.free_bytes, 42 * 16);
	assert_u64_equal(r.overhead_bytes, 0);
	assert_u64_equal(r.unknown_bytes, 2 * 16);
	assert_u64_equal(r.lfb_bytes, 20 * 16);
	assert_true(near(r.fragmentation, 1 - (8 + 20.0) / 42));
	assert_int_equal(r.counts.n_longest, 8 + 20);
	assert_int_equal(r.counts.n_free_areas, 2);
	assert_int_equal(r.counts.n_objects, 5);
	assert_int_equal(r.counts.n_one, 3);
	assert_int_equal(r.counts.n_two, 1);
	assert_int_equal(r.counts.n_free_runs, 4);
	assert_int_equal(r.n_differences, 0);
	assert_int_equal(r.n_culprits, 1);
}

UNIT_TEST(the_first_of_several_largest_holes)
{
	struct pool_report r;

	report_pool(pool_of(&heap, 16, "1.", "4. 1h 4.", "4.", NULL), true, &usual, &r);
	assert_u64_equal(r.lfb_bytes, 64);
}

UNIT_TEST(a_full_pool_is_not_fragmented)
{
	struct pool_report r;

	report_pool(pool_of(&heap, 16, "1h 9=", NULL), true, &usual, &r);
	assert_u64_equal(r.free_bytes, 0);
	assert_u64_equal(r.lfb_bytes, 0);
	assert_true(near(r.fragmentation, 0));
	assert_int_equal(report_health(&r), HEALTH_FULL);
}

/* The definition, area by area: free_i * (1 - lfb_i / free_i), over all that is free. */
UNIT_TEST(fragmentation_is_within_areas)
{
	uint32_t random = 12;

	for (unsigned round = 0; round < 500; round++) {
		struct heap_pool *pool = pool_random(&heap, 64, "h.= .", 1 + round % 5, 90, &random);
		double scattered = 0, n_free = 0;
		struct pool_summary s;

		for (uint32_t i = 0; i < pool->n_areas; i++) {
			struct area_counts c = { 0 };
			report_count(&pool->areas[i], &c);
			scattered += c.n_free ? c.n_free * (1 - (double)c.max_free / c.n_free) : 0;
			n_free += c.n_free;
		}
		report_summary(pool, &s);
		if (pool->n_blocks == 0)
			continue;
		assert_true(near(s.fragmentation, n_free > 0 ? scattered / n_free : 0));
	}
}

UNIT_TEST(empty_areas_are_split_not_fragmented)
{
	struct heap_pool *pool = pool_of(&heap, 16, "2h 98.", "100.", "100.", "100.", NULL);
	struct pool_report r;

	report_pool(pool, true, &usual, &r);
	assert_true(near(r.fragmentation, 0));
	assert_int_equal(report_health(&r), HEALTH_SPLIT);
	report_pool(pool_of(&heap, 16, "10. 1h 10. 1h 10.", "10. 1h 10. 1h 10.", NULL), true, &usual, &r);
	assert_int_equal(report_health(&r), HEALTH_FRAGMENTED);
	report_pool(pool_of(&heap, 16, "10. 90h", "100.", NULL), true, &usual, &r);
	assert_int_equal(report_health(&r), HEALTH_ROOM);
}

/* Rows after the last one there is: they are unknown, and total stays what the board says. */
UNIT_TEST(what_is_cut_is_unknown)
{
	struct heap_pool *pool = pool_of(&heap, 16, "4h 8. 2?", NULL);
	struct pool_report r;

	pool->reported.total_bytes = 20 * 16;
	pool->missing_bytes = 6 * 16;
	report_pool(pool, false, &usual, &r);
	assert_u64_equal(r.total_bytes, 20 * 16);
	assert_u64_equal(r.unknown_bytes, 8 * 16);
}

UNIT_TEST(everything_adds_up)
{
	uint32_t random = 795;

	for (unsigned round = 0; round < 2000; round++) {
		struct heap_pool *pool = pool_random(&heap, 8u << round % 4, "h.L.= m.", 1 + round % 4, 90, &random);
		uint64_t counted = (uint64_t)pool->n_blocks * pool->block_bytes;
		struct pool_report r;
		struct pool_summary s;

		if (round % 3 == 0) {
			pool->missing_bytes = next_random(&random) % 1000;
			pool->reported.total_bytes = counted + pool->missing_bytes;
		}
		assert_int_equal(heap_check(&heap), 0);
		report_pool(pool, round % 2, &usual, &r);
		if (pool->n_blocks > 0) {
			assert_u64_equal(r.used_bytes + r.free_bytes + r.overhead_bytes + r.unknown_bytes,
					 r.total_bytes);
			assert_u64_equal(r.total_bytes, counted + pool->missing_bytes);
			assert_true(r.lfb_bytes <= r.free_bytes);
			assert_true(r.fragmentation >= 0 && r.fragmentation < 1);
		}
		report_summary(pool, &s);
		assert_u64_equal(s.total_bytes, r.total_bytes);
		assert_u64_equal(s.used_bytes, r.used_bytes);
		assert_u64_equal(s.free_bytes, r.free_bytes);
		assert_u64_equal(s.lfb_bytes, r.lfb_bytes);
		assert_u64_equal(s.n_objects, r.counts.n_objects);
		assert_true(near(s.fragmentation, r.fragmentation));
	}
}

/* ---- pools without a table ---- */

static struct pool_report figures_alone(uint64_t total, uint64_t used, uint64_t free_bytes, uint64_t max_free_blocks,
					uint32_t block_bytes)
{
	struct heap_pool *pool = pool_of(&heap, block_bytes, NULL);
	struct pool_report r;

	pool->reported.total_bytes = total;
	pool->reported.used_bytes = used;
	pool->reported.free_bytes = free_bytes;
	pool->reported.max_free_blocks = max_free_blocks;
	report_pool(pool, true, &usual, &r);
	return r;
}

UNIT_TEST(what_the_board_says_is_taken)
{
	struct pool_report r = figures_alone(64512, 12000, 52512, 200, 16);

	assert_false(r.has_table);
	assert_u64_equal(r.total_bytes, 64512);
	assert_u64_equal(r.used_bytes, 12000);
	assert_u64_equal(r.free_bytes, 52512);
	assert_u64_equal(r.unknown_bytes, 0);
	assert_u64_equal(r.lfb_bytes, 3200);
	assert_true(near(r.fragmentation, 1 - 3200.0 / 52512));
	assert_int_equal(r.n_differences, 0);
	assert_int_equal(r.n_culprits, 0);
	assert_int_equal(r.n_fits, 4);
	assert_u64_equal(r.fits[0].n_times, NOT_KNOWN); /* 1K: yes, but nobody knows how often */
	assert_u64_equal(r.fits[1].n_times, 0);         /* 4K */
	assert_true(r.fits[0].unusable < 0);
	assert_false(r.fits[1].has_window);
}

UNIT_TEST(without_a_block_size_the_largest_hole_is_not_known)
{
	struct pool_report r = figures_alone(64512, 12000, 52512, 200, 0);

	assert_u64_equal(r.lfb_bytes, NOT_KNOWN);
	assert_true(r.fragmentation < 0);
	assert_u64_equal(r.fits[2].n_times, NOT_KNOWN); /* 16K */
	assert_u64_equal(r.fits[3].n_times, 0);         /* 64K: more than is free */
}

UNIT_TEST(nothing_free_is_known_to_be_nothing)
{
	struct pool_report r = figures_alone(64512, 64512, 0, NOT_KNOWN, 0);

	assert_u64_equal(r.lfb_bytes, 0);
	assert_u64_equal(r.fits[0].n_times, 0);
}

UNIT_TEST(nothing_is_known_at_all)
{
	struct pool_report r = figures_alone(NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, 0);

	assert_u64_equal(r.total_bytes, NOT_KNOWN);
	assert_u64_equal(r.lfb_bytes, NOT_KNOWN);
	assert_u64_equal(r.fits[3].n_times, NOT_KNOWN);
	assert_int_equal(report_health(&r), HEALTH_UNKNOWN);
}

/* Figures of a board are not clean either. */
UNIT_TEST(figures_that_cannot_be)
{
	struct pool_report r = figures_alone(100, 200, 300, NOT_KNOWN - 1, 64);

	assert_u64_equal(r.unknown_bytes, 0);
	assert_u64_equal(r.lfb_bytes, NOT_KNOWN);
	r = figures_alone(NOT_KNOWN - 1, NOT_KNOWN - 1, NOT_KNOWN - 1, 1, 64);
	assert_u64_equal(r.unknown_bytes, 0);
	report_health(&r);
}

/* ---- would it fit ---- */

static struct fit fit_of(struct heap_pool *pool, uint64_t size_bytes)
{
	struct report_options options = { .needs = { size_bytes }, .n_needs = 1 };
	struct pool_report r;

	report_pool(pool, true, &options, &r);
	assert_int_equal(r.n_fits, 1);
	assert_u64_equal(r.fits[0].size_bytes, size_bytes);
	return r.fits[0];
}

UNIT_TEST(it_fits_as_often_as_runs_hold_it)
{
	struct heap_pool *pool = pool_of(&heap, 16, "7. 1h 3. 1h", "2. 1h 9.", NULL);

	assert_u64_equal(fit_of(pool, 16).n_times, 21);
	assert_u64_equal(fit_of(pool, 1).n_times, 21);
	assert_u64_equal(fit_of(pool, 17).n_times, 3 + 1 + 1 + 4);
	assert_u64_equal(fit_of(pool, 3 * 16).n_times, 2 + 1 + 0 + 3);
	assert_u64_equal(fit_of(pool, 9 * 16).n_times, 1);
	assert_u64_equal(fit_of(pool, 9 * 16 + 1).n_times, 0);
}

/* By a 40th more than it is asked for, and at least 2 KiB. */
UNIT_TEST(a_heap_that_grows_needs_room_for_its_tables)
{
	struct heap_pool *pool = pool_of(&heap, 16, "7.", NULL);

	pool->reported.max_new_split_bytes = 10000;
	assert_true(fit_of(pool, 10000 - 2048).grows);
	assert_false(fit_of(pool, 10000 - 2047).grows);
	pool->reported.max_new_split_bytes = 1024 << 10;
	assert_true(fit_of(pool, 980 << 10).grows);
	assert_false(fit_of(pool, 1000 << 10).grows);
}

UNIT_TEST(what_lies_in_shorter_runs_is_unusable)
{
	struct heap_pool *pool = pool_of(&heap, 16, "7. 1h 3. 1h 2. 1h 8.", NULL);

	assert_true(near(fit_of(pool, 16).unusable, 0));
	assert_true(near(fit_of(pool, 3 * 16).unusable, 2.0 / 20));
	assert_true(near(fit_of(pool, 8 * 16).unusable, 12.0 / 20));
	assert_true(near(fit_of(pool, 9 * 16).unusable, 1));
	assert_true(near(fit_of(pool_of(&heap, 16, "9h", NULL), 16).unusable, 0));
}

/* Only where it does not fit is there anything to clear. */
UNIT_TEST(a_window_where_it_does_not_fit)
{
	struct heap_pool *pool = pool_of(&heap, 16, "7. 1h 3.", NULL);

	assert_false(fit_of(pool, 7 * 16).has_window);
	assert_true(fit_of(pool, 8 * 16).has_window);
	assert_false(fit_of(pool, 12 * 16).has_window);
}

UNIT_TEST(the_usual_sizes)
{
	struct pool_report r;

	report_pool(pool_of(&heap, 16, "9.", NULL), true, &usual, &r);
	assert_int_equal(r.n_fits, 4);
	for (size_t i = 0; i < 4; i++)
		assert_u64_equal(r.fits[i].size_bytes, UINT64_C(1024) << 2 * i);
}

UNIT_TEST(as_many_culprits_as_asked)
{
	struct heap_pool *pool;
	struct strbuf runs = STRBUF_INIT;
	struct pool_report r;

	strbuf_puts(&runs, "1.");
	strbuf_repeat(&runs, " 1h 1.", 200);
	pool = pool_of(&heap, 16, strbuf_text(&runs), NULL);
	strbuf_deinit(&runs);
	for (size_t n = 0; n < 200; n += 7) {
		struct report_options options = { .n_culprits = n };
		report_pool(pool, true, &options, &r);
		assert_int_equal(r.n_culprits, MIN(n, (size_t)REPORT_CULPRITS_MAX));
	}
}

/* ---- counted is not what the board says ---- */

static size_t differences_of(const struct heap_reported *said, bool complete, struct pool_report *ret)
{
	struct heap_pool *pool = pool_of(&heap, 16, "1T 1L 1= 3. 1D 2= 8.", NULL);

	pool->reported = *said;
	report_pool(pool, complete, &usual, ret);
	return ret->n_differences;
}

static const struct heap_reported right = {
	.total_bytes = 17 * 16,
	.used_bytes = 6 * 16,
	.free_bytes = 11 * 16,
	.one_blocks = 1,
	.two_blocks = 1,
	.max_block_blocks = 3,
	.max_free_blocks = 8,
	.max_new_split_bytes = NOT_KNOWN,
};

UNIT_TEST(no_differences)
{
	struct pool_report r;

	assert_int_equal(differences_of(&right, true, &r), 0);
	assert_int_equal(differences_of(&HEAP_REPORTED_NOTHING, true, &r), 0);
}

UNIT_TEST(every_figure_is_compared)
{
	static const struct {
		enum difference_field field;
		size_t at;
		uint64_t counted;
	} rows[] = {
		{ DIFF_USED, offsetof(struct heap_reported, used_bytes), 6 * 16 },
		{ DIFF_FREE, offsetof(struct heap_reported, free_bytes), 11 * 16 },
		{ DIFF_ONE_BLOCKS, offsetof(struct heap_reported, one_blocks), 1 },
		{ DIFF_TWO_BLOCKS, offsetof(struct heap_reported, two_blocks), 1 },
		{ DIFF_MAX_BLOCK, offsetof(struct heap_reported, max_block_blocks), 3 },
		{ DIFF_MAX_FREE, offsetof(struct heap_reported, max_free_blocks), 8 },
		{ DIFF_TOTAL, offsetof(struct heap_reported, total_bytes), 17 * 16 },
	};
	struct pool_report r;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (int more = -1; more <= 1; more += 2) {
			struct heap_reported said = right;
			uint64_t *figure = (uint64_t *)(void *)((char *)&said + rows[i].at);
			*figure += (uint64_t)more;
			assert_int_equal(differences_of(&said, true, &r), 1);
			assert_int_equal(r.differences[0].field, rows[i].field);
			assert_u64_equal(r.differences[0].reported, *figure);
			assert_u64_equal(r.differences[0].counted, rows[i].counted);
		}
	}
}

/* What is missing explains what is less. It never explains what is more. */
UNIT_TEST(a_cut_dump_explains_less)
{
	struct heap_reported said = right;
	struct pool_report r;

	said.used_bytes += 16;
	said.free_bytes += 16;
	said.one_blocks++;
	said.two_blocks--;
	said.max_block_blocks++;
	said.max_free_blocks++;
	assert_int_equal(differences_of(&said, false, &r), 0);
	said = right;
	said.used_bytes -= 16;
	said.max_free_blocks--;
	assert_int_equal(differences_of(&said, false, &r), 2);
	assert_int_equal(r.differences[0].field, DIFF_USED);
	assert_int_equal(r.differences[1].field, DIFF_MAX_FREE);
}

UNIT_TEST(differences_have_names)
{
	for (int i = DIFF_TOTAL; i <= DIFF_MAX_FREE; i++)
		for (int k = DIFF_TOTAL; k < i; k++)
			assert_string_not_equal(difference_name((enum difference_field)i),
						difference_name((enum difference_field)k));
}

/* ---- the one sentence ---- */

static enum health health_of(const char *runs)
{
	struct pool_report r;

	report_pool(pool_of(&heap, 16, runs, NULL), true, &usual, &r);
	return report_health(&r);
}

UNIT_TEST(health)
{
	assert_int_equal(health_of("500h 500."), HEALTH_ROOM);
	assert_int_equal(health_of("900h 100."), HEALTH_ROOM);
	assert_int_equal(health_of("901h 99."), HEALTH_NEARLY_FULL);
	assert_int_equal(health_of("980h 20."), HEALTH_NEARLY_FULL);
	assert_int_equal(health_of("981h 19."), HEALTH_FULL);
	assert_int_equal(health_of("100h 50. 1h 50."), HEALTH_FRAGMENTED);
	assert_int_equal(health_of("100h 49. 1h 50."), HEALTH_ROOM);
	assert_int_equal(health_of("950h 25. 1h 25."), HEALTH_NEARLY_FULL);
}

/* ---- by what it goes ---- */

static struct pool_summary judged(const struct heap_pool *pool, bool complete)
{
	struct pool_report r;
	struct pool_summary s;

	report_pool(pool, complete, &usual, &r);
	report_judged(&r, &s);
	return s;
}

UNIT_TEST(a_whole_dump_is_judged_by_what_was_counted)
{
	struct heap_pool *pool = pool_of(&heap, 16, "4h 8.", NULL);

	pool->reported = right;
	pool->reported.total_bytes = 12 * 16;
	struct pool_summary s = judged(pool, true);
	assert_u64_equal(s.free_bytes, 8 * 16);
	assert_u64_equal(s.lfb_bytes, 8 * 16);
}

UNIT_TEST(a_cut_dump_is_judged_by_what_the_board_says)
{
	struct heap_pool *pool = pool_of(&heap, 16, "4h 2. 20?", NULL);

	pool->reported = (struct heap_reported){ .largest_free_bytes = NOT_KNOWN,
						 .total_bytes = 26 * 16,
						 .used_bytes = 10 * 16,
						 .free_bytes = 16 * 16,
						 .max_free_blocks = 14 };
	struct pool_summary s = judged(pool, false);
	assert_u64_equal(s.total_bytes, 26 * 16);
	assert_u64_equal(s.used_bytes, 10 * 16);
	assert_u64_equal(s.free_bytes, 16 * 16);
	assert_u64_equal(s.lfb_bytes, 14 * 16);
	assert_true(near(s.fragmentation, 1 - 14.0 / 16));
}

UNIT_TEST(a_cut_dump_of_a_board_that_says_nothing)
{
	struct pool_summary s = judged(pool_of(&heap, 16, "4h 2. 20?", NULL), false);

	assert_u64_equal(s.free_bytes, 2 * 16);
	assert_u64_equal(s.lfb_bytes, 2 * 16);
}

/* Without a block size no number of blocks is a number of bytes, least of all 0. */
UNIT_TEST(figures_that_do_not_add_up)
{
	struct pool_report r = figures_alone(14272, 1536, 12000, 300, 0);
	struct pool_summary s;

	report_judged(&r, &s);
	assert_u64_equal(s.free_bytes, 12000);
	assert_u64_equal(s.lfb_bytes, NOT_KNOWN);
	assert_true(s.fragmentation < 0);
	assert_int_equal(report_health(&r), HEALTH_ROOM);
}

/* A series goes by the board's own figures, and counts only where it says none. */
UNIT_TEST(what_is_said_and_what_is_counted)
{
	struct heap_pool *pool = pool_of(&heap, 16, "4h 20.", NULL);
	struct pool_summary s;

	summarize_reported(pool, &s);
	assert_u64_equal(s.used_bytes, 4 * 16);
	assert_u64_equal(s.lfb_bytes, 20 * 16);
	pool->reported = (struct heap_reported){ 400, 100, 300, 1, 1, 1, 10, NOT_KNOWN, NOT_KNOWN };
	summarize_reported(pool, &s);
	assert_u64_equal(s.used_bytes, 100);
	assert_u64_equal(s.free_bytes, 300);
	assert_u64_equal(s.lfb_bytes, 10 * 16);
}
