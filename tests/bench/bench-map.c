/* map on linker maps: time and memory against wc, from a real map to one of 100 MB.
 *
 *     bench-map MEMPROF FOLDER MAP      FOLDER is for the larger maps; they are removed again */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "memprof/number.h"

enum { TRIES = 7 };
#define MB UINT64_C(1000000)
#define MIB (1024.0 * 1024.0)

static char *read_file(const char *path, size_t *ret_n)
{
	FILE *in = fopen(path, "rb");
	char *text = NULL;

	if (!in || fseek(in, 0, SEEK_END) != 0)
		exit(2);
	*ret_n = (size_t)ftell(in);
	text = malloc(*ret_n + 1);
	rewind(in);
	if (!text || fread(text, 1, *ret_n, in) != *ret_n)
		exit(2);
	text[*ret_n] = '\0';
	fclose(in);
	return text;
}

/* The rows of .text again, at addresses behind those that are there: the first number of 8 digits of a row. */
static void repeat_rows(FILE *out, const char *rows, const char *end, uint64_t by_bytes)
{
	for (const char *line = rows; line < end;) {
		const char *next = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1;
		const char *digits = memmem(line, (size_t)(next - line), " 0x", 3);
		if (digits && strspn(digits + 3, "0123456789abcdef") == 8) {
			digits += 3;
			fwrite(line, 1, (size_t)(digits - line), out);
			fprintf(out, "%08" PRIx64, (uint64_t)strtoull(digits, NULL, 16) + by_bytes);
			line = digits + 8;
		}
		fwrite(line, 1, (size_t)(next - line), out);
		line = next;
	}
}

/* The map of a firmware as much larger. */
static void make(const char *path, const char *map, size_t n_map, uint64_t n_bytes)
{
	const char *header = strstr(map, "\n.text "), *rows = header ? strstr(header, "\n .text.") + 1 : NULL;
	const char *end = rows ? strstr(rows, "\n\n.") + 1 : NULL;
	FILE *out = fopen(path, "w");
	unsigned long vma, size_bytes;

	if (!end || !out || sscanf(header, " .text %lx %lx", &vma, &size_bytes) != 2)
		exit(2);
	uint64_t n_times = (n_bytes - n_map) / (uint64_t)(end - rows) + 1;
	fwrite(map, 1, (size_t)(header + 1 - map), out);
	fprintf(out, ".text           0x%08lx 0x%" PRIx64 "\n", vma, size_bytes * n_times);
	const char *first = strchr(header + 1, '\n') + 1;
	fwrite(first, 1, (size_t)(rows - first), out);
	for (uint64_t i = 0; i < n_times; i++)
		repeat_rows(out, rows, end, i * size_bytes);
	fwrite(end, 1, (size_t)(map + n_map - end), out);
	if (fclose(out) != 0)
		exit(2);
}

struct times {
	double wc_s, map_s;
	uint64_t peak_bytes;
};

static struct times measure(const char *memprof, const char *path, bool json, int n_tries)
{
	const char *wc[] = { "wc", path, NULL };
	const char *map[] = { memprof, "map", json ? "--json" : "--format=text", path, NULL };
	struct bench_run run = bench_run(n_tries, map);

	return (struct times){ bench_run(n_tries, wc).best_s, run.best_s, run.peak_bytes };
}

int main(int argc, char **argv)
{
#ifndef __OPTIMIZE__
	return BENCH_SKIP;
#endif
	if (argc != 4)
		return 2;
	size_t n_map;
	char *map = read_file(argv[3], &n_map), path[1024];
	static const unsigned sizes_mb[] = { 2, 20, 100 };
	struct times of[2][ARRAY_SIZE(sizes_mb)];

	for (size_t i = 0; i < ARRAY_SIZE(sizes_mb); i++) {
		snprintf(path, sizeof(path), "%s/bench-%u.map", argv[2], sizes_mb[i]);
		make(path, map, n_map, sizes_mb[i] * MB);
		printf("a map of %u MB\n", sizes_mb[i]);
		for (int json = 0; json < 2; json++) {
			struct times t = of[json][i] = measure(argv[1], path, json, i == 2 ? 3 : TRIES);
			const char *name = json ? "--json" : "text";
			bench_row(t.map_s / t.wc_s, i == 0 && !json ? 1 : 0, "x", "  %s (%.4f s) / wc (%.4f s)", name,
				  t.map_s, t.wc_s);
			bench_row((double)t.peak_bytes / MIB, 4.0 * sizes_mb[i] * 1e6 / MIB + 16, "MiB", "  %s, peak memory",
				  name);
		}
		unlink(path);
	}
	printf("time in slope\n");
	for (int json = 0; json < 2; json++)
		for (size_t i = 1; i < ARRAY_SIZE(sizes_mb); i++) {
			struct times a = of[json][i - 1], b = of[json][i];
			bench_row((b.map_s - a.map_s) / (b.wc_s - a.wc_s), json ? 0 : 0.5, "x", "  %s / wc, %u to %u MB",
				  json ? "--json" : "text", sizes_mb[i - 1], sizes_mb[i]);
		}
	free(map);
	return bench_end();
}
