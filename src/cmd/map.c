#include <errno.h>
#include <limits.h>
#include <string.h>

#include "image_parts.h"
#include "load.h"
#include "memprof/analysis/image_figures.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/input/build_inputs.h"
#include "memprof/input/firmware_file.h"
#include "memprof/intake/map_board.h"
#include "memprof/viewers/image_view.h"

enum {
	TOP_ROWS = 10,
	LEVELS = 3,
};

#define LISTS "region|section|component|archive|object|symbol|frozen|source|unit|folder|stack"

struct map_args {
	struct output_args output;
	struct script_args scripts;
	const char *elf, *board, *bin, *partitions, *rules, *filter;
	bool lines, archives, sha256;
	unsigned by, demangle;
	uint64_t depth, top, min_bytes;
};

static const struct option_spec map_options[] = {
	OPTION_GROUP("Input"),
	{ 0, "elf", "FILE", "ELF of the same build: kinds, sizes, symbols, modules", AS_FILE(map, elf) },
	{ 0, "ld", "FILE", "linker script: regions, if the map has none", AS_LIST(map, scripts.ld) },
	OPTIONS_SCRIPTS(map),
	{ 0, "board", "BOARD", "board: report what the firmware leaves of its flash", AS_NAME(map, board) },
	{ 0, "bin", "FILE", "the .bin or .uf2 as flashed: its real size", AS_FILE(map, bin) },
	{ 0, "partitions", "FILE", "report whether --bin fits each app partition", AS_FILE(map, partitions),
	  .needs = "bin" },
	{ 0, "lines", NULL, "list symbols with file and line, from DWARF", AS_FLAG(map, lines) },
	{ 0, "rules", "FILE", "component rules (default: built in)", AS_FILE(map, rules) },
	OPTION_GROUP("Contents"),
	{ 0, "by", "WHAT", LISTS, LISTS, AS_CHOICE(map, by) },
	{ 0, "depth", "N", "with --by folder: at most N levels (0: all; default: 3)", AS_COUNT(map, depth),
	  .otherwise = LEVELS, .needs = "by=folder" },
	{ 'n', "top", "N", "at most N rows (0: all; default: 10, with --by all)", AS_COUNT(map, top) },
	{ 0, "archives", NULL, "who pulls in whom, as a graph of Graphviz (DOT)", AS_FLAG(map, archives) },
	{ 0, "sha256", NULL, "with --by frozen: the hash of each module", AS_FLAG(map, sha256), .needs = "by=frozen" },
	{ 0, "filter", "GLOB", "only rows whose name matches, as '*/extmod/*'", AS_TEXT(map, filter) },
	{ 0, "min", "SIZE", "only rows of at least SIZE bytes, as 4K", AS_SIZE(map, min_bytes) },
	OPTION_DEMANGLE(map),
	OPTIONS_OUTPUT_IN(map, "text, json, html, csv, markdown or dot", "text|json|html|csv|markdown|dot"),
	OPTIONS_SIZES(map),
	OPTION_END,
};

/* All that a report is made of. */
struct report {
	struct input_image map, elf;
	bool is_joined; /* the ELF is of the map's build, and was taken */
	struct ldscript script;
	struct map_board board;
	struct firmware_file bin;
	struct partition_table partitions;
	struct partition_fit fit;
	struct components *rules;
	struct image_parts parts;
	unsigned n_levels; /* of folders */
	struct image_stack stack;
	struct image_view view;
};

/* ---- options ---- */

/* by: of --by, whose choices are in the order of enum image_list; 0: not given. */
static unsigned lists_of(unsigned by)
{
	return by ? 1u << (by - 1) :
		    1u << IMAGE_REGIONS | 1u << IMAGE_SECTIONS | 1u << IMAGE_COMPONENTS | 1u << IMAGE_OBJECTS |
			       1u << IMAGE_FROZEN;
}

/* These take the DWARF of an ELF. */
static bool wants_sources(const struct image_view *view)
{
	return view->lists & (1u << IMAGE_SOURCES | 1u << IMAGE_UNITS | 1u << IMAGE_FOLDERS);
}

static bool wants_stack(const struct image_view *view) { return view->lists & 1u << IMAGE_STACK; }

static bool is_sheet(enum output_format format) { return format == OUTPUT_CSV || format == OUTPUT_MARKDOWN; }

static int check_format(const struct map_args *args, const struct output *out)
{
	if (is_sheet(out->format) && !args->by)
		message_error("%s has one table; --by WHAT selects it, as --by component",
			      output_format_name(out->format));
	else if (args->archives && out->format != OUTPUT_DOT)
		message_error("--archives is a graph: it goes with --format dot, not %s",
			      output_format_name(out->format));
	else
		return 0;
	return -EINVAL;
}

static void choose_contents(const struct map_args *args, struct image_view *view)
{
	bool has_all = args->by || args->filter || args->min_bytes != NOT_KNOWN;
	uint64_t n_top = args->top != NOT_KNOWN ? args->top : has_all ? 0 : TOP_ROWS;

	view->lists = lists_of(args->by) | (!args->by && args->lines ? 1u << IMAGE_SYMBOLS : 0);
	view->filter = args->filter;
	view->names = load_symbol_names(args->demangle);
	view->by_chance = args->top == NOT_KNOWN;
	view->sha256 = args->sha256;
	view->min_bytes = args->min_bytes == NOT_KNOWN ? 0 : args->min_bytes;
	view->n_top = n_top == 0 ? SIZE_MAX : (size_t)n_top;
}

/* ---- reading ---- */

static int out_of_memory(void)
{
	message_error("out of memory");
	return -EINVAL;
}

static int read_partitions(const char *name, struct partition_table *ret)
{
	static const struct partition_options options = PARTITION_OPTIONS_INIT;

	if (load_partitions(ret, name, &options) < 0)
		return -EINVAL;
	for (size_t i = 0; i < ret->n_notes; i++)
		message_at((struct place){ .file = name, .line = ret->notes[i].line }, "warning", "%s",
			   ret->notes[i].text);
	return 0;
}

/* The firmware as it is flashed, and where it must fit. */
static int read_firmware(const struct map_args *args, struct report *r)
{
	const char *partitions = args->partitions;

	if (args->bin && load_firmware(&r->bin, args->bin, partitions != NULL) < 0)
		return -EINVAL;
	if (!partitions)
		return 0;
	if (read_partitions(partitions, &r->partitions) < 0)
		return -EINVAL;
	partition_table_fit(&r->partitions, r->bin.size_bytes, PARTITION_FIT_APP, &r->fit);
	r->view.fit = &r->fit;
	r->view.partitions_name = partitions;
	return 0;
}

/* Regions out of a script, for maps and ELFs that tell of none. */
static int read_scripts(const struct map_args *args, struct report *r)
{
	struct image *image = &r->map.image;
	int error = load_scripts(&args->scripts, &r->script);

	if (error != 0)
		return MIN(error, 0);
	int n = load_script_regions(&r->script, image);
	if (n == 0)
		message_at((struct place){ .file = image->name }, "warning",
			   image->n_regions ? "it has regions of its own: those of the script are left out" :
					      "the script gives no region whose origin is known");
	return MIN(n, 0);
}

/* A map of ESP-IDF names its chip; of an ELF the target is a kind of processor. */
static void check_chip(const struct report *r)
{
	const struct image *image = &r->map.image;
	const struct esp_chip *chip = image->target ? esp_chip_by_name(image->target) : NULL;

	if (chip && firmware_file_contradicts(&r->bin, chip->title))
		message_at((struct place){ .file = r->bin.name }, "warning",
			   "this firmware is for an %s, and %s for an %s:"
			   " they are of two builds",
			   r->bin.chip_title, image->name, chip->title);
}

/* Options that ask for what the input cannot have. */
static int check_elf(const struct map_args *args, const char *map, const struct report *r)
{
	bool is_elf = strcmp(r->map.image.format, image_elf.name) == 0;
	struct place at = { .file = map };

	if (args->elf && is_elf)
		message_at(at, "error", "this is an ELF itself; --elf goes with a linker map");
	else if ((args->lines || wants_sources(&r->view) || wants_stack(&r->view)) && !args->elf && !is_elf)
		message_at(at, "error",
			   "%s takes an ELF: a map has no DWARF; give the ELF of the same build with --elf",
			   args->lines ? "--lines" : "--by source, unit, folder and stack");
	else
		return 0;
	return -EINVAL;
}

/* What --by source and stack need of the ELF. */
static int check_debug_information(const struct report *r, const char *elf)
{
	const struct image *image = &r->map.image;
	bool of_sources = wants_sources(&r->view);

	if (elf && !r->is_joined && (of_sources || wants_stack(&r->view))) {
		message_at((struct place){ .file = elf }, "error", "--by %s takes the ELF of the map's build",
			   of_sources ? "source, unit and folder" : "stack");
		return -EINVAL;
	}
	if (of_sources && image->n_sources == 0)
		message_at((struct place){ .file = elf ? elf : image->name }, "warning",
			   "it has no debug information, so its sources are not known: build with -g, which costs no"
			   " flash");
	return 0;
}

/* An ELF alone has the sources of local symbols only. */
static void check_objects(const struct map_args *args, const struct image *image)
{
	const unsigned of_objects = 1u << IMAGE_OBJECTS | 1u << IMAGE_COMPONENTS | 1u << IMAGE_ARCHIVES;

	if (args->by && (lists_of(args->by) & of_objects) && strcmp(image->format, image_elf.name) == 0 &&
	    !image_reports(image, SUBJECT_OBJECT))
		message_at((struct place){ .file = image->name }, "warning",
			   "an ELF does not tell which object global symbols are from, so their bytes count as"
			   " *linker*; the linker map does, and so does --by source if it is built with -g");
}

static int read_files(const struct map_args *args, const char *map, struct report *r, unsigned wanted)
{
	const char *elf = args->elf;
	unsigned want = wanted | (elf ? IMAGE_WANT_SYMBOLS : 0) |
			(args->lines ? IMAGE_WANT_SYMBOLS | IMAGE_WANT_LINES : 0) |
			(wants_sources(&r->view) ? IMAGE_WANT_SYMBOLS | IMAGE_WANT_SOURCES : 0) |
			(wants_stack(&r->view) ? IMAGE_WANT_SYMBOLS | IMAGE_WANT_LINES | IMAGE_WANT_STACK : 0);

	struct diag diag = { 0 };
	if (args->board && map_board_read(&r->board, args->board, &diag) < 0) {
		message_diag(&diag);
		return -EINVAL;
	}
	if (load_image(&r->map, map, want) < 0)
		return -EINVAL;
	if (check_elf(args, map, r) < 0)
		return -EINVAL;
	int joined = load_join(&r->map, &r->elf, elf, want);
	if (joined < 0)
		return -EINVAL;
	r->is_joined = elf && joined != IMAGE_OTHER_BUILD;
	if (check_debug_information(r, elf) < 0)
		return -EINVAL;
	if (read_scripts(args, r) < 0)
		return -EINVAL;
	check_chip(r);
	check_objects(args, &r->map.image);
	return load_components(args->rules, &r->rules);
}

/* A page makes the tree itself. */
static void choose_sources(struct image_view *view, enum output_format format)
{
	if (format == OUTPUT_HTML && view->lists & 1u << IMAGE_FOLDERS)
		view->lists = 1u << IMAGE_SOURCES;
}

static int group_sources(struct report *r)
{
	const struct image *image = &r->map.image;
	bool by_unit = r->view.lists & 1u << IMAGE_UNITS;

	if (!wants_sources(&r->view))
		return 0;
	if (r->view.lists & 1u << IMAGE_FOLDERS)
		return image_groups_by_folder(image, NULL, r->view.filter ? UINT_MAX : r->n_levels, &r->parts.sources);
	return image_groups_by_source(image, by_unit ? IMAGE_BY_UNIT : IMAGE_BY_SOURCE, NULL, &r->parts.sources);
}

static int work_out_stack(struct report *r)
{
	r->view.stack = &r->stack;
	return wants_stack(&r->view) ? image_stack(&r->map.image, &r->stack) : 0;
}

static int work_out(struct report *r, bool want_symbols)
{
	const struct image *image = &r->map.image;

	if (image_parts_make(&r->parts, image, r->rules, want_symbols) < 0 || group_sources(r) < 0 ||
	    work_out_stack(r) < 0)
		return out_of_memory();
	if (r->board.name)
		map_board_find_room(&r->board, image, &r->parts.rooms, &message_notices);
	image_parts_show(&r->parts, image, &r->view);
	r->view.board_name = r->board.name;
	r->view.room = r->board.has_room ? &r->board.room : NULL;
	r->view.elf_name = r->is_joined ? r->elf.image.name : NULL;
	r->view.bin_name = r->bin.name;
	r->view.bin_format = r->bin.format;
	r->view.bin_bytes = r->bin.size_bytes;
	return 0;
}

static void deinit(struct report *r)
{
	image_parts_deinit(&r->parts);
	image_stack_deinit(&r->stack);
	ldscript_deinit(&r->script);
	partition_table_deinit(&r->partitions);
	components_free(r->rules);
	map_board_deinit(&r->board);
	input_image_deinit(&r->map);
	input_image_deinit(&r->elf);
}

static void write_report(struct output *out, const struct image_view *view)
{
	struct json j;

	if (out->format == OUTPUT_JSON) {
		json_init(&j, &out->text, false);
		json_image(&j, view);
	} else if (out->format == OUTPUT_HTML) {
		html_image(&out->text, view);
	} else if (out->format == OUTPUT_DOT) {
		dot_image(&out->text, view);
	} else if (out->format == OUTPUT_CSV) {
		csv_image(&out->text, view);
	} else if (out->format == OUTPUT_MARKDOWN) {
		markdown_image(&out->text, view);
	} else {
		text_image(&out->text, view, &out->style);
	}
}

static int map_run(const struct options *options)
{
	const struct map_args *args = options->values;
	struct report r = { .n_levels = args->depth == 0 || args->depth > UINT_MAX ? UINT_MAX : (unsigned)args->depth };
	struct output out;
	int code = EXIT_INPUT;

	if (output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	choose_contents(args, &r.view);
	if (args->archives && out.format == OUTPUT_TEXT)
		out.format = OUTPUT_DOT;
	choose_sources(&r.view, out.format);
	bool want_symbols = out.format != OUTPUT_TEXT || r.view.lists & 1u << IMAGE_SYMBOLS;
	unsigned wanted = (want_symbols ? IMAGE_WANT_SYMBOLS : 0) |
			  (out.format == OUTPUT_DOT ? IMAGE_WANT_REFERENCES : 0);
	if (check_format(args, &out) == 0 && read_firmware(args, &r) == 0 &&
	    read_files(args, options->args[0], &r, wanted) == 0 && work_out(&r, want_symbols) == 0) {
		load_warn_image(&r.map.image);
		if (r.bin.name)
			firmware_file_compare(&r.bin, &r.map.image, &r.parts.rooms, &message_notices);
		write_report(&out, &r.view);
		if (out.format == OUTPUT_DOT && r.map.image.n_pulls + r.map.image.n_references == 0)
			message_at((struct place){ .file = r.map.image.name }, "warning",
				   "it lists no members of archives, as maps of GNU ld do");
		output_drain(&out);
		code = EXIT_FINE;
	}
	deinit(&r);
	return output_close(&out, code);
}

const struct command command_map = {
	.name = "map",
	.usage = "[OPTIONS] FILE|-",
	.summary = "show what fills flash and RAM, from a linker map or ELF",
	.group = GROUP_FILES,
	.options = map_options,
	.args_bytes = sizeof(struct map_args),
	.common = { "elf", "by", "top", "filter", "output" },
	.examples = { "memprof map firmware.elf.map", "memprof map --elf firmware.elf --by symbol firmware.elf.map" },
	.run = map_run,
};
