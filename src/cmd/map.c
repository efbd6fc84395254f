/* map: what fills the flash and RAM of a build, by its linker map, its ELF, or both. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "load.h"
#include "memprof/analysis/image_figures.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/input/build.h"
#include "memprof/input/firmware_file.h"
#include "memprof/input/kinds.h"
#include "memprof/intake/map_board.h"
#include "memprof/sinks/output_document.h"
#include "memprof/viewers/image_parts.h"

enum { TOP_ROWS = 10 };
#define LISTS "region|section|component|archive|object|symbol|frozen|source|unit|folder|stack|inline"

struct map_args {
	struct output_args output;
	struct script_args scripts;
	const char *elf, *board, *bin, *partitions, *rules, *filter;
	bool lines, archives, sha256;
	struct option_choices by;
	unsigned demangle;
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
	{ 0, "by", "WHAT[,WHAT]", LISTS, LISTS, AS_CHOICES(map, by) },
	{ 0, "depth", "N", "with --by folder: at most N levels (0: all; default: 3)", AS_COUNT(map, depth),
	  .otherwise = 3, .needs = "by=folder" },
	{ 'n', "top", "N", "at most N rows (0: all; default: 10, with --by: all)", AS_COUNT(map, top) },
	{ 0, "archives", NULL, "which object pulls in which, as a Graphviz graph", AS_FLAG(map, archives) },
	{ 0, "sha256", NULL, "with --by frozen: the hash of each module", AS_FLAG(map, sha256), .needs = "by=frozen" },
	{ 0, "filter", "GLOB", "only rows whose name matches, e.g. '*/extmod/*'", AS_TEXT(map, filter) },
	{ 0, "min", "SIZE", "only rows of at least SIZE bytes, e.g. 4K", AS_SIZE(map, min_bytes) },
	OPTION_DEMANGLE(map),
	OPTIONS_OUTPUT_IN(map, "text, json, html, csv, markdown or dot", "text|json|html|csv|markdown|dot"),
	OPTIONS_SIZES(map),
	OPTION_END,
};

/* All that a report is made of. */
struct report {
	struct build build;
	struct map_board board;
	struct firmware_file bin;
	struct partition_table partitions;
	struct partition_fit fit;
	struct components *rules;
	struct image_parts parts;
	bool has_symbols, has_references;          /* of objects to symbols */
	bool may_show_folders;                     /* in place of components that say nothing */
	unsigned n_levels;                         /* of folders */
	enum image_level levels[IMAGE_LEVELS_MAX]; /* of --by A,B */
	struct image_view view;
};

/* ---- options ---- */

/* Of --by A,B, by the number of the choice; -1: it makes no rows in others. */
static const int level_of[N_IMAGE_LISTS] = {
	[IMAGE_REGIONS] = LEVEL_REGION,
	[IMAGE_SECTIONS] = LEVEL_SECTION,
	[IMAGE_COMPONENTS] = LEVEL_COMPONENT,
	[IMAGE_ARCHIVES] = LEVEL_ARCHIVE,
	[IMAGE_OBJECTS] = LEVEL_OBJECT,
	[IMAGE_SYMBOLS] = LEVEL_SYMBOL,
	[IMAGE_FROZEN] = -1,
	[IMAGE_SOURCES] = LEVEL_SOURCE,
	[IMAGE_UNITS] = LEVEL_UNIT,
	[IMAGE_FOLDERS] = -1,
	[IMAGE_STACK] = -1,
	[IMAGE_NESTED] = LEVEL_INLINE,
};

/* -1: there is none, or none that nests. */
static int level_of_choice(const struct option_choices *by, size_t i)
{
	return i < by->n ? level_of[by->all[i] - 1] : -1;
}

static bool has_level(const struct option_choices *by, int level)
{
	for (size_t i = 0; i < by->n; i++)
		if (level_of_choice(by, i) == level)
			return true;
	return false;
}

static bool is_nested(const struct option_choices *by) { return by->n > 1 || level_of_choice(by, 0) == LEVEL_INLINE; }

/* by: of --by, whose choices are in the order of enum image_list; that of IMAGE_NESTED is inline. */
static unsigned lists_of(const struct option_choices *by)
{
	return is_nested(by) ? 1u << IMAGE_NESTED :
	       by->n         ? 1u << (by->all[0] - 1) :
			       1u << IMAGE_REGIONS | 1u << IMAGE_SECTIONS | 1u << IMAGE_COMPONENTS | 1u << IMAGE_OBJECTS |
			       1u << IMAGE_FROZEN;
}

/* These take the DWARF of an ELF. */
static bool wants_sources(const struct map_args *args, const struct image_view *view)
{
	bool is_level = is_nested(&args->by) &&
			(has_level(&args->by, LEVEL_SOURCE) || has_level(&args->by, LEVEL_UNIT));

	return is_level || view->lists & (1u << IMAGE_SOURCES | 1u << IMAGE_UNITS | 1u << IMAGE_FOLDERS);
}

static bool wants_inlines(const struct map_args *args) { return has_level(&args->by, LEVEL_INLINE); }

static bool wants_stack(const struct image_view *view) { return view->lists & 1u << IMAGE_STACK; }

static int choose_format(const struct map_args *args, struct output *out)
{
	if (args->archives && out->format == OUTPUT_TEXT)
		out->format = OUTPUT_DOT;
	if (out->format == OUTPUT_CSV && !args->by.n)
		message_error("csv has one table; --by WHAT selects it, as --by component");
	else if (args->archives && out->format != OUTPUT_DOT)
		message_error("--archives is a graph: it goes with --format dot, not %s",
			      output_format_name(out->format));
	else if (is_nested(&args->by) && has_level(&args->by, -1))
		message_error("--by A,B takes what has bytes of its own: not frozen, folder or stack");
	else if (is_nested(&args->by) && out->format != OUTPUT_TEXT && out->format != OUTPUT_JSON)
		message_error("--by inline and --by A,B are trees: they go with --format text or json, not %s",
			      output_format_name(out->format));
	else
		return EXIT_FINE;
	return EXIT_INPUT;
}

static void choose_contents(const struct map_args *args, enum output_format format, struct image_view *view)
{
	bool has_all = args->by.n > 0 || args->filter || args->min_bytes != NOT_KNOWN;
	uint64_t n_top = args->top != NOT_KNOWN ? args->top : has_all ? 0 : TOP_ROWS;

	view->lists = lists_of(&args->by) | (!args->by.n && args->lines ? 1u << IMAGE_SYMBOLS : 0);
	view->filter = args->filter;
	view->names = load_symbol_names(args->demangle);
	view->by_chance = args->top == NOT_KNOWN;
	view->sha256 = args->sha256;
	view->min_bytes = args->min_bytes == NOT_KNOWN ? 0 : args->min_bytes;
	view->n_top = n_top == 0 ? SIZE_MAX : (size_t)n_top;
	if (format == OUTPUT_HTML && view->lists & 1u << IMAGE_FOLDERS) /* a page makes the tree itself */
		view->lists = 1u << IMAGE_SOURCES;
}

/* ---- reading: 0, or an error with diag ---- */

/* The firmware as it is flashed, and where it must fit. */
static int read_firmware(const struct map_args *args, struct report *r, struct diag *diag)
{
	const struct partition_options options = PARTITION_OPTIONS_INIT;
	const char *name = args->partitions;
	int error = args->bin ? firmware_file_read(&r->bin, args->bin, name, &message_notices, diag) : 0;

	if (error < 0 || !name)
		return error;
	error = input_partitions(&r->partitions, name, &options, diag);
	for (size_t i = 0; error == 0 && i < r->partitions.n_notes; i++)
		message_at((struct place){ .file = name, .line = r->partitions.notes[i].line }, "warning", "%s",
			   r->partitions.notes[i].text);
	if (error == 0)
		partition_table_fit(&r->partitions, r->bin.size_bytes, PARTITION_FIT_APP, &r->fit);
	r->view.fit = &r->fit;
	r->view.partitions_name = name;
	return error;
}

/* Options that ask for what the input cannot have. */
static int check_elf(const struct map_args *args, const struct report *r, struct diag *diag)
{
	bool is_elf = strcmp(r->build.image->format, image_elf.name) == 0;
	bool of_sources = wants_sources(args, &r->view);
	bool of_elf = of_sources || wants_stack(&r->view) || wants_inlines(args);

	if (args->elf && !r->build.is_joined && of_elf)
		return diag_at(diag, (struct place){ .file = args->elf }, -EINVAL,
			       "--by %s takes the ELF of the map's build",
			       of_sources          ? "source, unit and folder" :
			       wants_inlines(args) ? "inline" :
						     "stack");
	if ((!args->lines && !of_elf) || args->elf || is_elf)
		return 0;
	return diag_at(diag, (struct place){ .file = r->build.image->name }, -EINVAL,
		       "%s takes an ELF: a map has no DWARF; give the ELF of the same build with --elf",
		       args->lines ? "--lines" : "--by source, unit, folder, stack and inline");
}

static unsigned wanted(const struct map_args *args, const struct report *r)
{
	bool of_sources = wants_sources(args, &r->view), of_stack = wants_stack(&r->view),
	     of_inlines = wants_inlines(args);
	bool of_symbols = r->has_symbols || args->elf || args->lines || of_sources || of_stack || of_inlines ||
			  has_level(&args->by, LEVEL_SYMBOL);

	return (of_symbols ? IMAGE_WANT_SYMBOLS : 0) | (args->lines || of_stack ? IMAGE_WANT_LINES : 0) |
	       (of_inlines ? IMAGE_WANT_INLINES : 0) | (of_sources ? IMAGE_WANT_SOURCES : 0) |
	       (of_stack ? IMAGE_WANT_STACK : 0) | (r->has_references ? IMAGE_WANT_REFERENCES : 0);
}

/* What a list lacks. */
static void warn(const struct map_args *args, const struct report *r)
{
	const unsigned of_objects = 1u << IMAGE_OBJECTS | 1u << IMAGE_COMPONENTS | 1u << IMAGE_ARCHIVES;
	const struct image *image = r->build.image;
	bool is_elf = strcmp(image->format, image_elf.name) == 0;

	if (wants_sources(args, &r->view) && image->n_sources == 0)
		message_at(
			(struct place){ .file = args->elf ? args->elf : image->name }, "warning",
			"it has no debug information, so its sources are unknown: build with -g, which costs no flash");
	if (r->may_show_folders && !r->build.is_joined && !is_elf && image_objects_lack_folders(image))
		message_at((struct place){ .file = image->name }, "note",
			   "its objects have no folders; to group by folders of sources: memprof map MAP ELF");
	if (args->by.n && r->view.lists & of_objects && is_elf && !image_reports(image, SUBJECT_OBJECT))
		message_at((struct place){ .file = image->name }, "warning",
			   "an ELF does not tell which object global symbols are from, so their bytes count as"
			   " *linker*; the linker map does, and so does --by source if it is built with -g");
}

/* The ELF's sources have folders where the map's objects have none: these are the components then. */
static void choose_folders(struct report *r)
{
	const struct image *image = r->build.image;

	if (r->may_show_folders && r->build.is_joined && image_objects_lack_folders(image) &&
	    image_sources_are_known(image))
		r->view.lists = (r->view.lists & ~(1u << IMAGE_COMPONENTS)) | 1u << IMAGE_FOLDERS;
}

static int read_inputs(const struct map_args *args, const char *name, struct report *r)
{
	const struct build_spec spec = { name, args->elf, "--elf goes", .want = wanted(args, r),
					 .want_if_no_folders = r->may_show_folders ? IMAGE_WANT_SOURCES : 0 };
	const struct linker_scripts scripts = load_script_names(&args->scripts);
	struct diag diag = { 0 };
	int error = read_firmware(args, r, &diag);

	if (error == 0 && args->board)
		error = map_board_read(&r->board, args->board, &diag);
	if (error == 0)
		error = build_read(&r->build, &spec, &diag);
	if (error >= 0)
		choose_folders(r);
	if (error >= 0)
		error = check_elf(args, r, &diag);
	if (error == 0)
		error = build_add_scripts(&r->build, &scripts, &diag);
	if (error < 0)
		return load_exit(error, &diag);
	warn(args, r);
	return load_exit(input_components(args->rules, &r->rules, &diag), &diag);
}

/* ---- the report ---- */

static int make_nested(const struct option_choices *by, struct report *r)
{
	for (size_t i = 0; i < by->n; i++)
		r->levels[i] = (enum image_level)level_of_choice(by, i);
	r->view.levels = r->levels;
	r->view.n_levels = by->n;
	return image_groups_nested(r->build.image, &r->parts.components, r->levels, by->n, &r->parts.sources);
}

static int work_out(const struct map_args *args, struct report *r)
{
	const struct image *image = r->build.image;
	int error = image_parts_make(&r->parts, image, r->rules, r->has_symbols);

	if (error == 0 && is_nested(&args->by))
		error = make_nested(&args->by, r);
	else if (error == 0)
		error = image_parts_add_list(&r->parts, image, r->view.lists, r->view.filter ? UINT_MAX : r->n_levels);
	if (error < 0)
		return load_exit(error, NULL);
	if (r->board.name)
		map_board_find_room(&r->board, image, &r->parts.rooms, &message_notices);
	image_parts_show(&r->parts, image, &r->view);
	r->view.board_name = r->board.name;
	r->view.room = r->board.has_room ? &r->board.room : NULL;
	r->view.elf_name = r->build.is_joined ? r->build.elf.image.name : NULL;
	r->view.bin_name = r->bin.name;
	r->view.bin_format = r->bin.format;
	r->view.bin_bytes = r->bin.size_bytes;
	load_warn_image(image);
	if (r->bin.name)
		firmware_file_compare(&r->bin, image, &r->parts.rooms, &message_notices);
	return EXIT_FINE;
}

static void deinit(struct report *r)
{
	image_parts_deinit(&r->parts);
	partition_table_deinit(&r->partitions);
	components_free(r->rules);
	map_board_deinit(&r->board);
	build_deinit(&r->build);
}

static void write_image(const struct report *r, struct output *out)
{
	static void (*const write[N_OUTPUT_FORMATS])(struct strbuf * out, const struct image_view *view) = {
		[OUTPUT_HTML] = html_image,
		[OUTPUT_DOT] = dot_image,
	};
	const struct image *image = r->build.image;

	if (out->format == OUTPUT_JSON) {
		json_image(&(struct json){ .out = &out->text }, &r->view);
	} else if (write[out->format]) {
		write[out->format](&out->text, &r->view);
	} else {
		struct document d CLEANUP(doc_deinit);
		document_image(&d, &r->view);
		output_document(out, &d);
	}
	if (out->format == OUTPUT_DOT && image->n_pulls + image->n_references == 0)
		message_at((struct place){ .file = image->name }, "warning",
			   "it lists no members of archives, as maps of GNU ld do");
	output_drain(out);
}

/* A map and its ELF, in any order. */
static int name_files(const struct options *options, struct map_args *args, const char **ret_map)
{
	enum input_kind kinds[2] = { INPUT_MAP, INPUT_MAP };
	struct diag diag = { 0 };

	*ret_map = options->args[0];
	if (options->n_args < 2)
		return EXIT_FINE;
	for (size_t i = 0; i < 2; i++)
		if (input_kind_read(options->args[i], &kinds[i], &diag) < 0)
			return load_exit(-EINVAL, &diag);
	if (args->elf || (kinds[0] == INPUT_ELF) == (kinds[1] == INPUT_ELF)) {
		message_error("two files are a linker map and its ELF; memprof diff compares two builds");
		return EXIT_INPUT;
	}
	*ret_map = options->args[kinds[0] == INPUT_ELF];
	args->elf = options->args[kinds[0] != INPUT_ELF];
	return EXIT_FINE;
}

static int map_run(const struct options *options)
{
	struct map_args with_elf = *(const struct map_args *)options->values, *args = &with_elf;
	const char *map;
	struct report r = { .n_levels = args->depth == 0 || args->depth > UINT_MAX ? UINT_MAX : (unsigned)args->depth };
	struct output out;

	if (output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	int code = choose_format(args, &out);
	choose_contents(args, out.format, &r.view);
	r.has_symbols = out.format != OUTPUT_TEXT || r.view.lists & 1u << IMAGE_SYMBOLS;
	r.has_references = out.format == OUTPUT_DOT;
	r.may_show_folders = out.format == OUTPUT_TEXT && !args->by.n && !args->rules;
	if (code == EXIT_FINE)
		code = name_files(options, args, &map);
	if (code == EXIT_FINE)
		code = read_inputs(args, map, &r);
	if (code == EXIT_FINE)
		code = work_out(args, &r);
	if (code == EXIT_FINE)
		write_image(&r, &out);
	deinit(&r);
	return output_close(&out, code);
}

const struct command command_map = {
	.name = "map",
	.usage = "[OPTIONS] FILE|- [ELF]",
	.summary = "show what fills flash and RAM, from a linker map or ELF",
	.group = GROUP_FILES,
	.options = map_options,
	.args_bytes = sizeof(struct map_args),
	.common = { "elf", "by", "top", "filter", "output" },
	.examples = { "memprof map firmware.elf.map", "memprof map --elf firmware.elf --by symbol firmware.elf.map" },
	.run = map_run,
};
