/* map on linker maps: time and memory against wc, from a real map to one of 100 MB.
 *
 *     bench-map MEMPROF FOLDER MAP ESP_MAP
 *
 * FOLDER is for the larger maps, which are removed again. ESP_MAP is one that esp-idf-size reads too. */
#include <stdio.h>
#include <unistd.h>

#include "bench.h"
#include "larger_map.h"
#include "memprof/base/number.h"

enum { TRIES = 15, SHORT_TRIES = 200 };
#define MB  UINT64_C(1000000)
#define MIB (1024.0 * 1024.0)

struct times {
	double wc_s, map_s;
	uint64_t peak_bytes;
};

static struct times measure(const char *memprof, const char *path, bool json, int n_tries)
{
	const char *wc[] = { "wc", path, NULL };
	const char *map[] = { memprof, "map", json ? "--json" : "--format=text", path, NULL };
	const char *const *const both[] = { wc, map };
	struct bench_run runs[ARRAY_SIZE(both)];

	bench_run_each(n_tries, both, ARRAY_SIZE(both), runs);
	return (struct times){ runs[0].best_s, runs[1].best_s, runs[1].peak_bytes };
}

/* esp-idf-size takes 102 times as long as wc -l for the summary of this map (esp-idf-size 2.2.1, on the same
 * machine), so a 20th of that is 5.1. */
static void compare_with_esp_idf_size(const char *memprof, const char *path)
{
	const char *wc[] = { "wc", "-l", path, NULL }, *map[] = { memprof, "map", path, NULL };

	printf("a map of ESP-IDF\n");
	if (access(path, R_OK) != 0) {
		printf("  no %s here: skipped\n", path);
		return;
	}
	const char *const *const both[] = { wc, map };
	struct bench_run runs[ARRAY_SIZE(both)];
	bench_run_each(SHORT_TRIES, both, ARRAY_SIZE(both), runs);
	double wc_s = runs[0].best_s, map_s = runs[1].best_s;
	bench_row(map_s / wc_s, 5.1, "x", "  text (%.4f s) / wc -l (%.4f s)", map_s, wc_s);
}

int main(int argc, char **argv)
{
#ifndef __OPTIMIZE__
	return BENCH_SKIP;
#endif
	if (argc != 5)
		return 2;
	char path[1024];
	static const unsigned sizes_mb[] = { 2, 20, 38, 100 };
	static const double limits[] = { 1, 0, 0.6, 0 }; /* of text, against wc */
	struct times of[2][ARRAY_SIZE(sizes_mb)];

	for (size_t i = 0; i < ARRAY_SIZE(sizes_mb); i++) {
		snprintf(path, sizeof(path), "%s/bench-%u.map", argv[2], sizes_mb[i]);
		larger_map_write(path, argv[3], sizes_mb[i] * MB, (struct map_change){ 0 });
		printf("a map of %u MB\n", sizes_mb[i]);
		for (int json = 0; json < 2; json++) {
			struct times t = of[json][i] = measure(argv[1], path, json, sizes_mb[i] > 20 ? 5 : TRIES);
			const char *name = json ? "--json" : "text";
			bench_row(t.map_s / t.wc_s, json ? 0 : limits[i], "x", "  %s (%.4f s) / wc (%.4f s)", name,
				  t.map_s, t.wc_s);
			bench_row((double)t.peak_bytes / MIB, 4.0 * sizes_mb[i] * 1e6 / MIB + 16, "MiB",
				  "  %s, peak memory", name);
		}
		unlink(path);
	}
	printf("time in slope\n");
	for (int json = 0; json < 2; json++)
		for (size_t i = 1; i < ARRAY_SIZE(sizes_mb); i++) {
			struct times a = of[json][i - 1], b = of[json][i];
			bench_row((b.map_s - a.map_s) / (b.wc_s - a.wc_s), json ? 0 : 0.5, "x",
				  "  %s / wc, %u to %u MB", json ? "--json" : "text", sizes_mb[i - 1], sizes_mb[i]);
		}
	compare_with_esp_idf_size(argv[1], argv[4]);
	return bench_end();
}
