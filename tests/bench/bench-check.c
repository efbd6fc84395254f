/* Fifty limits on a build, against what map does with the same file.
 *
 *     bench-check FOLDER MAP RULES [MAP]...
 *
 * FOLDER is for a map of 2 MB, made of the first one, which is removed again; the others are taken as they are. Each run
 * is a process of its own, this program with "map" or "check" as its first argument: from the file's bytes to the text,
 * or to the rows that are judged. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "larger_map.h"
#include "memprof/check.h"
#include "memprof/image_view.h"

enum { TRIES = 75 };

struct input {
	const char *path;
	char  *bytes;
	size_t n_bytes;
};

static struct input read_input(const char *path)
{
	struct input ret = { .path = path };
	FILE *in = fopen(path, "rb");

	if (!in || fseek(in, 0, SEEK_END) != 0)
		exit(2);
	ret.n_bytes = (size_t)ftell(in);
	rewind(in);
	ret.bytes = malloc(ret.n_bytes + 1);
	if (!ret.bytes || fread(ret.bytes, 1, ret.n_bytes, in) != ret.n_bytes)
		exit(2);
	fclose(in);
	return ret;
}

static void read_build(const struct input *map, const struct input *rules, unsigned want, struct image *image,
		       struct components **ret_rules)
{
	struct diag diag = { 0 };

	if (image_read(image, map->path, map->bytes, map->n_bytes, want, &diag) < 0
	    || components_read(rules->bytes, rules->n_bytes, rules->path, ret_rules, &diag) < 0) {
		fprintf(stderr, "%s: %s\n", map->path, diag.text);
		exit(2);
	}
}

/* ---- map ---- */

static int run_map(const struct input *map, const struct input *rules_file)
{
	struct strbuf out = STRBUF_INIT;
	struct components *rules;
	struct image_rooms rooms;
	struct image_groups components, archives, objects;
	struct image image;

	read_build(map, rules_file, 0, &image, &rules);
	image_rooms(&image, &rooms);
	if (image_groups_by_component(&image, rules, &components) < 0 || image_groups_by_archive(&image, &archives) < 0
	    || image_groups_by_object(&image, &objects) < 0)
		exit(2);
	struct image_view view = {
		.image = &image, .rooms = &rooms, .tree = components_tree(rules, &image), .components = &components,
		.archives = &archives, .objects = &objects, .n_top = 10, .by_chance = true,
		.lists = 1u << IMAGE_REGIONS | 1u << IMAGE_SECTIONS | 1u << IMAGE_COMPONENTS | 1u << IMAGE_OBJECTS
			| 1u << IMAGE_FROZEN,
	};
	struct text_style style = { .columns = 80 };
	text_image(&out, &view, &style);
	image_groups_deinit(&components);
	image_groups_deinit(&archives);
	image_groups_deinit(&objects);
	components_free(rules);
	image_deinit(&image);
	strbuf_deinit(&out);
	return 0;
}

/* ---- check ---- */

struct wish {
	enum budget_subject subject;
	const char *pattern, *key;
};
/* As somebody would write them for a port of MicroPython: names, most of them, and some patterns. */
static const struct wish wishes[] = {
	{ BUDGET_REGION, "*", "max_used" }, { BUDGET_REGION, "RAM", "max_used" },
	{ BUDGET_SECTION, ".text", "max_size" }, { BUDGET_SECTION, ".data", "max_size" },
	{ BUDGET_SECTION, ".bss", "max_size" }, { BUDGET_SECTION, ".*", "max_size" },
	{ BUDGET_COMPONENT, "py", "max_size" }, { BUDGET_COMPONENT, "extmod", "max_size" },
	{ BUDGET_COMPONENT, "port", "max_size" }, { BUDGET_COMPONENT, "shared", "max_size" },
	{ BUDGET_COMPONENT, "frozen modules", "max_size" }, { BUDGET_ARCHIVE, "*/libgcc.a", "max_size" },
	{ BUDGET_OBJECT, "*/py/gc.*", "max_size" }, { BUDGET_OBJECT, "*/py/vm.*", "max_size" },
	{ BUDGET_OBJECT, "*/py/obj.*", "max_size" }, { BUDGET_OBJECT, "*/py/objstr.*", "max_size" },
	{ BUDGET_OBJECT, "*/py/compile.*", "max_size" }, { BUDGET_OBJECT, "*/py/parse.*", "max_size" },
	{ BUDGET_OBJECT, "*/py/lexer.*", "max_size" }, { BUDGET_OBJECT, "*/py/runtime.*", "max_size" },
	{ BUDGET_OBJECT, "*/modre.*o*", "max_size" }, { BUDGET_OBJECT, "*/modjson.*o*", "max_size" },
	{ BUDGET_OBJECT, "*/extmod/*", "max_size" }, { BUDGET_OBJECT, "*libgcc.a(*)", "max_size" },
	{ BUDGET_SYMBOL, "mp_state_ctx", "max_size" }, { BUDGET_SYMBOL, "gc_alloc", "max_size" },
	{ BUDGET_SYMBOL, "gc_collect_end", "max_size" }, { BUDGET_SYMBOL, "gc_free", "max_size" },
	{ BUDGET_SYMBOL, "gc_realloc", "max_size" }, { BUDGET_SYMBOL, "mp_execute_bytecode", "max_size" },
	{ BUDGET_SYMBOL, "mp_parse", "max_size" }, { BUDGET_SYMBOL, "mp_compile", "max_size" },
	{ BUDGET_SYMBOL, "mp_call_method_n_kw_var", "max_size" }, { BUDGET_SYMBOL, "mp_obj_print_helper", "max_size" },
	{ BUDGET_SYMBOL, "mp_binary_op", "max_size" }, { BUDGET_SYMBOL, "mp_unary_op", "max_size" },
	{ BUDGET_SYMBOL, "mp_load_name", "max_size" }, { BUDGET_SYMBOL, "mp_import_name", "max_size" },
	{ BUDGET_SYMBOL, "qstr_find_strn", "max_size" }, { BUDGET_SYMBOL, "vstr_add_strn", "max_size" },
	{ BUDGET_SYMBOL, "mp_vprintf", "max_size" }, { BUDGET_SYMBOL, "main", "max_size" },
	{ BUDGET_SYMBOL, "mp_type_str", "max_size" }, { BUDGET_SYMBOL, "mp_type_list", "max_size" },
	{ BUDGET_SYMBOL, "mp_type_dict", "max_size" }, { BUDGET_SYMBOL, "mp_type_tuple", "max_size" },
	{ BUDGET_SYMBOL, "mp_builtin_*", "max_size" }, { BUDGET_SYMBOL, "*_make_new", "max_size" },
	{ BUDGET_IMAGE, "*", "max_size" }, { BUDGET_IMAGE, "*.map", "max_size" },
};
static_assert(ARRAY_SIZE(wishes) == 50, "what the issue says");

static void make_budget(struct budget *ret, struct budget_entry *entries)
{
	for (size_t i = 0; i < ARRAY_SIZE(wishes); i++) {
		entries[i] = (struct budget_entry){ .subject = wishes[i].subject, .pattern = wishes[i].pattern,
						    .n_limits = 1 };
		entries[i].limits[0].spec = limit_spec_find(wishes[i].key, wishes[i].subject);
		entries[i].limits[0].amount = (struct budget_amount){ .is = AMOUNT_WHOLE, .whole = UINT32_MAX };
	}
	*ret = (struct budget){ .entries = entries, .n_entries = ARRAY_SIZE(wishes) };
}

/* Answers how many rows something was found for. */
static int run_check(const struct input *map, const struct input *rules_file)
{
	static struct budget_entry entries[ARRAY_SIZE(wishes)];
	struct check check = { .n_rows = 0 };
	struct components *rules;
	struct budget budget;
	struct image image;

	make_budget(&budget, entries);
	if (check_begin(&check, &budget) < 0)
		exit(2);
	unsigned want = check_asks(&check, BUDGET_BIT(BUDGET_SYMBOL)) ? IMAGE_WANT_SYMBOLS : 0;
	read_build(map, rules_file, want, &image, &rules);
	struct check_build build = { .image = &image, .bin_bytes = NOT_KNOWN };
	check.given[CHECK_OF_BUILD] = true;
	if (check_image(&check, &build, NULL, rules) < 0)
		exit(2);
	check_judge(&check);
	int n_found = (int)check.n_of[CHECK_PASS];
	check_deinit(&check);
	components_free(rules);
	image_deinit(&image);
	return n_found;
}

/* ---- one against the other ---- */

static void compare(const char *program, const char *path, const char *rules, double limit)
{
	const char *map[] = { program, "map", path, rules, NULL }, *check[] = { program, "check", path, rules, NULL };
	const char *const *const both[] = { map, check };
	struct bench_run runs[ARRAY_SIZE(both)];

	bench_run_each(TRIES, both, ARRAY_SIZE(both), runs);
	bench_row(runs[1].best_s / runs[0].best_s, limit, "x", "  50 limits (%.4f s) / map (%.4f s)", runs[1].best_s,
		  runs[0].best_s);
}

typedef int run_input(const struct input *map, const struct input *rules);

static int run_one(run_input *run, const char *map_path, const char *rules_path)
{
	struct input map = read_input(map_path), rules = read_input(rules_path);
	int ret = run(&map, &rules);

	free(map.bytes);
	free(rules.bytes);
	return ret;
}

int main(int argc, char **argv)
{
#ifndef __OPTIMIZE__
	return BENCH_SKIP;
#endif
	char path[1024];

	if (argc == 4 && strcmp(argv[1], "map") == 0)
		return run_one(run_map, argv[2], argv[3]);
	if (argc == 4 && strcmp(argv[1], "check") == 0) {
		int n_found = run_one(run_check, argv[2], argv[3]);
		if (n_found < (int)ARRAY_SIZE(wishes))
			fprintf(stderr, "%s: only %d of %zu limits found something\n", argv[2], n_found,
				ARRAY_SIZE(wishes));
		return n_found < (int)ARRAY_SIZE(wishes);
	}
	if (argc < 4)
		return 2;
	snprintf(path, sizeof(path), "%s/bench-check.map", argv[1]);
	larger_map_write(path, argv[2], 2000000, (struct map_change){ 0 });
	printf("a map of 2 MB\n");
	/* Sections lie across each other there, which no linker makes: more to sort. */
	compare(argv[0], path, argv[3], 1.3);
	unlink(path);
	for (int i = 4; i < argc; i++) {
		printf("%s\n", argv[i]);
		if (access(argv[i], R_OK) == 0)
			compare(argv[0], argv[i], argv[3], 1.2);
		else
			printf("  it is not here: skipped\n");
	}
	return bench_end();
}
