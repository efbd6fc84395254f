/* map on ELFs, against a program that reads no more of them than that takes: a real firmware, and a program of 20 MB
 * that is made here.
 *
 *     bench-elf MEMPROF FOLDER symbol|source ELF...
 *
 * symbol: 160,000 of them, against nm (needs as and ld). source: line tables, against objdump (needs gcc). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "memprof/base/number.h"

enum { N_SYMBOLS = 160000, SYMBOL_BYTES = 80, N_FILES = 72, N_FUNCTIONS = 230 };
#define MIB (1024.0 * 1024.0)

static FILE *create(const char *folder, const char *name)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *out = fopen(path, "w");
	if (!out)
		bench_give_up("cannot write", path);
	return out;
}

static void write_symbols(const char *folder)
{
	FILE *out = create(folder, "bench.s");

	for (int i = 0; i < N_SYMBOLS; i++)
		fprintf(out,
			".globl driver_function_%d\n.type driver_function_%d,@function\ndriver_function_%d: .space %d\n"
			".size driver_function_%d,%d\n",
			i, i, i, SYMBOL_BYTES, i, SYMBOL_BYTES);
	fclose(out);
	printf("%d symbols\n", N_SYMBOLS);
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

static void write_sources(const char *folder)
{
	FILE *out = create(folder, "item.h");

	fputs("struct item { struct item *next; const char *name; int values[8]; unsigned flags : 3, state : 5; };\n"
	      "typedef int (*visitor)(struct item *item, void *context);\n"
	      "static inline int sum_of(const struct item *item, int n)\n{\n\tint sum = 0;\n"
	      "\tfor (int i = 0; i < n; i++) {\n\t\tif (item->values[i & 7] > sum)\n\t\t\tsum ^= item->values[i & 7];\n"
	      "\t\telse\n\t\t\tsum += i;\n\t}\n\treturn sum;\n}\n",
	      out);
	fclose(out);
	for (int i = 0; i < N_FILES; i++) {
		char name[32];
		snprintf(name, sizeof(name), "driver_%d.c", i);
		out = create(folder, name);
		write_source(out, i);
		fclose(out);
	}
	printf("%d functions in %d files\n", N_FILES * N_FUNCTIONS, N_FILES);
}

static const struct way {
	const char *by, *other, *options[2];
	int n_tries;
	void (*write)(const char *folder);
	const char *build; /* of what was written: bench.elf */
} ways[] = {
	{ "symbol",
	  "nm",
	  { "-S", "--size-sort" },
	  15,
	  write_symbols,
	  "as -o bench.o bench.s && ld -Ttext=0x8000000 -e 0 -o bench.elf bench.o" },
	{ "source",
	  "objdump",
	  { "--dwarf=decodedline" },
	  5,
	  write_sources,
	  "ls *.c | xargs -P 2 -n 4 gcc -g -O1 -c && gcc -o bench.elf driver_*.o" },
};

static void compare(const struct way *way, const char *memprof, const char *elf)
{
	FILE *in = fopen(elf, "rb");
	long n_bytes = in && fseek(in, 0, SEEK_END) == 0 ? ftell(in) : -1;

	if (in)
		fclose(in);
	if (n_bytes < 0) {
		printf("  no %s here: skipped\n", elf);
		return;
	}
	const char *other[] = { way->other, elf, way->options[0], way->options[1], NULL };
	const char *map[] = { memprof, "map", "--by", way->by, elf, NULL };
	const char *const *const both[] = { other, map };
	struct bench_run runs[ARRAY_SIZE(both)];
	bench_run_each(way->n_tries, both, ARRAY_SIZE(both), runs);
	bench_row(runs[1].best_s / runs[0].best_s, 0.5, "x", "  map --by %s (%.4f s) / %s (%.4f s), %.1f MB", way->by,
		  runs[1].best_s, other[0], runs[0].best_s, (double)n_bytes / 1e6);
	bench_row((double)runs[1].peak_bytes / MIB, 4.0 * (double)n_bytes / MIB + 16, "MiB", "  peak memory");
}

int main(int argc, char **argv)
{
#ifndef __OPTIMIZE__
	return BENCH_SKIP;
#endif
	char folder[1024], path[1100], command[4096];

	if (argc < 4)
		return 2;
	const struct way *way = &ways[strcmp(argv[3], "source") == 0];
	for (int i = 4; i < argc; i++) {
		printf("%s\n", argv[i]);
		compare(way, argv[1], argv[i]);
	}
	snprintf(folder, sizeof(folder), "%s/bench-%s", argv[2], way->by);
	snprintf(path, sizeof(path), "%s/bench.elf", folder);
	snprintf(command, sizeof(command), "mkdir -p '%s'", folder);
	if (system(command) != 0)
		return 2;
	way->write(folder);
	snprintf(command, sizeof(command), "cd '%s' && %s", folder, way->build);
	if (system(command) == 0)
		compare(way, argv[1], path);
	else
		printf("  it cannot be built here: skipped\n");
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command) == 0 ? bench_end() : 2;
}
