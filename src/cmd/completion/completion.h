/* What may stand where on a command line of memprof, worked out from the tables of commands and
 * options; and the scripts for shells that are written from it. */
#ifndef MEMPROF_COMPLETION_H
#define MEMPROF_COMPLETION_H

#include "memprof/base/strbuf.h"
#include "memprof/cli/command.h"

/* What an option's value, or an argument, may be. All zero: any text, and nothing to offer. */
struct place_values {
	struct strbuf words; /* these, with a blank between them; each is of [a-zA-Z0-9.:-] */
	bool files;
	bool ports;    /* what matches completion_ports; also, by its path, any file */
	bool repeated; /* of an argument: as many as one likes */
};
void place_values_deinit(struct place_values *values);

/* Of an option that takes a value. */
void completion_of_option(const struct option_spec *spec, struct place_values *ret);
/* Of a command's i-th argument, from its usage; false if it takes no more. */
bool completion_of_argument(const struct command *command, size_t i, struct place_values *ret);

/* Patterns of the names that serial ports have, up to NULL. */
extern const char *const completion_ports[];

void completion_bash(struct strbuf *out);
void completion_zsh(struct strbuf *out);
void completion_fish(struct strbuf *out);

/* Calls visit for each option of a command that has a name. */
#define FOR_EACH_OPTION(spec, command)                                                \
	for (const struct option_spec *spec = (command)->options; spec->says; spec++) \
		if (spec->name)

#endif
