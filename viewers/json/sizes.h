/* An array: how often what was requested of a heap. */
#pragma once

#include "memprof/base/json.h"
#include "memprof/model/heap.h"

/* By size class, as in struct heap_window; the classes that there were. */
void json_sizes(struct json *j, const char *key, const uint64_t n_by_size[HEAP_SIZE_CLASSES]);
