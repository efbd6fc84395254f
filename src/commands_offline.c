/* The table of commands of a memprof that reads files only (option `offline` of meson). */
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/io/source.h"

const struct command *const commands[] = {
	&command_leaks, &command_report,
	&command_trend, &command_export,
	&command_map,   &command_diff,
	&command_check, &command_layout,
	&command_hex,   &command_objects,
	&command_sites, &command_boards,
	&command_help,  NULL,
};

const char *const commands_left_out[] = {
	"attach", "snap",    "run",  "test",    "record", "mark",       "convert",
	"serve",  "devices", "view", "history", "agent",  "completion", NULL,
};

/* Options whose value is a board, or is run on one. */
static bool names_board(const struct option_given *given)
{
	static const char *const names[] = { "live", "per-test", "run" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(given->spec->name, names[i]) == 0)
			return true;
	return given->value && strcmp(given->spec->name, "dump") == 0 && source_kind_of(given->value)->live;
}

bool command_may_run(const struct options *options)
{
	for (size_t i = 0; i < options->n_given; i++)
		if (names_board(&options->given[i])) {
			message_error("--%s is for boards, and this build of memprof reads files only",
				      options->given[i].spec->name);
			return false;
		}
	for (int i = 0; i < options->n_args; i++)
		if (source_kind_of(options->args[i])->live) {
			message_error("'%s' is a board, and this build of memprof reads files only", options->args[i]);
			return false;
		}
	return true;
}

int completion_print(int n_words, char **words)
{
	(void)n_words;
	(void)words;
	return EXIT_FINE;
}
