/* map on ELFs, with their symbols, against nm: a real firmware, and one of 20 MB that is made here.
 *
 *     bench-elf MEMPROF FOLDER ELF...      needs as, ld and nm of binutils */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"
#include "memprof/base/number.h"

enum { TRIES = 15, N_SYMBOLS = 160000, SYMBOL_BYTES = 80 };
#define MIB (1024.0 * 1024.0)

static void compare(const char *memprof, const char *elf)
{
	FILE *in = fopen(elf, "rb");
	long n_bytes = in && fseek(in, 0, SEEK_END) == 0 ? ftell(in) : -1;

	if (in)
		fclose(in);
	if (n_bytes < 0) {
		printf("  no %s here: skipped\n", elf);
		return;
	}
	const char *nm[] = { "nm", "-S", "--size-sort", elf, NULL };
	const char *map[] = { memprof, "map", "--by", "symbol", elf, NULL };
	const char *const *const both[] = { nm, map };
	struct bench_run runs[ARRAY_SIZE(both)];
	bench_run_each(TRIES, both, ARRAY_SIZE(both), runs);
	struct bench_run run = runs[1];
	double nm_s = runs[0].best_s;
	bench_row(run.best_s / nm_s, 0.5, "x", "  map --by symbol (%.4f s) / nm (%.4f s), %.1f MB", run.best_s, nm_s,
		  (double)n_bytes / 1e6);
	bench_row((double)run.peak_bytes / MIB, 4.0 * (double)n_bytes / MIB + 16, "MiB", "  peak memory");
}

static int make(const char *folder, char *path, size_t n_path)
{
	char command[4096];

	snprintf(path, n_path, "%s/bench.s", folder);
	FILE *out = fopen(path, "w");
	if (!out)
		return -1;
	for (int i = 0; i < N_SYMBOLS; i++)
		fprintf(out,
			".globl driver_function_%d\n.type driver_function_%d,@function\ndriver_function_%d: .space %d\n"
			".size driver_function_%d,%d\n",
			i, i, i, SYMBOL_BYTES, i, SYMBOL_BYTES);
	fclose(out);
	snprintf(path, n_path, "%s/bench.elf", folder);
	snprintf(command, sizeof(command),
		 "cd '%s' && as -o bench.o bench.s && ld -Ttext=0x8000000 -e 0 -o bench.elf bench.o"
		 " && rm bench.s bench.o",
		 folder);
	return system(command);
}

int main(int argc, char **argv)
{
#ifndef __OPTIMIZE__
	return BENCH_SKIP;
#endif
	char path[1024];

	if (argc < 3)
		return 2;
	printf("a real firmware\n");
	for (int i = 3; i < argc; i++)
		compare(argv[1], argv[i]);
	printf("%d symbols\n", N_SYMBOLS);
	if (make(argv[2], path, sizeof(path)) == 0)
		compare(argv[1], path);
	else
		printf("  no as or no ld here: skipped\n");
	unlink(path);
	return bench_end();
}
