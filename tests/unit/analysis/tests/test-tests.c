#include "memprof/analysis/tests.h"
#include "unit.h"

static size_t n_of(const struct tests *t, bool files, enum test_outcome outcome)
{
	size_t n = 0;

	for (size_t k = 0; k < t->n_rows; k++)
		n += (t->rows[k].file == TESTS_NONE) == files && t->rows[k].outcome == outcome;
	return n;
}

static struct tests t;

static int set_up(void **state)
{
	(void)state;
	t = (struct tests){ .error = 0 };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_int_equal(t.error, 0);
	tests_deinit(&t);
	tests_deinit(&t);
	return 0;
}

/* So much is used, and so many collections there were, all seen. */
static struct test_moment at(uint64_t at_us, uint64_t used_bytes, uint64_t n_collections)
{
	return (struct test_moment){
		.at_us = at_us,
		.took_us = NOT_KNOWN,
		.used_bytes = used_bytes,
		.lfb_bytes = 100000 - used_bytes,
		.n_collections = n_collections,
		.n_seen = n_collections,
		.collect_us = NOT_KNOWN,
	};
}

static void begins(enum test_level level, const char *name, uint64_t used_bytes)
{
	struct test_moment moment = at(1000, used_bytes, 0);

	tests_begin(&t, level, name, &moment);
}

static void stops(enum test_level level, uint64_t used_bytes, uint64_t n_collections)
{
	struct test_moment moment = at(51000, used_bytes, n_collections);

	tests_stop(&t, level, &moment);
}

static void ends(enum test_level level, uint64_t used_bytes)
{
	struct test_moment moment = at(52000, used_bytes, 0);

	tests_end(&t, level, &moment);
}

/* From its beginning to its end, and it passed. */
static void whole(enum test_level level, const char *name, uint64_t before, uint64_t most, uint64_t after)
{
	begins(level, name, before);
	stops(level, most, 0);
	tests_outcome(&t, level, TEST_PASSED, NULL);
	ends(level, after);
}

static void assert_costs(const struct test_row *row, const char *name, int64_t kept_bytes, uint64_t peak_bytes)
{
	assert_string_equal(row->name, name);
	assert_true(row->measured);
	assert_int_equal(row->kept_bytes, kept_bytes);
	assert_u64_equal(row->peak_bytes, peak_bytes);
}

static void assert_cut(const struct test_row *row, const char *name)
{
	assert_string_equal(row->name, name);
	assert_int_equal(row->outcome, TEST_CUT);
	assert_false(row->measured);
	assert_u64_equal(row->peak_bytes, NOT_KNOWN);
}

/* ---- what is measured ---- */

UNIT_TEST_WITH(one_file, set_up, tear_down)
{
	begins(TEST_FILE, "tests/test_a.py", 5000);
	tests_used(&t, 12000);
	tests_used(&t, NOT_KNOWN);
	stops(TEST_FILE, 9000, 0);
	tests_outcome(&t, TEST_FILE, TEST_PASSED, "");
	tests_used(&t, 50000); /* by memprof */
	ends(TEST_FILE, 5600);
	tests_finish(&t);
	assert_int_equal(t.n_rows, 1);
	assert_costs(&t.rows[0], "tests/test_a.py", 600, 7000);
	assert_int_equal(t.rows[0].file, TESTS_NONE);
	assert_int_equal(t.rows[0].outcome, TEST_PASSED);
	assert_null(t.rows[0].message);
	assert_u64_equal(t.rows[0].duration_us, 50000);
	assert_u64_equal(t.rows[0].n_collections, 0);
	assert_u64_equal(t.rows[0].collecting_us, 0); /* in no collection no time goes */
	assert_false(t.rows[0].time_is_estimated || t.rows[0].has_sizes || t.rows[0].peak_is_least);
}

UNIT_TEST_WITH(kept_and_peak, set_up, tear_down)
{
	static const struct {
		uint64_t before, most, after;
		int64_t kept_bytes;
		uint64_t peak_bytes;
	} rows[] = {
		{ 1000, 3000, 1500, 500, 2000 },
		{ 1000, 900, 400, -600, 0 },    /* it freed what was there */
		{ 1000, 1100, 1700, 700, 700 }, /* what stays was used */
		{ 0, 0, 0, 0, 0 },
		{ 1000, NOT_KNOWN, 1200, 200, 200 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		whole(TEST_FILE, "a", rows[i].before, rows[i].most, rows[i].after);
		assert_costs(&t.rows[i], "a", rows[i].kept_bytes, rows[i].peak_bytes);
	}
}

UNIT_TEST_WITH(what_cannot_be_read_is_not_known, set_up, tear_down)
{
	whole(TEST_FILE, "before", NOT_KNOWN, 2000, 3000);
	whole(TEST_FILE, "after", 1000, 2000, NOT_KNOWN);
	for (size_t i = 0; i < 2; i++) {
		assert_false(t.rows[i].measured);
		assert_u64_equal(t.rows[i].peak_bytes, NOT_KNOWN);
		assert_int_equal(t.rows[i].kept_bytes, 0);
		assert_int_equal(t.rows[i].outcome, TEST_PASSED);
	}
}

UNIT_TEST_WITH(figures_have_a_bound, set_up, tear_down)
{
	whole(TEST_FILE, "more", 0, UINT64_C(1) << 60, (UINT64_C(1) << 60) + 1);
	whole(TEST_FILE, "less", NOT_KNOWN - 1, 0, 0);
	assert_costs(&t.rows[0], "more", (int64_t)TESTS_BYTES_MAX, TESTS_BYTES_MAX);
	assert_costs(&t.rows[1], "less", -(int64_t)TESTS_BYTES_MAX, 0);
}

UNIT_TEST_WITH(the_peak_is_a_least_one_where_collections_were_not_seen, set_up, tear_down)
{
	static const struct {
		uint64_t before, n_collections, n_seen_before, n_seen;
		bool window, is_least;
	} rows[] = {
		{ 0, 0, 0, 0, false, false },        { 4, 6, 2, 4, false, false },
		{ 4, 6, 2, 3, false, true },         { 4, 6, 2, 3, true, false },
		{ 4, 6, 2, 7, false, false },        { NOT_KNOWN, 6, 0, 9, false, true },
		{ 0, NOT_KNOWN, 0, 9, false, true }, { NOT_KNOWN, NOT_KNOWN, 0, 0, true, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct heap_window window = { .most_used_bytes = 3000 };
		struct test_moment moment = at(0, 1000, rows[i].before);
		moment.n_seen = rows[i].n_seen_before;
		tests_begin(&t, TEST_FILE, "a", &moment);
		if (rows[i].window)
			tests_requests(&t, &window);
		moment = at(0, 2000, rows[i].n_collections);
		moment.n_seen = rows[i].n_seen;
		tests_stop(&t, TEST_FILE, &moment);
		ends(TEST_FILE, 1000);
		assert_int_equal(t.rows[i].peak_is_least, rows[i].is_least);
		assert_int_equal(t.rows[i].sizes_are_least, rows[i].is_least);
		assert_u64_equal(t.rows[i].peak_bytes, rows[i].window ? 2000 : 1000);
	}
}

/* Tables of memprof's own that did not come may be more than those of the program that did. */
UNIT_TEST_WITH(fewer_seen_than_before_prove_nothing, set_up, tear_down)
{
	struct test_moment moment = at(0, 1000, 4);

	moment.n_seen = 3;
	tests_begin(&t, TEST_FILE, "a", &moment);
	moment = at(0, 2000, 6);
	moment.n_seen = 2;
	tests_stop(&t, TEST_FILE, &moment);
	ends(TEST_FILE, 1000);
	assert_true(t.rows[0].peak_is_least);
}

UNIT_TEST_WITH(the_smallest_largest_free_block, set_up, tear_down)
{
	begins(TEST_FILE, "a", 5000);
	begins(TEST_FUNCTION, "f", 6000);
	tests_largest_free(&t, 70000);
	tests_largest_free(&t, NOT_KNOWN);
	tests_largest_free(&t, 80000);
	stops(TEST_FUNCTION, 6000, 0);
	tests_largest_free(&t, 60000); /* of the file alone */
	ends(TEST_FUNCTION, 6000);
	stops(TEST_FILE, 5000, 0);
	ends(TEST_FILE, 50000); /* leaves 50000 */
	assert_u64_equal(t.rows[0].lfb_bytes, 50000);
	assert_u64_equal(t.rows[1].lfb_bytes, 70000);
	struct test_moment moment = at(0, 1000, 0);
	moment.lfb_bytes = NOT_KNOWN;
	tests_begin(&t, TEST_FILE, "b", &moment);
	tests_stop(&t, TEST_FILE, &moment);
	tests_end(&t, TEST_FILE, &moment);
	assert_u64_equal(t.rows[2].lfb_bytes, NOT_KNOWN);
}

UNIT_TEST_WITH(collections_and_their_time, set_up, tear_down)
{
	static const struct {
		uint64_t n, took_us, collect_us, collecting_us;
		bool is_estimated;
	} rows[] = {
		{ 3, 400, 650, 800, false }, /* took twice as long */
		{ 3, NOT_KNOWN, 650, 1950, true },
		{ 3, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, false },
		{ 0, NOT_KNOWN, 650, 0, false },
		{ 0, 400, 650, 0, false }, /* the board counted none */
		{ NOT_KNOWN, NOT_KNOWN, 650, NOT_KNOWN, false },
		{ NOT_KNOWN, 400, 650, 800, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct test_moment moment = at(0, 1000, rows[i].n == NOT_KNOWN ? 0 : 10);
		tests_begin(&t, TEST_FILE, "a", &moment);
		tests_collection_took(&t, rows[i].took_us);
		tests_collection_took(&t, rows[i].took_us);
		moment = at(0, 1000, rows[i].n == NOT_KNOWN ? NOT_KNOWN : 10 + rows[i].n);
		tests_stop(&t, TEST_FILE, &moment);
		tests_collection_took(&t, 9999); /* memprof's */
		moment.collect_us = rows[i].collect_us;
		tests_end(&t, TEST_FILE, &moment);
		assert_u64_equal(t.rows[i].n_collections, rows[i].n);
		assert_u64_equal(t.rows[i].collecting_us, rows[i].collecting_us);
		assert_int_equal(t.rows[i].time_is_estimated, rows[i].is_estimated);
	}
}

/* The board's clock is exact, but may wrap; the host's runs until a frame has come. */
UNIT_TEST_WITH(the_duration, set_up, tear_down)
{
	static const struct {
		uint64_t host_us, board_us, duration_us;
	} rows[] = {
		{ 60000, 52000, 52000 },
		{ 60000, NOT_KNOWN, 60000 },
		{ 600000000, 63129, 600000000 },
		{ 500000000, 499999999, 499999999 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begins(TEST_FILE, "a", 0);
		struct test_moment moment = at(1000 + rows[i].host_us, 0, 0);
		moment.took_us = rows[i].board_us;
		tests_stop(&t, TEST_FILE, &moment);
		assert_u64_equal(t.rows[i].duration_us, rows[i].duration_us);
	}
}

/* Objects of a block of 16 bytes each. */
static void find_seven(void)
{
	uint8_t then[8], now[8];

	memset(then, BLOCK_FREE, sizeof(then));
	memset(now, BLOCK_HEAD, sizeof(now));
	then[3] = BLOCK_HEAD; /* it was there */
	tests_objects(&t, then, now, sizeof(now), 16);
}

UNIT_TEST_WITH(new_objects_count_by_their_size, set_up, tear_down)
{
	static const uint8_t then[] = { BLOCK_HEAD, BLOCK_TAIL, BLOCK_FREE, BLOCK_FREE, BLOCK_HEAD,
					BLOCK_TAIL, BLOCK_FREE, BLOCK_FREE, BLOCK_FREE, BLOCK_FREE };
	static const uint8_t now[] = { BLOCK_HEAD, BLOCK_TAIL, BLOCK_HEAD, BLOCK_TAIL, BLOCK_TAIL,
				       BLOCK_TAIL, BLOCK_TAIL, BLOCK_TAIL, BLOCK_FREE, BLOCK_HEAD };

	begins(TEST_FILE, "a", 1000);
	tests_objects(&t, then, now, sizeof(now), 16);
	for (size_t i = 0; i < HEAP_SIZE_CLASSES; i++) /* 16 and 96 bytes */
		assert_u64_equal(t.rows[0].n_by_size[i], i == 1 || i == 4);
	tests_objects(&t, then, now, 0, 16);
	tests_objects(&t, now, now, sizeof(now), 16);
	assert_u64_equal(t.rows[0].n_by_size[4], 1);
}

UNIT_TEST_WITH(what_was_allocated, set_up, tear_down)
{
	const struct heap_window window = { .most_used_bytes = 8000, .n_by_size = { 5, NOT_KNOWN, 2 } };

	begins(TEST_FILE, "a", 1000);
	tests_requests(&t, &window);
	begins(TEST_FUNCTION, "f", 1000);
	tests_requests(&t, &window);
	find_seven();
	stops(TEST_FUNCTION, 1000, 0);
	tests_requests(&t, &window); /* of the file alone */
	find_seven();                /* found by the collection at its end */
	ends(TEST_FUNCTION, 1000);
	find_seven();
	stops(TEST_FILE, 1000, 0);
	find_seven();
	tests_requests(&t, &window);
	ends(TEST_FILE, 1000);
	assert_true(t.rows[0].has_sizes && t.rows[1].has_sizes);
	assert_u64_equal(t.rows[0].n_by_size[0], 15);
	assert_u64_equal(t.rows[0].n_by_size[1], 21);
	assert_u64_equal(t.rows[0].n_by_size[2], 6);
	assert_u64_equal(t.rows[1].n_by_size[0], 5);
	assert_u64_equal(t.rows[1].n_by_size[1], 14);
	assert_u64_equal(t.rows[1].n_by_size[2], 2);
	assert_u64_equal(t.rows[0].peak_bytes, 7000);
}

/* ---- files and functions ---- */

UNIT_TEST_WITH(functions_count_in_their_file, set_up, tear_down)
{
	begins(TEST_FILE, "t/a.py", 1000);
	whole(TEST_FUNCTION, "T.one", 2000, 9000, 2100);
	tests_used(&t, 9500);
	whole(TEST_FUNCTION, "T.two", 2100, 3000, 2100);
	stops(TEST_FILE, 2500, 0);
	tests_outcome(&t, TEST_FILE, TEST_PASSED, NULL);
	ends(TEST_FILE, 2200);
	whole(TEST_FILE, "t/b.py", 2200, 2400, 2200);
	tests_finish(&t);
	assert_int_equal(t.n_rows, 4);
	assert_costs(&t.rows[0], "t/a.py", 1200, 8500);
	assert_costs(&t.rows[1], "t/a.py::T.one", 100, 7000);
	assert_costs(&t.rows[2], "t/a.py::T.two", 0, 900);
	assert_costs(&t.rows[3], "t/b.py", 0, 200);
	assert_int_equal(t.rows[1].file, 0);
	assert_int_equal(t.rows[2].file, 0);
	assert_int_equal(t.rows[3].file, TESTS_NONE);
	assert_int_equal(n_of(&t, true, TEST_PASSED), 2);
	assert_int_equal(n_of(&t, false, TEST_PASSED), 2);
	assert_int_equal(n_of(&t, false, TEST_CUT), 0);
}

UNIT_TEST_WITH(names_and_messages_are_clean, set_up, tear_down)
{
	begins(TEST_FILE, "a\x1b.py", 0);
	begins(TEST_FUNCTION, "f\n\xff", 0);
	tests_outcome(&t, TEST_FUNCTION, TEST_SKIPPED, "no \x1b[31mnet\xc3\xa9");
	assert_string_equal(t.rows[0].name, "a\\x1b.py");
	assert_string_equal(t.rows[1].name, "a\\x1b.py::f\\x0a\\xff");
	assert_string_equal(t.rows[1].message, "no \\x1b[31mnet\xc3\xa9");
}

UNIT_TEST_WITH(a_file_whose_function_failed, set_up, tear_down)
{
	static const enum test_outcome outcomes[] = { TEST_PASSED, TEST_FAILED, TEST_SKIPPED, TEST_FAILED };

	begins(TEST_FILE, "a", 0);
	for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++) {
		begins(TEST_FUNCTION, "f", 0);
		stops(TEST_FUNCTION, 0, 0);
		tests_outcome(&t, TEST_FUNCTION, outcomes[i], "E");
		ends(TEST_FUNCTION, 0);
	}
	stops(TEST_FILE, 0, 0);
	tests_outcome(&t, TEST_FILE, TEST_PASSED, NULL); /* by its exit code */
	ends(TEST_FILE, 0);
	assert_int_equal(t.rows[0].outcome, TEST_FAILED);
	assert_string_equal(t.rows[0].message, "2 of 4 tests failed");
	assert_int_equal(n_of(&t, false, TEST_FAILED), 2);
	assert_int_equal(n_of(&t, false, TEST_SKIPPED), 1);
	assert_int_equal(n_of(&t, true, TEST_FAILED), 1);

	/* Why it failed itself says more. */
	begins(TEST_FILE, "b", 0);
	begins(TEST_FUNCTION, "f", 0);
	tests_outcome(&t, TEST_FUNCTION, TEST_FAILED, NULL);
	tests_outcome(&t, TEST_FILE, TEST_FAILED, "OSError: 5");
	tests_end(&t, TEST_FILE, NULL);
	assert_string_equal(t.rows[5].message, "OSError: 5");
	assert_null(t.rows[6].message);
}

/* ---- what does not fit together ---- */

UNIT_TEST_WITH(ends_that_do_not_come, set_up, tear_down)
{
	begins(TEST_FILE, "a", 1000);
	begins(TEST_FUNCTION, "lost", 1000);
	whole(TEST_FUNCTION, "f", 1000, 2000, 1000); /* begins, and lost has not ended */
	begins(TEST_FUNCTION, "g", 1000);
	stops(TEST_FUNCTION, 4000, 0);
	stops(TEST_FILE, 4000, 0);
	tests_outcome(&t, TEST_FILE, TEST_PASSED, NULL);
	ends(TEST_FILE, 1000);
	begins(TEST_FILE, "b", 1000);
	begins(TEST_FILE, "c", 1000); /* and b has not ended */
	begins(TEST_FUNCTION, "h", 1000);
	tests_finish(&t);
	tests_finish(&t);
	assert_int_equal(t.n_rows, 7);
	assert_costs(&t.rows[0], "a", 0, 3000);
	assert_int_equal(t.rows[0].outcome, TEST_FAILED);
	assert_string_equal(t.rows[0].message, "2 of 3 tests failed");
	assert_cut(&t.rows[1], "a::lost");
	assert_costs(&t.rows[2], "a::f", 0, 1000);
	assert_cut(&t.rows[3], "a::g");
	assert_cut(&t.rows[4], "b");
	assert_cut(&t.rows[5], "c");
	assert_cut(&t.rows[6], "c::h");
	assert_null(t.rows[5].message);
	assert_int_equal(t.rows[6].file, 5);
}

/* It is gone: what is known of it stays. */
UNIT_TEST_WITH(an_end_without_a_moment, set_up, tear_down)
{
	begins(TEST_FILE, "a", 1000);
	stops(TEST_FILE, 2000, 3);
	tests_outcome(&t, TEST_FILE, TEST_FAILED, "it reset the board");
	tests_end(&t, TEST_FILE, NULL);
	assert_int_equal(t.rows[0].outcome, TEST_FAILED);
	assert_false(t.rows[0].measured);
	assert_u64_equal(t.rows[0].n_collections, 3);
	assert_u64_equal(t.rows[0].duration_us, 50000);
	begins(TEST_FILE, "b", 1000);
	ends(TEST_FILE, 2000); /* without a stop nobody knows what is in it */
	assert_cut(&t.rows[1], "b");
}

UNIT_TEST_WITH(what_was_not_begun_is_ignored, set_up, tear_down)
{
	const struct heap_window window = { .most_used_bytes = 1 };

	for (enum test_level level = TEST_FILE; level <= TEST_FUNCTION; level++) {
		stops(level, 1000, 0);
		tests_outcome(&t, level, TEST_PASSED, "x");
		ends(level, 1000);
	}
	tests_used(&t, 1);
	tests_largest_free(&t, 1);
	tests_collection_took(&t, 1);
	tests_requests(&t, &window);
	find_seven();
	whole(TEST_FUNCTION, "no_file", 1000, 2000, 1000);
	tests_finish(&t);
	assert_int_equal(t.n_rows, 0);
	assert_u64_equal(t.n_more, 0);
}

UNIT_TEST_WITH(a_second_stop_is_ignored, set_up, tear_down)
{
	begins(TEST_FILE, "a", 1000);
	stops(TEST_FILE, 2000, 1);
	stops(TEST_FILE, 90000, 9);
	ends(TEST_FILE, 1000);
	ends(TEST_FILE, 70000);
	tests_outcome(&t, TEST_FILE, TEST_FAILED, "late");
	assert_costs(&t.rows[0], "a", 0, 1000);
	assert_u64_equal(t.rows[0].n_collections, 1);
	assert_int_equal(t.rows[0].outcome, TEST_CUT);
}

UNIT_TEST_WITH(too_many, set_up, tear_down)
{
	begins(TEST_FILE, "a", 0);
	for (uint32_t i = 0; i < TESTS_MAX + 5; i++)
		whole(TEST_FUNCTION, "f", 0, i, 0);
	tests_used(&t, 100000);
	stops(TEST_FILE, 0, 0);
	ends(TEST_FILE, 0);
	whole(TEST_FILE, "b", 0, 0, 0);
	tests_finish(&t);
	assert_int_equal(t.n_rows, TESTS_MAX);
	assert_u64_equal(t.n_more, 7);
	assert_costs(&t.rows[0], "a", 0, 100000);
	assert_costs(&t.rows[TESTS_MAX - 1], "a::f", 0, TESTS_MAX - 2);
}

/* ---- any calls ---- */

static uint64_t any_size(uint32_t *random)
{
	return next_random(random) % 8 == 0 ? NOT_KNOWN : (uint64_t)next_random(random) << next_random(random) % 33;
}

static void any_call(uint32_t *random)
{
	const struct heap_window window = { .most_used_bytes = any_size(random) };
	enum test_level level = next_random(random) % 2;
	struct test_moment moment = {
		.at_us = any_size(random),
		.took_us = any_size(random),
		.used_bytes = any_size(random),
		.lfb_bytes = any_size(random),
		.n_collections = any_size(random),
		.n_seen = any_size(random),
		.collect_us = any_size(random),
	};

	switch (next_random(random) % 8) {
	case 0:
		tests_begin(&t, level, "n", &moment);
		break;
	case 1:
		tests_stop(&t, level, &moment);
		break;
	case 2:
		tests_end(&t, level, next_random(random) & 1 ? &moment : NULL);
		break;
	case 3:
		tests_outcome(&t, level, next_random(random) % N_TEST_OUTCOMES, "m");
		break;
	case 4:
		tests_used(&t, moment.used_bytes);
		break;
	case 5:
		tests_collection_took(&t, moment.took_us);
		break;
	default:
		tests_requests(&t, &window);
		break;
	}
}

UNIT_TEST_WITH(any_calls, set_up, tear_down)
{
	uint32_t random = 77;

	for (int round = 0; round < 300; round++) {
		for (int i = 0; i < 100; i++)
			any_call(&random);
		tests_finish(&t);
		for (size_t i = 0; i < t.n_rows; i++) {
			const struct test_row *row = &t.rows[i];
			assert_true(row->file == TESTS_NONE || (row->file < i && t.rows[row->file].file == TESTS_NONE));
			assert_true(row->measured ? row->peak_bytes <= TESTS_BYTES_MAX : row->peak_bytes == NOT_KNOWN);
			assert_true(row->kept_bytes < 0 || row->peak_bytes >= (uint64_t)row->kept_bytes);
			if (row->file != TESTS_NONE && row->outcome >= TEST_FAILED)
				assert_true(t.rows[row->file].outcome >= TEST_FAILED);
		}
		assert_int_equal(t.error, 0);
		tests_deinit(&t);
		t = (struct tests){ .error = 0 };
	}
}

UNIT_TEST_WITH(outcomes_have_names, set_up, tear_down)
{
	assert_string_equal(test_outcome_name(TEST_PASSED), "passed");
	assert_string_equal(test_outcome_name(TEST_SKIPPED), "skipped");
	assert_string_equal(test_outcome_name(TEST_FAILED), "failed");
	assert_string_equal(test_outcome_name(TEST_CUT), "cut");
}
