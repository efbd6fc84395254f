/* Lines of a map: LF or CRLF, a byte order mark left out, no length limit. */
#ifndef MEMPROF_MAP_LINES_H
#define MEMPROF_MAP_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"

struct map_lines {
	const char *name, *at, *end;
	uint64_t n_lines; /* given so far */
};

void map_lines_init(struct map_lines *in, const char *name, const char *bytes, size_t n_bytes);
/* The next line without its end and without blanks there. False at the end of the text. */
bool map_lines_next(struct map_lines *in, const char **ret, const char **ret_end);
/* Of the line that was given last. */
struct place map_lines_place(const struct map_lines *in);

#endif
