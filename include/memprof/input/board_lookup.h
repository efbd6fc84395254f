/* Which boards there are, and one of them by name or from a file of the user's. */
#pragma once

#include "memprof/base/strbuf.h"
#include "memprof/layout/board_file.h"

/* Appends the names of the boards that memprof brings along, in order, each with a newline. 0 or -ENOMEM. */
int board_file_names(struct strbuf *ret);

/* What has a "/" or ends in ".json" is a file, "-" is standard input; anything else is the name of a board that
 * memprof brings along. ret_path becomes where it was read, for messages: it must live as long as diag is used.
 * 0; -ENOENT with near names in diag; whatever board_file_read and reading a file answer. */
int board_file_find(const char *name_or_path, struct strbuf *ret_path, struct board_file **ret, struct diag *diag);
