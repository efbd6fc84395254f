#include "memprof/base/arena.h"

#include <errno.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"

enum { CHUNK_BYTES = 16 * 1024 };

struct arena_chunk {
	struct arena_chunk *before;
	max_align_t bytes[];
};

void arena_deinit(struct arena *a)
{
	while (a->last) {
		struct arena_chunk *before = a->last->before;
		free(a->last);
		a->last = before;
	}
	*a = (struct arena){ 0 };
}

int arena_error(const struct arena *a) { return a->error; }

static void *take(struct arena *a, size_t n_bytes, size_t align)
{
	if (a->error)
		return NULL;
	size_t at = (a->n_used + align - 1) & ~(align - 1);
	if (!a->last || n_bytes > a->n_room || at > a->n_room - n_bytes) {
		size_t room = MAX(n_bytes, (size_t)CHUNK_BYTES);
		struct arena_chunk *chunk = NULL;
		if (room < SIZE_MAX - sizeof(*chunk))
			chunk = malloc(sizeof(*chunk) + room);
		if (!chunk) {
			a->error = -ENOMEM;
			return NULL;
		}
		chunk->before = a->last;
		a->last = chunk;
		a->n_room = room;
		at = 0;
	}
	a->n_used = at + n_bytes;
	return (char *)a->last->bytes + at;
}

void *arena_zeroed(struct arena *a, size_t n_items, size_t item_bytes)
{
	if (item_bytes && n_items > SIZE_MAX / item_bytes) {
		a->error = -ENOMEM;
		return NULL;
	}
	void *bytes = take(a, n_items * item_bytes, alignof(max_align_t));
	return bytes ? memset(bytes, 0, n_items * item_bytes) : NULL;
}

const char *arena_text(struct arena *a, const char *bytes, size_t n_bytes)
{
	char *text = n_bytes < SIZE_MAX ? take(a, n_bytes + 1, 1) : NULL;

	if (!text)
		return "";
	if (n_bytes)
		memcpy(text, bytes, n_bytes);
	text[n_bytes] = '\0';
	return text;
}

const char *arena_vprintf(struct arena *a, const char *format, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, format, ap);
	char *text = n < 0 ? NULL : take(a, (size_t)n + 1, 1);
	if (text)
		vsnprintf(text, (size_t)n + 1, format, again);
	va_end(again);
	return text ? text : "";
}

const char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	const char *text = arena_vprintf(a, format, ap);
	va_end(ap);
	return text;
}
