/* What imports cost, against limits. */
#include "check-fixture.h"
#include "memprof/analysis/imports.h"

#include <errno.h>
#include <stdio.h>

static struct imports now, base;

static int begin_imports(void **state)
{
	now = base = (struct imports){ .error = 0 };
	return set_up(state);
}

static int end_imports(void **state)
{
	vec_deinit(&now, rows);
	vec_deinit(&base, rows);
	return tear_down(state);
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

static void judge(bool compares)
{
	begin();
	assert_int_equal(check_imports(&check, &now, compares ? &base : NULL), 0);
	check_judge(&check);
}

UNIT_TEST_WITH(each_figure, begin_imports, end_imports)
{
	add(&now, "app", -1, 4096, 20000, 31000);
	add(&now, "app.net", 0, 2000, 9000, 40000);
	limit_import("app", "max_kept", WHOLE(4096));
	limit_import("app", "max_peak", WHOLE(19999));
	limit_import("app", "min_largest_free", WHOLE(32000));
	limit_import("app.net", "max_kept", WHOLE(1000));
	judge(false);
	assert_row(&check, 0, "pass 4096 of 4096, 0 left");
	assert_row(&check, 1, "fail 20000 of 19999, -1 left because app.net 2000");
	assert_row(&check, 2, "fail 31000 of 32000, -1000 left because app.net 2000");
	assert_row(&check, 3, "fail 2000 of 1000, -1000 left");
}

/* Outermost, nested, once more: each alone, and the worst tells. What frees more than it keeps kept less than
 * nothing. */
UNIT_TEST_WITH(each_alone, begin_imports, end_imports)
{
	add(&now, "lib", -1, 300, 700, 5000);
	add(&now, "lib.a", 0, 100, 900, 6000);
	add(&now, "app", -1, -500, 10, 7000);
	add(&now, "lib.a", -1, 450, 450, 4000)->again = true;
	limit_import("lib*", "max_kept", WHOLE(1000));
	limit_import("*", "max_peak", WHOLE(1000));
	limit_import("lib.a", "min_largest_free", WHOLE(1));
	limit_import("app", "max_kept", WHOLE(0));
	limit_import("a", "max_kept", WHOLE(0));
	limit_import("lib.b", "max_kept", WHOLE(0));
	judge(false);
	assert_row(&check, 0, "pass 450 of 1000, 550 left (lib.a)");
	assert_row(&check, 1, "pass 900 of 1000, 100 left (lib.a)");
	assert_row(&check, 2, "pass 4000 of 1, 3999 left");
	assert_row(&check, 3, "pass -500 of 0, 500 left");
	assert_fault(4, "no import named 'a'; there are ");
	assert_fault(5, "no import named 'lib.b'; there are lib.a, ");
	assert_int_equal(check_exit(&check), 2);
}

UNIT_TEST_WITH(against_a_baseline, begin_imports, end_imports)
{
	add(&now, "app", -1, 5000, 20000, 30000);
	add(&now, "app.net", 0, 2500, 9000, 30500);
	add(&now, "app.ui", 0, 1500, 9000, 30500);
	add(&now, "json", 0, 900, 1000, 30500);
	add(&base, "json", -1, 900, 1000, 50000);
	add(&base, "app", -1, 4000, 16000, 33000);
	add(&base, "app.net", 1, 2000, 9000, 40000);
	limit_import("app", "max_growth", PERCENT(0.25));
	limit_import("app", "max_growth", WHOLE(999));
	limit_import("app", "max_peak_growth", WHOLE(3000));
	limit_import("app", "max_largest_free_loss", WHOLE(2999));
	limit_import("app.ui", "max_growth", WHOLE(1000));
	limit_import("app.ui", "max_largest_free_loss", WHOLE(1000));
	limit_import("app", "max_kept", WHOLE(1));
	judge(true);
	assert_row(&check, 0, "pass 1000 of 1000, 0 left");
	assert_row(&check, 1, "fail 1000 of 999, -1 left because app.ui +1500 1500, app.net +500 2500");
	assert_row(&check, 2, "fail 4000 of 3000, -1000 left because app.ui +1500 1500, app.net +500 2500");
	assert_row(&check, 3, "fail 3000 of 2999, -1 left because app.ui +1500 1500, app.net +500 2500");
	assert_row(&check, 4, "fail 1500 of 1000, -500 left"); /* it is new: all of it is growth */
	assert_fault(5, "the baseline does not report this figure");
	assert_row(&check, 6, "fail 5000 of 1, -4999 left because app.ui +1500 1500, app.net +500 2500");
}

UNIT_TEST_WITH(what_is_left_out, begin_imports, end_imports)
{
	static const char *const except[] = { "lib.a", "app*" };

	add(&now, "lib", -1, 300, 700, 5000);
	add(&now, "lib.a", 0, 9000, 900, 6000);
	add(&now, "app", -1, 8000, 10, 7000);
	for (int i = 0; i < 2; i++) {
		struct budget_entry *entry = limit_import(i ? "app" : "*", "max_kept", WHOLE(299));
		entry->except = except;
		entry->n_except = 2;
	}
	judge(false);
	assert_row(&check, 0, "fail 300 of 299, -1 left (lib) because lib.a 9000");
	assert_fault(1, "'except' leaves out everything named 'app'");
}

/* Twice now and then: the worst against the worst. */
UNIT_TEST_WITH(again_against_a_baseline, begin_imports, end_imports)
{
	add(&now, "a", -1, 1000, 1000, 500);
	add(&now, "a", -1, 100, 100, 400)->again = true;
	add(&base, "a", -1, 100, 100, 450);
	add(&base, "a", -1, 1000, 1000, 600)->again = true;
	limit_import("a", "max_growth", WHOLE(0));
	limit_import("a", "max_peak_growth", WHOLE(0));
	limit_import("a", "max_largest_free_loss", WHOLE(0));
	judge(true);
	assert_row(&check, 0, "pass 0 of 0, 0 left");
	assert_row(&check, 1, "pass 0 of 0, 0 left");
	assert_row(&check, 2, "fail 50 of 0, -50 left");
}

UNIT_TEST_WITH(without_a_baseline, begin_imports, end_imports)
{
	add(&now, "a", -1, 1000, 1000, 500);
	limit_import("a", "max_growth", WHOLE(0));
	begin();
	check.given[CHECK_OF_BASELINE_IMPORTS] = false;
	assert_int_equal(check_imports(&check, &now, NULL), 0);
	check_judge(&check);
	assert_row(&check, 0, "error: no older imports were given to compare with");
}

/* ---- what cannot be judged ---- */

UNIT_TEST_WITH(a_bound_proves_only_what_it_breaks, begin_imports, end_imports)
{
	add(&now, "a", -1, 100, 1000, NOT_KNOWN)->peak_is_least = true;
	add(&now, "b", -1, 100, 500, 700);
	limit_import("a", "max_peak", WHOLE(1000));
	limit_import("a", "max_peak", WHOLE(999));
	limit_import("*", "max_peak", WHOLE(1000));
	limit_import("*", "max_peak", WHOLE(499));
	limit_import("a", "max_kept", WHOLE(100));
	limit_import("*", "min_largest_free", WHOLE(600));
	limit_import("*", "min_largest_free", WHOLE(800));
	judge(false);
	assert_fault(0, "only a lower bound of it is known, which keeps the limit");
	assert_row(&check, 1, "fail 1000 of 999, -1 left");
	assert_fault(2, "a: only a lower bound"); /* b does not hide it */
	assert_row(&check, 3, "fail 1000 of 499, -501 left (a)");
	assert_row(&check, 4, "pass 100 of 100, 0 left");
	assert_fault(5, "no input reports this figure");
	assert_row(&check, 6, "fail 700 of 800, -100 left (b)");
}

UNIT_TEST_WITH(bounds_in_growth, begin_imports, end_imports)
{
	static const struct {
		bool now, base;
		uint64_t limit;
		const char *line, *fault;
	} cases[] = {
		{ false, false, 100, "pass 100 of 100, 0 left", NULL },
		{ false, false, 99, "fail 100 of 99, -1 left", NULL },
		{ true, false, 99, "fail 100 of 99, -1 left", NULL },
		{ true, false, 100, NULL, "which keeps the limit" },
		{ false, true, 100, "pass 100 of 100, 0 left", NULL },
		{ false, true, 99, NULL, "only a lower bound of it is known in the baseline" },
		{ true, true, 100, NULL, "which keeps the limit" },
		{ true, true, 99, NULL, "only a lower bound of it is known in the baseline" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		begin_imports(state);
		add(&now, "a", -1, 0, 1100, 0)->peak_is_least = cases[i].now;
		add(&base, "a", -1, 0, 1000, 0)->peak_is_least = cases[i].base;
		limit_import("a", "max_peak_growth", WHOLE(cases[i].limit));
		judge(true);
		if (cases[i].line)
			assert_row(&check, 0, cases[i].line);
		else
			assert_fault(0, cases[i].fault);
		end_imports(state);
	}
}

/* Of two with one name the bound stays one, whichever comes last. */
UNIT_TEST_WITH(a_bound_in_the_baseline_among_others, begin_imports, end_imports)
{
	for (int first = 0; first < 2; first++) {
		begin_imports(state);
		add(&now, "a", -1, 0, 1100, 0);
		add(&base, "a", -1, 0, 900, 0)->peak_is_least = first == 0;
		add(&base, "a", -1, 0, 1000, 0)->peak_is_least = first == 1;
		limit_import("a", "max_peak_growth", WHOLE(99));
		judge(true);
		assert_fault(0, "only a lower bound of it is known in the baseline");
		end_imports(state);
	}
}

/* What was seen of one that never ended is no figure of it, also where that alone would break a limit. */
UNIT_TEST_WITH(imports_without_an_end, begin_imports, end_imports)
{
	add(&now, "a", -1, 0, 1000, NOT_KNOWN)->cut = true;
	add(&now, "b", -1, 10, 500, 700);
	add(&base, "b", -1, 0, 500, NOT_KNOWN)->cut = true;
	limit_import("a", "max_kept", WHOLE(0));
	limit_import("a", "max_peak", WHOLE(10));
	limit_import("*", "max_kept", WHOLE(10));
	limit_import("*", "max_kept", WHOLE(9));
	limit_import("b", "max_growth", WHOLE(1000));
	judge(true);
	assert_fault(0, "its end did not come");
	assert_fault(1, "its end did not come");
	assert_fault(2, "its end did not come");
	assert_row(&check, 3, "fail 10 of 9, -1 left (b)");
	assert_fault(4, "the baseline does not report this figure");
}

UNIT_TEST_WITH(imports_that_raised, begin_imports, end_imports)
{
	add(&now, "a", -1, 100, 1000, 700)->raised = true;
	add(&now, "b", -1, 100, 500, 700);
	add(&base, "a", -1, 1, 1, 1);
	add(&base, "b", -1, 1, 1, 1)->raised = true;
	limit_import("a", "max_kept", WHOLE(1000));
	limit_import("*", "max_kept", WHOLE(1000));
	limit_import("*", "max_kept", WHOLE(99));
	limit_import("b", "max_growth", WHOLE(1000));
	judge(true);
	assert_fault(0, "it raised an exception");
	assert_fault(1, "it raised an exception");
	assert_row(&check, 2, "fail 100 of 99, -1 left (b)");
	assert_fault(3, "the baseline does not report this figure");
}

UNIT_TEST_WITH(more_than_were_followed, begin_imports, end_imports)
{
	add(&now, "a", -1, 100, 1000, 700);
	now.n_more = 3;
	limit_import("a", "max_kept", WHOLE(1000));
	limit_import("a", "max_kept", WHOLE(10));
	limit_import("b", "max_kept", WHOLE(10));
	judge(false);
	assert_fault(0, "there were 3 more imports than can be followed");
	assert_row(&check, 1, "fail 100 of 10, -90 left");
	assert_fault(2, "there were 3 more imports");
	end_imports(state);

	/* What is not among those that were followed may have been imported all the same. */
	begin_imports(state);
	add(&now, "a", -1, 100, 1000, 700);
	base.n_more = 1;
	limit_import("a", "max_growth", WHOLE(1000));
	judge(true);
	assert_fault(0, "the baseline does not report this figure");
}

UNIT_TEST_WITH(none_at_all, begin_imports, end_imports)
{
	limit_import("*", "max_kept", WHOLE(1000));
	limit_heap("gc", WHEN_LAST, "max_used", WHOLE(1));
	judge(false);
	assert_row(&check, 0, "error: no import matches '*'");
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

UNIT_TEST_WITH(statuses_are_those_of_a_second_reading, begin_imports, end_imports)
{
	for (int round = 0; round < 500; round++) {
		const char *name = dice(3) ? NAMES[dice(ARRAY_SIZE(NAMES))] : "*", *want;
		int64_t most = dice(3000);
		begin_imports(state);
		fill(&now);
		fill(&base);
		limit_import(name, "max_peak", WHOLE((uint64_t)most));
		judge(dice(2));
		oracle(name, most, &want);
		assert_string_equal(check_status_name(check.rows[0].status), want);
		end_imports(state);
	}
}
