/* From start to exit: what a user waits for before anything is there.
 *
 *     bench-start MEMPROF EMPTY SMALL_DUMP SMALL_MAP
 *
 * EMPTY: the program that does nothing, linked with memprof's libraries. */
#include <stdio.h>

#include "bench.h"

enum { TRIES = 100 };

int main(int argc, char **argv)
{
#ifndef __OPTIMIZE__
	return BENCH_SKIP;
#endif
	if (argc != 5)
		return 2;
	const char *none[] = { "/bin/true", NULL }, *help[] = { argv[1], "--help", NULL };
	const char *empty[] = { argv[2], NULL }, *version[] = { argv[1], "--version", NULL };
	const char *text[] = { argv[1], "report", argv[3], NULL };
	const char *json[] = { argv[1], "report", "--json", argv[3], NULL };
	const char *map[] = { argv[1], "map", argv[4], NULL };
	const char *const *const pair[] = { empty, version };
	struct bench_run runs[2];
	double none_s = bench_run(TRIES, none).best_s, help_s = bench_run(TRIES, help).best_s;
	double text_s = bench_run(TRIES, text).best_s, json_s = bench_run(TRIES, json).best_s;
	double map_s = bench_run(TRIES, map).best_s;

	bench_run_each(TRIES, pair, 2, runs);
	printf("start to exit, best of %d\n", TRIES);
	bench_row(none_s * 1e3, 0, "ms", "  /bin/true");
	bench_row(help_s * 1e3, 10, "ms", "  memprof --help (%.1f x /bin/true)", help_s / none_s);
	bench_row(runs[1].best_s / runs[0].best_s, 1.8, "x", "  memprof --version, against bench-empty");
	bench_row(text_s * 1e3, 10, "ms", "  memprof report of a small dump (%.1f x)", text_s / none_s);
	bench_row(json_s * 1e3, 10, "ms", "  memprof report --json of it (%.1f x)", json_s / none_s);
	bench_row(map_s * 1e3, 10, "ms", "  memprof map of a small map (%.1f x)", map_s / none_s);
	return bench_end();
}
