#ifndef VIEWERS_CSV_QUOTE_H
#define VIEWERS_CSV_QUOTE_H

#include "memprof/base/strbuf.h"

/* Appends a field of RFC 4180: text in quotes, which is clean. What a spreadsheet would take for a formula is behind an
 * apostrophe, as names are anybody's. */
void csv_quote(struct strbuf *out, const char *text);
/* The same of untrusted text: what is not printable is escaped. */
void csv_text(struct strbuf *out, const char *text);

#endif
