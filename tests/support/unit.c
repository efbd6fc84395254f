#include <assert.h>

#include "unit.h"

enum { TESTS_MAX = 512 };

static struct CMUnitTest tests[TESTS_MAX];
static int lines[TESTS_MAX];
static size_t n_tests;
static int (*group_set_up)(void **state), (*group_tear_down)(void **state);

struct each {
	int place;
	void (*run)(void);
};
enum { EACH_MAX = 3 };
static struct each before[EACH_MAX], after[EACH_MAX];

/* In the order of their places, too. */
static void add_each(struct each list[EACH_MAX], struct each one)
{
	size_t i = EACH_MAX - 1;

	assert(!list[i].run);
	for (; i > 0 && (!list[i - 1].run || list[i - 1].place > one.place); i--)
		list[i] = list[i - 1];
	list[i] = one;
}

void unit_before(int place, void (*run)(void)) { add_each(before, (struct each){ place, run }); }
void unit_after(int place, void (*run)(void)) { add_each(after, (struct each){ -place, run }); }

static int run_each(const struct each list[EACH_MAX])
{
	for (size_t i = 0; i < EACH_MAX && list[i].run; i++)
		list[i].run();
	return 0;
}

static int run_before(void **state)
{
	(void)state;
	return run_each(before);
}

static int run_after(void **state)
{
	(void)state;
	return run_each(after);
}

/* In the order of the file: compilers are free to run constructors in another. */
void unit_add(int line, struct CMUnitTest test)
{
	size_t i = n_tests++;

	assert(n_tests <= TESTS_MAX);
	for (; i > 0 && lines[i - 1] > line; i--) {
		lines[i] = lines[i - 1];
		tests[i] = tests[i - 1];
	}
	test.setup_func = test.setup_func ? test.setup_func : run_before;
	test.teardown_func = test.teardown_func ? test.teardown_func : run_after;
	lines[i] = line;
	tests[i] = test;
}

void unit_group(int (*set_up)(void **state), int (*tear_down)(void **state))
{
	group_set_up = set_up;
	group_tear_down = tear_down;
}

/* cmocka passes over those without a function. */
int unit_run(void)
{
	cmocka_set_test_filter(getenv("MEMPROF_TEST")); /* "heap*": by name or title */
	return cmocka_run_group_tests(tests, group_set_up, group_tear_down);
}
