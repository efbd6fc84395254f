#include "memprof/base/edit_distance.h"

#include "unit.h"

UNIT_TEST(letters_that_differ_are_counted)
{
	static const struct {
		const char *a, *b;
		size_t n;
	} words[] = {
		{ "", "", 0 },
		{ "a", "a", 0 },
		{ "", "abc", 3 },
		{ "abc", "", 3 },
		{ "abc", "abd", 1 },
		{ "abc", "ab", 1 },
		{ "ab", "abc", 1 },
		{ "abc", "xabc", 1 },
		{ "repotr", "report", 2 },
		{ "kitten", "sitting", 3 },
		{ "rasberrypi-pico", "raspberrypi-pico2", 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		assert_u64_equal(edit_distance(words[i].a, words[i].b), words[i].n);
		assert_u64_equal(edit_distance(words[i].b, words[i].a), words[i].n);
	}
}

UNIT_TEST(what_is_too_long_is_far)
{
	char name[EDIT_DISTANCE_MAX_BYTES + 2], word[4000];

	memset(name, 'a', sizeof(name));
	memset(word, 'a', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	name[EDIT_DISTANCE_MAX_BYTES + 1] = '\0';
	assert_u64_equal(edit_distance(name, name), EDIT_DISTANCE_MAX_BYTES + 1);
	name[EDIT_DISTANCE_MAX_BYTES] = '\0';
	assert_u64_equal(edit_distance(name, name), 0);
	assert_u64_equal(edit_distance(word, name), sizeof(word) - 1 - EDIT_DISTANCE_MAX_BYTES);
}
