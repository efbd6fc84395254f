/* A growing text. It records its first failure: append freely, check strbuf_error() once at the end.
 * After a failure appends do nothing, so there is no silent truncation. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf {
	char *text; /* n_bytes bytes and a NUL; NULL before the first append */
	size_t n_bytes;
	size_t cap_bytes;
	int error; /* 0 or -ENOMEM */
};

#define STRBUF_INIT \
	{           \
		0   \
	}
#define CLEANUP(f) __attribute__((cleanup(f)))

void strbuf_deinit(struct strbuf *s); /* safe twice, and on all-zero */
void strbuf_reset(struct strbuf *s);  /* empties it and clears its failure; keeps its memory */
int strbuf_error(const struct strbuf *s);
/* Whether memory ran out for any text since the process began: a report that is made of several texts may lack one
 * then. Whoever writes the report asks once, so that those who make its parts need not. */
bool strbuf_any_failed(void);
const char *strbuf_text(const struct strbuf *s); /* never NULL */

void strbuf_add(struct strbuf *s, const void *bytes, size_t n_bytes);
void strbuf_puts(struct strbuf *s, const char *text);
void strbuf_putc(struct strbuf *s, char c);
/* Appends n_bytes that the caller writes; NULL after a failure. */
char *strbuf_extend(struct strbuf *s, size_t n_bytes);
void strbuf_repeat(struct strbuf *s, const char *text, size_t n_times);
/* A number, for thousands of rows, where printf would take most of the time. */
void strbuf_decimal(struct strbuf *s, uint64_t value);
void strbuf_printf(struct strbuf *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
