#pragma once

#include <stddef.h>

#include "memprof/base/strbuf.h"

/* An untrusted text in a quoted string of DOT, where a backslash begins an escape. */
void dot_text(struct strbuf *out, const char *text, size_t n_bytes);
