/* Memory that is freed all at once, for data with the lifetime of its file. An arena records its first
 * failure: check arena_error() once at the end. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct arena_chunk;
struct arena {
	struct arena_chunk *last;
	size_t n_used, n_room; /* of the last chunk */
	int error;             /* 0 or -ENOMEM */
};

void arena_deinit(struct arena *a); /* safe twice, and on all-zero */
int arena_error(const struct arena *a);

/* Zeroed, aligned for any type. NULL after a failure, including an overflow of the product. */
void *arena_zeroed(struct arena *a, size_t n_items, size_t item_bytes);
/* A NUL-terminated copy. Never NULL: "" after a failure. */
const char *arena_text(struct arena *a, const char *bytes, size_t n_bytes);
const char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *arena_vprintf(struct arena *a, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));
