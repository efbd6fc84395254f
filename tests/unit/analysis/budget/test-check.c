/* What makes a row pass, fail, warn, or impossible to judge. Figures are given by hand. */
#include "memprof/analysis/check.h"

#include <stdio.h>

#include "budget/check_private.h"
#include "made_budget.h"

static struct made_budget b;
static struct check c;

static int begin(void **state)
{
	(void)state;
	b = (struct made_budget){ 0 };
	c = (struct check){ 0 };
	return 0;
}

static int end(void **state)
{
	(void)state;
	check_deinit(&c);
	check_deinit(&c);
	return 0;
}

/* All inputs are there. */
static void start(void)
{
	assert_int_equal(check_begin(&c, &b.budget), 0);
	for (size_t i = 0; i < N_CHECK_INPUTS; i++)
		c.given[i] = true;
}

#define BYTES(n)                             \
	{                                    \
		.known = true, .amount = (n) \
	}

static void offer(size_t i, const char *name, int64_t now, int64_t base, uint64_t capacity)
{
	struct figure figure = {
		.name = slice_of(name), .value = BYTES(now), .base = BYTES(base), .capacity_bytes = capacity
	};

	check_offer(&c, &c.rows[i], &figure);
}

static void offer_ratio(size_t i, double now)
{
	struct figure figure = { .name = SLICE("gc"),
				 .value = { .known = true, .ratio = now },
				 .capacity_bytes = NOT_KNOWN };

	check_offer(&c, &c.rows[i], &figure);
}

/* ---- rows ---- */

UNIT_TEST_WITH(each_limit_and_each_fault_is_a_row, begin, end)
{
	struct budget_entry *flash = made(&b, SUBJECT_REGION, "FLASH", "max_used", WHOLE(10));
	made_limit(flash, "max_growth", WHOLE(1));
	made_limit(flash, "max_free_loss", WHOLE(1));
	made_entry(&b, SUBJECT_REGION, "RAM")->fault = "has no limit";
	made_entry(&b, SUBJECT_REGION, NULL)->fault = "has no subject";
	start();
	static const bool is_limit[] = { true, true, true, false, false };
	assert_int_equal(c.n_rows, ARRAY_SIZE(is_limit));
	for (size_t i = 0; i < ARRAY_SIZE(is_limit); i++)
		assert_int_equal(c.rows[i].limit != NULL, is_limit[i]);
	assert_int_equal(c.rows[1].at.line, 1);
	assert_string_equal(c.name, "budget.json");
	check_judge(&c);
	assert_row(&c, 3, "error: has no limit");
	assert_row(&c, 4, "error: has no subject");
	assert_int_equal(check_exit(&c), 2);
}

UNIT_TEST_WITH(a_file_that_cannot_be_read_is_one_row, begin, end)
{
	struct diag diag = { .at = { .line = 7, .col = 3 }, .text = "expected a value" };

	assert_int_equal(check_begin_unread(&c, "budget.json", &diag), 0);
	check_judge(&c);
	assert_int_equal(c.n_rows, 1);
	assert_row(&c, 0, "error: expected a value");
	assert_string_equal(c.rows[0].at.file, "budget.json");
	assert_int_equal(c.rows[0].at.line, 7);
	assert_int_equal(check_exit(&c), 2);
	assert_false(check_asks(&c, ~0u));
}

UNIT_TEST_WITH(what_is_asked_is_known_before_anything_is_read, begin, end)
{
	made(&b, SUBJECT_REGION, "RAM", "max_used", WHOLE(1));
	made(&b, SUBJECT_SYMBOL, "f", "max_growth", WHOLE(1));
	made_entry(&b, SUBJECT_OBJECT, "x")->fault = "is wrong";
	start();
	assert_true(check_asks(&c, SUBJECT_BIT(SUBJECT_REGION)));
	assert_true(check_asks(&c, SUBJECT_BIT(SUBJECT_SYMBOL)));
	assert_false(check_asks(&c, SUBJECT_BIT(SUBJECT_OBJECT) | SUBJECT_BIT(SUBJECT_HEAP)));
	assert_true(check_asks_growth(&c, SUBJECT_BIT(SUBJECT_SYMBOL)));
	assert_false(check_asks_growth(&c, SUBJECT_BIT(SUBJECT_REGION)));
}

/* ---- limits ---- */

UNIT_TEST_WITH(a_limit_is_the_last_that_passes, begin, end)
{
	for (int i = 0; i < 3; i++)
		made(&b, SUBJECT_REGION, "R", "max_used", WHOLE(100));
	for (int i = 0; i < 3; i++)
		made(&b, SUBJECT_REGION, "R", "min_free", WHOLE(100));
	start();
	for (int i = 0; i < 6; i++)
		offer((size_t)i, "R", 99 + i % 3, 0, NOT_KNOWN);
	check_judge(&c);
	assert_row(&c, 0, "pass 99 of 100, 1 left");
	assert_row(&c, 1, "pass 100 of 100, 0 left");
	assert_row(&c, 2, "fail 101 of 100, -1 left");
	assert_row(&c, 3, "fail 99 of 100, -1 left");
	assert_row(&c, 4, "pass 100 of 100, 0 left");
	assert_row(&c, 5, "pass 101 of 100, 1 left");
	assert_int_equal(c.n_of[CHECK_PASS], 4);
	assert_int_equal(c.n_of[CHECK_FAIL], 2);
	assert_int_equal(check_exit(&c), 1);
}

/* Exact, and then on the strict side. */
UNIT_TEST_WITH(a_percent_is_of_the_capacity, begin, end)
{
	made(&b, SUBJECT_REGION, "R", "max_used", PERCENT(0.9));
	made(&b, SUBJECT_REGION, "R", "max_used", PERCENT(0.333));
	made(&b, SUBJECT_REGION, "R", "min_free", PERCENT(0.333));
	made(&b, SUBJECT_REGION, "R", "min_free", PERCENT(0.1));
	made(&b, SUBJECT_REGION, "R", "max_used", PERCENT(0.07));
	made(&b, SUBJECT_REGION, "R", "max_used", PERCENT(0.9));
	made(&b, SUBJECT_REGION, "R", "max_used", PERCENT(1));
	made(&b, SUBJECT_REGION, "R", "max_used", PERCENT(1));
	made(&b, SUBJECT_REGION, "R", "min_free", PERCENT(0.000001));
	start();
	offer(0, "R", 90, 0, 100);
	offer(1, "R", 33, 0, 100);
	offer(2, "R", 33, 0, 100);
	offer(3, "R", 30, 0, 300);
	offer(4, "R", 7, 0, 100);
	offer(5, "R", 90, 0, NOT_KNOWN);
	offer(6, "R", 0, 0, 0);
	offer(7, "R", (INT64_C(1) << 53) + 1, 0, (UINT64_C(1) << 53) + 1); /* no double is that */
	offer(8, "R", 1, 0, 1000001);
	check_judge(&c);
	assert_row(&c, 0, "pass 90 of 90, 0 left");
	assert_row(&c, 1, "pass 33 of 33, 0 left");
	assert_row(&c, 2, "fail 33 of 34, -1 left");
	assert_row(&c, 3, "pass 30 of 30, 0 left");
	assert_row(&c, 4, "pass 7 of 7, 0 left");
	assert_row(&c, 5, "error: a percentage needs its capacity, which is not known; give bytes");
	assert_row(&c, 6, "pass 0 of 0, 0 left");
	assert_row(&c, 7, "pass 9007199254740993 of 9007199254740993, 0 left");
	assert_row(&c, 8, "fail 1 of 2, -1 left");
	assert_u64_equal(c.rows[0].capacity_bytes, 100);
}

UNIT_TEST_WITH(growth_is_against_the_baseline, begin, end)
{
	made(&b, SUBJECT_OBJECT, "o", "max_growth", WHOLE(10));
	made(&b, SUBJECT_OBJECT, "o", "max_growth", WHOLE(10));
	made(&b, SUBJECT_OBJECT, "o", "max_growth", PERCENT(0.05));
	made(&b, SUBJECT_OBJECT, "o", "max_growth", PERCENT(0.05));
	made(&b, SUBJECT_OBJECT, "o", "max_growth", PERCENT(0.05));
	made(&b, SUBJECT_OBJECT, "o", "max_growth", WHOLE(0));
	made(&b, SUBJECT_REGION, "R", "max_free_loss", PERCENT(0.5));
	made(&b, SUBJECT_REGION, "R", "max_free_loss", WHOLE(3));
	made(&b, SUBJECT_OBJECT, "o", "max_growth", WHOLE(0));
	start();
	offer(0, "o", 110, 100, NOT_KNOWN);
	offer(1, "o", 111, 100, NOT_KNOWN);
	offer(2, "o", 105, 100, NOT_KNOWN);
	offer(3, "o", 106, 100, NOT_KNOWN);
	offer(4, "o", 1, 0, NOT_KNOWN); /* of nothing 5 percent are nothing */
	offer(5, "o", 60, 100, NOT_KNOWN);
	offer(6, "R", 49, 100, 1000);
	offer(7, "R", -1, 3, 1000);
	check_offer(&c, &c.rows[8],
		    &(struct figure){ .name = SLICE("o"), .value = BYTES(1), .capacity_bytes = NOT_KNOWN });
	check_judge(&c);
	assert_row(&c, 0, "pass 10 of 10, 0 left");
	assert_row(&c, 1, "fail 11 of 10, -1 left");
	assert_row(&c, 2, "pass 5 of 5, 0 left");
	assert_row(&c, 3, "fail 6 of 5, -1 left");
	assert_row(&c, 4, "fail 1 of 0, -1 left");
	assert_row(&c, 5, "pass -40 of 0, 40 left");
	assert_row(&c, 6, "fail 51 of 50, -1 left");
	assert_row(&c, 7, "fail 4 of 3, -1 left");
	assert_row(&c, 8, "error: the baseline does not report this figure");
	assert_true(c.rows[0].now.amount == 110 && c.rows[0].base.amount == 100);
}

UNIT_TEST_WITH(ratios_are_decimals, begin, end)
{
	made(&b, SUBJECT_HEAP, "gc", "max_fragmentation", RATIO(0.6));
	made(&b, SUBJECT_HEAP, "gc", "max_fragmentation", PERCENT(0.6));
	made(&b, SUBJECT_HEAP, "gc", "max_fragmentation", RATIO(0.6));
	made(&b, SUBJECT_HEAP, "gc", "max_fragmentation", RATIO(0));
	made(&b, SUBJECT_HEAP, "gc", "max_fragmentation", RATIO(1));
	made(&b, SUBJECT_HEAP, "gc", "max_fragmentation_growth", RATIO(0.1));
	start();
	offer_ratio(0, 1 - 0.4);
	offer_ratio(1, 1 - 0.4);
	offer_ratio(2, 0.601);
	offer_ratio(3, 0);
	offer_ratio(4, 1);
	check_offer(&c, &c.rows[5],
		    &(struct figure){ .name = SLICE("gc"),
				      .value = figure_ratio(0.4),
				      .base = figure_ratio(0.3),
				      .capacity_bytes = NOT_KNOWN });
	check_judge(&c);
	assert_row(&c, 0, "pass 0.600 of 0.600, 0.000 left");
	assert_row(&c, 1, "pass 0.600 of 0.600, 0.000 left");
	assert_row(&c, 2, "fail 0.601 of 0.600, -0.001 left");
	assert_row(&c, 3, "pass 0.000 of 0.000, 0.000 left");
	assert_row(&c, 4, "pass 1.000 of 1.000, 0.000 left");
	assert_row(&c, 5, "pass 0.100 of 0.100, 0.000 left");
	assert_false(figure_ratio(-1).known);
}

/* ---- warnings ---- */

static void warn(struct budget_entry *entry, struct budget_amount at)
{
	entry->has_warning = true;
	entry->warn_at = at;
}

UNIT_TEST_WITH(a_limit_above_all_room_is_idle, begin, end)
{
	static const struct {
		const char *key;
		struct budget_amount amount;
		uint64_t capacities[2];
		bool idle;
	} cases[] = {
		{ "max_used", { .whole = 100 }, { 99, 99 }, true },
		{ "max_used", { .whole = 100 }, { 100, 100 }, false },
		{ "max_used", { .whole = 100 }, { 99, 100 }, false },
		{ "max_used", { .whole = 100 }, { 100, 99 }, false },
		{ "max_used", { .whole = 100 }, { NOT_KNOWN, 99 }, false },
		{ "max_used", { .whole = 100 }, { 99, NOT_KNOWN }, false },
		{ "max_used", PART(AMOUNT_PERCENT, 1), { 99, 99 }, false },
		{ "min_free", { .whole = 1 }, { 0, 0 }, false },
		{ "max_growth", { .whole = 100 }, { 99, 99 }, false },
		{ "max_free_loss", { .whole = 100 }, { 99, 99 }, false },
		{ "max_used", { .whole = 9 }, { 5, 5 }, false }, /* it is broken all the same */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		made(&b, SUBJECT_REGION, "R*", cases[i].key, cases[i].amount);
	start();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (int k = 0; k < 2; k++)
			offer(i, k ? "R1" : "R2", 10 - k, 0, cases[i].capacities[k]);
	check_judge(&c);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (c.rows[i].idle != cases[i].idle)
			fail_msg("case %zu", i);
	assert_int_equal(c.rows[ARRAY_SIZE(cases) - 1].status, CHECK_FAIL);
}

UNIT_TEST_WITH(what_comes_near_its_limit_warns, begin, end)
{
	static const struct {
		const char *key;
		uint64_t limit;
		struct budget_amount warn;
		int64_t value;
		const char *row;
	} cases[] = {
		{ "max_used", 100, PART(AMOUNT_PERCENT, 0.95), 94, "pass 94 of 100, 6 left" },
		{ "max_used", 100, PART(AMOUNT_PERCENT, 0.95), 95, "pass warned 95 of 100, 5 left" },
		{ "max_used", 100, PART(AMOUNT_PERCENT, 0.07), 7, "pass warned 7 of 100, 93 left" },
		{ "max_used", 100, PART(AMOUNT_PERCENT, 0.95), 101, "fail 101 of 100, -1 left" },
		{ "max_used", 100, { .whole = 80 }, 79, "pass 79 of 100, 21 left" },
		{ "max_used", 100, { .whole = 80 }, 80, "pass warned 80 of 100, 20 left" },
		{ "max_used", 0, PART(AMOUNT_PERCENT, 0.95), 0, "pass 0 of 0, 0 left" },
		{ "min_free", 95, PART(AMOUNT_PERCENT, 0.95), 100, "pass warned 100 of 95, 5 left" },
		{ "min_free", 95, PART(AMOUNT_PERCENT, 0.95), 101, "pass 101 of 95, 6 left" },
		{ "min_free", 95, PART(AMOUNT_PERCENT, 0.95), 94, "fail 94 of 95, -1 left" },
		{ "min_free", 50, { .whole = 80 }, 80, "pass warned 80 of 50, 30 left" },
		{ "min_free", 50, { .whole = 80 }, 81, "pass 81 of 50, 31 left" },
		{ "max_growth", 10, PART(AMOUNT_PERCENT, 0.5), -7, "pass -7 of 10, 17 left" },
		{ "max_growth", 10, PART(AMOUNT_PERCENT, 0.5), 5, "pass warned 5 of 10, 5 left" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		warn(made(&b, SUBJECT_REGION, "R", cases[i].key, WHOLE(cases[i].limit)), cases[i].warn);
	start();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		offer(i, "R", cases[i].value, 0, NOT_KNOWN);
	check_judge(&c);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_row(&c, i, cases[i].row);
		assert_int_equal(check_wants_causes(&c.rows[i]), c.rows[i].warned || c.rows[i].status == CHECK_FAIL);
	}
	assert_int_equal(c.n_warned, 6);
	assert_int_equal(check_exit(&c), 1);
}

UNIT_TEST_WITH(a_ratio_warns_too, begin, end)
{
	warn(made(&b, SUBJECT_HEAP, "gc", "max_fragmentation", RATIO(0.6)), RATIO(0.5));
	warn(made(&b, SUBJECT_HEAP, "gc", "max_fragmentation", RATIO(0.6)), RATIO(0.5));
	warn(made(&b, SUBJECT_HEAP, "gc", "max_fragmentation", RATIO(0.6)), PERCENT(0.5));
	start();
	offer_ratio(0, 0.5);
	offer_ratio(1, 0.49);
	offer_ratio(2, 0.3);
	check_judge(&c);
	assert_row(&c, 0, "pass warned 0.500 of 0.600, 0.100 left");
	assert_row(&c, 1, "pass 0.490 of 0.600, 0.110 left");
	assert_row(&c, 2, "pass warned 0.300 of 0.600, 0.300 left");
	assert_int_equal(check_exit(&c), 0);
}

/* ---- several that fit ---- */

UNIT_TEST_WITH(of_several_the_closest_to_its_limit_stays, begin, end)
{
	static const struct figure_part causes[] = {
		{ "a.o", 5, 10, false },
		{ "b.o", 4, 10, false },
		{ "c.o", 3, 10, false },
		{ "d.o", 2, 10, false },
	};
	struct figure worst = { .name = SLICE("B"),
				.value = BYTES(120),
				.capacity_bytes = NOT_KNOWN,
				.moment = "dump 3",
				.parts = causes,
				.n_parts = ARRAY_SIZE(causes) };

	made(&b, SUBJECT_REGION, "*", "max_used", WHOLE(100));
	made(&b, SUBJECT_REGION, "*", "max_used", PERCENT(0.5));
	made(&b, SUBJECT_REGION, "B", "max_used", WHOLE(100));
	start();
	offer(0, "A", 90, 0, NOT_KNOWN);
	check_offer(&c, &c.rows[0], &worst);
	offer(0, "C", 119, 0, NOT_KNOWN);
	offer(0, "D", 120, 0, NOT_KNOWN);
	offer(1, "large", 400, 0, 1000);
	offer(1, "small", 4, 0, 10);
	check_cannot(&c, &c.rows[1], NULL, "it is not known");
	offer(2, "B", 1, 0, NOT_KNOWN);
	check_judge(&c);
	assert_row(&c, 0, "fail 120 of 100, -20 left (B) because a.o +5 10, b.o +4 10, c.o +3 10");
	assert_row(&c, 1, "pass 4 of 5, 1 left (small)");
	assert_row(&c, 2, "pass 1 of 100, 99 left");
	assert_true(c.rows[0].causes[0].name != causes[0].name); /* a copy */
	assert_string_equal(c.rows[0].moment, "dump 3");
	assert_int_equal(c.rows[0].n_others, 2); /* those that break it, too */
	assert_string_equal(c.rows[0].others[0].name, "D");
	assert_int_equal(c.rows[0].others[1].value.amount, 119);
	assert_int_equal(c.rows[2].n_others, 0);
}

/* Else --update would write a limit that another one breaks, and warn_at pass over what is near. */
UNIT_TEST_WITH(of_a_percent_the_one_that_used_most_of_it_stays, begin, end)
{
	made(&b, SUBJECT_REGION, "*", "max_used", PERCENT(0.9));
	made(&b, SUBJECT_REGION, "*", "min_free", PERCENT(0.1));
	made(&b, SUBJECT_OBJECT, "*", "max_growth", PERCENT(0.05));
	made(&b, SUBJECT_REGION, "*", "max_used", PERCENT(0.5));
	made(&b, SUBJECT_OBJECT, "*", "max_growth", PERCENT(0.05));
	b.entries[0].has_warning = true;
	b.entries[0].warn_at = (struct budget_amount)PERCENT(0.9);
	start();
	offer(0, "large", 850, 0, 1000);
	offer(0, "small", 60, 0, 100);
	offer(1, "small", 40, 0, 100);
	offer(1, "large", 150, 0, 1000);
	offer(2, "small", 100, 100, NOT_KNOWN);
	offer(2, "large", 1040, 1000, NOT_KNOWN);
	offer(3, "small", 60, 0, 100);
	offer(3, "full", 499, 0, 1000);
	offer(3, "large", 510, 0, 1000);
	offer(4, "large", 10500, 10000, NOT_KNOWN);
	offer(4, "new", 1, 0, NOT_KNOWN);
	check_judge(&c);
	assert_row(&c, 0, "pass warned 850 of 900, 50 left (large)");
	assert_row(&c, 1, "pass 150 of 100, 50 left (large)");
	assert_row(&c, 2, "pass 40 of 50, 10 left (large)");
	assert_row(&c, 3, "fail 60 of 50, -10 left (small)");
	assert_int_equal(c.rows[3].n_others, 1);
	assert_row(&c, 4, "fail 1 of 0, -1 left (new)");
}

UNIT_TEST_WITH(others_stay_when_a_worse_one_comes, begin, end)
{
	made(&b, SUBJECT_SYMBOL, "*", "max_size", WHOLE(100));
	start();
	for (int i = 0; i < 9; i++)
		offer(0, "s", 101 + i, 0, NOT_KNOWN);
	check_judge(&c);
	assert_row(&c, 0, "fail 109 of 100, -9 left (s)");
	assert_int_equal(c.rows[0].n_others, 8);
	for (int i = 0; i < CHECK_OTHERS_MAX; i++)
		assert_int_equal(c.rows[0].others[i].value.amount, 108 - i);
}

/* After --update the rows are those of the new limits. */
UNIT_TEST_WITH(limits_may_change_afterwards, begin, end)
{
	static struct made_budget updated;

	made(&b, SUBJECT_REGION, "A", "max_used", WHOLE(100));
	made(&b, SUBJECT_REGION, "B", "max_used", WHOLE(100));
	made(&updated, SUBJECT_REGION, "A", "max_used", WHOLE(120));
	made(&updated, SUBJECT_REGION, "B", "max_used", WHOLE(120));
	start();
	offer(0, "A", 110, 0, NOT_KNOWN);
	offer(1, "B", 110, 0, NOT_KNOWN);
	check_judge(&c);
	assert_int_equal(check_exit(&c), 1);
	c.rows[0].new_limit = "120";
	check_rejudge(&c, &updated.budget);
	assert_row(&c, 0, "pass 110 of 120, 10 left");
	assert_row(&c, 1, "fail 110 of 100, -10 left");
	assert_int_equal(c.n_of[CHECK_FAIL], 1);
	c.rows[1].new_limit = "120";
	check_rejudge(&c, &updated.budget);
	assert_int_equal(check_exit(&c), 0);
}

UNIT_TEST_WITH(what_cannot_be_told_counts_only_where_nothing_can, begin, end)
{
	made(&b, SUBJECT_REGION, "*", "max_used", WHOLE(100));
	made(&b, SUBJECT_REGION, "*", "max_used", WHOLE(100));
	made(&b, SUBJECT_REGION, "*", "max_used", WHOLE(100));
	start();
	check_cannot(&c, &c.rows[0], "give another one", "region %s: it is not known", "A");
	check_cannot(&c, &c.rows[0], NULL, "region %s: it is not known", "B");
	check_offer(&c, &c.rows[1],
		    &(struct figure){ .name = SLICE("A"), .capacity_bytes = NOT_KNOWN, .advice = "give another one" });
	offer(1, "B", 5, 0, NOT_KNOWN);
	check_judge(&c);
	assert_row(&c, 0, "error: region A: it is not known");
	assert_string_equal(c.rows[0].advice, "give another one");
	assert_row(&c, 1, "pass 5 of 100, 95 left (B)");
	assert_null(c.rows[1].advice);
	assert_row(&c, 2, "error: nothing has that name");
}

/* ---- inputs ---- */

UNIT_TEST_WITH(what_was_not_given_is_an_error_or_skipped, begin, end)
{
	static const struct {
		enum figure_subject subject;
		const char *key, *now, *growth_key, *base;
		enum check_input input, base_input;
	} cases[] = {
		{ SUBJECT_REGION, "max_used", "no build was given", "max_growth",
		  "no older build was given to compare with", CHECK_OF_BUILD, CHECK_OF_BASELINE_BUILD },
		{ SUBJECT_IMAGE, "max_size", "no build was given", "max_growth",
		  "no older build was given to compare with", CHECK_OF_BUILD, CHECK_OF_BASELINE_BUILD },
		{ SUBJECT_HEAP, "max_used", "no heap was given", "max_growth",
		  "no older heap was given to compare with", CHECK_OF_HEAP, CHECK_OF_BASELINE_HEAP },
		{ SUBJECT_PARTITION, "max_used", "no partitions were given", "max_growth",
		  "no older firmware was given to compare with", CHECK_OF_PARTITIONS, CHECK_OF_BASELINE_PARTITIONS },
		{ SUBJECT_IMPORT, "max_kept", "no imports were followed", "max_growth",
		  "no older imports were given to compare with", CHECK_OF_IMPORTS, CHECK_OF_BASELINE_IMPORTS },
		{ SUBJECT_TEST, "max_kept", "no tests were run", "max_growth",
		  "no older tests were given to compare with", CHECK_OF_TESTS, CHECK_OF_BASELINE_TESTS },
	};

	for (int allowed = 0; allowed < 2; allowed++)
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			char line[100];
			begin(NULL);
			made_limit(made(&b, cases[i].subject, "x", cases[i].key, WHOLE(1)), cases[i].growth_key,
				   WHOLE(1));
			assert_int_equal(check_begin(&c, &b.budget), 0);
			c.allow_missing = allowed;
			check_judge(&c);
			snprintf(line, sizeof(line), "%s: %s", allowed ? "skip" : "error", cases[i].now);
			assert_row(&c, 0, line);
			assert_row(&c, 1, line);
			assert_non_null(strstr(c.rows[0].advice, "give "));
			assert_int_equal(check_exit(&c), allowed ? 0 : 2);
			check_deinit(&c);

			assert_int_equal(check_begin(&c, &b.budget), 0);
			c.allow_missing = allowed;
			c.given[cases[i].input] = true;
			offer(0, "x", 1, 0, NOT_KNOWN);
			check_judge(&c);
			snprintf(line, sizeof(line), "%s: %s", allowed ? "skip" : "error", cases[i].base);
			assert_row(&c, 0, "pass 1 of 1, 0 left");
			assert_row(&c, 1, line);
			assert_non_null(strstr(c.rows[1].advice, "--baseline"));
			end(NULL);
		}
}

UNIT_TEST_WITH(what_was_given_and_failed_is_never_skipped, begin, end)
{
	made_limit(made(&b, SUBJECT_REGION, "R", "max_used", WHOLE(1)), "max_growth", WHOLE(1));
	assert_int_equal(check_begin(&c, &b.budget), 0);
	c.allow_missing = true;
	c.given[CHECK_OF_BUILD] = c.given[CHECK_OF_BASELINE_BUILD] = true;
	c.failed[CHECK_OF_BASELINE_BUILD] = "old.map is cut";
	offer(0, "R", 1, 0, NOT_KNOWN);
	check_judge(&c);
	assert_row(&c, 0, "pass 1 of 1, 0 left");
	assert_row(&c, 1, "error: old.map is cut");
	assert_null(c.rows[1].advice);
	check_deinit(&c);

	assert_int_equal(check_begin(&c, &b.budget), 0);
	c.given[CHECK_OF_BUILD] = true;
	c.failed[CHECK_OF_BUILD] = "new.map is cut";
	check_judge(&c);
	assert_row(&c, 0, "error: new.map is cut");
	assert_row(&c, 1, "error: new.map is cut");
}

/* An error is worse than a broken limit, whichever comes first. */
UNIT_TEST_WITH(the_worst_row_decides, begin, end)
{
	made(&b, SUBJECT_REGION, "A", "max_used", WHOLE(1));
	made(&b, SUBJECT_REGION, "B", "max_used", WHOLE(1));
	made(&b, SUBJECT_REGION, "C", "max_used", WHOLE(1));
	start();
	offer(0, "A", 5, 0, NOT_KNOWN);
	check_cannot(&c, &c.rows[1], NULL, "no region named 'B'");
	offer(2, "C", 1, 0, NOT_KNOWN);
	check_judge(&c);
	assert_int_equal(c.n_of[CHECK_FAIL], 1);
	assert_int_equal(c.n_of[CHECK_ERROR], 1);
	assert_int_equal(c.n_of[CHECK_PASS], 1);
	assert_int_equal(check_exit(&c), 2);
	for (unsigned i = 0; i < N_CHECK_STATUSES; i++)
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(check_status_name((enum check_status)i),
						check_status_name((enum check_status)k));
}

/* ---- extremes ---- */

UNIT_TEST_WITH(sizes_beyond_what_is_counted_stay_in_order, begin, end)
{
	made(&b, SUBJECT_OBJECT, "o", "max_size", WHOLE(UINT64_MAX));
	made(&b, SUBJECT_OBJECT, "o", "max_size", WHOLE(0));
	made(&b, SUBJECT_REGION, "R", "min_free", WHOLE(UINT64_MAX));
	made(&b, SUBJECT_REGION, "R", "min_free", WHOLE(0));
	made(&b, SUBJECT_OBJECT, "o", "max_growth", WHOLE(0));
	made(&b, SUBJECT_REGION, "R", "max_free_loss", WHOLE(0));
	made(&b, SUBJECT_OBJECT, "o", "max_growth", PERCENT(10000));
	made(&b, SUBJECT_REGION, "R", "max_free_loss", PERCENT(10000));
	made(&b, SUBJECT_REGION, "R", "max_used", PERCENT(0.5));
	start();
	offer(0, "o", INT64_MAX, 0, NOT_KNOWN);
	offer(1, "o", INT64_MAX, 0, NOT_KNOWN);
	offer(2, "R", INT64_MIN, 0, NOT_KNOWN);
	offer(3, "R", INT64_MIN, 0, NOT_KNOWN);
	offer(4, "o", INT64_MAX, INT64_MIN, NOT_KNOWN);
	offer(5, "R", INT64_MIN, INT64_MAX, NOT_KNOWN);
	offer(6, "o", INT64_MAX, INT64_MAX, NOT_KNOWN);
	offer(7, "R", INT64_MIN, INT64_MIN, NOT_KNOWN);
	offer(8, "R", INT64_MAX, 0, UINT64_MAX - 1);
	check_judge(&c);
	assert_row(&c, 0, "pass 9223372036854775807 of 9223372036854775807, 0 left");
	assert_row(&c, 1, "fail 9223372036854775807 of 0, -9223372036854775807 left");
	assert_row(&c, 2, "fail -9223372036854775808 of 9223372036854775807, -9223372036854775808 left");
	assert_row(&c, 3, "fail -9223372036854775808 of 0, -9223372036854775808 left");
	assert_row(&c, 4, "fail 9223372036854775807 of 0, -9223372036854775807 left");
	assert_row(&c, 5, "fail 9223372036854775807 of 0, -9223372036854775807 left");
	assert_row(&c, 6, "pass 0 of 9223372036854775807, 9223372036854775807 left");
	assert_row(&c, 7, "pass 0 of 0, 0 left"); /* a part of less than nothing is nothing */
	assert_row(&c, 8, "fail 9223372036854775807 of 4611686018427387903, -4611686018427387904 left");
	assert_false(figure_bytes(NOT_KNOWN).known);
	assert_true(figure_bytes(NOT_KNOWN - 1).amount == INT64_MAX);
	assert_true(figure_signed(INT64_MIN).amount == INT64_MIN);
}

/* ---- names ---- */

static const char *missing(const char *pattern, const char *const *names)
{
	struct suggestions others = { .pattern = pattern };

	begin(NULL);
	made(&b, SUBJECT_REGION, pattern, "max_used", WHOLE(1));
	start();
	others.arena = &c.arena;
	for (; *names; names++)
		suggestions_add(&others, slice_of(*names));
	check_cannot_find(&c, &c.rows[0], "", "region", &others);
	return c.rows[0].fault;
}
#define NAMES(...) \
	(const char *const[]) { __VA_ARGS__, NULL }

UNIT_TEST_WITH(a_name_that_is_not_there_is_told_with_those_that_are, begin, end)
{
	static const struct {
		const char *pattern, *names[6], *summary;
	} cases[] = {
		{ "FLSH", { "RAM", "FLASH" }, "no region named 'FLSH'; there are FLASH and RAM" },
		{ "X", { "RAM" }, "no region named 'X'; there is RAM" },
		{ "X", { NULL }, "no region named 'X'" },
		{ "X*", { "A", "B", "C", "A", "B" }, "no region matches 'X*'; there are A, B and C" },
		{ "flash",
		  { "RAM", "FLASH", "SCRATCH_X", "SCRATCH_Y" },
		  "no region named 'flash'; did you mean FLASH?" },
		{ "modtls.o",
		  { "py/gc.o", "py/obj.o", "extmod/modtls.o", "lib.a(modtls.o)" },
		  "no region named 'modtls.o'; did you mean extmod/modtls.o or lib.a(modtls.o)?" },
		{ "*/modtl.o",
		  { "py/gc.o", "py/object.o", "extmod/modtls.o", "a/b/c/d.o" },
		  "no region matches '*/modtl.o'; did you mean extmod/modtls.o?" },
		{ "zzzzzzzz",
		  { "aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd" },
		  "no region named 'zzzzzzzz'; there are aaaaaaaa, bbbbbbbb, cccccccc and others" },
		{ "aaaa",
		  { "aaab", "aaac", "aaad", "aaae", "aaxx" },
		  "no region named 'aaaa'; did you mean aaab, aaac or aaad?" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_string_equal(missing(cases[i].pattern, cases[i].names), cases[i].summary);
		end(NULL);
	}
}

/* Longer than what is compared. */
UNIT_TEST_WITH(long_names_are_compared_by_their_ends, begin, end)
{
	char name[1000], other[1000];

	memset(name, 'a', sizeof(name));
	memcpy(name + 900, "/modtls.o", 10);
	memset(other, 'b', sizeof(other));
	other[999] = '\0';
	assert_non_null(strstr(missing("modtls.o", NAMES(other, "x", "y", "z", name)), name));
	end(NULL);
	assert_null(strstr(missing(other, NAMES("v", "x", "y", "z")), "did you mean"));
	end(NULL);
	assert_string_equal(missing("pppppppp", NAMES("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m",
						      "n", "o", "q", "r")),
			    "no region named 'pppppppp'; there are a, b, c and others");
	end(NULL);
	char texts[65][4];
	const char *many[66] = { NULL };
	for (size_t i = 0; i < 65; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%zu", i);
		many[i] = texts[i];
	}
	assert_string_equal(missing("pppppppp", many), "no region named 'pppppppp'");
}

UNIT_TEST_WITH(the_largest_stay_in_order, begin, end)
{
	struct check_top top = { .grown.n = 0 };
	const struct check_ranking *parts;
	static const int64_t deltas[] = { 3, 9, 1, 9, 5 };

	for (size_t i = 0; i < ARRAY_SIZE(deltas); i++)
		check_top_add(&top,
			      (struct check_candidate){ .i = i, .delta_bytes = deltas[i], .size_bytes = 100 - i });
	parts = check_top_parts(&top);
	assert_int_equal(parts->n, 3);
	assert_true(parts->best[0].i == 1 && parts->best[1].i == 3 && parts->best[2].i == 4);
}

UNIT_TEST_WITH(where_nothing_grew_the_largest_stay, begin, end)
{
	struct check_top top = { .grown.n = 0 };
	const struct check_ranking *parts;

	check_top_add(&top, (struct check_candidate){ .i = 0, .delta_bytes = -5, .size_bytes = 10 });
	check_top_add(&top, (struct check_candidate){ .i = 1, .delta_bytes = FIGURE_NO_DELTA, .size_bytes = 20 });
	check_top_add(&top, (struct check_candidate){ .i = 2, .delta_bytes = 5, .size_bytes = 0 });
	parts = check_top_parts(&top);
	assert_int_equal(parts->n, 2);
	assert_true(parts->best[0].i == 1 && parts->best[1].i == 0);
	assert_true(parts->best[1].delta_bytes == FIGURE_NO_DELTA);
}
