/* The table of commands. src/commands_offline.c is that of a memprof that reads files only. */
#include "memprof/cli/command.h"

const struct command *const commands[] = {
	&command_attach,  &command_snap,       &command_run,
	&command_leaks,   &command_sites,      &command_test,
	&command_record,  &command_mark,       &command_serve,
	&command_devices, &command_report,     &command_convert,
	&command_view,    &command_trend,      &command_export,
	&command_map,     &command_diff,       &command_check,
	&command_layout,  &command_hex,        &command_history,
	&command_objects, &command_agent,      &command_boards,
	&command_help,    &command_completion, NULL,
};

const char *const commands_left_out[] = { NULL };

bool command_may_run(const struct options *options)
{
	(void)options;
	return true;
}
