/* `memprof NAME...`: what is named chooses the command. */
#pragma once

#include <stdbool.h>

/* Whether a word that is no command can be the name of something: a source, or a file, which need not be there. */
bool open_is_name(const char *word);

/* The command line with a command in it; owned. argc, argv: "memprof" and what follows. NULL after a message. */
char **open_command_line(int argc, char **argv, int *ret_argc);
