/* What imports cost, against limits. */
#include "cases.h"
#include "check-fixture.h"
#include "memprof/analysis/imports.h"

static struct imports now, base;

UNIT_BEFORE(begin_imports)
{
	now = base = (struct imports){ .error = 0 };
	set_up();
}

UNIT_AFTER(end_imports)
{
	vec_deinit(&now, rows);
	vec_deinit(&base, rows);
	tear_down();
}

/* Within the import of that number; -1: an outermost one. */
static struct import_row *add(struct imports *imports, const char *name, int parent, int64_t kept_bytes,
			      uint64_t peak_bytes, uint64_t after_lfb_bytes)
{
	struct import_row *row = vec_add(imports, rows);

	assert_non_null(row);
	*row = (struct import_row){
		.name = name,
		.origin = IMPORT_SOURCE,
		.parent = parent < 0 ? IMPORTS_NONE : (uint32_t)parent,
		.depth = parent < 0 ? 0 : imports->rows[parent].depth + 1,
		.kept_bytes = kept_bytes,
		.own_bytes = kept_bytes,
		.peak_bytes = peak_bytes,
		.before_lfb_bytes = NOT_KNOWN,
		.after_lfb_bytes = after_lfb_bytes,
	};
	return row;
}

static struct budget_entry *limit_import(const char *pattern, const char *key, struct budget_amount amount)
{
	return limit(SUBJECT_IMPORT, pattern, key, amount);
}

static uint64_t number(const char *word) { return word[0] == '?' ? NOT_KNOWN : strtoull(word, NULL, 0); }

static void add_words(struct imports *imports, char **words)
{
	int parent = (int)imports->n_rows - 1;

	if (strcmp(words[0], "more") == 0) {
		imports->n_more = number(words[1]);
		return;
	}
	while (parent >= 0 && strcmp(imports->rows[parent].name, words[1]) != 0)
		parent--;
	assert_int_equal(parent < 0, strcmp(words[1], "-") == 0);
	struct import_row *row = add(imports, words[0], parent, strtoll(words[2], NULL, 0), number(words[3]),
				     number(words[4]));
	for (words += 5; *words; words++) {
		bool *flag = strcmp(*words, "again") == 0  ? &row->again :
			     strcmp(*words, "least") == 0  ? &row->peak_is_least :
			     strcmp(*words, "raised") == 0 ? &row->raised :
			     strcmp(*words, "cut") == 0    ? &row->cut :
							     NULL;
		assert_non_null(flag);
		*flag = true;
	}
}

static void answer(char *input, struct strbuf *ret)
{
	bool has_baseline = true, compares = false;

	for (char *line, *words[16]; (line = case_line(&input));) {
		case_words(line, words, ARRAY_SIZE(words));
		compares |= strcmp(words[0], "base") == 0;
		if (strcmp(words[0], "now") == 0)
			add_words(&now, words + 1);
		else if (strcmp(words[0], "base") == 0)
			add_words(&base, words + 1);
		else if (strcmp(words[0], "no-baseline") == 0)
			has_baseline = false;
		else
			made_words(&made_budget, words);
	}
	begin();
	check.given[CHECK_OF_BASELINE_IMPORTS] = has_baseline;
	assert_int_equal(check_imports(&check, &now, compares ? &base : NULL), 0);
	check_judge(&check);
	check_facts(ret, &check);
}

UNIT_CASES("analysis/budget/check_imports.cases", answer)

UNIT_TEST(what_ran_out_of_memory_is_not_judged)
{
	limit_import("*", "max_kept", WHOLE(1000));
	begin();
	now.error = -ENOMEM;
	assert_int_equal(check_imports(&check, &now, NULL), -ENOMEM);
	now.error = 0;
	base.error = -ENOMEM;
	assert_int_equal(check_imports(&check, &now, &base), -ENOMEM);
}

/* ---- against a second reading ---- */

static uint32_t seed = 77;

static uint32_t dice(uint32_t n) { return next_random(&seed) % n; }

static const char *const NAMES[] = { "a", "b", "a.x", "a.y", "json", "b.x" };

static void fill(struct imports *imports)
{
	size_t n = dice(12);

	for (size_t i = 0; i < n; i++) {
		const char *name = NAMES[dice(ARRAY_SIZE(NAMES))];
		int parent = (int)dice((uint32_t)i + 1) - 1;
		int64_t kept_bytes = (int64_t)dice(2000) - 200;
		uint64_t peak_bytes = dice(3000);
		struct import_row *row = add(imports, name, parent, kept_bytes, peak_bytes, dice(5000));
		if (dice(9) == 0)
			row->after_lfb_bytes = NOT_KNOWN;
		row->raised = dice(12) == 0;
		row->cut = dice(15) == 0;
		row->peak_is_least = dice(8) == 0;
	}
}

/* One that breaks the limit decides; else one that cannot be judged. */
static void oracle(const char *name, int64_t most, const char **ret)
{
	bool any = false, doubt = false, broken = false;

	for (size_t i = 0; i < now.n_rows; i++) {
		const struct import_row *row = &now.rows[i];
		if (name[0] != '*' && strcmp(row->name, name) != 0)
			continue;
		any = true;
		if (row->raised || row->cut)
			doubt = true;
		else if ((int64_t)row->peak_bytes > most)
			broken = true;
		else
			doubt |= row->peak_is_least;
	}
	*ret = !any ? "error" : broken ? "fail" : doubt ? "error" : "pass";
}

UNIT_TEST(statuses_are_those_of_a_second_reading)
{
	for (int round = 0; round < 500; round++) {
		const char *name = dice(3) ? NAMES[dice(ARRAY_SIZE(NAMES))] : "*", *want;
		int64_t most = dice(3000);
		begin_imports();
		fill(&now);
		fill(&base);
		limit_import(name, "max_peak", WHOLE((uint64_t)most));
		begin();
		assert_int_equal(check_imports(&check, &now, dice(2) ? &base : NULL), 0);
		check_judge(&check);
		oracle(name, most, &want);
		assert_string_equal(check_status_name(check.rows[0].status), want);
		end_imports();
	}
}
