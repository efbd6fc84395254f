/* Fifty limits on a build, against what map does with the same file.
 *
 *     bench-check MEMPROF FOLDER MAP [MAP]...
 *
 * FOLDER is for the budget and a map of 2 MB, made of the first one, which are removed again; the others are taken as
 * they are. A limit that finds nothing is an error of check, and costs more than one that does. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"
#include "larger_map.h"
#include "memprof/base/number.h"

enum { TRIES = 75 };

struct wish {
	const char *subject, *pattern, *key;
};
/* As somebody would write them for a port of MicroPython: names, most of them, and some patterns. */
static const struct wish wishes[] = {
	{ "region", "*", "max_used" },
	{ "region", "RAM", "max_used" },
	{ "section", ".text", "max_size" },
	{ "section", ".data", "max_size" },
	{ "section", ".bss", "max_size" },
	{ "section", ".*", "max_size" },
	{ "component", "py", "max_size" },
	{ "component", "extmod", "max_size" },
	{ "component", "port", "max_size" },
	{ "component", "shared", "max_size" },
	{ "component", "frozen modules", "max_size" },
	{ "archive", "*/libgcc.a", "max_size" },
	{ "object", "*/py/gc.*", "max_size" },
	{ "object", "*/py/vm.*", "max_size" },
	{ "object", "*/py/obj.*", "max_size" },
	{ "object", "*/py/objstr.*", "max_size" },
	{ "object", "*/py/compile.*", "max_size" },
	{ "object", "*/py/parse.*", "max_size" },
	{ "object", "*/py/lexer.*", "max_size" },
	{ "object", "*/py/runtime.*", "max_size" },
	{ "object", "*/modre.*o*", "max_size" },
	{ "object", "*/modjson.*o*", "max_size" },
	{ "object", "*/extmod/*", "max_size" },
	{ "object", "*libgcc.a(*)", "max_size" },
	{ "symbol", "mp_state_ctx", "max_size" },
	{ "symbol", "gc_alloc", "max_size" },
	{ "symbol", "gc_collect_end", "max_size" },
	{ "symbol", "gc_free", "max_size" },
	{ "symbol", "gc_realloc", "max_size" },
	{ "symbol", "mp_execute_bytecode", "max_size" },
	{ "symbol", "mp_parse", "max_size" },
	{ "symbol", "mp_compile", "max_size" },
	{ "symbol", "mp_call_method_n_kw_var", "max_size" },
	{ "symbol", "mp_obj_print_helper", "max_size" },
	{ "symbol", "mp_binary_op", "max_size" },
	{ "symbol", "mp_unary_op", "max_size" },
	{ "symbol", "mp_load_name", "max_size" },
	{ "symbol", "mp_import_name", "max_size" },
	{ "symbol", "qstr_find_strn", "max_size" },
	{ "symbol", "vstr_add_strn", "max_size" },
	{ "symbol", "mp_vprintf", "max_size" },
	{ "symbol", "main", "max_size" },
	{ "symbol", "mp_type_str", "max_size" },
	{ "symbol", "mp_type_list", "max_size" },
	{ "symbol", "mp_type_dict", "max_size" },
	{ "symbol", "mp_type_tuple", "max_size" },
	{ "symbol", "mp_builtin_*", "max_size" },
	{ "symbol", "*_make_new", "max_size" },
	{ "image", "*", "max_size" },
	{ "image", "*.map", "max_size" },
};
static_assert(ARRAY_SIZE(wishes) == 50, "what the issue says");

static void write_budget(const char *path)
{
	FILE *out = fopen(path, "w");

	if (!out)
		exit(2);
	fputs("{ \"schema\": \"memprof.budget/1\", \"budgets\": [\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(wishes); i++)
		fprintf(out, "  { \"%s\": \"%s\", \"%s\": \"1024M\" }%s\n", wishes[i].subject, wishes[i].pattern,
			wishes[i].key, i + 1 < ARRAY_SIZE(wishes) ? "," : "");
	fputs("] }\n", out);
	if (fclose(out) != 0)
		exit(2);
}

static void compare(const char *memprof, const char *budget, const char *path, double limit)
{
	const char *map[] = { memprof, "map", path, NULL };
	const char *check[] = { memprof, "check", "--quiet", budget, "--map", path, NULL };
	const char *const *const both[] = { map, check };
	struct bench_run runs[ARRAY_SIZE(both)];

	bench_run_each(TRIES, both, ARRAY_SIZE(both), runs);
	bench_row(runs[1].best_s / runs[0].best_s, limit, "x", "  50 limits (%.4f s) / map (%.4f s)", runs[1].best_s,
		  runs[0].best_s);
}

int main(int argc, char **argv)
{
#ifndef __OPTIMIZE__
	return BENCH_SKIP;
#endif
	char budget[1024], path[1024];

	if (argc < 4)
		return 2;
	snprintf(budget, sizeof(budget), "%s/bench-budget.json", argv[2]);
	snprintf(path, sizeof(path), "%s/bench-check.map", argv[2]);
	write_budget(budget);
	larger_map_write(path, argv[3], 2000000, (struct map_change){ 0 });
	printf("a map of 2 MB\n");
	/* Sections lie across each other there, which no linker makes: more to sort for the limits on symbols, which
	 * map alone does not read. */
	compare(argv[1], budget, path, 1.3);
	unlink(path);
	for (int i = 4; i < argc; i++) {
		printf("%s\n", argv[i]);
		if (access(argv[i], R_OK) == 0)
			compare(argv[1], budget, argv[i], 1.2);
		else
			printf("  it is not here: skipped\n");
	}
	unlink(budget);
	return bench_end();
}
