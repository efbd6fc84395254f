/* Where a report goes: standard output, perhaps through a pager, or a file that is replaced only
 * when the report is whole. */
#ifndef MEMPROF_OUTPUT_H
#define MEMPROF_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "memprof/base/strbuf.h"
#include "memprof/cli/command.h"
#include "memprof/viewers/view.h"

/* Which of them a command has is said by its options (OPTIONS_OUTPUT_IN). */
enum output_format {
	OUTPUT_TEXT,
	OUTPUT_JSON,
	OUTPUT_MARKDOWN,
	OUTPUT_CSV,
	OUTPUT_SVG,
	OUTPUT_HTML,
	OUTPUT_JUNIT,
	OUTPUT_GITHUB,
	N_OUTPUT_FORMATS
};

struct output {
	enum output_format format;
	struct text_style style;
	struct strbuf text; /* append here, then output_drain */
	const char *path;   /* NULL: standard output */
	char *real_path;    /* what path leads to, if it is there; owned */
	char *temporary;
	FILE *file;
	bool pager_wanted;
	bool gone; /* nobody reads any more: a closed pipe */
	int error; /* the first errno of writing */
};

/* Reads --format, --json, -o, --color, --no-pager, --map, -q. 0, or -EINVAL after a message. */
int output_open(struct output *out, const struct options *options);
/* The same with this format, to this file; NULL or "-": standard output. For one of several reports, and for what is no
 * report, so that the file's suffix does not matter. */
int output_open_as(struct output *out, const struct options *options, enum output_format format, const char *path);

/* An argument or an option's value, -o's and --save's left out, that is the file of that name; NULL: none is. */
const char *output_find_input(const struct options *options, const char *path);

/* --format, or --json for short; without them the format that the suffix of path stands for, and text where path is
 * NULL, has no suffix or is no regular file. False, after a message, if the two options contradict each other or the
 * command writes no format of that suffix. */
bool output_format_of(const struct options *options, const char *path, enum output_format *ret);
const char *output_format_name(enum output_format format);
bool output_format_named(const char *name, size_t n_bytes, enum output_format *ret); /* false: there is none */
bool output_format_offered(const struct options *options, enum output_format format);

/* Writes what was appended. With a pager, text is kept until the end. */
void output_drain(struct output *out);
/* The same at once, for views that grow while they are watched. */
void output_flush(struct output *out);

/* Ends the report: exit_code, or EXIT_INPUT after a message if it could not be written. A file is
 * renamed into place if anything was written; it is removed if nothing was and the code is 2 or
 * more, so that no old report stands for a new one. */
int output_close(struct output *out, int exit_code);

#endif
