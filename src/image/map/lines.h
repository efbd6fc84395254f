/* Lines of a map: LF or CRLF, without a byte order mark, of any length. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"

struct map_lines {
	const char *name, *at, *end;
	uint64_t n_lines; /* returned so far */
};

void map_lines_init(struct map_lines *in, const char *name, const char *bytes, size_t n_bytes);
/* The next line, without its end and blanks before that. False: the end of the text. */
bool map_lines_next(struct map_lines *in, const char **ret, const char **ret_end);
/* Of the last line. */
struct place map_lines_place(const struct map_lines *in);

enum { LOG_LINE_MAX_BYTES = 1024 }; /* longer lines are truncated: no table has them */

/* The next line of a build log, in the caller's buffer, without terminal colours, the time stamps of CI
 * ("2026-11-20T12:00:00.1234567Z " of GitHub, "[12:00:00] " of Jenkins), and indentation; false at the end. */
bool log_lines_next(struct map_lines *in, char line[LOG_LINE_MAX_BYTES], const char **ret, const char **ret_end);
