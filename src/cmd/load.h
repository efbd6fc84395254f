/* Inputs that options name. Each function returns 0, or -EINVAL after a message, unless it says otherwise. */
#pragma once

#include "memprof/cli/options.h"
#include "memprof/feed/feed.h"
#include "memprof/input/build_inputs.h"
#include "memprof/input/firmware_file.h"
#include "memprof/input/linker_scripts.h"
#include "memprof/intake/objects.h"
#include "memprof/viewers/view.h"

/* What the options below say: the members `log`, `range` and `scripts` of a command's struct args. */
struct log_args {
	const char *input; /* the name of a decoder */
	struct option_list figures;
};
struct range_args {
	uint64_t from, to; /* dumps, from 1; NOT_KNOWN for all */
};
struct script_args {
	struct option_list ld, defines, defsyms, folders;
	const char *cpp;
};

/* --input, in every command that reads: the names of all decoders (a test holds it to that). */
#define OPTIONS_INPUT(args) { INPUT_ROW(args) }, OPTION_FIGURES(args)
#define INPUT_ROW(args) \
	0, "input", "FORMAT", "mem-info, mpm-log, stream or agent (default: detected)", AS_TEXT(args, log.input)
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
/* 0; -EINVAL after a message: an option needs a prompt, and source has none. */
int load_check_prompt(const struct options *options, const char *source);

/* --input and --figures. */
int load_log_format(const struct log_args *args, struct log_format *ret); /* nothing is to be freed after a failure */
void log_format_deinit(struct log_format *format);                        /* safe twice, and on all-zero */
/* --figures alone; *ret is NULL without it. */
int load_figures(const struct option_list *patterns, struct figures **ret);

int load_check_range(const struct range_args *range);

/* feed_logs; the exit code. */
int load_logs(struct feed *feed, const char *const *names, size_t n, const struct log_format *format);
/* What was read, after a warning of dumps that are not whole: the exit code. name: of the only input; NULL. */
int load_warn_cut(const struct feed *feed, const char *name, bool strict);

/* Of --demangle. */
enum symbol_names load_symbol_names(unsigned demangle);

int load_image(struct input_image *ret, const char *name, unsigned want);
int load_elf(struct input_image *ret, const char *name, unsigned want);
/* elf NULL: nothing is joined. Else as input_elf_join. */
int load_join(struct input_image *map, struct input_image *ret_elf, const char *elf, unsigned want);
int load_partitions(struct partition_table *ret, const char *name, const struct partition_options *options);
int load_components(const char *name, struct components **ret);
int load_firmware(struct firmware_file *ret, const char *name, bool for_partitions);

struct linker_scripts load_script_names(const struct script_args *args);
/* 1 if none is given. *ret is initialised, also on failure. */
int load_scripts(const struct script_args *args, struct ldscript *ret);
/* As linker_scripts_give_regions. */
int load_script_regions(const struct ldscript *script, struct image *image);

/* What does not fit together in an image, as warnings. */
void load_warn_image(const struct image *image);
