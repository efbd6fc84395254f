/* Which snapshot a mark names, by where the first mark of a log stands. */
#include "memprof/capture/labels.h"

#include "unit.h"

/* 'H' is a snapshot, a letter a mark; expected: the labels of the snapshots, '-' for none. */
static void assert_names(const char *log, const char *expected)
{
	char names[16][EVENT_LABEL_BYTES] = { { 0 } }, is[17] = "";
	struct labels m = { .any_snapshot = false };
	size_t n = 0;

	for (const char *p = log; *p; p++) {
		char label[EVENT_LABEL_BYTES];
		if (*p == 'H')
			labels_snapshot(&m, names[n++]);
		else if (labels_mark(&m, &(struct event_text){ p, 1 }, label) && n > 0 && !names[n - 1][0])
			memcpy(names[n - 1], label, sizeof(label));
	}
	for (size_t i = 0; i < n; i++)
		is[i] = names[i][0] ? names[i][0] : '-';
	assert_string_equal(is, expected);
}

UNIT_TEST(the_first_mark_decides)
{
	assert_names("HaHb", "ab");
	assert_names("aHbH", "ab");
	assert_names("HHaHHb", "-a-b");
	assert_names("aHHbHH", "a-b-");
	assert_names("HabHc", "ac");  /* the first behind a snapshot */
	assert_names("abHcdH", "bd"); /* the last before it */
	assert_names("HH", "--");
	assert_names("ab", "");
}

UNIT_TEST(a_label_stays)
{
	struct labels m = { .any_snapshot = false };
	char label[EVENT_LABEL_BYTES] = "its own", ret[EVENT_LABEL_BYTES];
	char text[2 * EVENT_LABEL_BYTES];

	memset(text, 'x', sizeof(text));
	assert_false(labels_mark(&m, &(struct event_text){ text, sizeof(text) }, ret));
	labels_snapshot(&m, label);
	assert_string_equal(label, "its own");
	label[0] = '\0';
	assert_false(labels_mark(&m, &(struct event_text){ text, sizeof(text) }, ret));
	labels_snapshot(&m, label);
	assert_int_equal(strlen(label), EVENT_LABEL_BYTES - 1);
}
