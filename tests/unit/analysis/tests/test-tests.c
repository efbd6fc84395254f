#include "memprof/analysis/tests.h"

#include "cases.h"

static struct tests t;

UNIT_BEFORE(set_up) { t = (struct tests){ .error = 0 }; }

UNIT_AFTER(tear_down)
{
	assert_int_equal(t.error, 0);
	tests_deinit(&t);
	tests_deinit(&t);
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

/* ---- what is measured ---- */

/* Objects of a block of 16 bytes each. */
static void find_seven(void)
{
	uint8_t then[8], now[8];

	memset(then, BLOCK_FREE, sizeof(then));
	memset(now, BLOCK_HEAD, sizeof(now));
	then[3] = BLOCK_HEAD; /* it was there */
	tests_objects(&t, then, now, sizeof(now), 16);
}

static uint64_t number(const char *word) { return !word || word[0] == '?' ? NOT_KNOWN : strtoull(word, NULL, 0); }

/* Used bytes, and what is another than usual. */
static struct test_moment moment_of(uint64_t at_us, char **words)
{
	struct test_moment moment = at(at_us, number(words[0]), 0);
	bool has_seen = false;

	for (words++; words[-1] && *words; words++) {
		uint64_t value = number(strchr(*words, '=') + 1);
		if (words[0][0] == 'n')
			moment.n_collections = value;
		else if (words[0][0] == 's')
			moment.n_seen = value;
		else if (words[0][0] == 'l')
			moment.lfb_bytes = value;
		else if (words[0][0] == 'a')
			moment.at_us = value;
		else if (words[0][0] == 't')
			moment.took_us = value;
		else
			moment.collect_us = value;
		has_seen |= words[0][0] == 's';
	}
	if (!has_seen)
		moment.n_seen = moment.n_collections;
	return moment;
}

static enum test_outcome outcome_of(const char *word)
{
	enum test_outcome outcome = TEST_PASSED;

	while (strcmp(test_outcome_name(outcome), word) != 0)
		assert_true(++outcome < N_TEST_OUTCOMES);
	return outcome;
}

static void call(char **words)
{
	const char *verb = words[0];
	enum test_level level = words[1] && strcmp(words[1], "function") == 0 ? TEST_FUNCTION : TEST_FILE;
	struct test_moment moment;

	if (strcmp(verb, "begin") == 0) {
		moment = moment_of(1000, words + 3);
		tests_begin(&t, level, words[2], &moment);
	} else if (strcmp(verb, "stop") == 0) {
		moment = moment_of(51000, words + 2);
		tests_stop(&t, level, &moment);
	} else if (strcmp(verb, "end") == 0) {
		moment = moment_of(52000, words + 2);
		tests_end(&t, level, words[2] ? &moment : NULL);
	} else if (strcmp(verb, "whole") == 0) {
		whole(level, words[2], number(words[3]), number(words[4]), number(words[5]));
	} else if (strcmp(verb, "outcome") == 0) {
		tests_outcome(&t, level, outcome_of(words[2]), words[3]);
	} else if (strcmp(verb, "used") == 0) {
		tests_used(&t, number(words[1]));
	} else if (strcmp(verb, "lfb") == 0) {
		tests_largest_free(&t, number(words[1]));
	} else if (strcmp(verb, "took") == 0) {
		tests_collection_took(&t, number(words[1]));
	} else if (strcmp(verb, "window") == 0) {
		tests_requests(&t, &(struct heap_window){ .most_used_bytes = number(words[1]) });
	} else if (strcmp(verb, "objects") == 0) {
		find_seven();
	} else if (strcmp(verb, "finish") == 0) {
		tests_finish(&t);
	} else {
		fail_msg("no call '%s'", verb);
	}
}

static void put_number(struct strbuf *ret, const char *label, uint64_t value)
{
	if (value == NOT_KNOWN)
		strbuf_printf(ret, ", %s ?", label);
	else
		strbuf_printf(ret, ", %s %llu", label, (unsigned long long)value);
}

static void put_test(struct strbuf *ret, const struct test_row *row)
{
	assert_int_equal(row->sizes_are_least, row->peak_is_least);
	strbuf_printf(ret, "%s: %s, kept ", row->name, test_outcome_name(row->outcome));
	if (row->measured)
		strbuf_printf(ret, "%lld", (long long)row->kept_bytes);
	else
		strbuf_puts(ret, row->kept_bytes ? "!" : "?");
	put_number(ret, row->peak_is_least ? "peak >" : "peak", row->peak_bytes);
	put_number(ret, "lfb", row->lfb_bytes);
	put_number(ret, "us", row->duration_us);
	put_number(ret, "collections", row->n_collections);
	put_number(ret, row->time_is_estimated ? "in us ~" : "in us", row->collecting_us);
	strbuf_puts(ret, row->has_sizes ? ", sizes" : "");
	if (row->file != TESTS_NONE)
		strbuf_printf(ret, ", of row %u", (unsigned)row->file);
	if (row->message)
		strbuf_printf(ret, ": %s", row->message);
	strbuf_puts(ret, "\n");
}

static void answer(char *input, struct strbuf *ret)
{
	for (char *line, *words[48]; (line = case_line(&input));) {
		case_words(line, words, ARRAY_SIZE(words));
		words[ARRAY_SIZE(words) - 1] = NULL;
		for (char **first = words, **word = words; *first; first = word) {
			while (*word && strcmp(*word, ";") != 0)
				word++;
			if (*word)
				*word++ = NULL;
			call(first);
		}
	}
	for (size_t i = 0; i < t.n_rows; i++)
		put_test(ret, &t.rows[i]);
	assert_u64_equal(t.n_more, 0);
}

UNIT_CASES("analysis/tests/tests.cases", answer)

UNIT_TEST(new_objects_count_by_their_size)
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

UNIT_TEST(what_was_allocated)
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

UNIT_TEST(names_and_messages_are_clean)
{
	begins(TEST_FILE, "a\x1b.py", 0);
	begins(TEST_FUNCTION, "f\n\xff", 0);
	tests_outcome(&t, TEST_FUNCTION, TEST_SKIPPED, "no \x1b[31mnet\xc3\xa9");
	assert_string_equal(t.rows[0].name, "a\\x1b.py");
	assert_string_equal(t.rows[1].name, "a\\x1b.py::f\\x0a\\xff");
	assert_string_equal(t.rows[1].message, "no \\x1b[31mnet\xc3\xa9");
}

UNIT_TEST(too_many)
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

UNIT_TEST(any_calls)
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

UNIT_TEST(outcomes_have_names)
{
	assert_string_equal(test_outcome_name(TEST_PASSED), "passed");
	assert_string_equal(test_outcome_name(TEST_SKIPPED), "skipped");
	assert_string_equal(test_outcome_name(TEST_FAILED), "failed");
	assert_string_equal(test_outcome_name(TEST_CUT), "cut");
}
