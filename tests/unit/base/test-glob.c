#include "memprof/base/glob.h"

#include "unit.h"

/* "PATTERN NAME" */
static bool fits(char *part)
{
	char *blank = strchr(part, ' ');

	*blank = '\0';
	return glob_match(part, blank + 1);
}

UNIT_TEST(patterns)
{
	FOR_PARTS(part,
		  " |* |* a/b|*.o py/gc.o|*/py/* build/py/gc.o|g?.o gc.o|[gG]c Gc|[!a-f]c gc|[]x] ]|[ [|[a [a|"
		  "a[ a[|[] []|\\* *|\\ \\|*ab aab|*ab* aacab|*a ba|*a? baxac|*a[ a[|*a\\* aba*|*aa*b aaab|"
		  "** x|*x* aaxbb|[a-] -|\xff* \xff\xfe")
		if (!fits(part))
			fail_msg("%s does not fit", part);
	FOR_PARTS(part,
		  " a|*.o py/gc.c|py/* build/py/gc.o|g?.o g.o|[a-f]c gc|[^g]c gc|\\* a|"
		  "*a*a*a*b aaaaaaaaaaaaaaaaaaaaaaac|*ab aba|*ab a")
		if (fits(part))
			fail_msg("%s fits", part);
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
