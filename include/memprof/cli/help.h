#ifndef MEMPROF_HELP_H
#define MEMPROF_HELP_H

#include "memprof/cli/command.h"

void help_overview(void);
void help_command(const struct command *command);

#endif
