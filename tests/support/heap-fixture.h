/* One heap per test: set up empty, given back afterwards. */
#ifndef TESTS_HEAP_FIXTURE_H
#define TESTS_HEAP_FIXTURE_H

#include "memprof/model/heap.h"
#include "unit.h"

static struct heap heap;

UNIT_BEFORE(set_up) { heap_init(&heap); }
UNIT_AFTER(tear_down) { heap_deinit(&heap); }

#endif
