/* Numbers as text, which all views write alike. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"
#include "memprof/model/heap.h"

/* ---- Sizes and counts as text: all views write them here. Where the style is UTF-8, from five digits on they are
 * grouped in threes by thin spaces (U+2009, in pages U+202F), unless sizes are to be exact: "246 144". style: NULL: as
 * without options in the C locale, for formats that are no text. Pure ---- */

/* Returned by value, so that several go into one strbuf_printf: count_words(n, style).text */
struct number_words {
	char text[56];
};

/* "+", or "-": in UTF-8 a real minus sign, unless sizes are to be exact outside a page */
const char *sign_words(bool negative, const struct text_style *style);

/* "12 345" */
struct number_words count_words(uint64_t n, const struct text_style *style);
/* Of a table, or before another with a unit ("48 of 768 B"): "246 144"; human: "240.4 KiB" */
struct number_words figure_words(uint64_t n_bytes, const struct text_style *style);
/* The same of what may be negative: "-1 204" */
struct number_words balance_words(int64_t n_bytes, const struct text_style *style);
/* The same of what has changed: "+1 204", "0" */
struct number_words change_words(int64_t n_bytes, const struct text_style *style);
struct number_words count_change_words(int64_t n, const struct text_style *style);

/* In sentences, where each byte matters: "246 144 B"; human: "240.4 KiB" */
struct number_words exact_words(uint64_t n_bytes, const struct text_style *style);
/* "+1 204 B" */
struct number_words exact_change_words(int64_t n_bytes, const struct text_style *style);
/* … and in others: "240.4 KiB"; exact: "246144 B" */
struct number_words human_words(uint64_t n_bytes, const struct text_style *style);
struct number_words human_change_words(int64_t n_bytes, const struct text_style *style);

/* ---- Rates of memory over time, in words that all views share ---- */

/* The longest of a second, a minute and an hour that is not longer than the observed span: a few seconds say nothing
 * of an hour. */
struct rate_unit {
	const char *name; /* "a minute" */
	double hours;
};
struct rate_unit rate_unit_of(uint64_t span_us); /* NOT_KNOWN: an hour */

/* "12.4 B", "1.2 KiB"; exact: "1229 B"; the sign is left out. style: as above. */
struct number_words rate_bytes(double n_bytes, const struct text_style *style);
/* Appends "1.2 KiB a minute". */
void rate_words(struct strbuf *out, double per_hour, uint64_t span_us, const struct text_style *style);

/* ---- How often what was requested of a heap: "120 to 16, 5 above 131072" ---- */

/* By size class, as in struct heap_window. Nothing where nothing was requested. style: as above. */
void size_words(struct strbuf *out, const uint64_t n_by_size[HEAP_SIZE_CLASSES], const struct text_style *style);
