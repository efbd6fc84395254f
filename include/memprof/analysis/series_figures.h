/* The figures of a pool at one time, as every view over time takes them: the full-screen view, pages, exports. Rows
 * that are missing in a table do not count as used or free: the board's own figures stand in for them, where it prints
 * any. Pure. */
#ifndef MEMPROF_SERIES_FIGURES_H
#define MEMPROF_SERIES_FIGURES_H

#include "memprof/capture/capture.h"
#include "memprof/model/history.h"

/* Of a pool of a heap; whole: the dump is. Cost: a pass over its blocks. */
void series_figures_of_pool(const struct heap_pool *pool, bool whole, struct history_figures *ret);
/* Of MOMENT_SAMPLE. */
void series_figures_of_sample(const struct moment *moment, struct history_figures *ret);
/* Of a pool that was reported beside a heap. */
void series_figures_of_other(const struct event_pool *pool, struct history_figures *ret);

#endif
