/* diff of two builds, against map of both.
 *
 *     bench-diff MEMPROF FOLDER MAP [OLD NEW]...
 *
 * FOLDER is for larger maps, made of MAP, which are removed again; the pairs are taken as they are. */
#include <stdio.h>
#include <unistd.h>

#include "bench.h"
#include "larger_map.h"
#include "memprof/base/number.h"

enum { TRIES = 75, LARGE_TRIES = 7 };
#define MB UINT64_C(1000000)

static void compare(const char *memprof, const char *old, const char *new, int n_tries, double limit)
{
	static const char *const formats[] = { "--format=text", "--format=json" };

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		const char *map_old[] = { memprof, "map", formats[i], old, NULL };
		const char *map_new[] = { memprof, "map", formats[i], new, NULL };
		const char *diff[] = { memprof, "diff", formats[i], old, new, NULL };
		const char *const *const all[] = { map_old, map_new, diff };
		struct bench_run runs[ARRAY_SIZE(all)];
		bench_run_each(n_tries, all, ARRAY_SIZE(all), runs);
		double maps_s = runs[0].best_s + runs[1].best_s, diff_s = runs[2].best_s;
		bench_row(diff_s / maps_s, limit, "x", "  %s (%.4f s) / map of both (%.4f s)", formats[i] + 9, diff_s,
			  maps_s);
	}
}

static void compare_made(const char *memprof, const char *folder, const char *sample, unsigned n_mb)
{
	char old[1024], new[1024];

	printf("two maps of %u MB\n", n_mb);
	snprintf(old, sizeof(old), "%s/bench-old.map", folder);
	snprintf(new, sizeof(new), "%s/bench-new.map", folder);
	larger_map_write(old, sample, n_mb * MB, (struct map_change){ 0 });
	larger_map_write(new, sample, n_mb * MB, (struct map_change){ .grow_every = 20, .rename_every = 50 });
	compare(memprof, old, new, n_mb > 2 ? LARGE_TRIES : TRIES, n_mb > 2 ? 0 : 1.5);
	unlink(old);
	unlink(new);
}

int main(int argc, char **argv)
{
#ifndef __OPTIMIZE__
	return BENCH_SKIP;
#endif
	if (argc < 4 || argc % 2)
		return 2;
	compare_made(argv[1], argv[2], argv[3], 2);
	compare_made(argv[1], argv[2], argv[3], 20);
	for (int i = 4; i + 1 < argc; i += 2) {
		printf("%s\n", argv[i + 1]);
		if (access(argv[i], R_OK) == 0 && access(argv[i + 1], R_OK) == 0)
			compare(argv[1], argv[i], argv[i + 1], TRIES, 1.5);
		else
			printf("  they are not here: skipped\n");
	}
	return bench_end();
}
