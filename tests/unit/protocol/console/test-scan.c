#include "console/scan.h"

#include "unit.h"

static uint64_t said[4];

/* Scans memory that ends where the text does. */
static int scanned(const char *text, const char *pattern)
{
	size_t n = strlen(text);
	char *copy = exact_copy(text, n);

	memset(said, 0, sizeof(said));
	int answer = scan(copy, copy + n, pattern, said, 4);
	free(copy);
	return answer;
}

UNIT_TEST(numbers_between_words)
{
	assert_int_equal(scanned("used: 12, free: 34", "used: #, free: #"), 2);
	assert_u64_equal(said[0], 12);
	assert_u64_equal(said[1], 34);
	assert_int_equal(scanned("used: 12", "used: #~, free: #"), 1);
	assert_int_equal(scanned("used: 12, free: 34", "used: #~, free: #"), 2);
	assert_int_equal(scanned("GC:", "GC:"), 0);
	assert_int_equal(scanned("", ""), 0);
}

UNIT_TEST(what_does_not_match)
{
	assert_int_equal(scanned("used: 12, free: 34.", "used: #, free: #"), -1);
	assert_int_equal(scanned("used: 12, free: ", "used: #, free: #"), -1);
	assert_int_equal(scanned("used: x", "used: #"), -1);
	assert_int_equal(scanned("used: 12, f", "used: #~, free: #"), -1);
	assert_int_equal(scanned("1 2 3 4 5", "# # # # #"), -1); /* more than there is room for */
	assert_int_equal(scanned("18446744073709551616", "#"), -1);
	assert_int_equal(scanned("", "GC:"), -1);
}

UNIT_TEST(grouped_in_threes)
{
	static const struct {
		const char *text;
		uint64_t value;
	} right[] = {
		{ "71 456", 71456 },
		{ "71456", 71456 },
		{ "1 234 567", 1234567 },
		{ "71\xc2\xa0"
		  "456",
		  71456 },
		{ "71\xe2\x80\x89"
		  "456",
		  71456 },
		{ "71\xe2\x80\xaf"
		  "456",
		  71456 },
		{ "456", 456 },
	};
	static const char *const wrong[] = {
		"71 45",   "71 4567",   "7145 678",
		"71  456", "71,456",    "71 456 ",
		"71 ",     "71 456 78", "18 446 744 073 709 551 615",
		"",
	};
	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		assert_int_equal(scanned(right[i].text, "@"), 1);
		assert_u64_equal(said[0], right[i].value);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		if (scanned(wrong[i], "@") != -1)
			fail_msg("'%s' is read as %llu", wrong[i], (unsigned long long)said[0]);
	assert_int_equal(scanned("71 456, 8", "@, @"), 2);
	assert_int_equal(scanned("71 456", "#"), -1);
}

UNIT_TEST(behind_a_word)
{
	static const char text[] = "thread 1: free: 5, 6";

	assert_int_equal(scan_from(text, sizeof(text) - 1, "free: ", "#, #", said, 4), 2);
	assert_u64_equal(said[1], 6);
	assert_int_equal(scan_from(text, sizeof(text) - 1, "used: ", "#", said, 4), -1);
}

UNIT_TEST(only_the_beginning)
{
	static const char text[] = "(1, 22) and more";

	assert_ptr_equal(scan_start(text, text + sizeof(text) - 1, "(#, #)", said), text + 7);
	assert_u64_equal(said[1], 22);
	assert_null(scan_start(text, text + 5, "(#, #)", said));
	assert_null(scan_start(text, text + 3, "(#, #)", said));
	assert_null(scan_start(text, text, "#", said));
}
