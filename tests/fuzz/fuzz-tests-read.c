/* Any bytes as the document of an older run, and a check of its tests against themselves. */
#include "fuzz.h"
#include "memprof/analysis/check.h"
#include "memprof/analysis/tests.h"

static void check_rows(const struct tests *tests)
{
	MUST(tests->n_rows <= TESTS_MAX && tests->error == 0 && tests->n_more == 0);
	for (size_t i = 0; i < tests->n_rows; i++) {
		const struct test_row *row = &tests->rows[i];
		MUST(row->name && row->file == TESTS_NONE && row->outcome < N_TEST_OUTCOMES);
		MUST(row->kept_bytes > -1000000000000000 && row->kept_bytes < 1000000000000000);
		MUST(row->measured || row->kept_bytes == 0);
	}
}

/* Two of one name are compared with the first of them. */
static bool has_two_of_a_name(const struct tests *tests)
{
	for (size_t i = 0; i < tests->n_rows; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(tests->rows[i].name, tests->rows[k].name) == 0)
				return true;
	return false;
}

/* Nothing grows above itself. */
static void check_growth(const struct tests *tests)
{
	static const char *const keys[] = { "max_growth", "max_peak_growth", "max_collections_growth",
					    "max_largest_free_loss" };
	struct budget_entry entry = { .subject = SUBJECT_TEST, .pattern = "*", .each = true };
	struct budget budget = { .entries = &entry, .n_entries = 1 };
	struct check check = { .n_rows = 0 };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		entry.limits[entry.n_limits++] = (struct budget_limit){ .spec = limit_spec_find(keys[i],
												SUBJECT_TEST) };
	MUST(check_begin(&check, &budget) == 0);
	for (size_t i = 0; i < N_CHECK_INPUTS; i++)
		check.given[i] = true;
	MUST(check_tests(&check, tests, tests) == 0);
	check_judge(&check);
	for (size_t i = 0; i < check.n_rows && !has_two_of_a_name(tests); i++)
		MUST(check.rows[i].status != CHECK_FAIL);
	check_deinit(&check);
}

FUZZ(data, size)
{
	struct tests tests = { .error = 0 };
	struct diag diag = { .text = "" };
	int r = tests_read(&tests, (const char *)data, size, "fuzz.json", &diag);

	MUST(r == 0 || ((r == -EINVAL || r == -EFBIG) && diag.text[0] && diag.at.line > 0));
	check_rows(&tests);
	if (r == 0)
		check_growth(&tests);
	tests_deinit(&tests);
	tests_deinit(&tests);
}
