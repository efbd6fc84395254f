/* Options as tables, parsed by getopt_long into the struct args of a command. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	OPTIONS_SPECS_MAX = 56, /* of one command */
	OPTIONS_GIVEN_MAX = 64,
};

/* How a value is read, and what it becomes in the command's struct args. Numbers are NOT_KNOWN where the option was not
 * given, and the entry has no other default; all else is zero then. */
enum option_type {
	OPTION_NONE,    /* of titles */
	OPTION_FLAG,    /* bool */
	OPTION_TEXT,    /* const char *; the last one counts, as it does of all but files and names */
	OPTION_NAME,    /* const char *, of a thing that there is one of, as a board: given once */
	OPTION_FILE,    /* const char *: a file that is read, given once */
	OPTION_WRITTEN, /* const char *: a file that is written, given once */
	OPTION_LIST,    /* struct option_list: files that are read, and other texts; each that is given */
	OPTION_OUTPUTS, /* struct option_list: files that are written */
	OPTION_CHOICE,  /* unsigned: 1 for the first one */
	OPTION_CHOICES, /* struct option_choices: "region" or "region,symbol" */
	OPTION_COUNT,   /* uint64_t */
	OPTION_ADDRESS, /* struct option_address */
	OPTION_SIZE,    /* uint64_t, bytes */
	OPTION_TIME,    /* uint64_t, microseconds */
	OPTION_PERCENT, /* uint64_t, millionths */
	N_OPTION_TYPES
};

struct option_address {
	const char *text; /* as it was given; NULL: it was not */
	uint64_t value;
};
struct option_choices {
	unsigned all[4]; /* 1 for the first one */
	size_t n;
};
struct option_list {
	const char *all[OPTIONS_GIVEN_MAX + 1]; /* ended by NULL */
	size_t n;
};

/* An entry without a name is the title of a group in --help; one without help ends the table. */
struct option_spec {
	char letter; /* 0: none */
	const char *name;
	const char *arg;     /* placeholder of its value, or "on|off": its choices; NULL: takes no value */
	const char *help;    /* at most 60 columns */
	const char *choices; /* "text|json", where they do not fit in arg; NULL: any value */
	enum option_type type;
	size_t at;            /* offset in the command's struct args */
	uint64_t least, most; /* of numbers; most 0: no limit. Of lists: the most that are taken */
	uint64_t otherwise;   /* a number that was not given; 0: NOT_KNOWN */
	const char *needs;    /* "init|update", "by=folder": one of these must be given, too */
	const char *excludes; /* "map|elf": none of these may be */
};
#define OPTION_GROUP(title)   \
	{                     \
		.help = title \
	}
#define OPTION_END           \
	{                    \
		.help = NULL \
	}

/* The end of an entry: its type and place, a member of the command's struct, as struct map_args of "map". Compilers
 * warn if that is of another type. */
#define OPTION_AT(args, member, of) \
	(offsetof(struct args##_args, member) + 0 * sizeof(&((struct args##_args *)0)->member == (of *)0))
#define AS_FLAG(args, member)    .type = OPTION_FLAG, .at = OPTION_AT(args, member, bool)
#define AS_TEXT(args, member)    .type = OPTION_TEXT, .at = OPTION_AT(args, member, const char *)
#define AS_NAME(args, member)    .type = OPTION_NAME, .at = OPTION_AT(args, member, const char *)
#define AS_FILE(args, member)    .type = OPTION_FILE, .at = OPTION_AT(args, member, const char *)
#define AS_WRITTEN(args, member) .type = OPTION_WRITTEN, .at = OPTION_AT(args, member, const char *)
#define AS_LIST(args, member)    .type = OPTION_LIST, .at = OPTION_AT(args, member, struct option_list)
#define AS_OUTPUTS(args, member) .type = OPTION_OUTPUTS, .at = OPTION_AT(args, member, struct option_list)
#define AS_CHOICE(args, member)  .type = OPTION_CHOICE, .at = OPTION_AT(args, member, unsigned)
#define AS_CHOICES(args, member) .type = OPTION_CHOICES, .at = OPTION_AT(args, member, struct option_choices)
#define AS_COUNT(args, member)   .type = OPTION_COUNT, .at = OPTION_AT(args, member, uint64_t)
#define AS_ADDRESS(args, member) .type = OPTION_ADDRESS, .at = OPTION_AT(args, member, struct option_address)
#define AS_SIZE(args, member)    .type = OPTION_SIZE, .at = OPTION_AT(args, member, uint64_t)
#define AS_TIME(args, member)    .type = OPTION_TIME, .at = OPTION_AT(args, member, uint64_t)
#define AS_PERCENT(args, member) .type = OPTION_PERCENT, .at = OPTION_AT(args, member, uint64_t)

struct option_given {
	const struct option_spec *spec;
	const char *value;
};
struct options {
	const struct option_spec *specs;
	void *values; /* the command's struct args */
	struct option_given given[OPTIONS_GIVEN_MAX];
	size_t n_given;
	char **args; /* the arguments that are not options */
	char **argv; /* all of the command line, as main has it */
	int n_args;
	bool help;     /* --help or -h was given */
	bool help_all; /* --help=all */
};

struct command;
/* Reads a command line into args, a struct args of the command that is all zero, and checks how many arguments there
 * are. 0, or -EINVAL after a message; ret has what was read until then. argv[0] is the command's name. */
int options_parse(const struct command *command, int argc, char **argv, void *args, struct options *ret);

/* The i-th argument of a usage line, "FILE...|-" of "[OPTIONS] FILE...|-", and what follows it; NULL: there are fewer.
 */
const char *usage_argument(const char *usage, int i);
size_t usage_argument_bytes(const char *word); /* without what follows */

/* The values that it takes, "text|json"; NULL if it takes any value, or none. */
const char *option_choices(const struct option_spec *spec);
/* Of such choices: the next one, from *at on, which moves behind it (false: there is none); the number of value
 * among them, from 1, or 0; and all of them as words: "text or json". */
struct strbuf;
bool option_next_choice(const char **at, const char **ret, size_t *ret_n);
unsigned option_choice_number(const char *choices, const char *value);
void option_list_choices(const char *choices, struct strbuf *out);

/* The name of the first of these options that was given, of "words|space=flash"; NULL: none. */
const char *options_any(const struct options *o, const char *names);

/* Appends the table as --help prints it: the options named in common (NULL-terminated) first, in that order; the others
 * by group if all or if none is common. Returns the number of those that are left out. */
size_t options_help(const struct option_spec *specs, const char *const *common, bool all, struct strbuf *out);
