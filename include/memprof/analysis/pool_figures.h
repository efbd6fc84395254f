/* The figures of a pool at one moment, as every series of them has them (struct history_figures). Pure. */
#pragma once

#include "memprof/capture/capture.h"
#include "memprof/model/history.h"

/* Of a pool of a sealed heap. whole: no row of its tables is missing; else the board's own figures go first. Cost: a
 * pass over its blocks. */
void pool_figures(const struct heap_pool *pool, bool whole, struct history_figures *ret);
/* Of all pools of a moment's heap, in their order, while a capture delivers it. Cost: the same, of the first call. */
const struct history_figures *moment_figures(const struct moment *m);
/* Of Python's heap, by two or three numbers (MOMENT_SAMPLE). */
void pool_figures_of_sample(const struct moment *m, struct history_figures *ret);
