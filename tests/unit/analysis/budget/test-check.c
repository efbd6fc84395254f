/* What makes a row pass, fail, warn, or impossible to judge. Figures are given by hand. */
#include "memprof/analysis/check.h"

#include "budget/check_private.h"
#include "cases.h"
#include "made_budget.h"

static struct made_budget b;
static struct check c;

UNIT_BEFORE(begin)
{
	b = (struct made_budget){ 0 };
	c = (struct check){ 0 };
}

UNIT_AFTER(end)
{
	check_deinit(&c);
	check_deinit(&c);
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

/* ---- rows ---- */

UNIT_TEST(each_limit_and_each_fault_is_a_row)
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
	assert_int_equal(check_worst(&c), CHECK_ERROR);
}

UNIT_TEST(a_file_that_cannot_be_read_is_one_row)
{
	struct diag diag = { .at = { .line = 7, .col = 3 }, .text = "expected a value" };

	assert_int_equal(check_begin_unread(&c, "budget.json", &diag), 0);
	check_judge(&c);
	assert_int_equal(c.n_rows, 1);
	assert_row(&c, 0, "error: expected a value");
	assert_string_equal(c.rows[0].at.file, "budget.json");
	assert_int_equal(c.rows[0].at.line, 7);
	assert_int_equal(check_worst(&c), CHECK_ERROR);
	assert_false(check_asks(&c, ~0u));
}

UNIT_TEST(what_is_asked_is_known_before_anything_is_read)
{
	made(&b, SUBJECT_REGION, "RAM", "max_used", WHOLE(1));
	made(&b, SUBJECT_SYMBOL, "f", "max_growth", WHOLE(1));
	made_entry(&b, SUBJECT_OBJECT, "x")->fault = "is wrong";
	start();
	assert_true(check_asks(&c, SUBJECT_BIT(SUBJECT_REGION)));
	assert_true(check_asks(&c, SUBJECT_BIT(SUBJECT_SYMBOL)));
	assert_false(check_asks(&c, SUBJECT_BIT(SUBJECT_OBJECT) | SUBJECT_BIT(SUBJECT_HEAP)));
}

UNIT_TEST(an_input_that_no_limit_is_on_may_be_a_mistake)
{
	made(&b, SUBJECT_REGION, "RAM", "max_used", WHOLE(1));
	start();
	assert_null(check_unused(&c, CHECK_OF_BUILD));
	assert_string_equal(check_unused(&c, CHECK_OF_HEAP), "a heap");
	assert_null(check_unused(&c, CHECK_OF_BASELINE_BUILD)); /* it tells causes */
	assert_string_equal(check_unused(&c, CHECK_OF_BASELINE_HEAP), "the growth of a heap");
	assert_null(check_unused(&c, CHECK_OF_IMPORTS)); /* it comes with a heap */
	check_fail(&c, CHECK_OF_HEAP, "%s is gone", "boot.log");
	check_fail(&c, CHECK_OF_HEAP, "%s is empty", "boot.log");
	assert_null(check_unused(&c, CHECK_OF_HEAP));
	assert_string_equal(c.failed[CHECK_OF_HEAP], "boot.log is gone");
	assert_string_equal(c.trouble, "boot.log is gone");
}

UNIT_TEST(an_input_is_of_use_to_an_invalid_entry_perhaps)
{
	made(&b, SUBJECT_REGION, "RAM", "max_used", WHOLE(1));
	made_entry(&b, SUBJECT_HEAP, "gc")->fault = "has no limit";
	start();
	assert_null(check_unused(&c, CHECK_OF_HEAP));
}

/* ---- limits ---- */

static const char *missing(const char *pattern, const char *const *names)
{
	struct suggestions others = { .pattern = pattern };

	begin();
	made(&b, SUBJECT_REGION, pattern, "max_used", WHOLE(1));
	start();
	others.arena = &c.arena;
	for (; *names; names++)
		suggestions_add(&others, slice_of(*names));
	check_cannot_find(&c, &c.rows[0], "", "region", &others);
	return c.rows[0].fault;
}

static struct figure_value text_value(const char *word)
{
	if (!word)
		return figure_signed(0);
	if (word[0] == '?')
		return figure_bytes(NOT_KNOWN);
	return strchr(word, '.') ? figure_ratio(atof(word)) : figure_signed(strtoll(word, NULL, 0));
}

/* What stands behind a ":", which is NULL now. */
static void offer_words(size_t i_row, char **words)
{
	struct figure figure = { .name = slice_of(words[0]),
				 .value = text_value(words[1]),
				 .base = text_value(words[2]),
				 .capacity_bytes = words[2] && words[3] ? strtoull(words[3], NULL, 0) : NOT_KNOWN };

	check_offer(&c, &c.rows[i_row], &figure);
}

static void answer(char *input, struct strbuf *ret)
{
	char *words[16][48];
	size_t n = 0;

	for (char *line; (line = case_line(&input));) {
		case_words(line, words[n], ARRAY_SIZE(words[n]));
		if (strcmp(words[n][0], "names") == 0) {
			strbuf_printf(ret, "%s\n", missing(words[n][1], (const char *const *)words[n] + 2));
			end();
			continue;
		}
		for (size_t i = 0; words[n][i]; i++)
			if (strcmp(words[n][i], ":") == 0)
				words[n][i++] = NULL;
		made_words(&b, words[n++]);
		assert_true(n < ARRAY_SIZE(words));
	}
	if (n == 0)
		return;
	start();
	for (size_t i = 0; i < n; i++) {
		char **word = words[i], **last = word + ARRAY_SIZE(words[i]) - 1;
		for (; word < last; word++)
			if (!word[0] && word[1])
				offer_words(i, word + 1);
	}
	check_judge(&c);
	for (size_t i = 0; i < c.n_rows; i++)
		assert_int_equal(check_wants_causes(&c.rows[i]), c.rows[i].warned || c.rows[i].status == CHECK_FAIL);
	check_facts(ret, &c);
}

UNIT_CASES("analysis/budget/check.cases", answer)

/* ---- several that fit ---- */

UNIT_TEST(of_several_the_closest_to_its_limit_stays)
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

/* After --update the rows are those of the new limits. */
UNIT_TEST(limits_may_change_afterwards)
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
	assert_int_equal(check_worst(&c), CHECK_FAIL);
	c.rows[0].new_limit = "120";
	check_rejudge(&c, &updated.budget);
	assert_row(&c, 0, "pass 110 of 120, 10 left");
	assert_row(&c, 1, "fail 110 of 100, -10 left");
	assert_int_equal(c.n_of[CHECK_FAIL], 1);
	c.rows[1].new_limit = "120";
	check_rejudge(&c, &updated.budget);
	assert_int_equal(check_worst(&c), CHECK_PASS);
}

UNIT_TEST(what_cannot_be_told_counts_only_where_nothing_can)
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

UNIT_TEST(what_was_not_given_is_an_error_or_skipped)
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
			begin();
			made_limit(made(&b, cases[i].subject, "x", cases[i].key, WHOLE(1)), cases[i].growth_key,
				   WHOLE(1));
			assert_int_equal(check_begin(&c, &b.budget), 0);
			c.allow_missing = allowed;
			check_judge(&c);
			snprintf(line, sizeof(line), "%s: %s", allowed ? "skip" : "error", cases[i].now);
			assert_row(&c, 0, line);
			assert_row(&c, 1, line);
			assert_non_null(strstr(c.rows[0].advice, "give "));
			assert_int_equal(check_worst(&c), allowed ? CHECK_PASS : CHECK_ERROR);
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
			end();
		}
}

UNIT_TEST(what_was_given_and_failed_is_never_skipped)
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
UNIT_TEST(the_worst_row_decides)
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
	assert_int_equal(check_worst(&c), CHECK_ERROR);
	for (unsigned i = 0; i < N_CHECK_STATUSES; i++)
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(check_status_name((enum check_status)i),
						check_status_name((enum check_status)k));
}

/* ---- extremes ---- */

UNIT_TEST(figures_are_known_or_not)
{
	assert_false(figure_ratio(-1).known);
	assert_false(figure_bytes(NOT_KNOWN).known);
	assert_true(figure_bytes(NOT_KNOWN - 1).amount == INT64_MAX);
	assert_true(figure_signed(INT64_MIN).amount == INT64_MIN);
}

/* ---- names ---- */

#define NAMES(...) \
	(const char *const[]) { __VA_ARGS__, NULL }

/* Longer than what is compared. */
UNIT_TEST(long_names_are_compared_by_their_ends)
{
	char name[1000], other[1000];

	memset(name, 'a', sizeof(name));
	memcpy(name + 900, "/modtls.o", 10);
	memset(other, 'b', sizeof(other));
	other[999] = '\0';
	assert_non_null(strstr(missing("modtls.o", NAMES(other, "x", "y", "z", name)), name));
	end();
	assert_null(strstr(missing(other, NAMES("v", "x", "y", "z")), "did you mean"));
	end();
	char texts[65][4];
	const char *many[66] = { NULL };
	for (size_t i = 0; i < 65; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%zu", i);
		many[i] = texts[i];
	}
	assert_string_equal(missing("pppppppp", many), "no region named 'pppppppp'");
}

UNIT_TEST(the_largest_stay_in_order)
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

UNIT_TEST(where_nothing_grew_the_largest_stay)
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
