/* What memprof help shows besides the tables of commands and formats. */
#pragma once

#include <stdbool.h>

#include "memprof/base/strbuf.h"

/* Appends the list of sources. */
void help_list_sources(struct strbuf *out);

/* Shows the man page of a command. False: it is not installed, or stdout is no terminal. */
bool help_show_man_page(const char *command);
