/* Structs as bytes: a table names the members that are kept. Numbers are little-endian and of fixed size, so that equal
 * values stand at equal places in two encodings, and their difference is short. Pure. */
#ifndef MEMPROF_STORE_MEMBERS_H
#define MEMPROF_STORE_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/strbuf.h"

enum member_type {
	MEMBER_U64,
	MEMBER_UNSIGNED, /* unsigned, uint32_t, or an enum without negative values */
	MEMBER_BOOL,
	MEMBER_TEXT, /* char[], NUL-terminated */
	MEMBER_NAME, /* the same, and clean (text_is_visible) */
};

struct member {
	const char *name; /* in JSON */
	uint16_t offset, size_bytes;
	enum member_type type;
	uint64_t limit; /* MEMBER_UNSIGNED: the largest valid value */
};

#define MEMBER(owner, name, type, limit)                                                 \
	{                                                                                \
#name, offsetof(owner, name), sizeof(((owner *)NULL)->name), type, limit \
	}

void members_put(struct strbuf *out, const struct member *members, size_t n, const void *owner);

/* Bytes that are read from the front; n_bytes of them are left. */
struct member_bytes {
	const uint8_t *bytes;
	size_t n_bytes;
};

/* False: too few bytes, or a value that the member cannot have. */
bool members_get(struct member_bytes *in, const struct member *members, size_t n, void *owner);
bool member_bytes_u64(struct member_bytes *in, uint64_t *ret);
void member_put_u64(struct strbuf *out, uint64_t value);
/* Of n_bytes; NULL: so many are not there. */
const uint8_t *member_bytes_take(struct member_bytes *in, size_t n_bytes);

#endif
