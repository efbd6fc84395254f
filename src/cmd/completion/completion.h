/* Completion candidates, from the tables of commands and options; and the scripts with which shells ask for them. */
#pragma once

#include "memprof/base/strbuf.h"
#include "memprof/cli/command.h"

/* The values of an option, or of an argument. All zero: any text, and nothing to offer. */
struct candidates {
	struct strbuf lines; /* "WORD\n" or "WORD\tDESCRIPTION\n" each */
	bool files;          /* also any file */
	bool ports;          /* also serial ports; any file once a path is begun */
	bool list;           /* words separated by commas: these are for the last one */
	bool named;          /* NAME= may stand before them */
	bool repeated;       /* an argument that may be given several times */
};
void candidates_deinit(struct candidates *c);

/* Of an option that takes a value. */
void candidates_of_option(const struct option_spec *spec, struct candidates *ret);
/* Of a command's i-th argument, from its usage; false if it takes no more. */
bool candidates_of_argument(const struct command *command, size_t i, struct candidates *ret);

/* What completion_print prints. words has at least one. */
void completion_lines(const char *const *words, size_t n_words, struct strbuf *out);

/* The scripts in this folder, made into C by scripts/embed; ended by a NULL name. */
struct completion_script {
	const char *name; /* of the file: "memprof.bash" */
	const char *text;
};
extern const struct completion_script completion_scripts[];
