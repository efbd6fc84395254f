#pragma once

#include "memprof/base/strbuf.h"

/* Appends a field of RFC 4180: text in quotes, which is clean. What a spreadsheet would take for a formula is behind an
 * apostrophe, as names are anybody's. */
void csv_quote(struct strbuf *out, const char *text);
