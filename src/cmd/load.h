/* Inputs that options name. Each function returns 0, or -EINVAL after a message, unless it says otherwise. */
#ifndef MEMPROF_LOAD_H
#define MEMPROF_LOAD_H

#include "memprof/cli/options.h"
#include "memprof/input/build_inputs.h"
#include "memprof/input/firmware_file.h"
#include "memprof/input/linker_scripts.h"
#include "memprof/input/log_reader.h"
#include "memprof/viewers/view.h"

/* --input, in every command that reads: the names of all decoders (a test holds it to that). */
#define OPTIONS_INPUT { 0, "input", "FORMAT", "mem-info, mpm-log, stream or agent (default: detected)" }, OPTION_FIGURES
#define OPTION_FIGURES                                                                         \
	{                                                                                      \
		0, "figures", "PATTERN", "lines with heap figures: a pattern, a NAME, or auto" \
	}

#define OPTIONS_DUMP_RANGE \
	{ 0, "from", "N", "ignore dumps before dump N" }, { 0, "to", "N", "ignore dumps after dump N" }

#define OPTION_DEMANGLE                                                                                   \
	{                                                                                                 \
		0, "demangle", "HOW", "symbols: short (default), full, or no: as linked", "short|full|no" \
	}

#define OPTIONS_SCRIPTS                                                                       \
	{ 'D', "define", "NAME", "NAME or NAME=VALUE: macro for the script's preprocessor" }, \
		{ 0, "cpp", "PROGRAM", "C preprocessor for scripts (default: cc)" },          \
		{ 0, "defsym", "NAME", "NAME=VALUE: symbol, as for ld --defsym" },            \
	{                                                                                     \
		'L', "path", "FOLDER", "search FOLDER for included scripts"                   \
	}

/* How logs are read: --input and --figures. */
struct log_format {
	const struct decoder *decoder; /* NULL: by content */
	struct figures *figures;       /* NULL: no patterns */
};
int load_log_format(const struct options *options, struct log_format *ret); /* nothing is to be freed after a failure */
void log_format_deinit(struct log_format *format);                          /* safe twice, and on all-zero */
/* --figures alone; *ret is NULL without it. */
int load_figures(const struct options *options, struct figures **ret);

/* OPTIONS_DUMP_RANGE; *ret_to is NOT_KNOWN for all. */
int load_dump_range(const struct options *options, uint64_t *ret_from, uint64_t *ret_to);

/* --demangle; the options were checked. */
enum symbol_names load_symbol_names(const struct options *options);

/* Reads a log to its end, as the format says; NULL: as its content says, in a command without --figures. What on_event
 * returns is passed on: of -ENOMEM there is a message, of others none. */
int load_log(struct log_reader *r, const struct log_format *format);
/* For a log without a dump: the message. Returns -EINVAL. */
int load_no_dump(const struct log_reader *r);

int load_image(struct input_image *ret, const char *name, unsigned want);
int load_elf(struct input_image *ret, const char *name, unsigned want);
/* elf NULL: nothing is joined. Else as input_elf_join. */
int load_join(struct input_image *map, struct input_image *ret_elf, const char *elf, unsigned want);
int load_partitions(struct partition_table *ret, const char *name, const struct partition_options *options);
int load_components(const char *name, struct components **ret);
int load_firmware(struct firmware_file *ret, const char *name, bool for_partitions);

/* The same of what was read before its kind was known; load_old_image takes the blob. */
int load_old_image(struct input_image *ret, struct blob *blob, unsigned want);
int load_old_firmware(struct firmware_file *ret, const struct blob *blob);

/* --ld and OPTIONS_SCRIPTS, which go with it; 1 if none is given. *ret is initialised, also on failure. */
int load_scripts(const struct options *options, struct ldscript *ret);
/* As linker_scripts_give_regions. */
int load_script_regions(const struct ldscript *script, struct image *image);

/* What does not fit together in an image, as warnings. */
void load_warn_image(const struct image *image);

#endif
