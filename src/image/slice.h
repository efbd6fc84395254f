/* Slices of the input: not NUL-terminated. */
#pragma once

#include <stdbool.h>
#include <string.h>

#include "memprof/base/bytes.h"
#include "memprof/base/text.h"
#include "memprof/image/image.h"

/* No map has a line as long as the limit. */
static inline struct image_slice slice(const char *p, const char *end)
{
	return (struct image_slice){ p, (uint32_t)MIN(end - p, (ptrdiff_t)UINT32_MAX) };
}

static inline bool slice_starts(struct image_slice s, const char *prefix)
{
	return text_starts(s.text, s.n_bytes, prefix);
}

static inline bool slice_is(struct image_slice s, const char *text)
{
	return s.n_bytes == strlen(text) && memcmp(s.text, text, s.n_bytes) == 0;
}

static inline bool slice_same(struct image_slice a, struct image_slice b)
{
	return a.n_bytes == b.n_bytes && memcmp(a.text, b.text, a.n_bytes) == 0;
}

/* As strcmp(). */
static inline int slice_compare(struct image_slice a, struct image_slice b)
{
	int r = memcmp(a.text, b.text, MIN(a.n_bytes, b.n_bytes));

	return r ? r : a.n_bytes < b.n_bytes ? -1 : a.n_bytes > b.n_bytes;
}
