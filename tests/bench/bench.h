/* What the benchmarks share: children with their time and memory, the best of several tries, and
 * rows that say what was measured and what the limit is. Every figure is a ratio, or a limit that
 * holds on any machine; absolute times are printed beside it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BENCH_SKIP = 77 }; /* what meson takes for "skipped" */

double bench_now_s(void);
double bench_cpu_s(void); /* of this process */

/* Ends the benchmark with a message. */
_Noreturn void bench_give_up(const char *what, const char *name);

/* Runs argv with its output thrown away, in the C locale. An exit code other than 0 ends the
 * benchmark. Times are wall time, the least of n_tries. */
struct bench_run {
	double best_s;
	uint64_t peak_bytes; /* resident memory, the most of all tries */
};
struct bench_run bench_run(int n_tries, const char *const argv[]);
/* The same of several that are to be compared: in turns, so that what else the machine does meets all of them. */
void bench_run_each(int n_tries, const char *const *const argvs[], size_t n_argvs, struct bench_run ret[]);

/* A file of at least n_bytes: the samples after one another, again and again. */
void bench_make_log(const char *path, uint64_t n_bytes, char *const samples[], int n_samples);

/* Prints a row; a measured value above its limit makes bench_end answer 1. limit 0: none. */
void bench_row(double measured, double limit, const char *unit, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
int bench_end(void);
