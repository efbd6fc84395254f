/* Where a user's own files of memprof are: $XDG_CONFIG_HOME/memprof, or $HOME/.config/memprof. */
#pragma once

#include "memprof/base/strbuf.h"

/* Appends the path of a file in it, which need not be there. -ENOENT if neither variable is an absolute path; -ENOMEM.
 */
int user_folder_path(const char *name, struct strbuf *ret);
