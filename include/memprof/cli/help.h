#pragma once

#include "memprof/cli/command.h"

void help_overview(void);
/* all: not the common options only. */
void help_command(const struct command *command, bool all);
