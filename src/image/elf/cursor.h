/* Numbers of DWARF, one after the other. */
#pragma once

#include <string.h>

#include "memprof/base/bytes.h"

/* Bytes of a section. */
struct cursor {
	const uint8_t *at, *end;
	bool big;
	bool damaged; /* more was read than there is; what was read then is 0 */
};

static inline uint64_t cursor_remaining(const struct cursor *c) { return (uint64_t)(c->end - c->at); }

static inline bool cursor_fail(struct cursor *c)
{
	c->damaged = true;
	c->at = c->end;
	return false;
}

static inline bool cursor_skip(struct cursor *c, uint64_t n_bytes)
{
	if (n_bytes > cursor_remaining(c))
		return cursor_fail(c);
	c->at += n_bytes;
	return true;
}

static inline uint8_t cursor_byte(struct cursor *c)
{
	if (c->at < c->end)
		return *c->at++;
	c->damaged = true;
	return 0;
}

/* n_bytes: at most 8. */
static inline uint64_t cursor_number(struct cursor *c, size_t n_bytes)
{
	const uint8_t *at = c->at;

	return cursor_skip(c, n_bytes) ? bytes_number(at, n_bytes, c->big) : 0;
}

static inline uint64_t cursor_leb(struct cursor *c, bool is_signed)
{
	uint64_t value = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = cursor_byte(c);
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return is_signed && shift < 64 && (byte & 0x40) ? value | UINT64_MAX << shift : value;
}

static inline uint64_t cursor_uleb(struct cursor *c) { return cursor_leb(c, false); }

static inline int64_t cursor_sleb(struct cursor *c) { return (int64_t)cursor_leb(c, true); }

/* A text and its NUL; "" if there is none. */
static inline const char *cursor_text(struct cursor *c)
{
	const uint8_t *begin = c->at, *nul = memchr(c->at, '\0', (size_t)cursor_remaining(c));

	if (!nul) {
		cursor_fail(c);
		return "";
	}
	c->at = nul + 1;
	return (const char *)begin;
}
