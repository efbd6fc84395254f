/* Lines of a build log, without terminal colours, the time stamps of CI ("2026-11-20T12:00:00.1234567Z " of GitHub,
 * "[12:00:00] " of Jenkins), and indentation. */
#ifndef MEMPROF_LOG_LINES_H
#define MEMPROF_LOG_LINES_H

#include "map/lines.h"

enum { LOG_LINE_MAX_BYTES = 1024 }; /* longer lines are truncated: no table has them */

/* The next line, in the caller's buffer; false at the end. */
bool log_lines_next(struct map_lines *in, char line[LOG_LINE_MAX_BYTES], const char **ret, const char **ret_end);

#endif
