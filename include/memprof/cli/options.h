/* Options as tables, parsed by getopt_long. */
#ifndef MEMPROF_OPTIONS_H
#define MEMPROF_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An entry without a name is the title of a group in --help; one without help ends the table. */
struct option_spec {
	char letter; /* 0: none */
	const char *name;
	const char *arg;     /* placeholder of its value, or "on|off": its choices; NULL: takes no value */
	const char *help;    /* at most 60 columns */
	const char *choices; /* "text|json", where they do not fit in arg; NULL: any value */
};
#define OPTION_GROUP(title)          \
	{                            \
		0, NULL, NULL, title \
	}
#define OPTION_END                  \
	{                           \
		0, NULL, NULL, NULL \
	}
#define OPTION_COLOR                                                                             \
	{                                                                                        \
		0, "color", "WHEN", "auto, always or never (default: auto)", "auto|always|never" \
	}
/* Of commands that write a report. choices: names of enum output_format. */
#define OPTIONS_OUTPUT OPTIONS_OUTPUT_IN("text or json (default: text)", "text|json")
#define OPTIONS_OUTPUT_IN(help, choices) \
	OPTIONS_OUTPUT_TO(help, choices, "write to FILE; its suffix selects the format")
#define OPTIONS_OUTPUT_TO(help, choices, help_output)                                                               \
	OPTION_GROUP("Output"), { 0, "format", "FORMAT", help, choices },                                           \
		{ 0, "json", NULL, "same as --format json" }, { 'o', "output", "FILE", help_output }, OPTION_COLOR, \
		{ 0, "no-pager", NULL, "do not use a pager" }, OPTION_QUIET
#define OPTION_QUIET                                              \
	{                                                         \
		'q', "quiet", NULL, "suppress warnings and notes" \
	}
/* Behind them, where the text has sizes. They exclude each other. */
#define OPTIONS_SIZES                                                                \
	{ 0, "bytes", NULL, "write sizes as exact bytes, and no number in groups" }, \
	{                                                                            \
		0, "human", NULL, "write all sizes with a unit: 240.4 KiB"           \
	}
#define OPTIONS_HEAP                                                                                              \
	OPTION_GROUP("Contents"), { 0, "need", "SIZE", "report whether SIZE bytes fit, in one pool: POOL:SIZE" }, \
		{ 0, "culprits", "N", "list the N runs most in the way (default: 5)" },                           \
	{                                                                                                         \
		0, "map", "HOW", "scaled (default), full (one letter per block) or none", "full|scaled|none"      \
	}
/* OPTIONS_PROMPT is for commands that need a prompt, which OpenMV's protocol does not have. */
#define OPTIONS_BOARD  OPTIONS_BOARD_OVER("auto, repl or openmv", "auto|repl|openmv")
#define OPTIONS_PROMPT OPTIONS_BOARD_OVER("auto or repl", "auto|repl")
#define OPTIONS_BOARD_OVER(protocols, values)                                                              \
	OPTION_GROUP("Board connection"), { 0, "protocol", "NAME", protocols " (default: auto)", values }, \
		{ 0, "interrupt", NULL, "stop the running program with Ctrl-C" },                          \
		{ 0, "reset", NULL, "soft-reset the board first; its variables are lost" },                \
		{ 0, "baud", "N", "serial port speed (default: 115200)" },                                 \
		{ 0, "dtr", "on|off", "set DTR (default: on for native USB, else unchanged)" },            \
	{                                                                                                  \
		0, "rts", "on|off", "set RTS (same default)"                                               \
	}
#define OPTION_LISTEN_ONLY                                                      \
	{                                                                       \
		0, "listen-only", NULL, "passive: send nothing, wait for dumps" \
	}
#define OPTIONS_QUERY                                                                                 \
	{ 0, "no-survey", NULL, "query the heap only, not board details or agent" },                  \
	{                                                                                             \
		0, "probe-largest", NULL, "probe largest free block by allocating; perturbs the heap" \
	}
#define OPTIONS_SAVE                                                                   \
	{ 0, "save", "FILE", "record all traffic with the board, with timestamps" },   \
	{                                                                              \
		0, "force", NULL, "let --save replace FILE; the old one becomes FILE~" \
	}

enum {
	OPTIONS_SPECS_MAX = 56, /* of one command */
	OPTIONS_GIVEN_MAX = 64,
};

struct option_given {
	const struct option_spec *spec;
	const char *value;
};
struct options {
	const struct option_spec *specs;
	struct option_given given[OPTIONS_GIVEN_MAX];
	size_t n_given;
	char **args; /* the arguments that are not options */
	int n_args;
	bool help;     /* --help or -h was given */
	bool help_all; /* --help=all */
};

/* 0, or -EINVAL after a message. argv[0] is the command's name. */
int options_parse(const struct option_spec *specs, int argc, char **argv, struct options *ret);

/* The values that it takes, "text|json"; NULL if it takes any value, or none. */
const char *option_choices(const struct option_spec *spec);
/* Of such choices: the next one, from *at on, which moves behind it (false: there is none); whether value is one; and
 * all of them as words: "text or json". */
struct strbuf;
bool option_next_choice(const char **at, const char **ret, size_t *ret_n);
bool option_choice_is(const char *choices, const char *value);
void option_list_choices(const char *choices, struct strbuf *out);

bool option_is(const struct options *o, const char *name);
/* The value of the last such option; NULL if it was not given. */
const char *option_value(const struct options *o, const char *name);
/* The same, in *ret; -EINVAL after a message if the option was given more than once. */
int option_once(const struct options *o, const char *name, const char **ret);
/* The value of the i-th such option ("" for one without); NULL if there are fewer. */
const char *option_nth(const struct options *o, const char *name, size_t i);

/* Appends the table as --help prints it: the options named in common (NULL-terminated) first, in that order; the others
 * by group if all or if none is common. Returns the number of those that are left out. */
size_t options_help(const struct option_spec *specs, const char *const *common, bool all, struct strbuf *out);

#endif
