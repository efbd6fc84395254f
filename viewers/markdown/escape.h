#pragma once

#include "memprof/base/strbuf.h"

/* An untrusted text, so that nothing in it marks up, makes a link or a formula, calls somebody, or ends a cell of a
 * table. */
void markdown_text(struct strbuf *out, const char *text);
/* The same, and what is above 240 bytes is cut off: the end of a path tells more than its beginning. */
void markdown_name(struct strbuf *out, const char *name);
