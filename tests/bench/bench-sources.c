/* map --by source against objdump --dwarf=decodedline, which reads line tables alone: real firmware, and a program of
 * 20 MB that is made here.
 *
 *     bench-sources MEMPROF FOLDER ELF...      needs gcc and objdump */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"
#include "memprof/base/number.h"

enum { TRIES = 5, N_FILES = 72, N_FUNCTIONS = 230 };
#define MIB (1024.0 * 1024.0)

static long size_of(const char *path)
{
	FILE *in = fopen(path, "rb");
	long n_bytes = in && fseek(in, 0, SEEK_END) == 0 ? ftell(in) : -1;

	if (in)
		fclose(in);
	return n_bytes;
}

static void compare(const char *memprof, const char *elf)
{
	long n_bytes = size_of(elf);

	if (n_bytes < 0) {
		printf("  no %s here: skipped\n", elf);
		return;
	}
	const char *objdump[] = { "objdump", "--dwarf=decodedline", elf, NULL };
	const char *map[] = { memprof, "map", "--by", "source", elf, NULL };
	const char *const *const both[] = { objdump, map };
	struct bench_run runs[ARRAY_SIZE(both)];
	bench_run_each(TRIES, both, ARRAY_SIZE(both), runs);
	bench_row(runs[1].best_s / runs[0].best_s, 0.5, "x", "  map --by source (%.3f s) / objdump (%.3f s), %.1f MB",
		  runs[1].best_s, runs[0].best_s, (double)n_bytes / 1e6);
	bench_row((double)runs[1].peak_bytes / MIB, 4.0 * (double)n_bytes / MIB + 16, "MiB", "  peak memory");
}

static void write_header(FILE *out)
{
	fputs("struct item { struct item *next; const char *name; int values[8]; unsigned flags : 3, state : 5; };\n"
	      "typedef int (*visitor)(struct item *item, void *context);\n"
	      "static inline int sum_of(const struct item *item, int n)\n{\n\tint sum = 0;\n"
	      "\tfor (int i = 0; i < n; i++) {\n\t\tif (item->values[i & 7] > sum)\n\t\t\tsum ^= item->values[i & 7];\n"
	      "\t\telse\n\t\t\tsum += i;\n\t}\n\treturn sum;\n}\n",
	      out);
}

static void write_source(FILE *out, int i_file)
{
	fputs("#include \"item.h\"\n", out);
	for (int i = 0; i < N_FUNCTIONS; i++)
		fprintf(out,
			"int driver_%d_%d(struct item *item, visitor visit, int n)\n{\n\tint total = sum_of(item, n);\n"
			"\twhile (item && n-- > 0) {\n\t\tint one = visit(item, &total);\n"
			"\t\tif (one > %d) {\n\t\t\ttotal += one * item->values[n & 7];\n\t\t\titem->state++;\n\t\t}\n"
			"\t\telse if (one < 0)\n\t\t\treturn sum_of(item, one);\n\t\titem = item->next;\n\t}\n"
			"\treturn total;\n}\n",
			i_file, i, i);
	if (i_file == 0)
		fputs("int main(void) { return 0; }\n", out);
}

static int make(const char *folder, char *path, size_t n_path)
{
	char command[4096];

	for (int i = -1; i < N_FILES; i++) {
		if (i < 0)
			snprintf(path, n_path, "%s/sources/item.h", folder);
		else
			snprintf(path, n_path, "%s/sources/driver_%d.c", folder, i);
		FILE *out = fopen(path, "w");
		if (!out)
			return -1;
		if (i < 0)
			write_header(out);
		else
			write_source(out, i);
		fclose(out);
	}
	snprintf(path, n_path, "%s/sources/bench.elf", folder);
	snprintf(command, sizeof(command),
		 "cd '%s/sources' && ls *.c | xargs -P 2 -n 4 gcc -g -O1 -c && gcc -o bench.elf driver_*.o", folder);
	return system(command);
}

int main(int argc, char **argv)
{
#ifndef __OPTIMIZE__
	return BENCH_SKIP;
#endif
	char path[1024], command[2048];

	if (argc < 3)
		return 2;
	for (int i = 3; i < argc; i++) {
		printf("%s\n", argv[i]);
		compare(argv[1], argv[i]);
	}
	printf("%d functions in %d files\n", N_FILES * N_FUNCTIONS, N_FILES);
	snprintf(command, sizeof(command), "mkdir -p '%s/sources'", argv[2]);
	if (system(command) == 0 && make(argv[2], path, sizeof(path)) == 0)
		compare(argv[1], path);
	else
		printf("  no gcc here: skipped\n");
	snprintf(command, sizeof(command), "rm -rf '%s/sources'", argv[2]);
	return system(command) == 0 ? bench_end() : 2;
}
