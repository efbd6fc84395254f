#ifndef VIEWERS_CSV_QUOTE_H
#define VIEWERS_CSV_QUOTE_H

#include "memprof/base/strbuf.h"

/* Appends a field of RFC 4180: prefix and text in quotes. text is clean. */
void csv_quote(struct strbuf *out, const char *prefix, const char *text);

#endif
