/* What tests need, against limits. */
#include "check-fixture.h"
#include "memprof/analysis/tests.h"

#include <errno.h>
#include <stdio.h>

static struct tests now, base;

static int begin_tests(void **state)
{
	now = base = (struct tests){ .error = 0 };
	return set_up(state);
}

static int end_tests(void **state)
{
	tests_deinit(&now);
	tests_deinit(&base);
	return tear_down(state);
}

/* It passed, and had two collections of 650 µs. */
static struct test_row *add(struct tests *tests, const char *name, int64_t kept_bytes, uint64_t peak_bytes,
			    uint64_t lfb_bytes)
{
	struct test_row *row = vec_add(tests, rows);

	assert_non_null(row);
	*row = (struct test_row){
		.name = name,
		.file = TESTS_NONE,
		.outcome = TEST_PASSED,
		.duration_us = 50000,
		.measured = true,
		.kept_bytes = kept_bytes,
		.peak_bytes = peak_bytes,
		.lfb_bytes = lfb_bytes,
		.n_collections = 2,
		.collecting_us = 1300,
	};
	return row;
}

static struct test_row *add_outcome(struct tests *tests, const char *name, enum test_outcome outcome)
{
	struct test_row *row = add(tests, name, 1, 1, 1000000);

	row->outcome = outcome;
	row->measured = outcome != TEST_CUT;
	return row;
}

static struct budget_entry *limit_test(const char *pattern, const char *key, struct budget_amount amount)
{
	return limit(SUBJECT_TEST, pattern, key, amount);
}

static void judge(bool compares)
{
	begin();
	assert_int_equal(check_tests(&check, &now, compares ? &base : NULL), 0);
	check_judge(&check);
}

UNIT_TEST_WITH(each_figure, begin_tests, end_tests)
{
	add(&now, "t/a.py", -96, 20000, 31000);
	limit_test("t/a.py", "max_kept", WHOLE(0));
	limit_test("t/a.py", "max_peak", WHOLE(19999));
	limit_test("t/a.py", "min_largest_free", WHOLE(32000));
	limit_test("t/a.py", "max_collections", WHOLE(2));
	limit_test("t/a.py", "max_collecting_ms", WHOLE(2));
	limit_test("t/a.py", "max_collecting_ms", WHOLE(1));
	judge(false);
	assert_row(&check, 0, "pass -96 of 0, 96 left");
	assert_row(&check, 1, "fail 20000 of 19999, -1 left");
	assert_row(&check, 2, "fail 31000 of 32000, -1000 left");
	assert_row(&check, 3, "pass 2 of 2, 0 left");
	assert_row(&check, 4, "pass 2 of 2, 0 left"); /* 1.3 ms are not 1 */
	assert_row(&check, 5, "fail 2 of 1, -1 left");
	assert_int_equal(check_exit(&check), 1);
}

UNIT_TEST_WITH(milliseconds_are_rounded_up, begin_tests, end_tests)
{
	static const struct {
		uint64_t us;
		const char *line;
	} cases[] = {
		{ 0, "pass 0 of 1, 1 left" },     { 1, "pass 1 of 1, 0 left" },     { 1000, "pass 1 of 1, 0 left" },
		{ 1001, "fail 2 of 1, -1 left" }, { 2000, "fail 2 of 1, -1 left" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		begin_tests(state);
		add(&now, "a", 0, 0, 0)->collecting_us = cases[i].us;
		limit_test("a", "max_collecting_ms", WHOLE(1));
		judge(false);
		assert_row(&check, 0, cases[i].line);
		end_tests(state);
	}
}

/* Each test alone, and the worst tells: nothing adds up. */
UNIT_TEST_WITH(globs, begin_tests, end_tests)
{
	add(&now, "tests/test_a.py", 300, 700, 5000);
	add(&now, "tests/test_a.py::T.one", 100, 900, 6000);
	add(&now, "tests/test_a.py::T.two", 450, 450, 4000);
	add(&now, "tests/test_b.py", 800, 800, 7000);
	limit_test("*", "max_kept", WHOLE(1000));
	limit_test("test_a.py::*", "max_kept", WHOLE(1000)); /* the last part of a path */
	limit_test("test_a.py", "max_kept", WHOLE(1000));
	limit_test("tests/test_a.py::*", "min_largest_free", WHOLE(1));
	limit_test("*.one", "max_peak", WHOLE(899));
	limit_test("*::*", "max_peak", WHOLE(449));
	limit_test("*.py", "max_peak", WHOLE(1000));
	limit_test("test_?.py", "max_kept", WHOLE(799));
	judge(false);
	assert_row(&check, 0, "pass 800 of 1000, 200 left (tests/test_b.py)");
	assert_row(&check, 1, "pass 450 of 1000, 550 left (tests/test_a.py::T.two)");
	assert_row(&check, 2, "pass 300 of 1000, 700 left (tests/test_a.py)");
	assert_row(&check, 3, "pass 4000 of 1, 3999 left (tests/test_a.py::T.two)");
	assert_row(&check, 4, "fail 900 of 899, -1 left (tests/test_a.py::T.one)");
	assert_row(&check, 5, "fail 900 of 449, -451 left (tests/test_a.py::T.one)");
	assert_int_equal(check.rows[5].n_others, 1);
	assert_string_equal(check.rows[5].others[0].name, "tests/test_a.py::T.two");
	assert_row(&check, 6, "pass 800 of 1000, 200 left (tests/test_b.py)");
	assert_row(&check, 7, "fail 800 of 799, -1 left (tests/test_b.py)");
}

UNIT_TEST_WITH(what_is_left_out, begin_tests, end_tests)
{
	static const char *const except[] = { "test_a.py::*", "t/test_b.py" };

	add(&now, "t/test_a.py", 300, 700, 5000);
	add(&now, "t/test_a.py::T.one", 9000, 900, 6000);
	add(&now, "t/test_b.py", 8000, 10, 7000);
	for (int i = 0; i < 2; i++) {
		struct budget_entry *entry = limit_test(i ? "test_b.py" : "*", "max_kept", WHOLE(299));
		entry->except = except;
		entry->n_except = 2;
	}
	judge(false);
	assert_row(&check, 0, "fail 300 of 299, -1 left (t/test_a.py)");
	assert_fault(1, "'except' leaves out everything named 'test_b.py'");
}

UNIT_TEST_WITH(none_of_that_name, begin_tests, end_tests)
{
	add(&now, "t/test_a.py", 0, 0, 0);
	add(&now, "t/test_a.py::T.read", 0, 0, 0);
	limit_test("t/test_a.py::T.raed", "max_kept", WHOLE(1));
	limit_test("b*", "max_kept", WHOLE(1));
	judge(false);
	assert_fault(0, "no test named 't/test_a.py::T.raed'; there are ");
	assert_fault(0, "t/test_a.py::T.read");
	assert_fault(1, "no test matches 'b*'");
	assert_int_equal(check_exit(&check), 2);
}

/* ---- growth ---- */

UNIT_TEST_WITH(against_a_baseline, begin_tests, end_tests)
{
	add(&base, "t/b.py", 1, 1, 1);
	add(&base, "t/a.py", 4000, 16000, 33000);
	add(&now, "t/a.py", 5000, 20000, 30000)->n_collections = 3;
	limit_test("t/a.py", "max_growth", PERCENT(0.25));
	limit_test("t/a.py", "max_growth", WHOLE(999));
	limit_test("t/a.py", "max_peak_growth", PERCENT(0.1));
	limit_test("t/a.py", "max_largest_free_loss", WHOLE(2999));
	limit_test("t/a.py", "max_largest_free_loss", PERCENT(0.1));
	limit_test("t/a.py", "max_collections_growth", WHOLE(0));
	limit_test("t/a.py", "max_collections_growth", PERCENT(0.5));
	limit_test("t/a.py", "max_collections_growth", PERCENT(0.49));
	judge(true);
	assert_row(&check, 0, "pass 1000 of 1000, 0 left");
	assert_row(&check, 1, "fail 1000 of 999, -1 left");
	assert_row(&check, 2, "fail 4000 of 1600, -2400 left");
	assert_row(&check, 3, "fail 3000 of 2999, -1 left");
	assert_row(&check, 4, "pass 3000 of 3300, 300 left");
	assert_row(&check, 5, "fail 1 of 0, -1 left");
	assert_row(&check, 6, "pass 1 of 1, 0 left");
	assert_row(&check, 7, "fail 1 of 0, -1 left");
}

UNIT_TEST_WITH(a_percentage_of_little, begin_tests, end_tests)
{
	add(&base, "none", 0, 0, 0);
	add(&base, "less", -100, 0, 0);
	add(&now, "none", 1, 0, 0);
	add(&now, "less", -99, 0, 0);
	limit_test("none", "max_growth", PERCENT(10));
	limit_test("less", "max_growth", PERCENT(10));
	judge(true);
	assert_row(&check, 0, "fail 1 of 0, -1 left");
	assert_row(&check, 1, "fail 1 of 0, -1 left");
}

/* Of what the baseline does not have nothing is known to grow. */
UNIT_TEST_WITH(a_new_test_is_skipped, begin_tests, end_tests)
{
	add(&base, "old", 100, 100, 100);
	add(&now, "new", 5000, 5000, 5000);
	add(&now, "old", 110, 110, 110);
	limit_test("new", "max_growth", WHOLE(0));
	limit_test("new", "max_kept", WHOLE(4999));
	limit_test("*", "max_growth", WHOLE(10));
	limit_test("*", "max_growth", WHOLE(9));
	judge(true);
	assert_row(&check, 0, "skip: the baseline does not have this test");
	assert_row(&check, 1, "fail 5000 of 4999, -1 left");
	assert_row(&check, 2, "pass 10 of 10, 0 left (old)");
	assert_row(&check, 3, "fail 10 of 9, -1 left (old)");
	assert_int_equal(check_exit(&check), 1);
}

UNIT_TEST_WITH(one_that_did_not_pass_before_is_skipped, begin_tests, end_tests)
{
	static const enum test_outcome outcomes[] = { TEST_SKIPPED, TEST_FAILED, TEST_CUT };

	for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++) {
		begin_tests(state);
		add_outcome(&base, "a", outcomes[i]);
		add(&now, "a", 5000, 5000, 5000);
		limit_test("a", "max_growth", WHOLE(0));
		limit_test("a", "max_peak", WHOLE(5000));
		judge(true);
		assert_row(&check, 0, "skip: the test did not pass in the baseline");
		assert_row(&check, 1, "pass 5000 of 5000, 0 left");
		assert_int_equal(check_exit(&check), 0);
		end_tests(state);
	}
}

UNIT_TEST_WITH(without_a_baseline, begin_tests, end_tests)
{
	add(&now, "a", 1000, 1000, 500);
	limit_test("a", "max_growth", WHOLE(0));
	begin();
	check.given[CHECK_OF_BASELINE_TESTS] = false;
	assert_int_equal(check_tests(&check, &now, NULL), 0);
	check_judge(&check);
	assert_row(&check, 0, "error: no older tests were given to compare with");
}

/* ---- what cannot be judged ---- */

UNIT_TEST_WITH(a_skipped_test_is_skipped, begin_tests, end_tests)
{
	add_outcome(&now, "a", TEST_SKIPPED)->peak_bytes = 9999;
	add(&now, "b", 10, 10, 1000);
	add_outcome(&now, "c", TEST_SKIPPED);
	limit_test("a", "max_peak", WHOLE(10));
	limit_test("[ac]", "max_peak", WHOLE(10));
	limit_test("*", "max_peak", WHOLE(10)); /* of those that ran */
	limit_test("*", "max_peak", WHOLE(9));
	judge(false);
	assert_row(&check, 0, "skip: the test was skipped");
	assert_row(&check, 1, "skip: the test was skipped");
	assert_row(&check, 2, "pass 10 of 10, 0 left (b)");
	assert_row(&check, 3, "fail 10 of 9, -1 left (b)");
}

UNIT_TEST_WITH(a_failed_test_is_an_error, begin_tests, end_tests)
{
	add_outcome(&now, "a", TEST_FAILED);
	add_outcome(&now, "b", TEST_CUT);
	add(&now, "c", 10, 10, 1000);
	add_outcome(&now, "d", TEST_SKIPPED);
	limit_test("a", "max_kept", WHOLE(1000));
	limit_test("b", "max_peak", WHOLE(1000));
	limit_test("*", "max_kept", WHOLE(1000));
	limit_test("*", "max_kept", WHOLE(9));
	limit_test("a", "max_growth", WHOLE(1000));
	limit_test("[ad]", "max_kept", WHOLE(1000));
	add(&base, "a", 1, 1, 1);
	judge(true);
	assert_fault(0, "it failed, so its cost is not known");
	assert_fault(1, "its end did not come, so its cost is not known");
	assert_fault(2, "a: it failed");
	assert_row(&check, 3, "fail 10 of 9, -1 left (c)");
	assert_fault(4, "it failed");
	assert_row(&check, 5, "error: a: it failed, so its cost is not known");
	assert_int_equal(check.rows[0].status, CHECK_ERROR);
	assert_int_equal(check.rows[2].status, CHECK_ERROR);
	assert_int_equal(check_exit(&check), 2);
}

UNIT_TEST_WITH(a_heap_that_could_not_be_read, begin_tests, end_tests)
{
	struct test_row *row = add(&now, "a", 0, NOT_KNOWN, NOT_KNOWN);

	row->measured = false;
	row->collecting_us = NOT_KNOWN;
	limit_test("a", "max_kept", WHOLE(1000));
	limit_test("a", "max_peak", WHOLE(1000));
	limit_test("a", "max_collecting_ms", WHOLE(1000));
	limit_test("a", "max_collections", WHOLE(2));
	judge(false);
	assert_fault(0, "its heap could not be read after it");
	assert_fault(1, "its heap could not be read after it");
	assert_int_equal(check.rows[2].status, CHECK_ERROR);
	assert_row(&check, 3, "pass 2 of 2, 0 left"); /* that is known all the same */
}

UNIT_TEST_WITH(a_bound_proves_only_what_it_breaks, begin_tests, end_tests)
{
	add(&now, "a", 100, 1000, 0)->peak_is_least = true;
	add(&base, "a", 100, 900, 0);
	limit_test("a", "max_peak", WHOLE(1000));
	limit_test("a", "max_peak", WHOLE(999));
	limit_test("a", "max_kept", WHOLE(100));
	limit_test("a", "max_peak_growth", WHOLE(100));
	limit_test("a", "max_peak_growth", WHOLE(99));
	judge(true);
	assert_fault(0, "only a lower bound of it is known, which keeps the limit");
	assert_row(&check, 1, "fail 1000 of 999, -1 left");
	assert_row(&check, 2, "pass 100 of 100, 0 left");
	assert_fault(3, "which keeps the limit");
	assert_row(&check, 4, "fail 100 of 99, -1 left");
}

UNIT_TEST_WITH(more_than_were_followed, begin_tests, end_tests)
{
	add(&now, "a", 100, 1000, 700);
	now.n_more = 3;
	limit_test("a", "max_kept", WHOLE(1000));
	limit_test("a", "max_kept", WHOLE(10));
	limit_test("b", "max_kept", WHOLE(10));
	judge(false);
	assert_fault(0, "there were 3 more tests than can be followed");
	assert_row(&check, 1, "fail 100 of 10, -90 left");
	assert_fault(2, "there were 3 more tests");
}

UNIT_TEST_WITH(none_at_all, begin_tests, end_tests)
{
	limit_test("*", "max_kept", WHOLE(1000));
	limit(SUBJECT_IMPORT, "*", "max_kept", WHOLE(1));
	judge(false);
	assert_row(&check, 0, "error: no test matches '*'");
	now.error = -ENOMEM;
	assert_int_equal(check_tests(&check, &now, NULL), -ENOMEM);
	now.error = 0;
	base.error = -ENOMEM;
	assert_int_equal(check_tests(&check, &now, &base), -ENOMEM);
}

/* ---- against a second reading ---- */

static uint32_t seed = 77;

static uint32_t dice(uint32_t n) { return next_random(&seed) % n; }

static const char *const NAMES[] = { "a", "b", "t/a", "t/b", "t/b::x", "c" };

static void fill(struct tests *tests)
{
	for (size_t n = dice(12); n > 0; n--) {
		struct test_row *row = add(tests, NAMES[dice(ARRAY_SIZE(NAMES))], 0, dice(3000), dice(5000));
		row->outcome = dice(3) ? TEST_PASSED : dice(N_TEST_OUTCOMES);
		row->peak_is_least = dice(8) == 0;
	}
}

/* One that breaks the limit decides; else one that cannot be judged; what was skipped does if there is nothing else. */
static const char *oracle(bool all, int64_t most)
{
	size_t n = 0, n_skipped = 0;
	bool doubt = false, broken = false;

	for (size_t i = 0; i < now.n_rows; i++) {
		const struct test_row *row = &now.rows[i];
		if (!all && strcmp(row->name, "a") != 0 && strcmp(row->name, "t/a") != 0)
			continue;
		n++;
		if (row->outcome == TEST_SKIPPED)
			n_skipped++;
		else if (row->outcome != TEST_PASSED)
			doubt = true;
		else if ((int64_t)row->peak_bytes > most)
			broken = true;
		else
			doubt |= row->peak_is_least;
	}
	return n == 0 ? "error" : broken ? "fail" : doubt ? "error" : n == n_skipped ? "skip" : "pass";
}

UNIT_TEST_WITH(statuses_are_those_of_a_second_reading, begin_tests, end_tests)
{
	for (int round = 0; round < 1000; round++) {
		bool all = dice(2);
		uint64_t most = dice(3000);
		begin_tests(state);
		fill(&now);
		limit_test(all ? "*" : "a", "max_peak", WHOLE(most));
		judge(false);
		assert_string_equal(check_status_name(check.rows[0].status), oracle(all, (int64_t)most));
		end_tests(state);
	}
}
