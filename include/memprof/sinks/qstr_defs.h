/* report --qstr-defs: the interned strings of a board, as lines for its qstrdefsport.h. */
#pragma once

#include "memprof/cli/output.h"
#include "memprof/input/log_reader.h"

/* Of n logs, each string once. The exit code. */
int qstr_defs(struct output *out, const char *const *names, size_t n, const struct log_format *format);
