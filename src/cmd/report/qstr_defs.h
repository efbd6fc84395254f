/* report --qstr-defs: the interned strings of a board, as lines for its qstrdefsport.h. */
#pragma once

#include "load.h"
#include "memprof/cli/output.h"

int qstr_defs(struct output *out, const char *const *names, int n_names, const struct log_format *format);
