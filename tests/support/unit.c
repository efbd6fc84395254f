#include <assert.h>

#include "unit.h"

enum { TESTS_MAX = 512 };

static struct CMUnitTest tests[TESTS_MAX];
static int lines[TESTS_MAX];
static size_t n_tests;
static int (*group_set_up)(void **state), (*group_tear_down)(void **state);

/* In the order of the file: compilers are free to run constructors in another. */
void unit_add(int line, struct CMUnitTest test)
{
	size_t i = n_tests++;

	assert(n_tests <= TESTS_MAX);
	for (; i > 0 && lines[i - 1] > line; i--) {
		lines[i] = lines[i - 1];
		tests[i] = tests[i - 1];
	}
	lines[i] = line;
	tests[i] = test;
}

void unit_group(int (*set_up)(void **state), int (*tear_down)(void **state))
{
	group_set_up = set_up;
	group_tear_down = tear_down;
}

/* cmocka passes over those without a function. */
int unit_run(void) { return cmocka_run_group_tests(tests, group_set_up, group_tear_down); }
