/* What GitHub takes for a command: a line that begins with "::" behind blanks, or has "##[" in it (actions/runner,
 * ActionCommand.cs). Words of a board must make none. */
#pragma once

#include <stdbool.h>

/* Whether the letter at this place would make one, and is to be written as \xNN. begun: more than blanks, whatever is
 * one, stands before it in the line; last: the letter before it. */
static inline bool ci_command_at(const char *at, bool begun, char last)
{
	return (!begun && at[0] == ':' && at[1] == ':') || (*at == '#' && last == '#');
}

/* Whether a line has begun with this letter. */
static inline bool ci_begins(char letter) { return letter > ' ' && letter < 0x7f; }
