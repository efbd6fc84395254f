#include "memprof/analysis/bursts.h"

#include <math.h>

#include "memprof/model/heap.h"
#include "unit.h"

static void assert_weight(const struct burst *burst, double expected)
{
	assert_true(fabs(burst->weight - expected) < 1e-9);
}

UNIT_TEST(equal_bursts_stand_for_the_step_and_themselves)
{
	struct burst bursts[20];

	for (size_t i = 0; i < 20; i++)
		bursts[i] = (struct burst){ .step_bytes = 4500, .n_bytes = 500 };
	bursts_weigh(bursts, 20, 0);
	for (size_t i = 0; i < 20; i++)
		assert_weight(&bursts[i], 10);
}

/* As much again came after the last one: all of them stand for it. */
UNIT_TEST(what_follows_the_last_burst_is_shared)
{
	struct burst bursts[20];

	for (size_t i = 0; i < 20; i++)
		bursts[i] = (struct burst){ .step_bytes = 4500, .n_bytes = 500 };
	bursts_weigh(bursts, 20, 100000);
	for (size_t i = 0; i < 20; i++)
		assert_weight(&bursts[i], 20);
}

/* Compared with those around it, not with itself: its allocations count for more than those of a small one. */
UNIT_TEST(a_large_one_among_small_ones)
{
	struct burst bursts[9];

	for (size_t i = 0; i < 9; i++)
		bursts[i] = (struct burst){ .step_bytes = 1600, .n_bytes = i == 4 ? 900 : 100 };
	bursts_weigh(bursts, 9, 0);
	double mean = 1700.0 / 9;
	assert_weight(&bursts[4], 2500 / mean);
	assert_weight(&bursts[3], 1700 / (1600.0 / 8)); /* the last one is too far away */
}

/* Each phase of a program is weighed by its own bursts. */
UNIT_TEST(only_those_nearby)
{
	struct burst bursts[30];

	for (size_t i = 0; i < 30; i++)
		bursts[i] = (struct burst){ .step_bytes = 1000, .n_bytes = i < 15 ? 100 : 10000 };
	bursts_weigh(bursts, 30, 0);
	assert_weight(&bursts[0], 11);
	assert_weight(&bursts[29], 1.1);
}

/* What was allocated before them counts all the same: 800 bytes each, and 1000 with the one that is not empty. */
UNIT_TEST(empty_ones_have_no_weight)
{
	struct burst bursts[] = { { 800 }, { 800, .n_bytes = 200 }, { 800 } };

	bursts_weigh(bursts, 3, 0);
	assert_weight(&bursts[0], 0);
	assert_weight(&bursts[1], 13);
	assert_weight(&bursts[2], 0);
	bursts_weigh(bursts, 0, 0);
}

/* Two of ten were observed: the burst has five times their bytes. */
UNIT_TEST(what_was_not_observed_in_it)
{
	struct burst bursts[3];

	for (size_t i = 0; i < 3; i++)
		bursts[i] = (struct burst){ 1000, .n_bytes = 200, .n_observed = 2, .n_in_it = 10 };
	bursts[2].n_in_it = 0; /* not known */
	bursts_weigh(bursts, 3, 0);
	assert_weight(&bursts[0], 10);
	assert_weight(&bursts[1], 10);
	assert_weight(&bursts[2], 6);
}

/* A burst after four times as much stands for four times as many. */
UNIT_TEST(a_step_that_is_doubled)
{
	struct burst bursts[] = { { 900, .n_bytes = 100 }, { 900, .n_bytes = 100 }, { 3900, .n_bytes = 100 } };

	bursts_weigh(bursts, 3, 0);
	assert_weight(&bursts[1], 10);
	assert_weight(&bursts[2], 40);
}

/* In a full heap the next collection comes before the step. */
UNIT_TEST(what_is_left_out_of_a_full_heap)
{
	assert_true(fabs(bursts_chance(64, 100000) - 0.00064) < 1e-6);
	assert_true(fabs(bursts_chance(100000, 100000) - (1 - exp(-1))) < 1e-9);
	assert_true(bursts_chance(1 << 20, 4096) > 0.999999);
	assert_true(bursts_chance(0, 4096) == 0);
	assert_true(bursts_chance(64, 0) > 0.999999);
}

/* ---- how exact they are ---- */

static double independent_of(const struct burst_part *parts, size_t n_parts, size_t n_lines)
{
	double ret;

	assert_int_equal(bursts_independent(parts, n_parts, n_lines, &ret), 0);
	return ret;
}

/* Each burst has one line alone: it is one sample. */
UNIT_TEST(a_burst_is_one_sample)
{
	struct burst_part parts[14 * 100];

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		parts[i] = (struct burst_part){ .i_burst = i / 14, .line = i / 14 % 2, .bytes = 32 };
	assert_true(fabs(independent_of(parts, ARRAY_SIZE(parts), 2) - 99) < 1e-6);
}

/* Each has both lines in the same proportion: nothing varies. */
UNIT_TEST(bursts_that_are_alike)
{
	struct burst_part parts[14 * 10];

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		parts[i] = (struct burst_part){ .i_burst = i / 14, .line = i % 2, .bytes = 32 };
	assert_true(fabs(independent_of(parts, ARRAY_SIZE(parts), 2) - 10 * 10 / 9.0) <
		    1e-9); /* 3 in 10 may be others */
}

/* The line of one large buffer is hardly known, whatever the others are. */
UNIT_TEST(one_large_request)
{
	struct burst_part parts[14 * 10];

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		parts[i] = (struct burst_part){ .i_burst = i / 14, .line = i % 2, .bytes = 32 };
	parts[50] = (struct burst_part){ .i_burst = 3, .line = 2, .bytes = 10000 };
	assert_true(independent_of(parts, ARRAY_SIZE(parts), 3) < 5);
}

UNIT_TEST(none_at_all)
{
	const struct burst_part empty = { 0, 0, 0 };

	assert_true(independent_of(NULL, 0, 0) == 0);
	assert_true(independent_of(&empty, 1, 1) == 1);
}

/* ---- what is left ---- */

enum { F = BLOCK_FREE, H = BLOCK_HEAD, T = BLOCK_TAIL };

/* A table of eight blocks that grew, in one of two bursts that each stand for four; and small objects, of which as many
 * are there as they stand for. What was there at the beginning does not count. */
UNIT_TEST(a_large_block_is_one)
{
	static const uint8_t first[] = { H, T, T, T, T, T, T, T, F, F, F, F, F, F, F, F, F, F, F, F };
	static const uint8_t last[] = { H, T, T, T, T, T, T, T, H, T, T, T, T, T, T, T, H, H, H, H };
	struct burst_left left[] = { { .i_block = 8, .blocks = 32 },
				     { .i_block = 16, .blocks = 1 },
				     { .i_block = 18, .blocks = 2 } };

	bursts_left(left, ARRAY_SIZE(left), first, last, ARRAY_SIZE(first), 16);
	assert_true(fabs(left[0].part - 0.25) < 1e-9);
	assert_true(left[1].part == 1 && left[2].part == 1);
	left[1].blocks = 6; /* eight, of four */
	bursts_left(left, ARRAY_SIZE(left), first, last, ARRAY_SIZE(first), 16);
	assert_true(fabs(left[1].part - 0.5) < 1e-9 && fabs(left[2].part - 0.5) < 1e-9);
}

/* The last object ends with the heap; and one that nothing is left of. */
UNIT_TEST(the_end_of_the_heap)
{
	static const uint8_t first[] = { F, F, F, F }, last[] = { F, F, H, T };
	struct burst_left left = { .i_block = 2, .blocks = 2 };

	bursts_left(&left, 1, first, last, ARRAY_SIZE(first), 16);
	assert_true(left.part == 1);
	bursts_left(&left, 1, last, last, ARRAY_SIZE(first), 16);
	assert_true(left.part == 0);
}
