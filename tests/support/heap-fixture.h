/* One heap per test: set up empty, given back afterwards. */
#pragma once

#include "memprof/model/heap.h"
#include "unit.h"

static struct heap heap;

UNIT_BEFORE(set_up) { heap_init(&heap); }
UNIT_AFTER(tear_down) { heap_deinit(&heap); }
