/* One heap per test: set up empty, given back afterwards. For cmocka_unit_test_setup_teardown. */
#ifndef TESTS_HEAP_FIXTURE_H
#define TESTS_HEAP_FIXTURE_H

#include "memprof/model/heap.h"

static struct heap heap;

static int set_up(void **state)
{
	(void)state;
	heap_init(&heap);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	heap_deinit(&heap);
	return 0;
}

#endif
