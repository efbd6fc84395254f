/* Inputs that options name. Each function returns 0, or -EINVAL after a message, unless it says otherwise. */
#pragma once

#include "memprof/cli/message.h"
#include "memprof/cli/options.h"
#include "memprof/feed/feed.h"
#include "memprof/input/build_inputs.h"
#include "memprof/input/firmware_file.h"
#include "memprof/input/linker_scripts.h"
#include "memprof/intake/layout.h"
#include "memprof/intake/objects.h"
#include "memprof/viewers/view.h"

/* What the options below say: the members `log`, `range` and `scripts` of a command's struct args. */
struct log_args {
	unsigned input; /* of decoders, from 1 */
	struct option_list figures;
};
struct range_args {
	uint64_t from, to; /* dumps, from 1; NOT_KNOWN for all */
};
struct script_args {
	struct option_list ld, defines, defsyms, folders;
	const char *sdkconfig;
	const char *cpp;
};

/* Inputs that are named, with what is in folders and the boards of recordings in their place. All-zero is none. */
struct input_names {
	const char **all;
	size_t n;
	bool is_expanded; /* a folder, or a recording of several boards, was named */
	struct strbuf texts;
};
int load_input_names(const char *const *given, size_t n, struct input_names *ret);
void input_names_deinit(struct input_names *names); /* safe twice */

/* What the options of layout and check name: the member `inputs` of a command's struct args. */
struct layout_inputs_args {
	struct option_list maps, elfs, dumps;
	const char *bin, *partitions, *of_board, *live;
	uint64_t flash_bytes;
	struct option_address table_offset;
};
enum { LAYOUT_FLASH_MIN_BYTES = 64 << 10 };
#define OPTIONS_FLASH(args)                                                                \
	{ 0,                                                                               \
	  "flash-size",                                                                    \
	  "SIZE",                                                                          \
	  "size of the flash chip, as 4M",                                                 \
	  AS_SIZE(args, inputs.flash_bytes),                                               \
	  .least = LAYOUT_FLASH_MIN_BYTES },                                               \
	{                                                                                  \
		0, "table-offset", "N", "offset of the partition table (default: 0x8000)", \
			AS_ADDRESS(args, inputs.table_offset), .needs = "partitions"       \
	}

/* --input, in every command that reads: the names of all decoders (a test holds it to that). */
#define OPTIONS_INPUT(args) { INPUT_ROW(args) }, OPTION_FIGURES(args)
#define INPUT_ROW(args)                                                                 \
	0, "input", "FORMAT", "mem-info, mpm-log, stream or agent (default: detected)", \
		"mem-info|mpm-log|stream|agent", AS_CHOICE(args, log.input)
#define OPTION_FIGURES(args)      \
	{                         \
		FIGURES_ROW(args) \
	}
#define FIGURES_ROW(args) \
	0, "figures", "PATTERN", "lines with heap figures: a pattern, a NAME, or auto", AS_LIST(args, log.figures)

#define OPTIONS_DUMP_RANGE(args)                                                                                  \
	{ 0, "from", "N", "ignore dumps before dump N", AS_COUNT(args, range.from), .least = 1, .otherwise = 1 }, \
	{                                                                                                         \
		0, "to", "N", "ignore dumps after dump N", AS_COUNT(args, range.to), .least = 1                   \
	}

#define OPTION_DEMANGLE(args)                                                                              \
	{                                                                                                  \
		0, "demangle", "HOW", "symbols: short (default), full, or no: as linked", "short|full|no", \
			AS_CHOICE(args, demangle)                                                          \
	}

#define SCRIPT_OPTIONS "ld|define|cpp|sdkconfig|defsym|path" /* by name */
#define OPTIONS_SCRIPTS(args)                                                                                \
	{ 'D',                                                                                               \
	  "define",                                                                                          \
	  "NAME",                                                                                            \
	  "NAME or NAME=VALUE: macro for the script's preprocessor",                                         \
	  AS_LIST(args, scripts.defines),                                                                    \
	  .needs = "ld" },                                                                                   \
		{ 0,                                                                                         \
		  "cpp",                                                                                     \
		  "PROGRAM",                                                                                 \
		  "C preprocessor for scripts (default: cc)",                                                \
		  AS_TEXT(args, scripts.cpp),                                                                \
		  .needs = "ld" },                                                                           \
		{ 0,                                                                                         \
		  "sdkconfig",                                                                               \
		  "FILE",                                                                                    \
		  "configuration of an ESP-IDF project, for its scripts",                                    \
		  AS_FILE(args, scripts.sdkconfig),                                                          \
		  .needs = "ld" },                                                                           \
		{ 0,                                                                                         \
		  "defsym",                                                                                  \
		  "NAME",                                                                                    \
		  "NAME=VALUE: symbol, as for ld --defsym",                                                  \
		  AS_LIST(args, scripts.defsyms),                                                            \
		  .needs = "ld" },                                                                           \
	{                                                                                                    \
		'L', "path", "FOLDER", "search FOLDER for included scripts", AS_LIST(args, scripts.folders), \
			.needs = "ld"                                                                        \
	}

/* Of what another room answered: the exit code, after the message of diag, which may be NULL. */
int load_exit(int error, const struct diag *diag);

/* As intake_objects; the exit code. board: NULL, or it is one, and is opened as they say. ret is to be deinitialised in
 * any case. */
struct board_args;
int load_objects(const struct objects_spec *spec, const struct board_args *board, struct objects_reading *ret);
/* As layout_ask_board, or of the target of a GDB server, whose program is elf, which may be NULL; the exit code. */
int load_heaps(struct layout_heaps *h, const struct board_args *board, const char *source, const char *elf);
/* What the options of a layout name, but for builds, scripts, dumps and what a board answered. */
struct layout_spec load_layout_spec(const struct layout_inputs_args *args);
/* 0; -EINVAL after a message: an option needs a prompt, and source has none. */
int load_check_prompt(const struct options *options, const char *source);

/* --input and --figures. */
int load_log_format(const struct log_args *args, struct log_format *ret); /* nothing is to be freed after a failure */
void log_format_deinit(struct log_format *format);                        /* safe twice, and on all-zero */
/* --figures alone; *ret is NULL without it. */
int load_figures(const struct option_list *patterns, struct figures **ret);

int load_check_range(const struct range_args *range);

/* What was read, after a warning of dumps that are not whole: the exit code. name: of the only input; NULL. */
int load_warn_cut(const struct feed *feed, const char *name, bool strict);

/* Of --demangle. */
enum symbol_names load_symbol_names(unsigned demangle);

struct linker_scripts load_script_names(const struct script_args *args); /* names NULL: none is given */
/* What does not fit together in an image, as warnings. */
void load_warn_image(const struct image *image);
