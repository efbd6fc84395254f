/* Rates of memory over time, in words that all views share. */
#ifndef MEMPROF_RATE_WORDS_H
#define MEMPROF_RATE_WORDS_H

#include <stdint.h>

#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "shared/number_words.h"

/* The longest of a second, a minute and an hour that is not longer than the observed span: a few seconds say nothing
 * of an hour. */
struct rate_unit {
	const char *name; /* "a minute" */
	double hours;
};
struct rate_unit rate_unit_of(uint64_t span_us); /* NOT_KNOWN: an hour */

/* "12.4 B", "1.2 KiB"; exact: "1229 B"; the sign is left out. style: as in number_words.h. */
struct number_words rate_bytes(double n_bytes, const struct text_style *style);
/* Appends "1.2 KiB a minute". */
void rate_words(struct strbuf *out, double per_hour, uint64_t span_us, const struct text_style *style);

#endif
