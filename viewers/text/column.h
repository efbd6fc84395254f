/* Columns of a table that end at their right edge, whatever its letters take in bytes. Each begins with a blank at
 * least: what is too wide moves the rest of its line. */
#pragma once

#include "memprof/viewers/view.h"
#include "shared/number_words.h"

void text_right(struct strbuf *out, size_t columns, const char *clean);

/* "246 144", "240.4 KiB"; NOT_KNOWN: "-" */
void text_size(struct strbuf *out, size_t columns, uint64_t n_bytes, const struct text_style *style);
/* "+1 204" */
void text_change(struct strbuf *out, size_t columns, int64_t n_bytes, const struct text_style *style);
