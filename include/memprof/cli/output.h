/* The destination of a report: standard output, perhaps through a pager, or a file that is replaced only when the
 * report is complete. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"
#include "memprof/cli/command.h"
#include "memprof/io/new_file.h"

/* What the options below say: the member `output` of a command's struct args. */
enum { COLOR_AUTO = 1, COLOR_ALWAYS, COLOR_NEVER }; /* --color */
enum { MAP_FULL = 1, MAP_SCALED, MAP_NONE };        /* --map */
struct output_args {
	const char *format, *theme;
	struct option_list files; /* -o */
	bool json, no_pager, quiet, bytes, human;
	unsigned color, map;
};

#define OPTION_COLOR(args)                                                                        \
	{                                                                                         \
		0, "color", "WHEN", "auto, always or never (default: auto)", "auto|always|never", \
			AS_CHOICE(args, output.color)                                             \
	}
#define OPTION_QUIET(args)                                                                     \
	{                                                                                      \
		'q', "quiet", NULL, "suppress warnings and notes", AS_FLAG(args, output.quiet) \
	}
/* Of commands that write a report. choices: names of enum output_format. */
#define OPTIONS_OUTPUT(args) OPTIONS_OUTPUT_IN(args, "text or json (default: text)", "text|json")
#define OPTIONS_OUTPUT_IN(args, help, choices) \
	OPTIONS_OUTPUT_TO(args, help, choices, 1, "write to FILE; its suffix selects the format")
#define OPTIONS_OUTPUT_TO(args, help, choices, n_files, help_output)                                               \
	OPTION_GROUP("Output"), { 0, "format", "FORMAT", help, choices, AS_TEXT(args, output.format) },            \
		{ 0, "json", NULL, "same as --format json", AS_FLAG(args, output.json) },                          \
		{ 'o', "output", "FILE", help_output, AS_OUTPUTS(args, output.files), .most = n_files },           \
		OPTION_COLOR(args), { 0, "no-pager", NULL, "do not use a pager", AS_FLAG(args, output.no_pager) }, \
		OPTION_QUIET(args)
/* Behind them, where the text has sizes. */
#define OPTIONS_SIZES(args)                                                                             \
	{ 0,                                                                                            \
	  "bytes",                                                                                      \
	  NULL,                                                                                         \
	  "write sizes as exact bytes, and no number in groups",                                        \
	  AS_FLAG(args, output.bytes),                                                                  \
	  .excludes = "human" },                                                                        \
	{                                                                                               \
		0, "human", NULL, "write all sizes with a unit: 240.4 KiB", AS_FLAG(args, output.human) \
	}

/* A command writes those that are choices of its --format. */
enum output_format {
	OUTPUT_TEXT,
	OUTPUT_JSON,
	OUTPUT_MARKDOWN,
	OUTPUT_CSV,
	OUTPUT_SVG,
	OUTPUT_HTML,
	OUTPUT_JUNIT,
	OUTPUT_GITHUB,
	OUTPUT_DOT,
	OUTPUT_FOLDED,
	OUTPUT_SPEEDSCOPE,
	OUTPUT_PPROF, /* not for a terminal */
	N_OUTPUT_FORMATS
};

struct output {
	enum output_format format;
	struct text_style style;
	struct strbuf text; /* append here, then output_drain */
	const char *path;   /* NULL: standard output */
	FILE *file;
	struct new_file new_file;
	bool may_be_empty; /* set by the caller: no text is a result, too */
	bool is_replaced;  /* by new_file; else it is standard output, a pipe or a device */
	bool pager_wanted;
	bool gone; /* the reader closed the pipe */
	int error; /* the first errno of writing */
};

/* As args say. options: of the same command line, whose inputs are not replaced. 0, or -EINVAL after a message. */
int output_open(struct output *out, const struct options *options, const struct output_args *args);
/* The same with this format and path; NULL or "-": standard output. For one of several reports, and for output that is
 * not a report, which may have any suffix. */
int output_open_as(struct output *out, const struct options *options, const struct output_args *args,
		   enum output_format format, const char *path);

/* The file of -o, which may be given once; NULL: there is none. */
const char *output_path(const struct output_args *args);

/* The argument or option value (other than of options that are written) that names the same file as path; NULL if none
 * does. */
const char *output_find_input(const struct options *options, const char *path);

/* The format of --format or --json; without them that of the suffix of path, and text if path is NULL, has no suffix or
 * is not a regular file. False, after a message, if the two options contradict each other or the command writes no
 * format of that suffix. */
bool output_format_of(const struct options *options, const struct output_args *args, const char *path,
		      enum output_format *ret);
/* ".json" of "out/crash.json"; NULL: it has none, or is a directory, pipe or device. */
const char *output_suffix(const char *path);
const char *output_format_name(enum output_format format);
/* The format that the name of a file ends with, of those that the command has. */
bool output_format_suffixed(const struct options *options, const char *path, enum output_format *ret);
bool output_format_named(const char *name, size_t n_bytes, enum output_format *ret); /* false: unknown */
const char *output_choices(const struct options *options); /* the values of --format, "text|json" */
bool output_format_offered(const struct options *options, enum output_format format);

/* Writes the appended text; with a pager, it is kept until the end. */
void output_drain(struct output *out);
/* Writes it immediately, for live output. */
void output_flush(struct output *out);

/* Ends the report. Returns exit_code, or EXIT_INPUT after a message if the report could not be written. A file is
 * renamed into place if anything was written. If nothing was and the code is 2 or more, the old file is removed, so
 * that it does not pass for a new report. With EXIT_STOPPED it stays as it was. */
int output_close(struct output *out, int exit_code);
