/* Heaps against limits: which moment counts, which heap, and what is said where none does. */
#include "cases.h"
#include "check-fixture.h"

enum { WORDS_MAX = 24 };

/* What is behind ":" in the line of a moment. */
static void read_options(char **words, struct moment *ret, struct heap *heap)
{
	struct heap_pool *pool = heap->n_pools ? &heap->pools[0] : NULL;

	for (; *words; words++) {
		char *value = strchr(*words, '=');
		value = value ? value + 1 : *words;
		if (strncmp(*words, "label=", 6) == 0)
			set_text(ret->label, sizeof(ret->label), value);
		else if (strncmp(*words, "time=", 5) == 0)
			set_text(ret->time, sizeof(ret->time), value);
		else if (strncmp(*words, "file=", 5) == 0)
			ret->file = value;
		else if (strncmp(*words, "line=", 5) == 0)
			ret->line = strtoull(value, NULL, 0);
		else if (strcmp(*words, "cut") == 0)
			heap->problem = HEAP_CUT;
		else if (strcmp(*words, "damaged") == 0)
			pool->damaged = true;
		else if (strncmp(*words, "total=", 6) == 0)
			pool->reported.total_bytes = strtoull(value, NULL, 0);
		else if (strncmp(*words, "used=", 5) == 0)
			pool->reported.used_bytes = strtoull(value, NULL, 0);
		else if (strncmp(*words, "free=", 5) == 0)
			pool->reported.free_bytes = strtoull(value, NULL, 0);
		else if (strncmp(*words, "max_free=", 9) == 0)
			pool->reported.max_free_blocks = (uint32_t)strtoull(value, NULL, 0);
		else
			fail_msg("no '%s' of a moment", *words);
	}
}

static uint64_t number(const char *word) { return word[0] == '-' ? NOT_KNOWN : strtoull(word, NULL, 0); }

static char **options_of(char **words)
{
	while (*words && strcmp(*words, ":") != 0)
		words++;
	return words + (*words != NULL);
}

static void give_dump(enum check_side side, char **words)
{
	struct moment moment = { .timeline_us = NOT_KNOWN, .n_boot = n_boot };
	uint64_t base = 0x20000000;
	struct heap heap;

	heap_init(&heap);
	for (char **pool = words; *pool && strcmp(*pool, ":") != 0; pool += 2, base += 0x100000)
		add_pool(&heap, pool[0], base, pool[1]);
	read_options(options_of(words), &moment, &heap);
	heap_seal(&heap);
	moment.heap = &heap;
	assert_int_equal(check_moment(&check, side, &moment), 0);
	heap_deinit(&heap);
}

static void give_figures(enum check_side side, char **words)
{
	struct moment moment = { .kind = MOMENT_SAMPLE,
				 .state = sample_of(number(words[0]), number(words[1]), number(words[2])),
				 .timeline_us = NOT_KNOWN };

	read_options(options_of(words), &moment, &(struct heap){ 0 });
	assert_int_equal(check_moment(&check, side, &moment), 0);
}

static void put_rows(struct strbuf *ret)
{
	offer_heaps();
	for (size_t i = 0; i < check.n_rows; i++)
		row_facts(ret, &check.rows[i]);
	strbuf_printf(ret, "exit %d", check_worst(&check));
	for (unsigned side = 0; side < N_CHECK_SIDES; side++)
		strbuf_printf(ret, "; %s%llu dumps, %llu cut", side ? "base " : "",
			      (unsigned long long)check.dumps[side].n, (unsigned long long)check.dumps[side].n_cut);
	strbuf_puts(ret, "\n");
}

static void answer(char *input, struct strbuf *ret)
{
	bool is_begun = false;

	for (char *line, *all[WORDS_MAX]; (line = case_line(&input));) {
		case_words(line, all, WORDS_MAX);
		enum check_side side = strcmp(all[0], "base") == 0 ? CHECK_BASE : CHECK_NOW;
		char **words = side == CHECK_BASE ? all + 1 : all;
		if (strcmp(words[0], "heap") == 0) {
			made_words(&made_budget, words);
			continue;
		}
		if (!is_begun)
			begin();
		is_begun = true;
		if (strcmp(words[0], "again") == 0) {
			put_rows(ret);
			tear_down();
			begin();
		} else if (strcmp(words[0], "end") == 0) {
			check_end_input(&check, side);
		} else if (strcmp(words[0], "no-baseline") == 0) {
			check.given[CHECK_OF_BASELINE_HEAP] = false;
		} else if (strcmp(words[0], "dump") == 0) {
			give_dump(side, words + 1);
		} else if (strcmp(words[0], "sample") == 0) {
			give_figures(side, words + 1);
		} else if (strcmp(words[0], "pool") == 0) {
			give_told(side, words[1], number(words[2]), number(words[3]), number(words[4]));
		} else {
			fail_msg("no moment '%s'", words[0]);
		}
	}
	put_rows(ret);
}

UNIT_CASES("analysis/budget/check_heaps.cases", answer)

UNIT_TEST(of_many_labels_some_are_told)
{
	limit_mark("gc", "after boot", "max_used", WHOLE(1));
	limit_mark("gc", "", "max_used", WHOLE(1));
	begin();
	for (int i = 0; i < 100; i++) {
		char label[16];
		snprintf(label, sizeof(label), "loop %d", i);
		give(CHECK_NOW, "gc", "h.", i == 50 ? "after bott" : label);
	}
	offer_heaps();
	assert_fault(0, "no mark named 'after boot'; did you mean 'after bott'?");
	assert_fault(1, "no mark named ''; there are 'loop 0', 'loop 1', 'loop 2' and others");
}

/* Control characters of boards: as they are in faults, and shown in moments. */
UNIT_TEST(hostile_labels)
{
	limit_mark("gc", "after boot", "max_used", WHOLE(1));
	limit_heap("gc", WHEN_LAST, "max_used", WHOLE(1));
	begin();
	give(CHECK_NOW, "gc", "h.", "one");
	give(CHECK_NOW, "gc", "h.", "\x1b[2J\ntwo");
	offer_heaps();
	assert_fault(0, "no mark named 'after boot'; there are '\x1b[2J\ntwo' and 'one'");
	assert_string_equal(check.rows[1].moment, "dump 2, '\\x1b[2J\\x0atwo'");
}

UNIT_TEST(no_limit_is_about_heaps)
{
	limit(SUBJECT_REGION, "FLASH", "max_used", WHOLE(1));
	begin();
	give(CHECK_NOW, "gc", "h.", "");
	check_end_input(&check, CHECK_NOW);
	assert_int_equal(check_heaps_offer(&check), 0);
	assert_false(check.rows[0].value.known);
	assert_u64_equal(check.dumps[CHECK_NOW].n, 0);
}
