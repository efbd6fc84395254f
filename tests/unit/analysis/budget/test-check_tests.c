/* What tests need, against limits. */
#include "cases.h"
#include "check-fixture.h"
#include "memprof/analysis/tests.h"

static struct tests now, base;

UNIT_BEFORE(begin_tests)
{
	now = base = (struct tests){ .error = 0 };
	set_up();
}

UNIT_AFTER(end_tests)
{
	tests_deinit(&now);
	tests_deinit(&base);
	tear_down();
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

static struct budget_entry *limit_test(const char *pattern, const char *key, struct budget_amount amount)
{
	return limit(SUBJECT_TEST, pattern, key, amount);
}

static uint64_t number(const char *word) { return word[0] == '?' ? NOT_KNOWN : strtoull(word, NULL, 0); }

static void add_words(struct tests *tests, char **words)
{
	struct test_row *row = add(tests, words[0], strtoll(words[1], NULL, 0), number(words[2]), number(words[3]));

	for (words += 4; *words; words++) {
		if (strncmp(*words, "us=", 3) == 0)
			row->collecting_us = number(*words + 3);
		else if (strncmp(*words, "collections=", 12) == 0)
			row->n_collections = number(*words + 12);
		else if (strcmp(*words, "least") == 0)
			row->peak_is_least = true;
		else if (strcmp(*words, "unmeasured") == 0)
			row->measured = false;
		else
			while (row->outcome = (row->outcome + 1) % N_TEST_OUTCOMES,
			       strcmp(test_outcome_name(row->outcome), *words) != 0)
				assert_int_not_equal(row->outcome, TEST_PASSED);
	}
}

static void answer(char *input, struct strbuf *ret)
{
	bool has_baseline = true;

	for (char *line, *words[16]; (line = case_line(&input));) {
		case_words(line, words, ARRAY_SIZE(words));
		if (strcmp(words[0], "now") == 0)
			add_words(&now, words + 1);
		else if (strcmp(words[0], "base") == 0)
			add_words(&base, words + 1);
		else if (strcmp(words[0], "more") == 0)
			now.n_more = number(words[1]);
		else if (strcmp(words[0], "no-baseline") == 0)
			has_baseline = false;
		else
			made_words(&made_budget, words);
	}
	begin();
	check.given[CHECK_OF_BASELINE_TESTS] = has_baseline;
	assert_int_equal(check_tests(&check, &now, base.n_rows ? &base : NULL), 0);
	check_judge(&check);
	check_facts(ret, &check);
}

UNIT_CASES("analysis/budget/check_tests.cases", answer)

UNIT_TEST(what_ran_out_of_memory_is_not_judged)
{
	limit_test("*", "max_kept", WHOLE(1000));
	begin();
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

UNIT_TEST(statuses_are_those_of_a_second_reading)
{
	for (int round = 0; round < 1000; round++) {
		bool all = dice(2);
		uint64_t most = dice(3000);
		begin_tests();
		fill(&now);
		limit_test(all ? "*" : "a", "max_peak", WHOLE(most));
		begin();
		assert_int_equal(check_tests(&check, &now, NULL), 0);
		check_judge(&check);
		assert_string_equal(check_status_name(check.rows[0].status), oracle(all, (int64_t)most));
		end_tests();
	}
}
