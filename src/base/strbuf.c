#include "memprof/base/strbuf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PRINTF_GUESS_BYTES = 60 };

static _Atomic bool any_failed;

bool strbuf_any_failed(void) { return any_failed; }

static int fail(struct strbuf *s)
{
	any_failed = true;
	return s->error = -ENOMEM;
}

static int grow(struct strbuf *s, size_t n)
{
	if (n >= SIZE_MAX / 2 - s->n_bytes)
		return fail(s);
	size_t cap = s->cap_bytes ? s->cap_bytes : 64;
	while (cap < s->n_bytes + n + 1)
		cap *= 2;
	char *text = realloc(s->text, cap);
	if (!text)
		return fail(s);
	s->text = text;
	s->cap_bytes = cap;
	return 0;
}

/* Ensures room for n more bytes and the NUL. */
static inline int room(struct strbuf *s, size_t n)
{
	if (s->error)
		return s->error;
	return n < s->cap_bytes - s->n_bytes ? 0 : grow(s, n);
}

void strbuf_deinit(struct strbuf *s)
{
	free(s->text);
	*s = (struct strbuf)STRBUF_INIT;
}

void strbuf_reset(struct strbuf *s)
{
	s->n_bytes = 0;
	s->error = 0;
	if (s->text)
		s->text[0] = '\0';
}

int strbuf_error(const struct strbuf *s) { return s->error; }

const char *strbuf_text(const struct strbuf *s) { return s->text ? s->text : ""; }

char *strbuf_extend(struct strbuf *s, size_t n_bytes)
{
	if (room(s, n_bytes) < 0)
		return NULL;
	s->n_bytes += n_bytes;
	s->text[s->n_bytes] = '\0';
	return s->text + s->n_bytes - n_bytes;
}

void strbuf_add(struct strbuf *s, const void *bytes, size_t n_bytes)
{
	if (n_bytes == 0 || room(s, n_bytes) < 0)
		return;
	memcpy(s->text + s->n_bytes, bytes, n_bytes);
	s->n_bytes += n_bytes;
	s->text[s->n_bytes] = '\0';
}

void strbuf_puts(struct strbuf *s, const char *text) { strbuf_add(s, text, strlen(text)); }

void strbuf_putc(struct strbuf *s, char c) { strbuf_add(s, &c, 1); }

void strbuf_repeat(struct strbuf *s, const char *text, size_t n_times)
{
	while (n_times-- > 0)
		strbuf_puts(s, text);
}

void strbuf_decimal(struct strbuf *s, uint64_t value)
{
	char digits[20], *end = digits + sizeof(digits), *p = end;

	do {
		*--p = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	strbuf_add(s, p, (size_t)(end - p));
}

void strbuf_printf(struct strbuf *s, const char *format, ...)
{
	va_list args;

	if (room(s, PRINTF_GUESS_BYTES) < 0)
		return;
	size_t n_room = s->cap_bytes - s->n_bytes;
	va_start(args, format);
	int n = vsnprintf(s->text + s->n_bytes, n_room, format, args);
	va_end(args);
	if (n >= 0 && (size_t)n >= n_room) {
		s->text[s->n_bytes] = '\0';
		if (room(s, (size_t)n) < 0)
			return;
		va_start(args, format);
		n = vsnprintf(s->text + s->n_bytes, (size_t)n + 1, format, args);
		va_end(args);
	}
	if (n < 0)
		fail(s);
	else
		s->n_bytes += (size_t)n;
	s->text[s->n_bytes] = '\0';
}
