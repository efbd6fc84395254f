/* The destination of a report: standard output, perhaps through a pager, or a file that is replaced only when the
 * report is complete. */
#ifndef MEMPROF_OUTPUT_H
#define MEMPROF_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"
#include "memprof/cli/command.h"

/* A command writes those that are choices of its --format (OPTIONS_OUTPUT_IN). */
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
	char *real_path;    /* path without links, if the file exists; owned */
	char *temporary;
	FILE *file;
	bool pager_wanted;
	bool gone; /* the reader closed the pipe */
	int error; /* the first errno of writing */
};

/* Reads --format, --json, -o, --color, --bytes, --human, --no-pager, --map, -q. 0, or -EINVAL after a message. */
int output_open(struct output *out, const struct options *options);
/* The same with this format and path; NULL or "-": standard output. For one of several reports, and for output that is
 * not a report, which may have any suffix. */
int output_open_as(struct output *out, const struct options *options, enum output_format format, const char *path);

/* The argument or option value (other than of options that are written) that names the same file as path; NULL if none
 * does. */
const char *output_find_input(const struct options *options, const char *path);

/* The format of --format or --json; without them that of the suffix of path, and text if path is NULL, has no suffix or
 * is not a regular file. False, after a message, if the two options contradict each other or the command writes no
 * format of that suffix. */
bool output_format_of(const struct options *options, const char *path, enum output_format *ret);
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
 * that it does not pass for a new report. */
int output_close(struct output *out, int exit_code);

#endif
