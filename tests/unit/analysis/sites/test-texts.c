/* Names of functions and files, asked for one after the other. */
#include "memprof/analysis/site_texts.h"

#include "memprof/base/number.h"
#include "unit.h"

static struct site_texts texts;

UNIT_AFTER(tear_down)
{
	site_texts_deinit(&texts);
	site_texts_deinit(&texts);
}

static void want(uint32_t file, uint32_t name)
{
	const struct event_site_frame frames[] = { { file, name, 3 } };

	assert_int_equal(site_texts_want(&texts, frames, 1), 0);
}

static void take(uint32_t number, const char *text)
{
	const struct event_site_name name = { number, { text, strlen(text) } };

	assert_int_equal(site_texts_take(&texts, &name), 0);
}

/* What is asked for now; 0: nothing. */
static uint32_t ask(uint64_t now_us)
{
	uint32_t number = site_texts_next(&texts, now_us);

	if (number)
		site_texts_asked(&texts, now_us);
	return number;
}

UNIT_TEST(one_after_the_other)
{
	assert_int_equal(ask(0), 0);
	want(5, 7);
	want(5, 8);
	want(5, 7);
	assert_int_equal(texts.n_names, 3);
	assert_false(site_texts_has_all(&texts));
	assert_int_equal(ask(0), 7);
	assert_int_equal(ask(1), 0); /* the answer may come */
	take(7, "work");
	assert_int_equal(ask(1), 5);
	take(5, "main.py");
	assert_string_equal(site_text(&texts, 8), "");
	assert_int_equal(ask(1), 8);
	take(8, "");
	assert_true(site_texts_has_all(&texts));
	assert_int_equal(ask(9999999), 0);
	assert_string_equal(site_text(&texts, 7), "work");
	assert_string_equal(site_text(&texts, 5), "main.py");
	assert_string_equal(site_text(&texts, 6), "");
}

UNIT_TEST(what_is_not_answered)
{
	uint64_t now_us = 0;

	want(1, 2);
	for (unsigned i = 0; i < SITE_TEXTS_TRIES; i++, now_us += SITE_TEXTS_AGAIN_US) {
		assert_int_equal(ask(now_us), 2);
		assert_int_equal(ask(now_us + SITE_TEXTS_AGAIN_US - 1), 0);
	}
	assert_int_equal(ask(now_us), 1); /* it is passed over */
	take(2, "late");
	assert_string_equal(site_text(&texts, 2), "late");
	assert_int_equal(ask(now_us), 0);
	take(1, "f");
	take(1, "g");
	assert_string_equal(site_text(&texts, 1), "f");
	assert_true(site_texts_has_all(&texts));
}

/* Before it was asked for, such as of another host. */
UNIT_TEST(what_came_before_is_not_asked_for)
{
	want(1, 2);
	want(3, 4);
	take(1, "f");
	take(4, "g");
	take(9, "nobody's");
	assert_int_equal(ask(0), 2);
	take(2, "h");
	assert_int_equal(ask(0), 3);
	take(3, "i");
	assert_true(site_texts_has_all(&texts));
}

UNIT_TEST(numbers_without_a_name)
{
	want(0, SITE_TEXTS_MAX);
	want(UINT32_MAX, 0);
	assert_int_equal(texts.n_names, 0);
	assert_string_equal(site_text(&texts, UINT32_MAX), "");
	take(UINT32_MAX, "x");
	want(SITE_TEXTS_MAX - 1, 0);
	assert_int_equal(ask(0), SITE_TEXTS_MAX - 1);
}
