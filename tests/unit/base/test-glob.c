#include "memprof/base/glob.h"

#include "unit.h"

UNIT_TEST(patterns)
{
	static const struct {
		const char *pattern, *name;
		bool fits;
	} rows[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "*", "", true },
		{ "*", "a/b", true },
		{ "*.o", "py/gc.o", true },
		{ "*.o", "py/gc.c", false },
		{ "*/py/*", "build/py/gc.o", true },
		{ "py/*", "build/py/gc.o", false },
		{ "g?.o", "gc.o", true },
		{ "g?.o", "g.o", false },
		{ "[gG]c", "Gc", true },
		{ "[a-f]c", "gc", false },
		{ "[!a-f]c", "gc", true },
		{ "[^g]c", "gc", false },
		{ "[]x]", "]", true },
		{ "[", "[", true },
		{ "[a", "[a", true },
		{ "a[", "a[", true },
		{ "[]", "[]", true },
		{ "\\*", "*", true },
		{ "\\*", "a", false },
		{ "\\", "\\", true },
		{ "*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaac", false },
		{ "*ab", "aab", true },
		{ "*ab*", "aacab", true },
		{ "*ab", "aba", false },
		{ "*a", "ba", true },
		{ "*ab", "a", false },
		{ "*a?", "baxac", true },
		{ "*a[", "a[", true },
		{ "*a\\*", "aba*", true },
		{ "*aa*b", "aaab", true },
		{ "**", "x", true },
		{ "*x*", "aaxbb", true },
		{ "[a-]", "-", true },
		{ "\xff*", "\xff\xfe", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (glob_match(rows[i].pattern, rows[i].name) != rows[i].fits)
			fail_msg("'%s' against '%s'", rows[i].pattern, rows[i].name);
}

/* A pattern that asks for much backtracking does not take for ever. */
UNIT_TEST(no_pattern_is_slow)
{
	char name[20001], pattern[2001];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t i = 0; i < sizeof(pattern) - 1; i += 2)
		memcpy(pattern + i, "*a", 2);
	pattern[sizeof(pattern) - 2] = 'b';
	pattern[sizeof(pattern) - 1] = '\0';
	assert_false(glob_match(pattern, name));
}
