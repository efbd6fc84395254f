/* Fifty limits on a build, against what map does with the same file.
 *
 *     bench-check MEMPROF FOLDER MAP [MAP]...
 *
 * FOLDER is for the budget and a map of 2 MB, made of the first one, which are removed again; the others are taken as
 * they are. A limit that finds nothing is an error of check, and costs more than one that does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "larger_map.h"
#include "memprof/base/number.h"

enum { TRIES = 75, N_WISHES = 50 };

/* As somebody would write them for a port of MicroPython: names, most of them, and some patterns. */
static const struct {
	const char *subject, *key, *patterns; /* with commas between them */
} tables[] = {
	{ "region", "max_used", "*,RAM" },
	{ "section", "max_size", ".text,.data,.bss,.*" },
	{ "component", "max_size", "py,extmod,port,shared,frozen modules" },
	{ "archive", "max_size", "*/libgcc.a" },
	{ "object", "max_size",
	  "*/py/gc.*,*/py/vm.*,*/py/obj.*,*/py/objstr.*,*/py/compile.*,*/py/parse.*,*/py/lexer.*,*/py/runtime.*,"
	  "*/modre.*o*,*/modjson.*o*,*/extmod/*,*libgcc.a(*)" },
	{ "symbol", "max_size",
	  "mp_state_ctx,gc_alloc,gc_collect_end,gc_free,gc_realloc,mp_execute_bytecode,mp_parse,mp_compile,"
	  "mp_call_method_n_kw_var,mp_obj_print_helper,mp_binary_op,mp_unary_op,mp_load_name,mp_import_name,"
	  "qstr_find_strn,vstr_add_strn,mp_vprintf,main,mp_type_str,mp_type_list,mp_type_dict,mp_type_tuple,"
	  "mp_builtin_*,*_make_new" },
	{ "image", "max_size", "*,*.map" },
};

static void write_budget(const char *path)
{
	FILE *out = fopen(path, "w");
	unsigned n = 0;

	if (!out)
		exit(2);
	fputs("{ \"schema\": \"memprof.budget/1\", \"budgets\": [\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (const char *p = tables[i].patterns, *end; *p; p = end + (*end == ',')) {
			end = p + strcspn(p, ",");
			fprintf(out, "%s { \"%s\": \"%.*s\", \"%s\": \"1024M\" }\n", n++ ? "," : "", tables[i].subject,
				(int)(end - p), p, tables[i].key);
		}
	fputs("] }\n", out);
	if (fclose(out) != 0 || n != N_WISHES)
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
