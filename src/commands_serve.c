/* The table of commands of memprof-serve, which memprof serve becomes. */
#include "memprof/cli/command.h"

const struct command *const commands[] = { &command_serve, NULL };

const char *const commands_left_out[] = { NULL };

bool command_may_run(const struct options *options)
{
	(void)options;
	return true;
}
