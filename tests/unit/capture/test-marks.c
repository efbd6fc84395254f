/* Which heap a mark names, by where the first one of a log stands. */
#include "memprof/capture/marks.h"
#include "unit.h"

/* 'H' is a heap, a letter a mark; what the heaps are called at the end, with '-' for none. */
static void assert_names(const char *log, const char *expected)
{
	char names[16][EVENT_LABEL_BYTES] = { { 0 } }, is[17] = "";
	struct marks m = { .any_heap = false };
	size_t n = 0;

	for (const char *p = log; *p; p++) {
		char label[EVENT_LABEL_BYTES];
		if (*p == 'H')
			marks_heap(&m, names[n++]);
		else if (marks_mark(&m, &(struct event_text){ p, 1 }, label) && n > 0 && !names[n - 1][0])
			memcpy(names[n - 1], label, sizeof(label));
	}
	for (size_t i = 0; i < n; i++)
		is[i] = names[i][0] ? names[i][0] : '-';
	assert_string_equal(is, expected);
}

static void the_first_mark_tells(void **state)
{
	(void)state;
	assert_names("HaHb", "ab");
	assert_names("aHbH", "ab");
	assert_names("HHaHHb", "-a-b");
	assert_names("aHHbHH", "a-b-");
	assert_names("HabHc", "ac");  /* the first behind a heap */
	assert_names("abHcdH", "bd"); /* the last before it */
	assert_names("HH", "--");
	assert_names("ab", "");
}

static void a_label_that_is_there_stays(void **state)
{
	struct marks m = { .any_heap = false };
	char label[EVENT_LABEL_BYTES] = "its own", ret[EVENT_LABEL_BYTES];
	char text[2 * EVENT_LABEL_BYTES];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_false(marks_mark(&m, &(struct event_text){ text, sizeof(text) }, ret));
	marks_heap(&m, label);
	assert_string_equal(label, "its own");
	label[0] = '\0';
	assert_false(marks_mark(&m, &(struct event_text){ text, sizeof(text) }, ret));
	marks_heap(&m, label);
	assert_int_equal(strlen(label), EVENT_LABEL_BYTES - 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_mark_tells),
		cmocka_unit_test(a_label_that_is_there_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
