/* Lines out of what a build printed: a terminal's colours, the time stamps that CI puts before each line
 * ("2026-11-20T12:00:00.1234567Z " of GitHub's, "[12:00:00] " of Jenkins'), and what indents them, are taken away. */
#ifndef MEMPROF_LOG_LINES_H
#define MEMPROF_LOG_LINES_H

#include "map/lines.h"

enum { LOG_LINE_MAX_BYTES = 1024 }; /* what is longer is cut: no table has such lines */

/* The next line, in the caller's buffer; false at the end. */
bool log_lines_next(struct map_lines *in, char line[LOG_LINE_MAX_BYTES], const char **ret, const char **ret_end);

#endif
